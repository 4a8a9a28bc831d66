import numpy as np
import pytest
from scipy import signal, special

from iar.night import MISSING, RATE_HZ, SLOT_SAMPLES
from iar.spectra.band import Band
from iar.spectra.density import amplitude_density, night_spectra

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


@pytest.mark.parametrize("seconds_before", [0, 0.5, 2, 5, 10])
def test_restart_of_the_filter_just_before_a_slot_costs_it_less_than_scatter_could_show(seconds_before):
    counts = white_counts(9, seed=4)
    whole = density_of(counts)
    holed = density_of(with_gap(counts, 5 * SLOT_SAMPLES - GAP - round(seconds_before * RATE_HZ)))
    change = np.abs(holed[5] / whole[5] - 1)
    assert np.median(change) < 2e-6
    assert change[BAND.frequency_hz > 1].max() < 1e-3
    assert change.max() < 5e-3  # 0.04 dB, at 0.5 Hz, where the filter remembers longest; scatter is 2.9 dB


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


def test_night_without_any_sample_is_all_nan():
    counts = np.full(2 * SLOT_SAMPLES, MISSING)
    assert np.isnan(density_of(counts)).all()


def test_constant_channel_has_no_density():
    counts = np.full(2 * SLOT_SAMPLES, 123_456, dtype=np.int32)
    assert density_of(counts).max() < 1e-3 * PT_PER_COUNT


def test_density_is_float32_of_slot_and_frequency():
    density = density_of(white_counts(2))
    assert density.shape == (2, 410)
    assert density.dtype == np.float32


@pytest.mark.parametrize("shape", [(SLOT_SAMPLES - 1,), (2, SLOT_SAMPLES)])
def test_counts_that_are_not_whole_slots_of_one_channel_raise(shape):
    with pytest.raises(ValueError, match=r"samples of shape \(.*\) are not whole slots of 10000 samples"):
        amplitude_density(np.zeros(shape, dtype=np.int32), band=BAND, pt_per_count=FLAT)


@pytest.mark.parametrize("poles", [5, 0])
@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_floats_with_nan_give_what_counts_with_missing_samples_give(kind, poles):
    band = Band(filter_poles=poles)
    counts = with_gap(white_counts(6), 23_456)
    floats = np.where(counts == MISSING, np.nan, counts).astype(kind)
    of_counts, of_floats = density_of(counts, band), density_of(floats, band)
    np.testing.assert_allclose(of_floats, of_counts, rtol=1e-4)
    assert np.isnan(of_floats).any(axis=1).sum() == np.isnan(of_counts).any(axis=1).sum()


def test_one_missing_float_costs_the_segments_that_touch_it_and_nothing_else():
    """It once made all that followed NaN: the filter never forgets one."""
    whole = white_counts(6).astype(np.float64)
    for hole in (np.nan, np.inf):
        holed = whole.copy()
        holed[2 * SLOT_SAMPLES + 100] = hole  # in the first of a slot's three segments
        density, expected = density_of(holed), density_of(whole)
        assert np.isfinite(density).all()
        np.testing.assert_array_equal(density[:2], expected[:2])
        np.testing.assert_allclose(density[4:], expected[4:], rtol=1e-4)


def test_response_of_another_length_raises():
    with pytest.raises(ValueError, match="response has 7 frequencies, the band 410"):
        amplitude_density(white_counts(1), band=BAND, pt_per_count=np.ones(7))


def slot_by_slot(counts):
    """The same by another way, in float64: SciPy's filter over the night, then its Welch for each slot."""
    sos = signal.butter(5, (0.5, 10), "bandpass", fs=RATE_HZ, output="sos")
    steady = signal.sosfilt_zi(sos) * counts[0]
    slots = signal.sosfilt(sos, counts.astype(np.float64), zi=steady)[0].reshape(-1, SLOT_SAMPLES)
    power = signal.welch(slots, RATE_HZ, "hann", 4096, detrend=False)[1][:, 21:431]
    return PT_PER_COUNT * np.sqrt(power) / np.abs(signal.freqz_sos(sos, BAND.frequency_hz, fs=RATE_HZ)[1])


def test_float32_agrees_with_a_reference_in_float64_within_a_ten_thousandth():
    counts = white_counts(40, sigma=1e3, seed=8) + np.linspace(4e6, 7e6, 40 * SLOT_SAMPLES).astype(np.int32)
    np.testing.assert_allclose(density_of(counts), slot_by_slot(counts), rtol=1e-4)


