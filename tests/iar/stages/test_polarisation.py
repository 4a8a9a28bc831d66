"""The stage of polarisation on a simulated night, whose coherence is known."""

import numpy as np
import pandas as pd
import pytest

from iar.archive.store import Archive
from iar.plots.polarisation import SURE_SIGMAS
from iar.results.picture import Look, night_plot
from iar.settings import PolarisationSettings
from iar.simulation.density import coherence, power_parts
from iar.simulation.scenario import draw_scenario
from iar.stages.polarisation import read_polarisation
from tests.commands import run_here
from tests.conftest import NIGHT

COLUMNS = [
    "time", "night", "harmonic", "degree", "degree_sigma", "azimuth_deg", "azimuth_sigma_deg",
    "ellipticity", "ellipticity_sigma",
]  # fmt: skip


@pytest.fixture(scope="module")
def found(processed) -> dict[str, np.ndarray]:
    return read_polarisation(Archive(str(processed)), NIGHT).values


@pytest.fixture(scope="module")
def truth(processed) -> dict[str, np.ndarray]:
    """Degree and ellipticity that the simulator made at each harmonic that was seen."""
    archive = Archive(str(processed))
    drawn, hz = draw_scenario("fringes", NIGHT, 7), archive.frequency_hz
    parts = power_parts(drawn, hz)
    north, east = parts.total()
    cross = coherence(drawn, parts) * np.sqrt(north * east)
    seen_hz = archive.read(NIGHT, "fringes/frequency_hz")
    place = np.rint((np.nan_to_num(seen_hz, nan=1.0) - hz[0]) * 40.96).astype(int)
    i, q, u, v = (
        np.take_along_axis(one, place, axis=1) for one in (north + east, north - east, 2 * cross.real, 2 * cross.imag)
    )
    polarised = np.sqrt(q**2 + u**2 + v**2)
    return {"degree": polarised / i, "ellipticity": np.tan(np.arcsin(v / polarised) / 2)}


def test_each_harmonic_that_was_seen_has_a_degree_and_no_other(found, processed):
    seen = np.isfinite(Archive(str(processed)).read(NIGHT, "fringes/frequency_hz"))
    np.testing.assert_array_equal(np.isfinite(found["degree"]), seen)
    assert seen.sum() > 500


def test_degree_and_ellipticity_are_those_of_the_simulators_coherence(found, truth):
    sure = found["degree"] > SURE_SIGMAS * found["degree_sigma"]
    assert sure.sum() > 200
    for name in ("degree", "ellipticity"):
        off = (found[name] - truth[name])[sure]
        assert abs(np.median(off)) < 0.08
        assert (np.abs(off) < 2 * found[f"{name}_sigma"][sure]).mean() > 0.75
    assert np.sign(np.median(found["ellipticity"][sure])) == np.sign(np.median(truth["ellipticity"][sure]))


def test_the_table_has_a_row_for_each_slot_and_harmonic_with_a_degree(found, processed, capsys, tmp_path):
    out = tmp_path / "polarisation.parquet"
    status, *_ = run_here(capsys, "export", "--product", "polarisation", "--archive", processed, "--out", out)
    assert status == 0
    table = pd.read_parquet(out)
    assert list(table.columns) == COLUMNS
    assert len(table) == np.isfinite(found["degree"]).sum()
    row = table.iloc[100]
    slot = int((row["time"] - pd.Timestamp(f"{NIGHT}T12:00Z")).total_seconds() // 100)
    assert row["ellipticity"] == found["ellipticity"][slot, int(row["harmonic"]) - 1]


def test_its_picture_has_a_panel_for_each_and_an_ellipse_only_where_the_degree_is_sure(processed):
    figure = night_plot(Archive(str(processed)), NIGHT, Look("polarisation"))()
    degree, azimuth, ellipticity = (axis.images[0].get_array() for axis in figure.axes[::2])
    assert degree.count() == degree.size  # what is not there is masked
    assert 0.02 * degree.size < azimuth.count() == ellipticity.count() < 0.9 * degree.size


def test_an_average_without_a_middle_is_refused():
    with pytest.raises(ValueError, match="window_bins 4 is even"):
        PolarisationSettings(window_bins=4)
