import dataclasses
import datetime as dt

import numpy as np
import pytest
from scipy import special

from iar.night import MISSING, SLOT_S, SLOT_SAMPLES, SLOTS
from iar.simulation.defects import Defect
from iar.simulation.density import (
    FULL_SCALE_PT,
    coherence,
    event_power,
    expected_density,
    line_density,
    measured_density,
    power_parts,
    scattered,
)
from iar.simulation.interference import Line, Pearl, Step
from iar.simulation.scenario import draw_scenario
from iar.spectra.band import Band
from iar.spectra.density import amplitude_density
from iar.spectra.grid import frequencies

NIGHT = dt.date(2014, 1, 10)
FREQUENCY_HZ = frequencies(0.5, 10.5, 4096)
WIDE_HZ = frequencies(0.5, 25.0, 4096)
BIN_HZ = 1 / 40.96
SCATTER_DB = 10 / np.log(10) * np.sqrt(special.polygamma(1, 3))
"""Of the logarithm of chi-square with 6 degrees of freedom: three segments."""


def undisturbed(scenario):
    """Return the natural part of a night: no line, no event, nothing lost."""
    return dataclasses.replace(
        scenario,
        lines=(),
        pearls=(),
        steps=(),
        defects=(),
        sferics_pt=np.zeros(SLOTS),
        missing=np.zeros((2, SLOTS), dtype=bool),
    )


def bins_near(frequency_hz, centre_hz, within_hz=0.15):
    return np.abs(frequency_hz - centre_hz) <= within_hz


@pytest.fixture(scope="module")
def scenario():
    return undisturbed(draw_scenario("fringes", NIGHT, 7))


@pytest.fixture(scope="module")
def expected(scenario):
    return expected_density(scenario, FREQUENCY_HZ).astype(np.float64)


@pytest.fixture(scope="module")
def measured(scenario):
    return measured_density(scenario, FREQUENCY_HZ, np.random.default_rng(0)).astype(np.float64)


@pytest.fixture(scope="module")
def medians():
    """Median over time of many quiet nights: by frequency, of each night and channel."""
    nights = [draw_scenario("quiet", NIGHT + dt.timedelta(days=9 * i), i) for i in range(16)]
    density = np.stack([measured_density(n, FREQUENCY_HZ, np.random.default_rng(1)) for n in nights])
    return {
        hz: np.nanmedian(density[..., bins_near(FREQUENCY_HZ, hz)], axis=(2, 3)).ravel()
        for hz in (1.0, 2.0, 3.0, 5.0, 6.0, 7.8)
    }


class TestScatterIsThatOfThreeHannSegments:
    def test_in_decibels(self, expected, measured):
        scatter_db = (20 * np.log10(measured / expected)).std()
        assert scatter_db == pytest.approx(SCATTER_DB, abs=0.03)
        assert scatter_db == pytest.approx(2.9, abs=0.2)  # real nights

    def test_in_mean_power(self, expected, measured):
        ratio = (measured / expected) ** 2
        assert ratio.mean() == pytest.approx(1, abs=0.005)
        np.testing.assert_allclose(ratio.mean(axis=1), 1, atol=0.12)  # at every frequency

    def test_in_what_neighbouring_bins_share(self, expected, measured):
        power = (measured / expected)[0] ** 2
        shares = [np.corrcoef(power[:, :-k].ravel(), power[:, k:].ravel())[0, 1] for k in (1, 2, 3)]
        np.testing.assert_allclose(shares, [(2 / 3) ** 2, (1 / 6) ** 2, 0], atol=0.02)

    def test_between_slots_and_channels_nothing_is_shared(self, expected, measured):
        power = (measured / expected) ** 2
        assert abs(np.corrcoef(power[:, 1:].ravel(), power[:, :-1].ravel())[0, 1]) < 0.02
        assert abs(np.corrcoef(power[0].ravel(), power[1].ravel())[0, 1]) < 0.02

    @pytest.mark.parametrize("segments", [1, 3, 10])
    def test_of_any_number_of_segments(self, segments):
        ones = np.ones((1, 200, 410), dtype=np.float32)
        drawn = scattered(ones, np.zeros_like(ones), np.random.default_rng(0), segments=segments)
        theory_db = 10 / np.log(10) * np.sqrt(special.polygamma(1, segments))
        assert (20 * np.log10(drawn)).std() == pytest.approx(theory_db, rel=0.03)


