import numpy as np
import pytest
from scipy import signal, stats

from iar.night import NIGHT_SAMPLES, SLOT_S, SLOT_SAMPLES, SLOTS
from iar.simulation.coil import SFERICS_PER_SLOT, _complex_white, add_line, add_sferics, frame_frequencies, noise
from iar.simulation.density import Parts
from iar.simulation.interference import Line
from iar.spectra.band import Band
from iar.spectra.density import amplitude_density

COUNTS_PER_PT = 50.0
FRAME_HZ = frame_frequencies()
BAND_HZ = Band().frequency_hz
FREEDOM = 2 * 3 / (1 + 2 * (2 / 3) / 36)  # of the power of three Hann segments that overlap by half
MEDIAN = np.sqrt(stats.gamma.median(FREEDOM / 2) / (FREEDOM / 2))
"""Median over time of the density, as a share of its root mean square."""
COHERENCE, LAG_RAD = 0.6, 0.8
LOUD_FROM = SLOTS // 2
LOUDER = 3.0
"""What the level of EW jumps by at midnight."""


def flat_response():
    return np.full(len(FRAME_HZ), COUNTS_PER_PT, dtype=np.complex128)


def analysed(counts, response=None):
    per_pt = np.full(len(BAND_HZ), COUNTS_PER_PT) if response is None else np.interp(BAND_HZ, FRAME_HZ, abs(response))
    return amplitude_density(np.rint(counts).astype(np.int32), band=Band(), pt_per_count=1 / per_pt).astype(np.float64)


def rising_response():
    """A coil that rises with frequency, with the phase that belongs to it."""
    below = 1j * np.maximum(FRAME_HZ, 0.1) / 2.0
    return COUNTS_PER_PT * below / (1 + below)


@pytest.fixture(scope="module")
def unlike():
    """Counts of white noise of 1 pT/sqrt(Hz): NS through a rising coil, EW lags and is louder after midnight."""
    power = np.ones((2, SLOTS, len(FRAME_HZ)), dtype=np.float32)
    power[1, LOUD_FROM:] = LOUDER**2
    coherent = np.full((SLOTS, len(FRAME_HZ)), COHERENCE * np.exp(1j * LAG_RAD), dtype=np.complex64)
    return noise(Parts(power, np.zeros_like(power), 0.0), coherent, rising_response(), np.random.default_rng(0))


@pytest.fixture(scope="module")
def flat():
    """Counts of white noise of 1 pT/sqrt(Hz) in both channels, which have nothing in common."""
    power = np.full((2, SLOTS, len(FRAME_HZ)), 0.75, dtype=np.float32)
    coherent = np.zeros((SLOTS, len(FRAME_HZ)), dtype=np.complex64)
    return noise(Parts(power, np.zeros_like(power), 0.25), coherent, flat_response(), np.random.default_rng(0))


