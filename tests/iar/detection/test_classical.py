import numpy as np
import pytest
from scipy import ndimage, signal
from scipy.interpolate import make_lsq_spline

from iar.detection.classical import (
    find_spots,
    join_spots,
    label_regions,
    line_pixels,
    mean_of_channels,
    slots_with_data,
    trace_lines,
)
from iar.fringes.spacing import fit_spacing
from iar.simulation.density import scattered
from iar.spectra.grid import frequencies

FREQUENCY_HZ = frequencies(0.5, 10.5, 4096)
BINS = len(FREQUENCY_HZ)
BIN_HZ = FREQUENCY_HZ[1] - FREQUENCY_HZ[0]
SPOTS = {"smoothing_bins": 4, "pieces": 5, "order": 6, "min_height_db": 0.75, "peak_distance_bins": 10}
JOIN = {"dilate_slots": 15, "erode_bins": 3, "widen_slots": 1, "widen_bins": 1}


def empty(slots=60, bins=40):
    return np.zeros((slots, bins), dtype=bool)


def pixels(*places, slots=60, bins=40):
    mask = empty(slots, bins)
    mask[tuple(np.transpose(places))] = True
    return mask


def joined_of(spots, usable=None, **changed):
    return join_spots(spots, np.ones(len(spots), dtype=bool) if usable is None else usable, **{**JOIN, **changed})


def spots_of(density, **changed):
    return find_spots(density, **{**SPOTS, **changed})


def traced(spots, intensity=None, **changed):
    """From spots to lines with the published numbers, but for those of the joining that are `changed`."""
    region = label_regions(joined_of(spots, **changed), min_region_pixels=80, neighbours=8)
    flat = np.ones(spots.shape, dtype=np.float32) if intensity is None else intensity
    return trace_lines(region, spots, flat, FREQUENCY_HZ, support_slots=15)


def density_with_ridges(*ridges, slots=40, width_hz=0.1):
    """Two channels, 1/f, with ridges of (frequency in Hz, height in dB)."""
    level_db = -20 * np.log10(FREQUENCY_HZ)
    for ridge_hz, height_db in ridges:
        level_db = level_db + height_db * np.exp(-(((FREQUENCY_HZ - ridge_hz) / width_hz) ** 2))
    return np.broadcast_to(10 ** (level_db / 20), (2, slots, BINS)).astype(np.float32)


def noise(slots=40, channels=2, seed=0):
    rng = np.random.default_rng(seed)
    power = np.broadcast_to(FREQUENCY_HZ**-2, (channels, slots, BINS)).astype(np.float32)
    return scattered(power, np.zeros_like(power), rng)


# spots


def test_spots_lie_on_the_crest_of_a_ridge_and_nowhere_else():
    slot, column = np.nonzero(spots_of(density_with_ridges((3.0, 6))))
    np.testing.assert_array_equal(slot, np.arange(40))
    assert np.abs(FREQUENCY_HZ[column] - 3.0).max() <= 0.025


def test_spots_of_noise_are_those_of_a_spline_fit_and_a_peak_search_slot_by_slot():
    density = noise()
    level_db = 20 * np.log10(density.astype(np.float64)).mean(axis=0)
    ends = FREQUENCY_HZ[[0, -1]]
    knots = np.r_[[ends[0]] * 6, np.linspace(*ends, 6)[1:-1], [ends[1]] * 6]
    expected = np.zeros(level_db.shape, dtype=bool)
    for slot, row in enumerate(level_db):
        smooth = ndimage.uniform_filter1d(ndimage.uniform_filter1d(row, 5), 5)
        residual = smooth - make_lsq_spline(FREQUENCY_HZ, smooth, knots, k=5)(FREQUENCY_HZ)
        peaks = signal.argrelmax(residual, order=10)[0]
        expected[slot, peaks[residual[peaks] >= 0.75]] = True
    found = spots_of(density, smoothing_bins=5)
    assert expected.sum() > 200
    assert (found != expected).sum() <= 2  # ours is in float32: a height may fall on the other side