def test_missing_and_lost_slots_are_nan_and_no_others(scenario):
    missing = np.zeros((2, SLOTS), dtype=bool)
    missing[0, 100:110] = missing[:, 500] = True
    holed = dataclasses.replace(scenario, missing=missing, defects=(Defect("stuck", 1, 60_000, 300),))
    density = measured_density(holed, FREQUENCY_HZ, np.random.default_rng(0))
    missing[1, 600:603] = True
    np.testing.assert_array_equal(np.isnan(density), np.broadcast_to(missing[..., None], density.shape))


class TestBackgroundIsThatOfEskdalemuir:
    def test_at_one_hertz_it_is_half_to_one_picotesla(self, medians):
        assert 0.5 <= np.median(medians[1.0]) <= 1.0
        assert np.all((medians[1.0] > 0.35) & (medians[1.0] < 1.1))

    def test_it_falls_about_as_one_over_f(self, medians):
        exponent = np.log2(medians[1.0] / medians[2.0])
        assert np.median(exponent) == pytest.approx(1, abs=0.2)
        assert np.all((exponent > 0.6) & (exponent < 1.4))

    def test_at_six_hertz_it_is_a_sixth_of_a_picotesla(self, medians):
        assert 0.15 <= np.median(medians[5.0]) <= 0.2
        assert 0.15 <= np.median(medians[6.0]) <= 0.23  # in the foot of the Schumann resonance
        assert np.all((medians[6.0] > 0.08) & (medians[6.0] < 0.35))

    @pytest.mark.parametrize(
        "real_pt",
        [
            {1.0: 1.044, 2.0: 0.519, 3.0: 0.352, 5.0: 0.220, 7.8: 0.317},  # NS
            {1.0: 0.504, 2.0: 0.240, 3.0: 0.184, 5.0: 0.120, 7.8: 0.173},  # EW
        ],
    )
    def test_the_real_hours_of_sierra_nevada_are_in_its_range_or_nearly(self, medians, real_pt):
        for hz, pt in real_pt.items():
            assert 0.8 * medians[hz].min() < pt < 1.25 * medians[hz].max()

    def test_schumann_resonances_are_at_8_14_and_20_hertz(self):
        for seed in range(5):
            night = undisturbed(draw_scenario("quiet", NIGHT, seed))
            profile = np.median(expected_density(night, WIDE_HZ), axis=(0, 1))
            for centre_hz, mode_hz in zip((7.8, 14.1, 20.3), night.schumann_hz, strict=True):
                near = bins_near(WIDE_HZ, centre_hz, 1.5)
                peak_hz = WIDE_HZ[near][profile[near].argmax()]
                assert peak_hz == pytest.approx(mode_hz, abs=0.4)  # 1/f pulls it down a little
                assert peak_hz == pytest.approx(centre_hz, abs=0.7)

    def test_a_schumann_resonance_has_half_its_power_at_half_its_width(self):
        night = dataclasses.replace(undisturbed(draw_scenario("quiet", NIGHT, 1)), level_pt=(1e-9, 1e-9), floor_pt=1e-9)
        first_hz = night.schumann_hz[0]
        half_hz = first_hz * (1 + 1 / (2 * night.schumann_q))
        peak, half = power_parts(night, np.array([first_hz, half_hz])).direct[0, 400]
        assert half / peak == pytest.approx(0.5, rel=0.12)  # the second stands on its tail
        assert np.sqrt(peak) == pytest.approx(night.schumann_pt[400], rel=0.02)


def test_swell_of_20_db_is_20_db_where_the_background_is_all_there_is():
    night = undisturbed(draw_scenario("quiet", NIGHT, 1))
    louder = dataclasses.replace(night, swell_db=night.swell_db + 20)
    apart_db = 20 * np.log10(expected_density(louder, FREQUENCY_HZ) / expected_density(night, FREQUENCY_HZ))
    assert np.median(apart_db[..., :20]) == pytest.approx(20, abs=0.5)  # below 1 Hz


