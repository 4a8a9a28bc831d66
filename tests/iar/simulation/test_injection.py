import dataclasses
import datetime as dt

import numpy as np
import pytest

from iar.night import MISSING, NIGHT_SAMPLES, SLOT_SAMPLES, SLOTS
from iar.simulation.density import expected_density, fringe_gain
from iar.simulation.injection import inject_fringes, laid_over
from iar.simulation.scenario import draw_scenario
from iar.spectra.grid import frequencies

NIGHT = dt.date(2014, 1, 10)
MIDNIGHT = 432


@pytest.fixture(scope="module")
def fringes():
    return draw_scenario("fringes", NIGHT, 3).fringes


def white(first_slot=400, slots=60, seed=0):
    """Counts of white noise in some slots of one channel."""
    counts = np.full((1, NIGHT_SAMPLES), MISSING)
    span = slice(first_slot * SLOT_SAMPLES, (first_slot + slots) * SLOT_SAMPLES)
    counts[0, span] = np.rint(1000 * np.random.default_rng(seed).standard_normal(slots * SLOT_SAMPLES))
    return counts


def test_power_is_raised_by_the_gain_of_the_resonator(fringes):
    slots = slice(410, 450)
    before, after = white(), inject_fringes(white(), fringes)
    frequency_hz = np.fft.rfftfreq(4096, 0.01)
    band = (frequency_hz > 0.6) & (frequency_hz < 8)

    def power(counts):
        pieces = counts[0, slots.start * SLOT_SAMPLES : slots.stop * SLOT_SAMPLES].reshape(-1, SLOT_SAMPLES)
        cut = pieces[:, : 2 * 4096].reshape(-1, 4096) * np.hanning(4096)
        return (np.abs(np.fft.rfft(cut, axis=1)) ** 2).mean(axis=0)

    expected = fringe_gain(fringes, frequency_hz)[0, slots].mean(axis=0)
    ratio_db = 10 * np.log10(power(after) / power(before) / expected)[band]
    assert abs(np.median(ratio_db)) < 0.1
    assert ratio_db.std() < 0.5
    assert 10 * np.log10(expected[band].max() / expected[band].min()) > 3


def test_what_is_missing_stays_missing_and_all_else_is_there(fringes):
    counts = white()
    counts[0, 420 * SLOT_SAMPLES : 425 * SLOT_SAMPLES + 17] = MISSING
    np.testing.assert_array_equal(inject_fringes(counts, fringes) == MISSING, counts == MISSING)


def test_a_channel_without_samples_stays_so(fringes):
    counts = np.full((2, NIGHT_SAMPLES), MISSING)
    np.testing.assert_array_equal(inject_fringes(counts, fringes), counts)


def test_the_weaker_coil_has_the_shallower_fringes(fringes):
    strong, weak = np.argsort(fringes.gain)[::-1]
    gain = fringe_gain(fringes, np.linspace(0.6, 6, 200))[:, MIDNIGHT]
    assert np.ptp(gain[weak]) == pytest.approx(np.ptp(gain[strong]) * fringes.gain[weak], rel=1e-5)


def test_counts_are_scaled(fringes):
    once, finer = (inject_fringes(white(slots=20), fringes, scale=s) for s in (1, 16))
    there = once != MISSING
    assert np.abs(finer[there] / 16 - once[there]).max() < 1


def test_fringes_laid_over_a_spectrum_are_those_that_a_simulated_one_has():
    night = draw_scenario("wide-ladder", NIGHT, 3)
    frequency_hz = frequencies(0.5, 10.5, 4096)
    alone = dataclasses.replace(night, floor_pt=0.0, lines=(), steps=(), sferics_pt=np.zeros(SLOTS), defects=())
    bare, drawn = (expected_density(one, frequency_hz) for one in (dataclasses.replace(alone, fringes=None), alone))
    np.testing.assert_allclose(laid_over(bare, night.fringes, frequency_hz), drawn, rtol=2e-4)


def test_what_is_missing_stays_missing_under_fringes_laid_over_it():
    night = draw_scenario("wide-ladder", NIGHT, 3)
    density = np.ones((2, SLOTS, 410), dtype=np.float32)
    density[1, 300:400] = np.nan
    laid = laid_over(density, night.fringes, frequencies(0.5, 10.5, 4096))
    np.testing.assert_array_equal(np.isnan(laid), np.isnan(density))
