"""A night under work: what is made, what is read, and what is left of it when something fails."""

import dataclasses
import datetime as dt
import shutil
from pathlib import Path

import numpy as np
import pytest
from fsspec.implementations.local import LocalFileSystem

from iar.archive.layout import NAN, ArraySpec, Layout
from iar.archive.store import Archive
from iar.errors import DamagedArchiveError, NightNotSealedError
from iar.night import SLOTS
from iar.settings import Station
from iar.stages.creation import create_archive
from iar.stages.night_view import open_night
from iar.stages.pipeline import PIPELINE, redone_with
from iar.stages.process import process_night
from iar.stages.stage import Setup, Stage
from iar.upkeep.faults import find_faults

NIGHT = dt.date(2014, 1, 10)
NAMES = [stage.name for stage in PIPELINE]
FILLED = [  # nothing is wrong with the night, it has no pearls, and its spectra end below the resonances
    path
    for one in PIPELINE[1:]
    for path in one.layout.arrays
    if "quality" not in path and one.name not in {"pc1", "schumann"}
]
MEAN = Stage(  # a new stage, as somebody would add one
    name="mean",
    made_from=("spectra",),
    version=1,
    layout=Layout({"mean/density": ArraySpec(("channel", "slot"), "float32", NAN, {"units": "pT Hz-0.5"})}),
    compute=lambda night, _setup: ({"mean/density": night.read("spectra", "spectra/density").mean(axis=2)}, {}),
)


@pytest.fixture
def archive(tmp_path):
    store = create_archive(str(tmp_path / "archive"), Station())
    for stage in NAMES:
        store.seal(NIGHT, stage, f"{stage} as it was")
    return store


@pytest.fixture
def copied(processed, tmp_path):
    return Archive(str(shutil.copytree(processed, tmp_path / "copy")))


def stage(name, compute):
    """A stage of the pipeline that computes something else, from nothing."""
    declared = next(one for one in PIPELINE if one.name == name)
    return dataclasses.replace(declared, made_from=(), inputs=lambda _night, _setup: (), compute=compute)


def make(archive, one):
    with open_night(archive, NIGHT) as night:
        return night.make(one, Setup(), redone_with(one.name))


def curve(value):
    return lambda _night, _setup: ({"fringes/phi": np.full(SLOTS, value)}, {"value": value})


def test_stage_runs_once_for_a_signature_and_says_what_it_noted(archive):
    assert make(archive, stage("fringes", curve(0.25)))
    assert not make(archive, stage("fringes", curve(0.75)))
    sealed = archive.manifest(NIGHT).stages["fringes"]
    assert sealed.note == {"value": 0.25, "chunks": {"fringes/phi": 1}}
    np.testing.assert_array_equal(archive.read(NIGHT, "fringes/phi"), np.full(SLOTS, 0.25, dtype=np.float32))


@pytest.mark.parametrize("name", ["spectra", "probability", "fringes"])
def test_night_whose_writing_fails_half_way_is_read_by_nobody(archive, name):
    first = next(iter(stage(name, None).layout.arrays))
    spec = stage(name, None).layout.arrays[first]
    half = dataclasses.replace(
        stage(name, lambda _night, _setup: ({first: archive.read(NIGHT, first), "no/such-array": np.zeros(3)}, {})),
        layout=Layout({first: spec, "no/such-array": ArraySpec(("no-such-dimension",), "float32", NAN, {})}),
    )
    with pytest.raises(KeyError, match="no-such-dimension"):
        make(archive, half)
    for later in redone_with(name):
        with pytest.raises(NightNotSealedError, match=f"2014-01-10 has no sealed {later}"):
            archive.read_sealed(NIGHT, later, "fringes/phi")
    assert archive.manifest(NIGHT).is_sealed("counts")


def test_stage_that_fails_before_it_writes_leaves_everything_sealed(archive):
    def compute(_night, _setup):
        raise OSError("disk full")

    before = archive.manifest(NIGHT)
    with pytest.raises(OSError, match="disk full"):
        make(archive, stage("spectra", compute))
    assert archive.manifest(NIGHT) == before


def test_what_was_computed_is_handed_on_as_it_is_read(copied):
    copied.replace_manifest(copied.manifest(NIGHT).without_stages(NAMES[1:]))
    with open_night(copied, NIGHT) as night:
        for one in PIPELINE[1:]:
            assert night.make(one, Setup(), redone_with(one.name))
            for path in one.layout.arrays:
                handed, stored = night.read(one.name, path), copied.read(NIGHT, path)
                np.testing.assert_array_equal(handed, stored)
                assert handed.dtype == stored.dtype


