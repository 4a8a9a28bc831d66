import datetime as dt
import os
import re
import shutil
from pathlib import Path

import numpy as np
import pytest

from iar.archive.presence import pack_presence
from iar.archive.store import Archive
from iar.night import HOUR_SAMPLES, MISSING
from iar.stages.pipeline import redone_with
from iar.stages.process import process_night
from iar.stages.stage import Setup
from iar.upkeep.checkup import DELICATE, Mended, check_archive, check_machine, check_workers
from tests.clusters import running_cluster
from tests.commands import contents

NIGHT = dt.date(2014, 1, 10)


@pytest.fixture
def copied(processed, tmp_path):
    return Archive(str(shutil.copytree(processed, tmp_path / "archive")))


def finding_of(archive):
    finding, *_ = check_archive(archive.url)
    return finding.good, finding.detail


def chunk_of(archive, hour):
    return Path(archive.url) / f"counts/counts/c/{archive.index(NIGHT)}/0/{hour}"


def left_behind(path: Path) -> Path:
    """A temporary file of an hour ago."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"half")
    os.utime(path, (path.stat().st_mtime - 3600,) * 2)
    return path


def test_python_and_packages_are_held_to_our_own_requirements(monkeypatch):
    findings = {finding.what: finding for finding in check_machine()}
    for name in ("Python", *DELICATE):
        assert findings[name].good
        assert re.search(r", wanted [<>]=?\d", findings[name].detail)
    monkeypatch.setattr("iar.upkeep.checkup.version", lambda _name: "99999.1")
    assert [finding.what for finding in check_machine() if not finding.good] == ["fastapi", "sqlalchemy"]


def test_a_night_as_it_was_sealed_is_readable(copied):
    assert finding_of(copied) == (True, "1 nights, all readable")
    assert all(finding.good for finding in check_archive(copied.url))


def test_a_list_of_quarantine_that_cannot_be_read_is_reported(copied):
    (Path(copied.url) / "manifest/quarantine.json").write_text("[{")
    assert finding_of(copied)[0] is False
    assert "manifest/quarantine.json is damaged" in finding_of(copied)[1]


def test_an_hour_that_is_gone_is_told_by_the_name_of_its_file(copied):
    chunk_of(copied, 6).unlink()
    lost = "2014-01-10: counts hold 0 samples of CH1_2014_01_10_18.dat, the manifest says 360000"
    assert finding_of(copied) == (False, lost)


def test_an_hour_that_is_gone_is_told_even_where_the_seal_agrees(copied):
    """As an archive of before seals had a digest may hold it: a late hour had it sealed as it was."""
    chunk_of(copied, 6).unlink()
    manifest = copied.manifest(NIGHT)
    there = (copied.read(NIGHT, "counts/counts") != MISSING).mean(axis=1)
    effort = {name: round(float(share), 6) for name, share in zip(copied.channels, there, strict=True)}
    seal = manifest.stages["counts"].model_copy(update={"note": {"effort": effort}})
    copied.replace_manifest(manifest.with_stage("counts", seal))
    assert finding_of(copied)[1].startswith("2014-01-10: counts hold 0 samples of CH1_2014_01_10_18.dat")


def test_a_night_whose_ingest_was_killed_is_reported(copied):
    copied.unseal(NIGHT, ["counts"], "some")
    assert finding_of(copied)[0] is False
    assert finding_of(copied)[1].startswith(
        "2014-01-10: counts are being written, or their ingest was killed: the next"
    )


def test_one_changed_sample_is_reported(copied):
    counts = copied.read(NIGHT, "counts/counts")
    counts[1, 7 * HOUR_SAMPLES] += np.int32(1)
    copied.write(NIGHT, {"counts/counts": counts})
    assert finding_of(copied) == (False, "2014-01-10: counts are not the samples that were sealed")


class TestMending:
    def test_a_damaged_stage_is_opened_and_made_anew(self, copied, processed):
        shutil.rmtree(Path(copied.url) / "detection/probability/c")
        finding, *_ = check_archive(copied.url)
        assert finding.remedy.startswith("unseal what is damaged of 1 night(s)")
        mended = finding.mend()
        assert mended.left == ()
        unsealed = "probability, fringes, polarisation, harmonics, pc1"
        assert mended.did == (f"2014-01-10: unsealed {unsealed}: `iar process` makes them anew",)
        assert finding_of(copied)[0] is True
        process_night(copied, NIGHT, Setup())
        assert contents(Path(copied.url)) == contents(processed)

    def test_what_a_killed_ingest_left_is_sealed(self, copied, processed):
        counts = copied.read(NIGHT, "counts/counts")
        copied.unseal(NIGHT, redone_with("counts"), pack_presence(counts != MISSING))
        mended = check_archive(copied.url)[0].mend()
        assert mended == Mended(("2014-01-10: sealed what was sealed before an ingest was killed",))
        process_night(copied, NIGHT, Setup())
        assert contents(Path(copied.url)) == contents(processed)

    def test_what_a_file_is_needed_for_is_left_to_a_person(self, copied):
        chunk_of(copied, 6).unlink()
        mended = check_archive(copied.url)[0].mend()
        assert mended.did == mended.left
        assert "`iar ingest` of CH1_2014_01_10_18.dat, then `iar process`" in mended.left[0]

    def test_temporary_files_of_killed_runs_go_and_nothing_else(self, copied, processed):
        place, partial = copied.index(NIGHT), f"{'0' * 31}a.partial"
        root = Path(copied.url)
        for name in (
            f"spectra/density/c/{place}/0/0/0.{partial}", f"fringes/verdict/c/{place}.{partial}",
            f"spectra/zarr.json.{partial}", "manifest/2014/.2014-01-10.tmp", "manifest/.quarantine.tmp",
        ):  # fmt: skip
            left_behind(root / name)
        mine = left_behind(root / "notes.partial")
        _, finding, *_ = check_archive(copied.url)
        assert finding.remedy == "remove 5 temporary file(s)"
        assert finding.mend().did == ("removed 5 temporary file(s)",)
        mine.unlink()
        now = {name: content for name, content in contents(root).items() if not name.endswith(".lock")}
        before = {name: content for name, content in contents(processed).items() if not name.endswith(".lock")}
        assert now == before

    def test_a_temporary_file_of_a_live_run_is_no_finding(self, copied):
        (Path(copied.url) / "manifest/2014/.2014-01-10.tmp").write_bytes(b"half")
        assert all(finding.good for finding in check_archive(copied.url))


class TestWorkers:
    def test_of_a_cluster_like_us_are_fit(self, monkeypatch):
        with running_cluster(1) as cluster:
            monkeypatch.setenv("IAR_DASK_SCHEDULER", cluster.scheduler_address)
            (finding,) = check_workers()
        assert finding.good
        assert finding.detail.startswith("1, all with iar ")

    def test_made_otherwise_are_named(self, monkeypatch):
        with running_cluster(1) as cluster:
            monkeypatch.setenv("IAR_DASK_SCHEDULER", cluster.scheduler_address)
            monkeypatch.setattr("iar.upkeep.checkup.OURS", "iar 99.0 on Python 3.12")
            (finding,) = check_workers()
        assert not finding.good
        assert finding.detail.startswith("iar 99.0 on Python 3.12 is here; tcp://127.0.0.1:")

    def test_that_nobody_answers_for_are_reported(self, monkeypatch):
        monkeypatch.setenv("IAR_DASK_SCHEDULER", "tcp://127.0.0.1:1")
        (finding,) = check_workers()
        assert finding.detail.startswith("no Dask scheduler answers at tcp://127.0.0.1:1")

    def test_are_not_looked_for_where_none_are_named(self, monkeypatch):
        monkeypatch.delenv("IAR_DASK_SCHEDULER", raising=False)
        assert check_workers() == []
