import numpy as np
import pytest

from iar.detection.classical import detect_lines, find_spots
from iar.simulation.density import scattered
from iar.spectra.grid import frequencies

FREQUENCY_HZ = frequencies(0.5, 10.5, 4096)
BINS = len(FREQUENCY_HZ)


def empty(slots=200):
    return np.zeros((slots, BINS), dtype=bool)


def lines_of(spots, **settings):
    return detect_lines(spots, np.ones(spots.shape, dtype=np.float32), **settings)


def density_with_ridge(slots=100, ridge_hz=3.0, height_db=6.0):
    """Two channels, 1/f, with one ridge 0.1 Hz wide."""
    level_db = -20 * np.log10(FREQUENCY_HZ) + height_db * np.exp(-(((FREQUENCY_HZ - ridge_hz) / 0.1) ** 2))
    return np.broadcast_to(10 ** (level_db / 20), (2, slots, BINS)).astype(np.float32)


def spots_of(density):
    return find_spots(density, smoothing_bins=5, pieces=3, min_height_db=1.0)


@pytest.mark.parametrize(("start_bin", "bins_per_slot"), [(50, 0.2), (300, -0.2), (50, 0.25)])
def test_drifting_line_in_noise_free_spots_is_found_within_one_bin(start_bin, bins_per_slot):
    true_bin = start_bin + bins_per_slot * np.arange(200)
    spots = empty()
    spots[np.arange(200), np.rint(true_bin).astype(int)] = True
    lines = lines_of(spots).lines
    slot, column = np.nonzero(lines)
    assert len(np.unique(slot)) >= 190  # all but what the shapes at both ends cost
    assert len(slot) == len(np.unique(slot))  # one line, not two
    inner = (slot >= 8) & (slot < 192)
    assert np.abs(column - true_bin[slot])[inner].max() <= 1


def test_two_lines_drifting_side_by_side_stay_two():
    spots = empty()
    for start in (50, 75):
        spots[np.arange(200), np.rint(start + 0.2 * np.arange(200)).astype(int)] = True
    assert np.all(lines_of(spots).lines[10:190].sum(axis=1) == 2)


def test_isolated_spots_vanish():
    spots = empty()
    spots[10::40, 20::30] = True
    steps = lines_of(spots)
    assert steps.spots.sum() > 50
    assert not steps.joined.any()
    assert not steps.lines.any()


@pytest.mark.parametrize(("columns", "kept"), [(7, True), (4, False)])
def test_region_under_80_pixels_is_dropped(columns, kept):
    # one slot of `columns` neighbouring spots: 15 slots long, two bins narrower: 75 px of 7 columns ...
    spots = empty()
    spots[100, 50 : 50 + columns + 1] = True  # ... and 90 px of 8
    steps = lines_of(spots)
    assert steps.joined.sum() == 15 * (columns - 1)
    assert steps.regions.any() == kept
    assert steps.lines.any() == kept


def test_smallest_region_is_a_setting():
    spots = empty()
    spots[100, 50:55] = True  # 45 px
    assert lines_of(spots, min_region_pixels=45).regions.sum() == 45
    assert not lines_of(spots, min_region_pixels=46).regions.any()


def test_line_follows_the_intensity_within_its_region():
    spots = empty()
    spots[100, 50:71] = True
    weight = np.full(spots.shape, 1e-3, dtype=np.float32)
    weight[:, 55] = 10
    lines = detect_lines(spots, weight).lines
    assert set(np.nonzero(lines)[1]) == {55}


def test_night_without_spots_has_no_lines():
    assert not lines_of(empty()).lines.any()


def test_spots_lie_on_the_crest_of_a_ridge_and_nowhere_else():
    slot, column = np.nonzero(spots_of(density_with_ridge()))
    assert len(np.unique(slot)) == 100
    assert np.abs(FREQUENCY_HZ[column] - 3.0).max() <= 0.025


def test_ridge_lower_than_the_threshold_is_no_spot():
    assert not spots_of(density_with_ridge(height_db=0.8)).any()


def test_one_channel_is_enough_and_a_slot_without_any_has_no_spots():
    density = density_with_ridge()
    density[0, :50] = np.nan
    density[:, 20:30] = np.nan
    expected = np.ones(100, dtype=bool)
    expected[20:30] = False
    np.testing.assert_array_equal(spots_of(density).any(axis=1), expected)


def test_drifting_ridge_in_noise_is_found_from_density_to_line():
    true_hz = 3.0 + 0.002 * np.arange(400)
    gain_db = 4 * np.exp(-(((FREQUENCY_HZ - true_hz[:, None]) / 0.15) ** 2))
    power = np.broadcast_to(10 ** (gain_db / 10), (2, 400, BINS)).astype(np.float32)
    density = scattered(power, np.zeros_like(power), np.random.default_rng(0))
    lines = detect_lines(spots_of(density), density.mean(axis=0)).lines
    near = np.abs(FREQUENCY_HZ - true_hz[:, None]) <= 0.1
    assert (lines & near).any(axis=1).mean() > 0.9
    assert (lines & ~near).sum() / 400 < 1  # false pixels a slot, of 402