class TestBothChannels:
    """NS and EW together, and what they have in common."""

    def spectra(self, counts, band=BAND, **lead):
        return night_spectra(counts, band=band, pt_per_count=np.full(len(band.frequency_hz), PT_PER_COUNT), **lead)

    def test_density_is_that_of_each_channel_alone(self):
        counts = np.stack([white_counts(6, seed=1), with_gap(white_counts(6, seed=2), 25_000)])
        density = self.spectra(counts).density
        np.testing.assert_array_equal(density, [density_of(c) for c in counts])

    def test_cross_spectrum_of_a_channel_with_itself_is_its_power(self):
        counts = np.stack([white_counts(3)] * 2)
        spectra = self.spectra(counts)
        np.testing.assert_allclose(spectra.cross.real, spectra.density[0] ** 2, rtol=1e-5)
        np.testing.assert_allclose(spectra.cross.imag / spectra.cross.real, 0, atol=1e-6)

    @pytest.mark.parametrize("lag_samples", [1, 4])
    def test_phase_of_the_cross_spectrum_is_that_of_the_lag(self, lag_samples):
        common = white_counts(11, seed=3)
        ew = np.roll(common, lag_samples)  # EW is later
        cross = self.spectra(np.stack([common, ew])[:, : 10 * SLOT_SAMPLES]).cross[1:].sum(axis=0)
        expected_rad = 2 * np.pi * BAND.frequency_hz * lag_samples / RATE_HZ
        np.testing.assert_allclose(np.angle(cross * np.exp(-1j * expected_rad)), 0, atol=0.01)

    def test_coherence_of_two_channels_is_the_share_that_they_have_in_common(self):
        common, ns, ew = (white_counts(300, seed=seed) for seed in (4, 5, 6))
        spectra = self.spectra(np.stack([common + ns, common + ew]))
        power = (spectra.density.astype(np.float64) ** 2).mean(axis=1)
        coherence = spectra.cross.mean(axis=0) / np.sqrt(power[0] * power[1])
        assert coherence.mean() == pytest.approx(0.5, abs=0.01)  # half of either's variance

    def test_what_the_phases_of_two_coils_differ_by_goes_out_of_the_cross_spectrum(self):
        """A field that is the same in both, seen by a flat coil and by one whose voltage lags a tenth of a turn."""
        counts = np.stack([white_counts(3)] * 2)
        lag = np.exp(-0.2j * np.pi) * np.linspace(0.5, 2, len(BAND.frequency_hz))  # of the sensitivity
        coils = PT_PER_COUNT / np.stack([np.ones(len(lag)), lag])
        spectra = night_spectra(counts, band=BAND, pt_per_count=coils)
        plain = self.spectra(counts)
        np.testing.assert_allclose(spectra.density[1] * np.abs(lag), plain.density[1], rtol=1e-5)
        np.testing.assert_array_equal(spectra.density[0], plain.density[0])
        np.testing.assert_allclose(spectra.cross * np.abs(lag), plain.cross * np.exp(-0.2j * np.pi), rtol=1e-4)

    def test_two_coils_that_are_the_same_are_one_whatever_their_phase(self):
        counts = np.stack([white_counts(2, seed=1), white_counts(2, seed=2)])
        turned = np.full((2, len(BAND.frequency_hz)), PT_PER_COUNT * np.exp(1j))
        np.testing.assert_allclose(
            night_spectra(counts, band=BAND, pt_per_count=turned).cross, self.spectra(counts).cross, rtol=1e-6
        )

    def test_independent_channels_have_nothing_in_common(self):
        spectra = self.spectra(np.stack([white_counts(300, seed=7), white_counts(300, seed=8)]))
        power = (spectra.density.astype(np.float64) ** 2).mean()
        assert np.abs(spectra.cross.mean(axis=0)).mean() / power < 0.06  # 1/sqrt(300) for what is left by chance

    def test_cross_spectrum_is_only_of_segments_that_are_whole_in_both(self):
        counts = np.stack([white_counts(3, seed=9)] * 2)
        counts[0, SLOT_SAMPLES : SLOT_SAMPLES + 2000] = MISSING  # slot 1: only the last two segments
        counts[1, 2 * SLOT_SAMPLES - 2000 : 2 * SLOT_SAMPLES] = MISSING  # and of these only one
        spectra = self.spectra(counts, Band(filter_poles=0))
        alone = counts[0].copy()
        alone[: SLOT_SAMPLES + 2048] = alone[SLOT_SAMPLES + 2048 + 4096 :] = MISSING
        only = amplitude_density(alone, band=Band(filter_poles=0), pt_per_count=FLAT)[1]
        np.testing.assert_allclose(spectra.cross[1].real, only**2, rtol=1e-4)

    def test_slot_that_one_channel_lacks_has_a_density_in_the_other_and_no_cross_spectrum(self):
        counts = np.stack([white_counts(3), with_gap(white_counts(3), SLOT_SAMPLES, SLOT_SAMPLES)])
        spectra = self.spectra(counts)
        np.testing.assert_array_equal(np.isnan(spectra.density).any(axis=2), [[False] * 3, [False, True, False]])
        np.testing.assert_array_equal(np.isnan(spectra.cross).any(axis=1), [False, True, False])

    @pytest.mark.parametrize(
        "band", [Band(), Band(segments="continuous", segment_samples=4000)], ids=["within", "continuous"]
    )
    def test_slots_between_their_neighbours_are_those_of_the_longer_record(self, band):
        """A slot is five hops of 2000 samples, so continuous segments lie alike in both."""
        counts = np.stack([white_counts(12, seed=10), white_counts(12, seed=11)])
        whole = self.spectra(counts, band)
        stop = 9 * SLOT_SAMPLES + band.reach_samples
        part = self.spectra(counts[:, 2 * SLOT_SAMPLES : stop], band, lead_samples=SLOT_SAMPLES)
        assert part.density.shape == (2, 6, len(band.frequency_hz))
        np.testing.assert_allclose(part.density, whole.density[:, 3:9], rtol=1e-3)
        np.testing.assert_allclose(part.cross, whole.cross[3:9], atol=1e-3 * np.abs(whole.cross).max())

    def test_one_channel_alone_raises(self):
        with pytest.raises(ValueError, match=r"samples of shape \(1, 10000\) are not those of two channels"):
            self.spectra(np.zeros((1, SLOT_SAMPLES), dtype=np.int32))


