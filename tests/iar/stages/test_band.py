"""What samples of a rate cannot carry is missing: in the density, for the network, in the verdict."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest

from iar.detection.inference import fringe_probability
from iar.fringes.judging import Measured, Rules, judge_lines, judge_probability
from iar.records.resampling import carried_hz, resample_samples
from iar.settings import ClassicalSettings, FlatResponse, ResonantResponse, Station
from iar.spectra.background import carried_bins, residual_db
from iar.spectra.band import Band
from iar.spectra.density import amplitude_density
from iar.stages.classical import detect_classical
from iar.stages.station import carried_band, station_pt_per_count

NIGHT = dt.date(2014, 1, 10)
BAND = Band()
FREQUENCY = BAND.frequency_hz
SLOTS = 60
RULES = Rules(spline_pieces=3, min_spacing_hz=0.25, max_spacing_hz=2.2, min_effort=0.25, min_slots=20)
FLAT = FlatResponse(volts_per_nt=1.0)


@pytest.mark.parametrize("rate_hz", [20.0, 25.0, 64.0, 150.0, 256.0, 512.0])
def test_density_of_white_noise_is_the_truth_up_to_what_its_rate_carries_and_missing_above(rate_hz):
    """White noise of one count: sqrt(2/rate) counts per root hertz, whatever it was resampled to."""
    station = Station(rate_hz=rate_hz, volts_per_count=1e-3, response=FLAT)
    noise = 1e4 * np.random.default_rng(1).normal(size=round(rate_hz * 100 * SLOTS))
    counts = np.rint(resample_samples(noise, rate_hz)).astype(np.int32)[: SLOTS * 10_000]
    counts = np.pad(counts, (0, SLOTS * 10_000 - len(counts)), mode="edge")
    density = amplitude_density(counts, band=BAND, pt_per_count=station_pt_per_count(station, NIGHT, FREQUENCY)[0])
    power = np.mean(density[1:-1].astype(float) ** 2, axis=0)
    carried = carried_hz(rate_hz) >= FREQUENCY
    assert np.isnan(power[~carried]).all()
    ratio = np.sqrt(power[carried]) / (1e4 * np.sqrt(2 / rate_hz))
    smooth = np.convolve(ratio, np.ones(20) / 20, mode="valid")
    assert np.abs(smooth - 1).max() < 0.06


def test_at_the_archives_own_rate_nothing_is_missing_and_nothing_divided():
    coil = station_pt_per_count(Station(response=FLAT, volts_per_count=1e-3), NIGHT, FREQUENCY)
    np.testing.assert_array_equal(coil, np.ones((2, len(FREQUENCY))))
    resonant = station_pt_per_count(Station(response=ResonantResponse()), NIGHT, FREQUENCY)
    assert np.isfinite(resonant).all()


@pytest.mark.parametrize(("rate_hz", "high_hz"), [(10.0, 4.0), (20.0, 8.0), (25.0, 10.0), (100.0, 10.5), (256.0, 10.5)])
def test_the_band_of_a_station_is_reported(rate_hz, high_hz):
    low, high = carried_band(Station(rate_hz=rate_hz), FREQUENCY)
    assert low == pytest.approx(FREQUENCY[0])
    assert high == pytest.approx(high_hz, abs=0.02)


def fan(bins: int, spacing_hz: float = 0.8) -> np.ndarray:
    """Density with fringes over a slope, missing from `bins` on."""
    depth_db = 4 * np.cos(2 * np.pi * FREQUENCY / spacing_hz)
    scatter = np.random.default_rng(3).gamma(3, 1 / 3, (2, SLOTS, len(FREQUENCY)))
    density = (10 ** (depth_db / 20) / FREQUENCY * np.sqrt(scatter)).astype(np.float32)
    density[..., bins:] = np.nan
    return density


BINS = 308  # to 8 Hz


def test_the_background_is_that_of_the_frequencies_that_are_there():
    density = fan(BINS)
    residual = residual_db(density, pieces=4)
    np.testing.assert_array_equal(residual[..., :BINS], residual_db(density[..., :BINS], pieces=3))
    assert np.isnan(residual[..., BINS:]).all()
    assert carried_bins(density) == BINS


def test_a_slot_without_samples_does_not_make_a_frequency_missing():
    density = fan(len(FREQUENCY))
    density[:, :7] = np.nan
    assert carried_bins(density) == len(FREQUENCY)
    assert carried_bins(np.full_like(density, np.nan)) == len(FREQUENCY)


def test_the_network_sees_what_is_missing_as_missing_and_says_nothing_of_it():
    seen = []

    def network(pictures):
        seen.append(pictures)
        return np.full(pictures.shape[:3], 0.7, np.float32)

    probability = fringe_probability(fan(BINS), network, step=8, pieces=4)
    assert (seen[0][0, :SLOTS, :BINS, 2] == 1).all()
    assert (seen[0][0, :, BINS:] == 0).all()
    assert (probability[:, :BINS] == np.float32(0.7)).all()
    assert np.isnan(probability[:, BINS:]).all()


def measured(bins: int) -> Measured:
    dark = np.ones(SLOTS, bool)
    return Measured(fan(bins), np.ones((2, SLOTS), np.float32), dark, FREQUENCY, ("NS", "EW"))


def test_a_fan_is_found_below_what_is_missing():
    packed = np.where(np.cos(2 * np.pi * FREQUENCY / 0.8) > 0.8, 240, 5).astype(np.uint8)
    packed = np.repeat(packed[None], SLOTS, axis=0)
    packed[:, BINS:] = 255
    estimates, verdict = judge_probability(packed, measured(BINS), threshold=0.5, rules=RULES)
    assert verdict.name == "fringes"
    assert np.nanmedian(estimates.spacing.delta_f_hz) == pytest.approx(0.8, abs=0.01)
    assert np.nanmax(estimates.spacing.frequency_hz) < 8.1


def test_in_less_than_4_hz_nothing_is_looked_for_and_the_reason_names_the_band():
    bins = int((carried_hz(10.0) >= FREQUENCY).sum())
    packed = np.full((SLOTS, len(FREQUENCY)), 240, np.uint8)
    estimates, verdict = judge_probability(packed, measured(bins), threshold=0.5, rules=RULES)
    assert verdict.name == "no_fringes"
    assert verdict.reason == "the samples carry 0.5 to 4.0 Hz: fringes are looked for in a band of at least 4 Hz"
    assert all(np.isnan(values).all() for values in estimates.arrays().values())
    few = replace(measured(bins), effort=np.full((2, SLOTS), 0.1, np.float32))
    assert judge_probability(packed, few, threshold=0.5, rules=RULES)[1] == verdict  # more samples would not help
    lines = np.tile(np.arange(1, 5) * 0.8, (SLOTS, 1))
    spacing, verdict = judge_lines(lines, np.ones_like(lines), measured(bins), rules=RULES)
    assert verdict.name == "no_fringes"
    assert np.isnan(spacing.delta_f_hz).all()


def test_samples_that_carry_nothing_of_the_band_are_told_with_the_band():
    nothing = replace(measured(BINS), density=np.full((2, SLOTS, len(FREQUENCY)), np.nan, np.float32))
    packed = np.full((SLOTS, len(FREQUENCY)), 255, np.uint8)
    verdict = judge_probability(packed, nothing, threshold=0.5, rules=RULES)[1]
    assert verdict.name == "no_fringes"
    assert verdict.reason.startswith("no density from 0.5 to 10.5 Hz: samples at that rate carry nothing there")


def test_the_published_detector_marks_nothing_where_nothing_was_measured():
    steps = detect_classical(fan(BINS), FREQUENCY, np.ones(SLOTS, bool), ClassicalSettings())
    assert steps.regions.shape == (SLOTS, len(FREQUENCY))
    assert steps.regions[:, :BINS].any()
    assert not steps.spots[:, BINS:].any()
    assert not steps.lines[:, BINS:].any()
