import datetime as dt
import shutil
from pathlib import Path

import numpy as np
import pytest

from iar.archive.store import Archive
from iar.night import HOUR_SAMPLES, MISSING
from iar.stages.checkup import check_archive

NIGHT = dt.date(2014, 1, 10)


@pytest.fixture
def copied(processed, tmp_path):
    return Archive(str(shutil.copytree(processed, tmp_path / "archive")))


def told(archive):
    (finding,) = check_archive(archive.url)
    return finding.good, finding.told


def chunk_of(archive, hour):
    return Path(archive.url) / f"counts/counts/c/{archive.index(NIGHT)}/0/{hour}"


def test_a_night_as_it_was_sealed_is_readable(copied):
    assert told(copied) == (True, "1 nights, all readable")


def test_a_list_of_quarantine_that_cannot_be_read_is_told(copied):
    (Path(copied.url) / "manifest/quarantine.json").write_text("[{")
    assert told(copied)[0] is False
    assert "manifest/quarantine.json is damaged" in told(copied)[1]


def test_an_hour_that_is_gone_is_told_by_the_name_of_its_file(copied):
    chunk_of(copied, 6).unlink()
    lost = "2014-01-10: counts hold 0 samples of CH1_2014_01_10_18.dat, the manifest says 360000"
    assert told(copied) == (False, lost)


def test_an_hour_that_is_gone_is_told_even_where_the_seal_agrees(copied):
    """As an archive of before seals had a digest may hold it: a late hour had it sealed as it was."""
    chunk_of(copied, 6).unlink()
    manifest = copied.manifest(NIGHT)
    there = (copied.read(NIGHT, "counts/counts") != MISSING).mean(axis=1)
    effort = {name: round(float(share), 6) for name, share in zip(copied.channels, there, strict=True)}
    seal = manifest.stages["counts"].model_copy(update={"note": {"effort": effort}})
    copied.replace_manifest(manifest.with_stage("counts", seal))
    assert told(copied)[1].startswith("2014-01-10: counts hold 0 samples of CH1_2014_01_10_18.dat")


def test_a_night_whose_ingest_was_killed_is_told(copied):
    copied.unseal(NIGHT, ["counts"], "some")
    assert told(copied)[0] is False
    assert told(copied)[1].startswith("2014-01-10: counts are being written, or their ingest was killed: the next")


def test_one_changed_sample_is_told(copied):
    counts = copied.read(NIGHT, "counts/counts")
    counts[1, 7 * HOUR_SAMPLES] += np.int32(1)
    copied.write(NIGHT, {"counts/counts": counts})
    assert told(copied) == (False, "2014-01-10: counts are not the samples that were sealed")