@pytest.mark.parametrize("smoothing_bins", range(1, 9))
def test_smoothing_moves_no_peak(smoothing_bins):
    spots = spots_of(density_with_ridges((FREQUENCY_HZ[200], 6)), smoothing_bins=smoothing_bins)
    np.testing.assert_array_equal(np.unique(np.nonzero(spots)[1]), [200])


def test_smoothing_takes_ridges_away_that_are_narrower():
    density = density_with_ridges((3.0, 3), width_hz=0.05)
    assert spots_of(density, smoothing_bins=1).any()
    assert not spots_of(density, smoothing_bins=20).any()


def test_a_spline_of_many_pieces_follows_what_one_of_few_leaves():
    density = density_with_ridges((5.0, 4), width_hz=1.5)
    assert spots_of(density, pieces=1).any()
    assert not spots_of(density, pieces=20).any()


@pytest.mark.parametrize(("height_db", "found"), [(0.75, True), (1.7, False)])
def test_a_ridge_lower_than_the_threshold_is_no_spot(height_db, found):
    assert spots_of(density_with_ridges((3.0, 2)), min_height_db=height_db).any() == found


@pytest.mark.parametrize(("distance", "found"), [(14, 2), (22, 1)])
def test_of_two_ridges_nearer_than_the_distance_the_higher_stays(distance, found):
    low, high = FREQUENCY_HZ[100], FREQUENCY_HZ[120]
    spots = spots_of(density_with_ridges((low, 5), (high, 7)), peak_distance_bins=distance)
    columns = np.unique(np.nonzero(spots)[1])
    assert len(columns) == found
    assert np.abs(columns - 120).min() <= 1


@pytest.mark.parametrize("lost", [np.nan, 0.0])
def test_a_channel_that_is_missing_or_constant_does_not_count(lost):
    density = noise()
    alone = spots_of(density[:1])
    density[1] = lost
    assert alone.any()
    np.testing.assert_array_equal(spots_of(density), alone)
    np.testing.assert_array_equal(slots_with_data(density), [[True] * 40, [False] * 40])
    np.testing.assert_array_equal(mean_of_channels(density, slots_with_data(density)), density[0])


@pytest.mark.parametrize("lost", [np.nan, 0.0])
def test_a_slot_without_data_has_no_spots_and_its_neighbours_are_as_they_were(lost):
    density = noise()
    before = spots_of(density)
    density[:, 10:20] = lost
    before[10:20] = False
    np.testing.assert_array_equal(spots_of(density), before)
    assert not spots_of(density, min_height_db=0, pieces=3)[10:20].any()
    assert not mean_of_channels(density, slots_with_data(density))[10:20].any()


# joining


def test_dilation_draws_a_spot_out_along_time():
    expected = empty()
    expected[23:38, 20] = True
    np.testing.assert_array_equal(joined_of(pixels((30, 20)), erode_bins=1), expected)
    expected[[23, 24, 36, 37]] = False
    np.testing.assert_array_equal(joined_of(pixels((30, 20)), erode_bins=1, dilate_slots=11), expected)


def test_erosion_leaves_where_spots_of_three_neighbouring_bins_reach():
    spots = pixels((20, 10), (23, 11), (26, 12))  # they reach from 13 to 27, 16 to 30, 19 to 33
    expected = empty()
    expected[19:28, 11] = True
    np.testing.assert_array_equal(joined_of(spots), expected)
    assert not joined_of(spots, erode_bins=4).any()


def test_sporadic_spots_vanish():
    spots = empty()
    spots[10::20, 5::10] = True
    assert not joined_of(spots).any()
    assert joined_of(spots, erode_bins=1).any()


def test_a_line_without_any_scatter_vanishes_too_unless_nothing_is_eroded():
    spots = empty()
    spots[:, 20] = True
    assert not joined_of(spots).any()
    np.testing.assert_array_equal(joined_of(spots, erode_bins=1), spots)


def test_what_is_one_bin_apart_after_the_erosion_is_bridged():
    spots = empty()
    spots[30, 10:13] = spots[30, 14:17] = True  # eroded to bins 11 and 15
    assert not joined_of(spots)[:, 13].any()
    spots[30, 9:12] = spots[30, 13:16] = True  # 9 to 16 at once: eroded to 10 to 15
    np.testing.assert_array_equal(joined_of(spots)[30, 8:18], [0, 0, 1, 1, 1, 1, 1, 1, 0, 0])
    columns = joined_of(pixels((30, 11), (30, 13)), erode_bins=1)
    assert columns[24:37, 12].all()


