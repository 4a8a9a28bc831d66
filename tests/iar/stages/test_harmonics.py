"""The stage of harmonics on a simulated night, whose noise-free spectra say how deep and wide its crests are."""

import numpy as np
import pandas as pd
import pytest

from iar.archive.store import Archive
from iar.harmonics.table import TABLE
from iar.results.picture import Look, night_plot
from iar.settings import HarmonicSettings
from iar.simulation.crests import true_crests, true_edges
from iar.simulation.scenario import draw_scenario
from iar.stages.harmonics import read_harmonics
from tests.commands import run_here
from tests.conftest import NIGHT


@pytest.fixture(scope="module")
def found(processed) -> dict[str, np.ndarray]:
    return read_harmonics(Archive(str(processed)), NIGHT).values


@pytest.fixture(scope="module")
def truth(found):
    """Of each slot in which harmonics were seen: what the noise-free spectra say of them."""
    slots = np.flatnonzero(np.isfinite(found["width_hz"]).any(axis=1))[::12]
    return slots, true_crests(draw_scenario("fringes", NIGHT, 7), slots, found["frequency_hz"][slots])


def test_depth_in_each_coil_is_that_of_the_noise_free_spectra(found, truth):
    slots, true = truth
    deep = (true.depth_db >= 3) & np.isfinite(found["depth_db"][:, slots])
    assert deep.sum() > 50
    assert np.median(np.abs(found["depth_db"][:, slots] - true.depth_db)[deep]) < 0.7  # 0.5 is that of many nights


def test_width_is_that_of_the_noise_free_spectra(found, truth):
    slots, true = truth
    better = np.nanmean(true.depth_db, axis=(1, 2)).argmax()
    deep = (true.depth_db[better] >= 3) & np.isfinite(found["width_hz"][slots])
    assert np.median(np.abs(found["width_hz"][slots] / true.width_hz[better] - 1)[deep]) < 0.15


def test_amplitude_is_that_of_what_stands_above_the_trough(found, truth):
    slots, true = truth
    deep = (true.depth_db >= 3) & np.isfinite(found["amplitude_pt"][:, slots])
    assert np.median(np.abs(found["amplitude_pt"][:, slots] / true.amplitude_pt - 1)[deep]) < 0.15


def test_the_fan_begins_and_ends_when_it_is_half_as_deep_as_in_its_deepest_hour(found):
    true_s = np.array(true_edges(draw_scenario("fringes", NIGHT, 7), np.arange(216, 648))) * 100
    there = np.isfinite(true_s)
    assert there.any()
    measured_s = np.array([found["onset_s"], found["end_s"]])
    assert (np.isfinite(measured_s) == there).all()
    assert (np.abs(measured_s - true_s)[there] < 900).all()


def test_the_fan_of_a_slot_reaches_from_the_lowest_to_the_highest_harmonic_that_is_seen(found):
    f_n = found["frequency_hz"]
    some = np.isfinite(f_n).any(axis=1)
    assert (found["low_hz"][some] <= np.nanmin(f_n[some], axis=1) + 1e-4).all()
    assert (found["high_hz"][some] >= np.nanmax(f_n[some], axis=1) - 1e-4).all()
    assert (found["count"][some] >= np.isfinite(f_n[some]).sum(axis=1)).all()
    assert np.isnan(found["low_hz"][~some]).all()


def test_the_table_has_a_row_for_each_slot_and_harmonic_that_was_seen(found, processed, capsys, tmp_path):
    out = tmp_path / "harmonics.parquet"
    status, *_ = run_here(capsys, "export", "--product", "harmonics", "--archive", processed, "--out", out)
    assert status == 0
    table = pd.read_parquet(out)
    assert list(table.columns) == [column.name for column in TABLE]
    assert len(table) == np.isfinite(found["frequency_hz"]).sum()
    np.testing.assert_allclose(table["q"], table["frequency_hz"] / table["width_hz"])
    row = table.iloc[100]
    slot = int((row["time"] - pd.Timestamp(f"{NIGHT}T12:00Z")).total_seconds() // 100)
    assert row["depth_ew_db"] == found["depth_db"][1, slot, int(row["harmonic"]) - 1]
    assert row["fan_low_hz"] == found["low_hz"][slot]


def test_its_picture_has_a_point_for_each_harmonic_and_marks_onset_and_end(found, processed):
    figure = night_plot(Archive(str(processed)), NIGHT, Look("harmonics"))()
    points = [len(axis.collections[0].get_offsets()) for axis in figure.axes if axis.get_ylabel() == "frequency (Hz)"]
    assert points == [np.isfinite(found["width_hz"]).sum()] * 3
    (fan,) = (axis for axis in figure.axes if axis.get_ylabel().startswith("depth of the fan"))
    marked = [line.get_xdata()[0] for line in fan.lines[1:]]
    assert marked == [12 + one / 3600 for one in (found["onset_s"], found["end_s"]) if np.isfinite(one)]


def test_an_average_without_a_middle_is_refused():
    with pytest.raises(ValueError, match="window_slots 20 is even"):
        HarmonicSettings(window_slots=20)
