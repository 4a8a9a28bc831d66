"""Schumann resonances of simulated spectra whose modes are known."""

import numpy as np
import pytest

from iar.schumann.averaging import INTERVALS
from iar.schumann.resonances import FLAGS, find_resonances, modes_within
from iar.schumann.shape import HALF_POWER
from iar.spectra.averages import slot_averages

HZ = np.arange(21, 1300) * 100 / 4096
AVERAGES = slot_averages(segment_samples=4096, hop_samples=2048, segments=3)
TURN = np.linspace(0, 2 * np.pi, INTERVALS)
AMPLITUDE = np.stack([0.3 + 0.1 * np.sin(TURN), 0.25 + 0.08 * np.cos(TURN), np.full(INTERVALS, 0.2)], axis=1)
MIDDLE = np.stack([7.85 + 0.2 * np.sin(TURN), 14.2 + 0.2 * np.cos(TURN), 20.4 + 0.3 * np.sin(2 * TURN)], axis=1)
MIDDLE_4 = np.concatenate([MIDDLE, np.full((INTERVALS, 1), np.nan)], axis=1)
WIDTH = np.array([1.1, 1.5, 1.9])


def true_density():
    """Amplitude of each slot without noise, pT/sqrt(Hz), shape (slot, frequency)."""
    bells = AMPLITUDE[..., None] / (1 + ((HZ - MIDDLE[..., None]) / WIDTH[:, None]) ** 2)
    return np.repeat(bells.sum(axis=1) + 0.1 - 0.02 * (HZ - 15) / 10, 6, axis=0)


def noise(rng, channels, slots):
    """Root of the mean power of three overlapping Hann segments of white noise of power 1, as spectra have it."""
    window, power = np.hanning(4097)[:-1], 0
    samples = rng.standard_normal((channels, slots, 8192), dtype=np.float32)
    for start in (0, 2048, 4096):
        power = power + np.abs(np.fft.rfft(samples[..., start : start + 4096] * window)[..., 21:1300]) ** 2 / 3
    return np.sqrt(power / np.dot(window, window))


@pytest.fixture(scope="module")
def density():
    rng = np.random.default_rng(22)
    parts = [noise(rng, 2, 48) for _ in range(18)]
    return (np.concatenate(parts, axis=1) * true_density()).astype(np.float32)


@pytest.fixture(scope="module")
def found(density):
    return find_resonances(density, HZ, averages=AVERAGES)


def test_frequencies_are_true_within_their_errors_and_without_bias(found):
    off = found.frequency_hz[..., :3] - MIDDLE
    within = (np.abs(off) < found.frequency_sigma_hz[..., :3]).mean(axis=(0, 1))
    assert (np.abs(off.mean(axis=(0, 1))) < 0.01).all()
    assert ((within > 0.6) & (within < 0.76)).all()
    assert np.isnan(found.frequency_hz[..., 3]).all()
    assert not found.flag.any()


def test_amplitude_and_q_are_true_within_their_errors(found):
    q = MIDDLE / (HALF_POWER * WIDTH)
    for value, sigma, truth in (
        (found.q, found.q_sigma, q),
        (found.amplitude_pt, found.amplitude_sigma_pt, AMPLITUDE),
    ):
        off = value[..., :3] - truth
        assert np.median(off / truth) == pytest.approx(0, abs=0.03)
        assert 0.6 < (np.abs(off) < sigma[..., :3]).mean() < 0.8


def test_scatter_is_what_the_number_of_averages_says(found):
    assert np.median(found.chi2) == pytest.approx(1, abs=0.1)


def test_half_power_lies_at_half_the_full_width():
    at = HALF_POWER / 2
    assert (1 / (1 + at**2)) ** 2 == pytest.approx(0.5)


def test_lightning_in_every_sixth_slot_moves_nothing(density, found):
    struck = density.copy()
    struck[:, 3::6] = np.hypot(struck[:, 3::6], 2.0)
    off = find_resonances(struck, HZ, averages=AVERAGES).frequency_hz - MIDDLE_4
    assert np.nanstd(off) < 1.2 * np.nanstd(found.frequency_hz - MIDDLE_4)
    assert abs(np.nanmean(off)) < 0.01


def test_comb_of_a_machine_is_left_out(density, found):
    combed = density.copy()
    for line_hz in 1.416 * np.arange(1, 22):
        near = np.abs(HZ - line_hz) < 0.03
        combed[1][:, near] += 0.3
    there = find_resonances(combed, HZ, averages=AVERAGES)
    moved = np.abs(there.frequency_hz - found.frequency_hz)[1, :, :3] / found.frequency_sigma_hz[1, :, :3]
    assert np.median(moved) < 0.5
    np.testing.assert_array_equal(there.frequency_hz[0], found.frequency_hz[0])


def test_slots_that_are_not_there_cost_their_share_and_are_reported(density):
    holed = density.copy()
    holed[0, 100:164], holed[1, ::2], holed[1, 1::6] = np.nan, np.nan, np.nan
    there = find_resonances(holed, HZ, averages=AVERAGES)
    assert np.isnan(there.chi2[0, 17:27]).all()
    assert np.isfinite(there.chi2[0, [16, 27]]).all()
    assert (there.flag[1, :, :3] & FLAGS["few_slots"] > 0).all()
    assert np.median(there.frequency_sigma_hz[1, :, 0]) > 1.4 * np.median(there.frequency_sigma_hz[0, 40:, 0])


def test_more_slots_around_lower_the_error(density, found):
    wide = find_resonances(density, HZ, averages=AVERAGES, window_slots=18)
    ratio = np.median(found.frequency_sigma_hz[0, 1:-1, 0] / wide.frequency_sigma_hz[0, 1:-1, 0])
    assert ratio == pytest.approx(np.sqrt(3), rel=0.1)


def test_a_flat_spectrum_has_no_mode_that_passes_for_one():
    flat = (0.2 * noise(np.random.default_rng(1), 2, 864 // 16)).astype(np.float32)
    there = find_resonances(np.tile(flat, (1, 16, 1)), HZ, averages=AVERAGES)
    doubtful = there.flag[..., :3] & (FLAGS["faint"] | FLAGS["at_bound"]) > 0
    assert doubtful.mean() > 0.95


def test_constant_coil_and_empty_night_have_none(density):
    dead = density.copy()
    dead[0], dead[1] = 0, np.nan
    assert np.isnan(find_resonances(dead, HZ, averages=AVERAGES).frequency_hz).all()


def test_modes_are_those_that_the_band_holds():
    assert [modes_within(high_hz, most=4) for high_hz in (10.5, 11.0, 20.0, 29.0, 45.0)] == [0, 1, 2, 3, 4]
    with pytest.raises(ValueError, match=r"from 0\.51 to 17\.58 Hz: 4 modes need 6\.35 to 30"):
        find_resonances(np.ones((2, 864, len(HZ)), dtype=np.float32), HZ[:700], averages=AVERAGES, modes=4)
