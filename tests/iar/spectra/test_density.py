import numpy as np
import pytest
from scipy import special

from iar.night import MISSING, RATE_HZ, SLOT_SAMPLES
from iar.spectra.density import Band, amplitude_density, effort

BAND = Band()
PT_PER_COUNT = 0.02
FLAT = np.full(410, PT_PER_COUNT)
GAP = 3700


def density_of(counts, band=BAND):
    return amplitude_density(counts, band=band, pt_per_count=np.full(len(band.frequency_hz), PT_PER_COUNT))


def white_counts(slots, sigma=1e5, seed=0):
    rng = np.random.default_rng(seed)
    return np.rint(sigma * rng.standard_normal(slots * SLOT_SAMPLES)).astype(np.int32)


def with_gap(counts, start, samples=GAP):
    holed = counts.copy()
    holed[start : start + samples] = MISSING
    return holed


@pytest.mark.parametrize("sine_hz", [0.7, 3.0, 7.83])
def test_sine_gives_its_own_amplitude(sine_hz):
    amplitude_pt = 20_000
    time_s = np.arange(4 * SLOT_SAMPLES) / RATE_HZ
    counts = np.rint(amplitude_pt / PT_PER_COUNT * np.sin(2 * np.pi * sine_hz * time_s)).astype(np.int32)
    density = density_of(counts).astype(np.float64)
    bin_hz = RATE_HZ / 4096
    lobe = np.abs(BAND.frequency_hz - sine_hz) <= 4 * bin_hz
    power_pt2 = (density[:, lobe] ** 2).sum(axis=1) * bin_hz  # of a sine: half its amplitude squared
    np.testing.assert_allclose(np.sqrt(2 * power_pt2), amplitude_pt, rtol=5e-3)


@pytest.mark.parametrize("sine_hz", [0.7, 3.0, 7.83])
def test_sine_peaks_at_its_own_frequency(sine_hz):
    time_s = np.arange(2 * SLOT_SAMPLES) / RATE_HZ
    counts = np.rint(1e6 * np.sin(2 * np.pi * sine_hz * time_s)).astype(np.int32)
    peak_hz = BAND.frequency_hz[density_of(counts).argmax(axis=1)]
    assert np.all(np.abs(peak_hz - sine_hz) <= 0.5 * RATE_HZ / 4096 + 1e-9)


def test_white_noise_has_the_level_of_its_variance_in_every_part_of_the_band():
    sigma = 1e5
    density = density_of(white_counts(400, sigma)).astype(np.float64)
    expected_pt = PT_PER_COUNT * sigma * np.sqrt(2 / RATE_HZ)  # one-sided: sigma^2 = level^2 * 50 Hz
    assert np.sqrt((density**2).mean()) == pytest.approx(expected_pt, rel=0.01)
    fifths = [np.sqrt((part**2).mean()) for part in np.array_split(density, 5, axis=1)]
    np.testing.assert_allclose(fifths, expected_pt, rtol=0.02)


def test_scatter_of_white_noise_is_that_of_three_overlapping_hann_segments():
    density = density_of(white_counts(400, seed=1)).astype(np.float64)
    scatter_db = np.median((20 * np.log10(density)).std(axis=0))
    # neighbours at 50 % overlap share (1/6)^2 of their power: 3 segments have 5.79 degrees of freedom, not 6
    freedom = 2 * 3 / (1 + 2 * (2 / 3) / 36)
    theory_db = 10 / np.log(10) * np.sqrt(special.polygamma(1, freedom / 2))
    assert scatter_db == pytest.approx(theory_db, abs=0.05)
    assert scatter_db == pytest.approx(2.9, abs=0.2)  # what real nights show, swell of the source included


def test_parseval_power_in_the_band_is_the_windowed_power_in_time():
    rng = np.random.default_rng(2)
    time_s = np.arange(5 * SLOT_SAMPLES) / RATE_HZ
    tones = (np.cos(2 * np.pi * (f * time_s + rng.uniform())) for f in rng.uniform(1.0, 10.0, 60))
    counts = np.rint(1e5 * sum(tones)).astype(np.int32)
    density = density_of(counts, Band(filter_poles=0)).astype(np.float64)
    hann = np.sin(np.pi * np.arange(4096) / 4096) ** 2
    samples = PT_PER_COUNT * counts.reshape(-1, SLOT_SAMPLES)
    in_time = [
        np.mean([np.sum((hann * s[at : at + 4096]) ** 2) / np.sum(hann**2) for at in (0, 2048, 4096)]) for s in samples
    ]
    np.testing.assert_allclose((density**2).sum(axis=1) * RATE_HZ / 4096, in_time, rtol=1e-3)


def test_filter_is_divided_out():
    counts = white_counts(20, seed=3)
    inner = slice(20, 380)
    with_filter, without = density_of(counts)[1:, inner], density_of(counts, Band(filter_poles=0))[1:, inner]
    np.testing.assert_allclose(with_filter.mean(axis=0), without.mean(axis=0), rtol=0.02)