def test_further_dilation_widens_what_was_bridged():
    spots = pixels((30, 19), (30, 20), (30, 21))
    expected = empty()
    expected[22:39, 18:23] = True
    np.testing.assert_array_equal(joined_of(spots, widen_slots=3, widen_bins=5), expected)


def test_nothing_reaches_into_unusable_slots_and_nothing_from_there_counts():
    spots = pixels(*[(slot, bin_) for slot in (10, 30) for bin_ in (19, 20, 21)])
    usable = np.ones(60, dtype=bool)
    usable[[8, 30]] = False
    expected = empty()
    expected[3:18, 20] = True
    expected[8] = False
    np.testing.assert_array_equal(joined_of(spots, usable), expected)


# regions


@pytest.mark.parametrize(("smallest", "kept"), [(80, True), (81, False)])
def test_a_region_is_kept_from_80_pixels_on(smallest, kept):
    joined = empty()
    joined[10:26, 10:15] = True  # 80 px
    joined[40, 3] = True
    label = label_regions(joined, min_region_pixels=smallest, neighbours=8)
    assert (label > 0).sum() == 80 * kept
    assert not label[40].any()


def test_regions_that_touch_at_a_corner_are_one_with_8_neighbours_and_two_with_4():
    joined = empty()
    joined[10:20, 10:20] = joined[20:30, 20:30] = True
    assert label_regions(joined, min_region_pixels=100, neighbours=8).max() == 1
    assert label_regions(joined, min_region_pixels=100, neighbours=4).max() == 2
    assert not label_regions(joined, min_region_pixels=101, neighbours=4).any()


# lines


def one_row(*intensity, first_bin=10):
    """A region of one slot with these intensities."""
    region, weight = np.zeros((3, BINS), dtype=np.int32), np.zeros((3, BINS), dtype=np.float32)
    region[1, first_bin : first_bin + len(intensity)] = 1
    weight[1, first_bin : first_bin + len(intensity)] = intensity
    return region, weight


@pytest.mark.parametrize(
    ("intensity", "middle_bin"), [((1, 2, 1), 11), ((1, 1, 2), 11.25), ((4,), 10), ((0, 0, 0), 11)]
)
def test_a_line_lies_at_the_intensity_weighted_mean_finer_than_a_bin(intensity, middle_bin):
    region, weight = one_row(*intensity)
    line_hz, line_weight = trace_lines(region, region > 0, weight, FREQUENCY_HZ, support_slots=1)
    assert line_hz.shape == (3, 1)
    assert line_hz[1, 0] == pytest.approx(FREQUENCY_HZ[0] + middle_bin * BIN_HZ, abs=1e-9)
    assert np.isnan(line_hz[[0, 2]]).all()
    np.testing.assert_array_equal(line_weight, [[np.nan], [1], [np.nan]])


def test_lines_rise_in_frequency_and_the_rest_is_nan():
    region = np.zeros((4, BINS), dtype=np.int32)
    region[0, 300], region[0, 100], region[0, 200], region[2, 50] = 1, 2, 3, 2
    line_hz, _ = trace_lines(region, region > 0, np.ones((4, BINS)), FREQUENCY_HZ, support_slots=1)
    expected = np.full((4, 3), np.nan)
    expected[0] = FREQUENCY_HZ[[100, 200, 300]]
    expected[2, 0] = FREQUENCY_HZ[50]
    np.testing.assert_allclose(line_hz, expected)
    np.testing.assert_array_equal(line_pixels(line_hz, FREQUENCY_HZ), region > 0)


@pytest.mark.parametrize(("place", "column"), [(99.6, 100), (100.4, 100), (100.6, 101), (0, 0), (BINS - 1, BINS - 1)])
def test_the_pixel_of_a_line_is_the_nearest(place, column):
    mask = line_pixels(np.array([[FREQUENCY_HZ[0] + place * BIN_HZ, np.nan], [np.nan, np.nan]]), FREQUENCY_HZ)
    np.testing.assert_array_equal(np.argwhere(mask), [[0, column]])