class TestOtherBands:
    """Settings beyond the published ones."""

    @pytest.mark.parametrize(
        "band",
        [
            Band(segments="continuous"),
            Band(filter_poles=0),
            Band(high_hz=49.0, filter_high_hz=46.7),
            Band(high_hz=49.0, filter_poles=0),
            Band(segment_samples=2048, overlap=0.75),
            Band(segment_samples=10_000, segments="continuous", overlap=0.9),
            Band(segment_samples=8192, low_hz=0.1),
            Band(segment_samples=256, overlap=0.0),
            Band(segment_samples=3001, overlap=0.33, segments="continuous"),
        ],
        ids=lambda band: f"{band.segments}-{band.filter_poles}-{band.segment_samples}-{band.high_hz:g}",
    )
    def test_level_of_white_noise_and_amplitude_of_a_sine_are_right(self, band):
        sigma, slots = 1e5, 60
        noise = density_of(white_counts(slots, sigma), band).astype(np.float64)[1:-1]
        expected_pt = PT_PER_COUNT * sigma * np.sqrt(2 / RATE_HZ)
        assert np.sqrt((noise**2).mean()) == pytest.approx(expected_pt, rel=0.01)
        time_s = np.arange(4 * SLOT_SAMPLES) / RATE_HZ
        sine = density_of(np.rint(1e6 * np.sin(2 * np.pi * 5.3 * time_s)).astype(np.int32), band).astype(np.float64)
        bin_hz = RATE_HZ / band.segment_samples
        lobe = np.abs(band.frequency_hz - 5.3) <= 4 * bin_hz
        amplitude_pt = np.sqrt(2 * (sine[1:-1, lobe] ** 2).sum(axis=1) * bin_hz)
        np.testing.assert_allclose(amplitude_pt, 1e6 * PT_PER_COUNT, rtol=5e-3)

    def test_continuous_segments_scatter_less(self):
        counts = white_counts(300, seed=12)
        within, running = (
            np.median((20 * np.log10(density_of(counts, Band(segments=s))[1:-1])).std(axis=0))
            for s in ("within", "continuous")
        )
        assert within == pytest.approx(2.76, abs=0.05)  # as theory has it, above
        assert running / within == pytest.approx(np.sqrt(3 / (SLOT_SAMPLES / 2048)), abs=0.04)  # 4.9 segments, not 3

    def test_continuous_segment_over_a_gap_does_not_count_in_either_slot(self):
        counts = white_counts(9, seed=13)
        band = Band(segments="continuous", filter_poles=0)
        whole, holed = density_of(counts, band), density_of(with_gap(counts, 4 * SLOT_SAMPLES + 3000), band)
        changed = np.any(holed != whole, axis=1)
        assert changed[4]
        assert not changed[[0, 1, 2, 3, 5, 6, 7, 8]].any()

    def test_published_picture_has_862_slots_of_410_frequencies(self):
        density = density_of(white_counts(864), Band(edge_slots=1))
        there = np.isfinite(density).all(axis=1)
        assert density[there].shape == (862, 410)
        assert not there[[0, -1]].any()

    def test_without_band_pass_a_large_level_does_not_cost_the_noise_its_precision(self):
        counts, band = white_counts(5, sigma=300, seed=14), Band(filter_poles=0)
        np.testing.assert_allclose(density_of(counts + np.int32(8_000_000), band), density_of(counts, band), rtol=1e-4)
