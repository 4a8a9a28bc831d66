"""Formats come through one door, our own and those of other packages: with real distributions on the path."""

import os
from pathlib import Path

import numpy as np
import pytest

from iar.errors import InputError
from iar.records import bgs, seed, sierra_nevada
from iar.records.formats import get_format
from tests.commands import check_refused, run_apart

MODULE = """
import numpy as np
from iar.records.record import RecordFile

def decode(content):
    return np.frombuffer(content, "<i4").copy(), []

def recognise(source, expected):
    if not source.name.endswith(".raw"):
        return ()
    start = np.datetime64(source.name[:13], "ms")
    return [RecordFile(source, 0, start, expected.rate_hz, source.size // 4, decode)]
"""


def install(folder: Path, distribution: str, entry: str, module: str = "") -> None:
    """What pip leaves of a small package: a module and its metadata."""
    info = folder / f"{distribution}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[iar.formats]\n{entry}\n")
    if module:
        (folder / f"{entry.rsplit(maxsplit=1)[-1].partition(':')[0]}.py").write_text(module)


@pytest.fixture
def station(tmp_path):
    path = tmp_path / "station.yaml"
    path.write_text("name: here\nformat: raw32\nrate_hz: 50\n")
    (tmp_path / "inbox").mkdir()
    (tmp_path / "inbox/2014-01-10T12.raw").write_bytes(np.arange(200, dtype="<i4").tobytes())
    os.utime(tmp_path / "inbox/2014-01-10T12.raw", (1, 1))
    return ("ingest", tmp_path / "inbox", "--archive", tmp_path / "archive", "--station", path, "--workers", 1)


def test_our_own_formats_come_through_the_same_door():
    assert get_format("bgs") is bgs.recognise
    assert get_format("sierra-nevada") is sierra_nevada.recognise
    assert get_format("miniseed") is seed.recognise_miniseed
    assert get_format("gcf") is seed.recognise_gcf


def test_an_unknown_format_lists_the_known_ones():
    with pytest.raises(
        InputError,
        match="format 'sac' is none of ats, bgs, carisma, gcf, isee, lemi, miniseed, mth5, phoenix, sierra-nevada, tab",
    ):
        get_format("sac")


def test_a_format_of_another_package_is_ingested(tmp_path, station):
    install(tmp_path / "site", "rawfiles", "raw32 = rawfiles:recognise", MODULE)
    status, out, err = run_apart(*station, PYTHONPATH=str(tmp_path / "site"))
    assert (status, err) == (0, "")
    assert "ingested 1 file(s) of 1 night(s)" in out


def test_without_that_package_its_format_is_unknown(tmp_path, station):
    check_refused(run_apart(*station, PYTHONPATH=str(tmp_path)), "format 'raw32' is none of", "bgs, carisma")


@pytest.mark.parametrize(
    ("module", "message"),
    [
        ("import nothing_of_that_name\n", "ModuleNotFoundError: No module named 'nothing_of_that_name'"),
        ("def recognise(\n", "SyntaxError"),
        ("recognize = None\n", "AttributeError"),
        ("recognise = 7\n", "is no function but 7"),
    ],
)
def test_a_package_that_is_broken_is_named_in_one_line(tmp_path, station, module, message):
    install(tmp_path / "site", "rawfiles", "raw32 = rawfiles:recognise", module)
    check_refused(
        run_apart(*station, PYTHONPATH=str(tmp_path / "site")),
        "format 'raw32' of rawfiles (rawfiles:recognise)",
        message,
    )


def test_two_packages_with_one_name_are_both_named(tmp_path, station):
    install(tmp_path / "site", "one", "raw32 = one:recognise", MODULE)
    install(tmp_path / "site", "other", "raw32 = other:recognise", MODULE)
    check_refused(
        run_apart(*station, PYTHONPATH=str(tmp_path / "site")),
        "is in several packages",
        "one (one:recognise)",
        "other (other:re",
    )
