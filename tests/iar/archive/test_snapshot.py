"""Manifests as they were at one moment, and the name of an archive that means the same everywhere."""

import datetime as dt
import pickle
import shutil
from pathlib import Path

import pytest

from iar.archive.manifest import DamagedManifest
from iar.archive.snapshot import Snapshot, shared_archive
from iar.archive.store import Archive
from iar.errors import DamagedArchiveError, InputError
from iar.stages.pipeline import computed
from iar.stages.process import sealed_nights, undone_nights
from iar.stages.stage import Setup

DAY = dt.timedelta(days=1)


@pytest.fixture
def archive(processed, tmp_path) -> Archive:
    shutil.copytree(processed, tmp_path / "archive")
    return Archive(str(tmp_path / "archive"))


def around(night: dt.date) -> list[dt.date]:
    return [night + days * DAY for days in range(-2, 3)]


def test_it_says_what_the_archive_says(archive, night):
    snapshot = Snapshot(archive.url, around(night))
    assert snapshot.nights() == archive.nights()
    for day in around(night):
        assert snapshot.manifest(day) == archive.manifest(day)


def test_nights_of_some_years_are_all_of_those_and_no_others(archive, night):
    others = [dt.date(2013, 1, 1), dt.date(2013, 12, 31), dt.date(2015, 1, 1)]
    for other in others:
        archive.seal(other, "counts", "others", {"edges": {}})
    for years in ([], [2013], [2014], [2013, 2015], [2012, 2013, 2014, 2015, 2016]):
        wanted = sorted(day for day in (night, *others) if day.year in years)
        assert archive.nights(years) == wanted
        assert Snapshot(archive.url, [night, *others]).nights(years) == wanted
    assert archive.nights() == sorted([night, *others])
    assert Snapshot(archive.url, [night]).nights() == [night]  # its neighbours lie in the same year


def test_each_manifest_is_read_once_whatever_is_asked(archive, night):
    snapshot = Snapshot(archive.url, around(night))
    shutil.rmtree(Path(archive.url) / "manifest")
    assert sealed_nights(snapshot, around(night), "counts") == [night]
    assert undone_nights(snapshot, [night], Setup()) == []


def test_it_travels_with_its_manifests(archive, night):
    snapshot = pickle.loads(pickle.dumps(Snapshot(archive.url, [night])))  # noqa: S301 - our own bytes
    assert snapshot.nights() == [night]
    assert snapshot.manifest(night) == archive.manifest(night)
    assert snapshot.read_sealed(night, "spectra", "spectra/density")[0].shape == (2, 864, 410)


def test_the_neighbours_of_the_nights_are_in_it(archive, night):
    assert Snapshot(archive.url, [night + DAY]).manifest(night).sources
    assert Snapshot(archive.url, [night - DAY]).manifest(night).sources


@pytest.mark.parametrize("stage", [stage.name for stage in computed()])
def test_a_night_without_one_stage_is_undone(stage, archive, night):
    archive.replace_manifest(archive.manifest(night).without_stages([stage]))
    snapshot = Snapshot(archive.url, [night])
    assert undone_nights(snapshot, [night], Setup()) == [night]


def test_last_slot_of_the_night_before_that_changes_undoes_a_night(archive, night):
    archive.seal(night - DAY, "counts", "others", {"edges": {"first": None, "last": "samples"}})
    snapshot = Snapshot(archive.url, [night])
    assert undone_nights(snapshot, [night], Setup()) == [night]


def test_a_damaged_manifest_is_the_trouble_of_its_night_alone(archive, night):
    (Path(archive.url) / f"manifest/2014/{night + DAY}.json").write_text("{")
    snapshot = Snapshot(archive.url, around(night))
    assert snapshot.manifest(night) == archive.manifest(night)
    with pytest.raises(DamagedArchiveError, match=f"{night + DAY}.json is damaged"):
        snapshot.manifest(night + DAY)
    assert undone_nights(snapshot, [night, night + DAY], Setup()) == [night + DAY]


def test_a_relative_folder_gets_a_name_that_holds_everywhere(archive, monkeypatch):
    monkeypatch.chdir(Path(archive.url).parent)
    assert shared_archive("archive").url == archive.url


def test_memory_cannot_be_shared():
    with pytest.raises(InputError, match="memory://nights lies in the memory of this process"):
        shared_archive("memory://nights")


def test_it_cannot_write(archive, night):
    """Sealing through the past would bring a stage back that was unsealed since."""
    snapshot = Snapshot(archive.url, [night])
    archive.unseal(night, ["fringes"])
    assert snapshot.manifest(night).is_sealed("fringes")
    for writer in ("seal", "unseal", "write", "replace_manifest", "locked", "update_quarantine"):
        assert hasattr(archive, writer)
        assert not hasattr(snapshot, writer)
    with pytest.raises(ValueError, match="read-only"):
        snapshot._group["fringes/phi"][0] = 0
    assert not archive.manifest(night).is_sealed("fringes")


def test_who_looks_at_many_gets_a_damaged_manifest_that_seals_nothing_and_says_why(archive, night):
    (Path(archive.url) / f"manifest/2014/{night}.json").write_text("{")
    for store in (archive, Snapshot(archive.url, [night])):
        seen = store.look(night)
        assert isinstance(seen, DamagedManifest)
        assert not seen.stages
        assert f"{night}.json is damaged" in seen.fault
    assert sealed_nights(archive, [night], "fringes") == [night]  # for who works on it to report