class TestReads:
    """Each manifest is read once, and nothing that was just computed."""

    @pytest.fixture
    def reads(self, monkeypatch):
        """Manifests and chunks of spectra and what follows that were read."""
        seen = {"manifests": 0, "read-backs": 0}
        whole, read = LocalFileSystem.cat_file, Archive.read

        def cat_file(self, path, *args, **kwargs):
            seen["manifests"] += "/manifest/" in path
            return whole(self, path, *args, **kwargs)

        def read_array(self, night, path, **kwargs):
            seen["read-backs"] += not path.startswith("counts/")
            return read(self, night, path, **kwargs)

        monkeypatch.setattr(LocalFileSystem, "cat_file", cat_file)
        monkeypatch.setattr("iar.archive.reader.Reader.read", read_array)
        return seen

    def test_fresh_night_reads_its_own_manifest_and_its_neighbours_and_nothing_back(self, copied, reads):
        copied.replace_manifest(copied.manifest(NIGHT).without_stages(NAMES[1:]))
        reads.update(dict.fromkeys(reads, 0))
        assert process_night(copied, NIGHT, Setup()).ran == tuple(NAMES[1:])
        assert reads["manifests"] <= 4
        assert reads["read-backs"] == 0

    def test_nights_that_are_done_are_read_once_each(self, copied, reads):
        from iar.archive.snapshot import Snapshot
        from iar.stages.process import undone_nights

        reads.update(dict.fromkeys(reads, 0))
        assert undone_nights(Snapshot(copied.url, [NIGHT]), [NIGHT], Setup()) == []
        assert reads["manifests"] == 1
        assert reads["read-backs"] == 0


class TestWhatIsSealedAndNotThere:
    """A chunk that did not come, as of a copy under way, is no data of nobody."""

    def test_spectra_are_not_computed_of_counts_that_are_not_all_there(self, copied):
        lost = Path(copied.url) / "counts/counts/c" / str(copied.index(NIGHT)) / "0" / "7"
        content = lost.read_bytes()
        lost.unlink()
        copied.replace_manifest(copied.manifest(NIGHT).without_stages(NAMES[1:]))
        with pytest.raises(
            DamagedArchiveError, match=r"counts/counts of night 2014-01-10 .* holds 47 of the 48 chunks"
        ):
            process_night(copied, NIGHT, Setup())
        assert not copied.manifest(NIGHT).is_sealed("spectra")
        lost.write_bytes(content)
        assert process_night(copied, NIGHT, Setup()).ran == tuple(NAMES[1:])

    @pytest.mark.parametrize("path", FILLED)
    def test_no_array_of_a_sealed_stage_reads_as_empty(self, copied, path):
        owner = next(one.name for one in PIPELINE if path in one.layout.arrays)
        chunk = Path(copied.url) / path / "c" / str(copied.index(NIGHT))
        shutil.rmtree(chunk) if chunk.is_dir() else chunk.unlink()
        with pytest.raises(DamagedArchiveError, match=f"{path} of night 2014-01-10 .* holds 0 of the 1 chunks"):
            copied.read_sealed(NIGHT, owner, path)


class TestANewStage:
    """One object, which brings all that the others have to know of it."""

    def test_it_is_made_in_an_archive_that_has_no_place_for_it_and_not_made_twice(self, copied):
        assert make(copied, MEAN)
        assert not make(copied, MEAN)
        (mean,) = copied.read_sealed(NIGHT, "mean", "mean/density")
        np.testing.assert_allclose(mean, copied.read(NIGHT, "spectra/density").mean(axis=2), rtol=1e-6)

    def test_its_lost_chunks_are_found_and_nothing_while_it_is_whole(self, copied, monkeypatch):
        monkeypatch.setattr("iar.upkeep.damage.PIPELINE", (*PIPELINE, MEAN))  # the line of `stages/pipeline.py`
        assert make(copied, MEAN)
        assert find_faults(copied) == []
        shutil.rmtree(Path(copied.url) / "mean" / "density" / "c" / str(copied.index(NIGHT)))
        (fault,) = find_faults(copied)
        assert (fault.night, fault.stage) == (NIGHT, "mean")
        assert "mean/density" in str(fault)

    def test_it_is_redone_with_what_it_is_made_from(self):
        assert redone_with("spectra", (*PIPELINE, MEAN)) == (*redone_with("spectra"), "mean")
        assert "mean" not in redone_with("classical", (*PIPELINE, MEAN))