def test_the_weight_is_the_share_of_slots_around_with_a_spot_in_the_region():
    region, spots = np.zeros((20, BINS), dtype=np.int32), empty(20, BINS)
    region[:, 100:103] = 1
    spots[[9, 10, 11], [100, 102, 101]] = True
    spots[10, 100] = spots[5, 200] = True  # a second one of the slot, and one elsewhere
    _, weight = trace_lines(region, spots, np.ones((20, BINS)), FREQUENCY_HZ, support_slots=5)
    expected = np.full(20, 0.2)  # of five slots, one; never 0, for the region is there
    expected[8:13] = 0.4, 0.6, 0.6, 0.6, 0.4
    np.testing.assert_allclose(weight[:, 0], expected)


def test_a_night_without_regions_has_lines_that_a_spacing_can_be_sought_in():
    line_hz, weight = traced(empty(bins=BINS))
    assert line_hz.shape == weight.shape == (60, 1)
    assert np.isnan(line_hz).all()
    assert np.isnan(weight).all()
    assert np.isnan(fit_spacing(line_hz, weight, min_spacing_hz=0.25, max_spacing_hz=2.2).delta_f_hz).all()


@pytest.mark.parametrize(("start_bin", "bins_per_slot"), [(50, 0.2), (300, -0.2), (50, 0.25)])
def test_drifting_line_in_noise_free_spots_is_found_within_one_bin(start_bin, bins_per_slot):
    true_bin = start_bin + bins_per_slot * np.arange(200)
    spots = empty(200, BINS)
    spots[np.arange(200), np.rint(true_bin).astype(int)] = True
    line_hz, weight = traced(spots)
    assert line_hz.shape[1] == 1  # one line, not two
    slot = np.flatnonzero(np.isfinite(line_hz[:, 0]))
    assert len(slot) >= 190  # all but what the shapes at both ends cost
    inner = slot[(slot >= 8) & (slot < 192)]
    found_bin = (line_hz[inner, 0] - FREQUENCY_HZ[0]) / BIN_HZ
    assert np.abs(found_bin - true_bin[inner]).max() <= 1
    assert (weight[slot] > 0.2).all()


def test_two_lines_drifting_side_by_side_stay_two():
    spots = empty(200, BINS)
    for start in (50, 75):
        spots[np.arange(200), np.rint(start + 0.2 * np.arange(200)).astype(int)] = True
    line_hz, _ = traced(spots)
    assert np.isfinite(line_hz[10:190]).sum() == 2 * 180
    np.testing.assert_allclose(np.diff(line_hz[10:190, :2]), 25 * BIN_HZ, atol=BIN_HZ)


def found_in_noise(height_db, width_hz, **changed):
    """Share of 400 slots with a line within 0.1 Hz of a ridge in noise that drifts by 0.2 Hz, and others a slot."""
    true_hz = 3.0 + 0.0005 * np.arange(400)
    gain_db = height_db * np.exp(-(((FREQUENCY_HZ - true_hz[:, None]) / width_hz) ** 2))
    power = np.broadcast_to(10 ** (gain_db / 10), (2, 400, BINS)).astype(np.float32)
    density = scattered(power, np.zeros_like(power), np.random.default_rng(0))
    line_hz, _ = traced(spots_of(density), density.mean(axis=0), **changed)
    near = np.abs(line_hz - true_hz[:, None]) <= 0.1
    return near.any(axis=1).mean(), (np.isfinite(line_hz) & ~near).sum() / 400


@pytest.mark.parametrize("height_db", [3, 5, 9, 15])
def test_a_ridge_as_wide_as_fringes_are_is_found_in_noise(height_db):
    found, others = found_in_noise(height_db, 0.2)
    assert found > 0.85
    assert others < 3


def test_a_ridge_of_two_bins_is_found_while_it_is_low_and_lost_to_the_erosion_when_it_is_high():
    assert found_in_noise(5, 0.05)[0] > 0.85
    assert found_in_noise(12, 0.05)[0] < 0.1
    assert found_in_noise(12, 0.05, erode_bins=1)[0] > 0.95
