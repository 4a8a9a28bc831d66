"""Labels outlive the process that writes them, and lie in an object store as in a folder."""

import datetime as dt
import subprocess
import sys

import pytest

from iar.archive.labels import Label, LabelBook, Sample

NIGHT, NOW = dt.date(2014, 1, 10), dt.datetime(2026, 12, 1, 12, tzinfo=dt.UTC)
KNOWN = {"mode": "blind", "queue": "random", "spectra": "s", "network": "n", "software": "0"}
WRITE_ON = f"""
import sys
from iar.archive.labels import *
book = LabelBook(sys.argv[1])
for n in range(10**6):
    when = dt.datetime(2026, 12, 1, tzinfo=dt.UTC) + dt.timedelta(seconds=n)
    book.add(Label(night="2014-01-10", who="ada", when=when, verdict="none", **{KNOWN}))
    print(n, flush=True)
"""


@pytest.mark.system
def test_what_was_written_before_a_kill_is_there_and_whole(tmp_path):
    writer = subprocess.Popen([sys.executable, "-c", WRITE_ON, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    said = [writer.stdout.readline() for _ in range(30)]
    writer.kill()
    rest, _ = writer.communicate()
    written = len(said) + len(rest.splitlines())
    assert written <= len(LabelBook(str(tmp_path)).read()) <= written + 1


def test_labels_lie_in_an_object_store(s3):
    book = LabelBook(s3)
    assert book.read() == []
    said = [Label(night=NIGHT, who=who, when=NOW, verdict="fringes", **KNOWN) for who in ("ada", "ben")]
    for label in said:
        book.add(label)
    assert sorted(LabelBook(s3).read(), key=lambda label: label.who) == said
    sample = Sample(seed=1, drawn=NOW, nights=(), strata=())
    assert book.sample() is None
    assert book.keep_sample(sample) == sample
    assert LabelBook(s3).keep_sample(sample.model_copy(update={"seed": 2})) == sample
