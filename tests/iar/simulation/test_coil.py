import datetime as dt

import numpy as np
import pytest
from scipy import stats

from iar.night import NIGHT_SAMPLES, SLOTS
from iar.simulation.coil import coil_counts, frame_frequencies
from iar.simulation.density import expected_density, measured_density
from iar.simulation.scenario import draw_scenario
from iar.spectra.density import Band, amplitude_density

PT_PER_COUNT = 0.02
FULL_SCALE = 2**23 - 1
FRAME_HZ = frame_frequencies()
BAND_HZ = Band().frequency_hz
FREEDOM = 2 * 3 / (1 + 2 * (2 / 3) / 36)  # of the power of three Hann segments that overlap by half
MEDIAN = np.sqrt(stats.gamma.median(FREEDOM / 2) / (FREEDOM / 2))
"""Median over time of the density, as a share of its root mean square."""


def counts_of(density_pt, seed=0, full_scale=FULL_SCALE, pt_per_count=PT_PER_COUNT):
    calibration = np.broadcast_to(pt_per_count, FRAME_HZ.shape)
    return coil_counts(density_pt, calibration, np.random.default_rng(seed), full_scale=full_scale)


def analysed(counts, pt_per_count=PT_PER_COUNT):
    calibration = np.broadcast_to(pt_per_count, BAND_HZ.shape)
    return amplitude_density(counts, band=Band(), pt_per_count=calibration).astype(np.float64)


def flat(density_pt=1.0):
    return np.full((SLOTS, len(FRAME_HZ)), density_pt)


@pytest.fixture(scope="module")
def flat_counts():
    return counts_of(flat())


def test_flat_density_comes_back_from_the_counts(flat_counts):
    density = analysed(flat_counts)
    over_time = np.median(density, axis=0) / MEDIAN
    assert np.median(over_time) == pytest.approx(1, rel=0.02)
    np.testing.assert_allclose(over_time, 1, atol=0.08)  # no frequency is special
    in_level = np.sqrt((density**2).mean(axis=1))
    assert in_level[:10].mean() == pytest.approx(1, abs=0.05)  # nor the ends of the night
    assert in_level[-10:].mean() == pytest.approx(1, abs=0.05)


def test_variance_of_the_samples_is_the_density_times_fifty_hertz(flat_counts):
    by_slot = flat_counts.reshape(SLOTS, -1).astype(np.float64).std(axis=1) * PT_PER_COUNT
    assert by_slot.mean() == pytest.approx(np.sqrt(50), rel=0.01)
    assert by_slot.min() > 0.9 * np.sqrt(50)  # no seam where frames are joined


def test_counts_are_one_night_of_int32(flat_counts):
    assert flat_counts.shape == (NIGHT_SAMPLES,)
    assert flat_counts.dtype == np.int32


def test_same_seed_gives_the_same_bytes_and_another_seed_does_not(flat_counts):
    assert counts_of(flat(), seed=0).tobytes() == flat_counts.tobytes()
    assert counts_of(flat(), seed=1)[:10_000].tobytes() != flat_counts[:10_000].tobytes()


def test_digitiser_clips_at_full_scale(flat_counts):
    clipped = counts_of(flat(), full_scale=500)
    assert (clipped.min(), clipped.max()) == (-500, 500)
    np.testing.assert_array_equal(clipped, np.clip(flat_counts, -500, 500))


def test_step_of_the_level_at_midnight_is_seen_at_midnight():
    density_pt = flat(1.0)
    density_pt[SLOTS // 2 :] = 3.0
    level = np.sqrt((analysed(counts_of(density_pt)) ** 2).mean(axis=1))
    assert level[: SLOTS // 2 - 2].mean() == pytest.approx(1, rel=0.01)
    assert level[SLOTS // 2 + 2 :].mean() == pytest.approx(3, rel=0.01)


def test_coil_that_rises_with_frequency_is_undone_by_its_own_calibration():
    coil = 0.05 / np.maximum(FRAME_HZ, 0.1)
    density = analysed(counts_of(flat(), pt_per_count=coil), pt_per_count=0.05 / BAND_HZ)
    assert np.median(np.median(density, axis=0) / MEDIAN) == pytest.approx(1, rel=0.02)


def test_night_of_fringes_by_the_whole_chain_is_the_night_by_the_fast_path():
    scenario = draw_scenario("fringes", dt.date(2014, 1, 10), 7)
    chain = analysed(counts_of(expected_density(scenario, FRAME_HZ)[0]))
    expected = expected_density(scenario, BAND_HZ)
    fast = measured_density(expected, np.zeros_like(scenario.missing), np.random.default_rng(0))[0]
    by_chain, by_fast = (np.median(density / expected[0], axis=0) for density in (chain, fast))
    assert np.median(by_chain) / MEDIAN == pytest.approx(1, rel=0.02)
    for chain_part, fast_part in zip(np.array_split(by_chain, 10), np.array_split(by_fast, 10), strict=True):
        assert np.median(chain_part) == pytest.approx(np.median(fast_part), rel=0.03)
    dark = slice(300, 560)  # the fringes themselves are there in both, at the same place
    relief = [20 * np.log10(np.median(d[dark], axis=0)) for d in (chain, fast)]
    assert np.corrcoef(*relief)[0, 1] > 0.98
