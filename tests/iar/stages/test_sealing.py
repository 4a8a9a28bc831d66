import datetime as dt

import numpy as np
import pytest

from iar.archive.store import create_archive
from iar.errors import DamagedArchiveError, NightNotSealedError
from iar.night import SLOTS
from iar.settings import Station
from iar.stages.sealing import REDONE_WITH, run_stage

NIGHT = dt.date(2014, 1, 10)


@pytest.fixture
def archive(tmp_path):
    store = create_archive(str(tmp_path / "archive"), Station())
    for stage in ("counts", "spectra", "classical", "probability", "fringes"):
        store.seal(NIGHT, stage, f"{stage} as it was")
    return store


def curve(value):
    return {"fringes/phi": np.full(SLOTS, value)}, {"told": value}


def test_stage_with_the_same_signature_does_not_run_again(archive):
    def compute():
        raise AssertionError("it ran")

    assert not run_stage(archive, NIGHT, "fringes", lambda: "fringes as it was", compute)


def test_stage_with_another_signature_runs_and_is_sealed_with_it(archive):
    assert run_stage(archive, NIGHT, "fringes", lambda: "new", lambda: curve(0.25))
    assert archive.manifest(NIGHT).is_sealed("fringes", "new")
    assert archive.manifest(NIGHT).stages["fringes"].note == {"told": 0.25}
    np.testing.assert_array_equal(archive.read(NIGHT, "fringes/phi"), np.full(SLOTS, 0.25, dtype=np.float32))


@pytest.mark.parametrize("stage", ["spectra", "probability", "fringes"])
def test_night_whose_writing_fails_half_way_is_read_by_nobody(archive, stage):
    half = {"fringes/phi": np.full(SLOTS, 0.75), "fringes/no-such-array": np.zeros(SLOTS)}
    with pytest.raises(DamagedArchiveError, match="no-such-array"):
        run_stage(archive, NIGHT, stage, lambda: "new", lambda: (half, {}))
    for later in REDONE_WITH[stage]:
        with pytest.raises(NightNotSealedError, match=f"2014-01-10 has no sealed {later}"):
            archive.read_sealed(NIGHT, later, "fringes/phi")
    assert archive.manifest(NIGHT).is_sealed("counts")


def test_stage_that_fails_before_it_writes_leaves_everything_sealed(archive):
    def compute():
        raise OSError("disk full")

    before = archive.manifest(NIGHT)
    with pytest.raises(OSError, match="disk full"):
        run_stage(archive, NIGHT, "spectra", lambda: "new", compute)
    assert archive.manifest(NIGHT) == before