class TestLines:
    @pytest.mark.parametrize("offset_bins", [0.0, 0.25, 0.5])
    def test_are_what_a_hann_window_makes_of_a_sine(self, offset_bins):
        sine_hz = (150 + offset_bins) * BIN_HZ
        line = Line(np.full(SLOTS, sine_hz), np.full(SLOTS, 0.7), 1)
        density = line_density((line,), FREQUENCY_HZ)
        second = np.arange(4096) / 100
        window = np.hanning(4097)[:-1]
        spectrum = np.abs(np.fft.rfft(window * 0.7 * np.sin(2 * np.pi * sine_hz * second)))[21:431]
        plain = np.sqrt(2 / (100 * np.sum(window**2))) * spectrum
        near = bins_near(FREQUENCY_HZ, sine_hz, 3 * BIN_HZ)
        np.testing.assert_allclose(density[1, 40, near], plain[near], rtol=2e-3, atol=1e-5)
        assert not density[0].any()

    def test_of_a_moving_frequency_are_where_it_is(self):
        line = Line(np.linspace(2, 4, SLOTS), np.full(SLOTS, 1.0), 0)
        crest_hz = FREQUENCY_HZ[line_density((line,), FREQUENCY_HZ)[0].argmax(axis=1)]
        np.testing.assert_allclose(crest_hz, line.frequency_hz, atol=0.51 * BIN_HZ)

    def test_outside_the_band_leave_nothing(self):
        lines = (Line(np.full(SLOTS, 50.0), np.full(SLOTS, 20.0), 0), Line(np.full(SLOTS, 0.1), np.ones(SLOTS), 1))
        assert not line_density(lines, FREQUENCY_HZ).any()

    def test_in_the_same_bin_add_in_power(self):
        line = Line(np.full(SLOTS, 3.0), np.full(SLOTS, 1.0), 0)
        one, two = line_density((line,), FREQUENCY_HZ), line_density((line, line), FREQUENCY_HZ)
        np.testing.assert_allclose(two, np.sqrt(2) * one, rtol=1e-5)

    def test_that_are_strong_hardly_scatter(self, scenario):
        line = Line(np.full(SLOTS, 120 * BIN_HZ), np.full(SLOTS, 5.0), 0)
        drawn = measured_density(dataclasses.replace(scenario, lines=(line,)), FREQUENCY_HZ, np.random.default_rng(0))
        scatter_db = (20 * np.log10(drawn)).std(axis=1)
        assert scatter_db[0, 120 - 21] < 0.5
        assert scatter_db[0, 140 - 21] > 2.5
        assert np.median(drawn[0, :, 120 - 21]) == pytest.approx(5 / np.sqrt(3 * BIN_HZ), rel=0.01)

    def test_of_a_comb_stand_as_high_as_they_were_drawn(self):
        comb = draw_scenario("comb", NIGHT, 2)
        line = comb.lines[0]
        here = np.arange(round(line.frequency_hz[0] / BIN_HZ) - 2, round(line.frequency_hz[0] / BIN_HZ) + 3) * BIN_HZ
        bare = expected_density(dataclasses.replace(comb, lines=()), here)
        power = (line.amplitude_pt**2).max() / (3 * BIN_HZ)
        top = expected_density(dataclasses.replace(comb, lines=(line,)), here)[line.channel].max(axis=-1)
        ratio = (top**2 - bare[line.channel].max(axis=-1) ** 2).max() / power
        assert 0.65 <= ratio <= 1.3  # half a bin off costs a Hann window 1.4 dB


