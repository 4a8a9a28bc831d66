import datetime as dt
import shutil

import numpy as np
import pytest

from iar.detection.bundle import SHIPPED
from iar.detection.inference import MISSING_PROBABILITY
from iar.settings import Station
from iar.simulation.density import measured_density
from iar.simulation.scenario import draw_scenario
from iar.spectra.grid import frequencies
from iar.stages.creation import create_archive
from iar.stages.stage import Setup
from tests.nights import run_stage, stage_signature

NIGHT = dt.date(2014, 1, 10)


@pytest.fixture(scope="module")
def density():
    """Of a night with fringes, without a gap; not to be changed."""
    values = measured_density(
        draw_scenario("fringes", NIGHT, 1), frequencies(0.5, 10.5, 4096), np.random.default_rng(0)
    )
    values = np.where(np.isfinite(values), values, np.float32(0.1))
    values.setflags(write=False)
    return values


@pytest.mark.parametrize("lost", [slice(0), slice(100, 140)], ids=["whole", "gap"])
def test_the_network_writes_the_same_bytes_whenever_it_is_asked_and_missing_slots_as_missing(tmp_path, density, lost):
    holed, written = density.copy(), []
    holed[:, lost] = np.nan
    for name in ("first", "again"):
        archive = create_archive(str(tmp_path / name), Station(first_night=NIGHT, last_night=NIGHT))
        archive.write(NIGHT, {"spectra/density": holed})
        archive.seal(NIGHT, "spectra", "simulated")
        assert run_stage("probability", archive, NIGHT)
        assert not run_stage("probability", archive, NIGHT)
        written.append(archive.read_sealed(NIGHT, "probability", "detection/probability")[0])
    np.testing.assert_array_equal(*written)
    assert written[0].dtype == np.uint8
    assert (written[0][lost] == MISSING_PROBABILITY).all()
    assert not (np.delete(written[0], lost, axis=0) == MISSING_PROBABILITY).any()


def test_what_a_network_runs_on_is_in_its_signature(tmp_path, monkeypatch):
    archive = create_archive(str(tmp_path / "archive"), Station(first_night=NIGHT, last_night=NIGHT))
    archive.seal(NIGHT, "spectra", "simulated")
    here = stage_signature("probability", archive, NIGHT)
    assert stage_signature("probability", archive, NIGHT) == here
    (shutil.copytree(SHIPPED, tmp_path / "other") / "model.keras").write_bytes(b"another network")
    assert stage_signature("probability", archive, NIGHT, Setup(bundle=tmp_path / "other")) != here
    monkeypatch.setenv("IAR_RUNTIME", "keras")
    assert stage_signature("probability", archive, NIGHT) != here