@pytest.mark.parametrize("gap_at", [0, 6100])
def test_gap_leaves_all_slots_before_it_untouched_and_all_slots_after_its_own_within_a_thousandth(gap_at):
    counts = white_counts(9, seed=4)
    whole = density_of(counts)
    holed = density_of(with_gap(counts, 4 * SLOT_SAMPLES + gap_at))
    np.testing.assert_array_equal(holed[:4], whole[:4])
    assert np.abs(holed[4] / whole[4] - 1).max() > 0.05  # one segment in place of three
    # the filter restarts after the gap; where that is late in slot 4, it still settles at the start of slot 5
    settled = 5 if gap_at == 0 else 6
    np.testing.assert_allclose(holed[settled:], whole[settled:], rtol=1e-3)
    assert np.isfinite(holed).all()


def test_restart_of_the_filter_after_a_late_gap_costs_the_next_slot_little():
    counts = white_counts(9, seed=4)
    whole, holed = density_of(counts), density_of(with_gap(counts, 4 * SLOT_SAMPLES + 6100))
    in_band = (BAND.frequency_hz > 1) & (BAND.frequency_hz < 9)
    change = (holed[5, in_band] ** 2).mean() / (whole[5, in_band] ** 2).mean()
    assert change == pytest.approx(1, abs=0.02)


def test_gap_over_a_border_changes_both_slots_and_no_other_but_the_restart():
    counts = white_counts(9, seed=5)
    whole = density_of(counts)
    holed = density_of(with_gap(counts, 4 * SLOT_SAMPLES - 3000))  # the last 30 s of slot 3, the first 7 s of slot 4
    np.testing.assert_array_equal(holed[:3], whole[:3])
    assert not np.array_equal(holed[3], whole[3])
    assert not np.array_equal(holed[4], whole[4])
    np.testing.assert_allclose(holed[5:], whole[5:], rtol=1e-3)


def test_gap_in_loud_offset_does_not_ring():
    counts = white_counts(9, sigma=1e3, seed=6)
    quiet = density_of(with_gap(counts, 4 * SLOT_SAMPLES))
    loud = density_of(with_gap(counts + np.int32(5_000_000), 4 * SLOT_SAMPLES))
    np.testing.assert_allclose(loud, quiet, rtol=1e-3)


def test_large_offset_with_drift_does_not_leak_into_the_band():
    counts = white_counts(30, sigma=1e3, seed=7)
    drift = np.linspace(4_000_000, 7_000_000, counts.size)
    plain, drifting = density_of(counts), density_of(counts + np.rint(drift).astype(np.int32))
    np.testing.assert_allclose(drifting[1:], plain[1:], rtol=0.01)


def test_missing_slot_is_nan_and_its_neighbours_are_not():
    counts = with_gap(white_counts(5), 2 * SLOT_SAMPLES, SLOT_SAMPLES)
    missing = np.isnan(density_of(counts))
    np.testing.assert_array_equal(missing.any(axis=1), [False, False, True, False, False])
    assert missing[2].all()


def test_slot_without_a_whole_segment_is_nan_though_half_of_it_is_there():
    counts = with_gap(white_counts(3), SLOT_SAMPLES + 4000, 4000)  # 40 s at each end, a segment needs 41
    assert np.isnan(density_of(counts)[1]).all()
    np.testing.assert_array_equal(effort(counts), np.float32([1, 0.6, 1]))


def test_night_without_any_sample_is_all_nan():
    counts = np.full(2 * SLOT_SAMPLES, MISSING)
    assert np.isnan(density_of(counts)).all()
    np.testing.assert_array_equal(effort(counts), [0, 0])


def test_effort_is_the_share_of_samples():
    counts = with_gap(white_counts(3), SLOT_SAMPLES - 1000)
    np.testing.assert_allclose(effort(counts), [0.9, 0.73, 1.0], rtol=1e-6)


def test_constant_channel_has_no_density():
    counts = np.full(2 * SLOT_SAMPLES, 123_456, dtype=np.int32)
    assert density_of(counts).max() < 1e-3 * PT_PER_COUNT


def test_density_is_float32_of_slot_and_frequency():
    density = density_of(white_counts(2))
    assert density.shape == (2, 410)
    assert density.dtype == np.float32


@pytest.mark.parametrize("shape", [(SLOT_SAMPLES - 1,), (2, SLOT_SAMPLES)])
def test_counts_that_are_not_whole_slots_of_one_channel_raise(shape):
    with pytest.raises(ValueError, match=r"counts of shape \(.*\) are not whole slots of 10000 samples"):
        amplitude_density(np.zeros(shape, dtype=np.int32), band=BAND, pt_per_count=FLAT)


def test_response_of_another_length_raises():
    with pytest.raises(ValueError, match="response has 7 frequencies, the band 410"):
        amplitude_density(white_counts(1), band=BAND, pt_per_count=np.ones(7))