class TestEvents:
    BAND = Band()

    def test_a_jump_anywhere_in_a_slot_has_on_average_the_power_that_is_said(self):
        steps = tuple(Step(SLOT_S * (slot + place), 30.0, 0) for slot, place in enumerate(np.linspace(0.01, 0.99, 60)))
        night = dataclasses.replace(undisturbed(draw_scenario("quiet", NIGHT, 1)), steps=steps)
        said = event_power(night, FREQUENCY_HZ)[0, 0]
        level = np.zeros((len(steps) + 1) * SLOT_SAMPLES)
        for step in steps:
            level[round(step.second * 100) :] += step.height_pt
        counts = np.rint(1000 * level).astype(np.int32)
        power = amplitude_density(counts, band=self.BAND, pt_per_count=np.full(410, 1e-3)) ** 2
        inner = bins_near(FREQUENCY_HZ, 4.0, 3.0)
        np.testing.assert_allclose(power[: len(steps)].mean(axis=0)[inner], said[inner], rtol=0.25)

    def test_a_jump_is_in_its_slot_and_channel_only(self):
        night = undisturbed(draw_scenario("quiet", NIGHT, 1))
        power = event_power(dataclasses.replace(night, steps=(Step(12_345.0, -10.0, 1),)), FREQUENCY_HZ)
        assert np.flatnonzero(power[1].any(axis=1)).tolist() == [123]
        assert not power[0].any()

    def test_lightning_is_flat_and_in_both_channels(self):
        sferics = np.zeros(SLOTS)
        sferics[77] = 0.9
        night = dataclasses.replace(undisturbed(draw_scenario("quiet", NIGHT, 1)), sferics_pt=sferics)
        power = event_power(night, FREQUENCY_HZ)
        np.testing.assert_allclose(power[:, 77], 0.81, rtol=1e-6)
        assert power.sum() == pytest.approx(2 * 410 * 0.81, rel=1e-5)

    def test_a_clipped_stretch_is_louder_than_anything(self):
        night = dataclasses.replace(
            undisturbed(draw_scenario("quiet", NIGHT, 1)), defects=(Defect("clipped", 0, 50_010, 5),)
        )
        raised = expected_density(night, FREQUENCY_HZ)
        assert raised[0, 500].min() > 100 * raised[0, 499].max()

    def test_the_full_scale_is_that_of_24_bits_at_eskdalemuir(self):
        volts = (2**23 - 1) * 1.0e-6
        assert pytest.approx(1e3 * volts / 0.05, rel=0.02) == FULL_SCALE_PT
        assert MISSING < -(2**23)


class TestPolarisation:
    def test_coherence_is_a_share(self, scenario):
        between = coherence(scenario, power_parts(scenario, FREQUENCY_HZ))
        assert between.shape == (SLOTS, len(FREQUENCY_HZ))
        assert np.abs(between).max() <= 1

    def test_background_is_in_phase_and_fringes_lag(self, scenario):
        lit = dataclasses.replace(scenario, coherence=0.0)
        between = coherence(lit, power_parts(lit, FREQUENCY_HZ))
        night, day = between[SLOTS // 2], between[10]
        np.testing.assert_allclose(np.angle(night[np.abs(night) > 1e-3]), scenario.fringes.lag_rad, atol=1e-3)
        assert not day.any()
        in_phase = dataclasses.replace(scenario, coherence=0.4, fringes=None, floor_pt=0.0)
        np.testing.assert_allclose(coherence(in_phase, power_parts(in_phase, FREQUENCY_HZ)), 0.4, rtol=1e-5)

    def test_fringes_take_their_power_from_the_background(self, scenario):
        with_fringes, without = (
            power_parts(scenario, FREQUENCY_HZ),
            power_parts(dataclasses.replace(scenario, fringes=None), FREQUENCY_HZ),
        )
        by_day = with_fringes.total()[:, :150]
        np.testing.assert_array_equal(by_day, without.total()[:, :150])
        ratio = (with_fringes.total() / without.total())[:, SLOTS // 2]
        assert ratio.min() < 1 < ratio.max()
        assert np.exp(np.log(ratio).mean()) == pytest.approx(1, abs=0.15)


def test_pearl_raises_both_channels_where_it_is():
    night = dataclasses.replace(undisturbed(draw_scenario("quiet", NIGHT, 1)), floor_pt=1e-6)
    height_db = np.zeros(SLOTS)
    height_db[300:310] = 12.0
    pearl = Pearl(np.full(SLOTS, 2.0), 0.1, height_db)
    raised_db = 20 * np.log10(
        expected_density(dataclasses.replace(night, pearls=(pearl,)), FREQUENCY_HZ)
        / expected_density(night, FREQUENCY_HZ)
    )
    centre = np.abs(FREQUENCY_HZ - 2.0).argmin()
    np.testing.assert_allclose(raised_db[:, 300:310, centre], 12, atol=0.5)
    assert raised_db[:, :300].max() == raised_db[:, 310:].max() == 0
    assert raised_db[:, :, bins_near(FREQUENCY_HZ, 5.0)].max() < 0.01