class TestNoise:
    def test_is_one_night_of_two_channels(self, flat):
        assert flat.shape == (2, NIGHT_SAMPLES)
        assert flat.dtype == np.float32

    def test_has_its_density_at_every_frequency_and_time(self, flat):
        density = analysed(flat[0])
        over_time = np.median(density, axis=0) / MEDIAN
        assert np.median(over_time) == pytest.approx(1, rel=0.02)
        np.testing.assert_allclose(over_time, 1, atol=0.1)  # no frequency is special
        in_level = np.sqrt((density**2).mean(axis=1))
        assert in_level[:10].mean() == pytest.approx(1, abs=0.05)  # nor the ends of the night
        assert in_level[-10:].mean() == pytest.approx(1, abs=0.05)

    def test_has_a_variance_of_its_density_times_fifty_hertz_in_every_second(self, flat):
        pt = flat.reshape(2, -1, 100) / COUNTS_PER_PT
        by_second = pt.std(axis=(0, 2))
        assert by_second.mean() == pytest.approx(np.sqrt(50), rel=0.01)
        phase = np.arange(len(by_second)) * 100 % 4096 * 8 // 4096  # place within a frame
        seams = [by_second[phase == place].mean() for place in range(8)]
        np.testing.assert_allclose(seams, np.sqrt(50), rtol=0.01)  # no seam where frames are joined

    def test_is_gaussian(self, flat):
        pt = flat[0, ::50].astype(np.float64)
        assert stats.kurtosis(pt) == pytest.approx(0, abs=0.03)
        assert abs(pt.mean()) < 0.02 * pt.std()

    def test_of_channels_without_anything_in_common_is_incoherent(self, flat):
        samples = 2_048_000
        _, coherence = signal.coherence(*flat[:, :samples], fs=100, nperseg=4096)
        assert coherence.mean() < 2 / (samples / 4096)

    def test_of_another_seed_is_another(self, flat):
        power = np.zeros((2, SLOTS, len(FRAME_HZ)), dtype=np.float32)
        coherent = np.zeros((SLOTS, len(FRAME_HZ)), dtype=np.complex64)
        other = noise(Parts(power, power, 1.0), coherent, flat_response(), np.random.default_rng(1))
        assert abs(np.corrcoef(other[0, ::100], flat[0, ::100])[0, 1]) < 0.02

    def test_has_the_coherence_and_the_lag_that_were_asked_for(self, unlike):
        before_midnight = unlike[:, : LOUD_FROM * SLOT_SAMPLES]
        hz, cross = signal.csd(*before_midnight, fs=100, nperseg=4096)
        own = [signal.welch(channel, fs=100, nperseg=4096)[1] for channel in before_midnight]
        band = (hz > 0.5) & (hz < 40)
        complex_coherence = (cross / np.sqrt(own[0] * own[1]))[band].mean()
        assert abs(complex_coherence) == pytest.approx(COHERENCE, abs=0.01)
        assert np.angle(complex_coherence) == pytest.approx(-LAG_RAD, abs=0.02)  # csd conjugates the first: EW behind

    def test_through_a_coil_that_rises_with_frequency_is_undone_by_its_own_calibration(self, unlike):
        over_time = np.median(analysed(unlike[0], rising_response()), axis=0) / MEDIAN
        assert np.median(over_time) == pytest.approx(1, rel=0.02)
        assert np.median(over_time[:20]) == pytest.approx(np.median(over_time[-20:]), rel=0.04)

    def test_that_swells_at_midnight_swells_at_midnight(self, unlike):
        level = np.sqrt((analysed(unlike[1], rising_response()) ** 2).mean(axis=1))
        assert level[: LOUD_FROM - 1].mean() == pytest.approx(1, rel=0.01)
        assert level[LOUD_FROM + 1 :].mean() == pytest.approx(LOUDER, rel=0.01)


def test_white_complex_normals_have_unit_variance_in_both_parts():
    white = _complex_white(np.random.default_rng(0), (2, 300, 400))
    assert white.shape == (2, 300, 400)
    assert white.dtype == np.complex64
    assert white.real.std() == pytest.approx(1, abs=0.01)
    assert white.imag.std() == pytest.approx(1, abs=0.01)
    assert np.mean(white.real * white.imag) == pytest.approx(0, abs=0.01)


class TestALine:
    ON = slice(100, 110)

    def line(self, start_hz, stop_hz=None, amplitude_pt=2.0):
        """Return a line that is on in ten slots only."""
        strength = np.zeros(SLOTS)
        strength[self.ON] = amplitude_pt
        frequency_hz = np.full(SLOTS, start_hz)
        frequency_hz[self.ON] = np.linspace(start_hz, stop_hz or start_hz, 10)
        frequency_hz[self.ON.stop :] = stop_hz or start_hz
        return Line(frequency_hz, strength, 0)

    def drawn(self, line, response=None, seed=0):
        channel = np.zeros(NIGHT_SAMPLES, dtype=np.float32)
        add_line(channel, line, flat_response() if response is None else response, np.random.default_rng(seed))
        outside = np.delete(channel.reshape(SLOTS, -1), np.r_[self.ON], axis=0)
        assert not outside.any()
        return channel[self.ON.start * SLOT_SAMPLES : self.ON.stop * SLOT_SAMPLES].astype(np.float64)

    def test_of_known_amplitude_gives_its_amplitude_in_the_spectrum(self):
        frequency_hz = 140 / 40.96
        density = analysed(self.drawn(self.line(frequency_hz)))[:, 140 - 21]
        np.testing.assert_allclose(density, 2.0 * np.sqrt(40.96 / 3), rtol=0.01)

    @pytest.mark.parametrize("frequency_hz", [0.777, 1.3, 9.87, 25.0])
    def test_of_constant_frequency_is_one_sine_over_all_slots(self, frequency_hz):
        counts = self.drawn(self.line(frequency_hz))
        turns = 2 * np.pi * frequency_hz * np.arange(len(counts)) / 100
        basis = np.stack([np.cos(turns), np.sin(turns)], axis=1)
        (cos, sin), residual, *_ = np.linalg.lstsq(basis, counts)
        assert np.hypot(cos, sin) == pytest.approx(2 * COUNTS_PER_PT, rel=1e-4)
        assert np.sqrt(residual[0] / len(counts)) < 0.05  # counts

    def test_that_drifts_has_no_jump_of_phase_between_slots(self):
        counts = self.drawn(self.line(1.0, 1.4))
        phase = np.unwrap(np.angle(signal.hilbert(counts)))
        hz = np.diff(phase)[200:-200] * 100 / (2 * np.pi)
        assert hz.min() > 0.95
        assert hz.max() < 1.5
        assert np.abs(np.diff(counts)).max() <= 1.01 * 2 * np.pi * 1.45 / 100 * 2 * COUNTS_PER_PT

    def test_has_the_phase_of_the_coil(self):
        plain, turned = (
            signal.hilbert(self.drawn(self.line(2.0), factor * flat_response())) for factor in (1.0, 1j * np.exp(0.3j))
        )
        ahead = np.angle(np.mean(turned * plain.conj()))
        assert ahead == pytest.approx(np.pi / 2 + 0.3, abs=1e-3)

    def test_begins_at_any_phase(self):
        first = [self.drawn(self.line(2.0), seed=seed)[0] for seed in range(8)]
        assert np.std(first) > 0.3 * 2 * COUNTS_PER_PT


class TestLightning:
    @pytest.fixture(params=["flat", "rising"])
    def struck(self, request):
        """Twenty slots of 2 pT/sqrt(Hz) of lightning, through a coil; and that coil."""
        response = flat_response() if request.param == "flat" else rising_response()
        night = np.zeros((2, NIGHT_SAMPLES), dtype=np.float32)
        density = np.zeros(SLOTS)
        density[200:240] = 2.0
        add_sferics(night, density, response, np.random.default_rng(0))
        return night, response

    def test_has_the_density_that_was_drawn_at_all_frequencies(self, struck):
        night, response = struck
        rows = np.s_[200 * SLOT_SAMPLES : 240 * SLOT_SAMPLES]
        power = np.mean([(analysed(10 * channel[rows], response) / 10) ** 2 for channel in night], axis=(0, 1))
        for part in np.array_split(power, 4):
            assert np.sqrt(part.mean()) == pytest.approx(2, rel=0.1)

    def test_is_impulses_and_not_noise(self, struck):
        night, _ = struck
        slot = night[0, 210 * SLOT_SAMPLES : 211 * SLOT_SAMPLES]
        assert (np.abs(slot) > 0.05 * np.abs(slot).max()).sum() < 200 * SFERICS_PER_SLOT / 10
        assert stats.kurtosis(slot) > 30

    def test_comes_from_all_directions(self, struck):
        night, _ = struck
        assert night[0].std() == pytest.approx(night[1].std(), rel=0.15)
        assert abs(np.corrcoef(*night[:, 200 * SLOT_SAMPLES : 240 * SLOT_SAMPLES])[0, 1]) < 0.15

    def test_is_in_its_slots_only(self, struck):
        night, _ = struck
        second = np.abs(night).max(axis=0).reshape(-1, 100).max(axis=1)
        assert second[: 200 * SLOT_S].max() == 0
        assert second[240 * SLOT_S + 6 :].max() == 0
