import datetime as dt

import numpy as np
import pytest
from scipy import ndimage

from iar.fringes.frame import LOWEST_OFFSET
from iar.fringes.picture import take_coils
from iar.fringes.refining import refine_ladder
from iar.simulation.ladder import Crest, ladder_tracks
from iar.simulation.scenario import draw_scenario
from iar.simulation.truth import harmonic_tracks
from tests.iar.fringes.laid import FREQUENCY_HZ, PIECES, a_ladder, residual_of

SLOTS = np.arange(240, 600)


def refined(ladder, *, off_by=0.0, jitter=0.01, lines=((), ()), residual=None):
    """What is measured where somebody says that the fringes are, all of them `off_by` spacings away."""
    rng = np.random.default_rng(3)
    wrong = np.exp(jitter * ndimage.uniform_filter1d(rng.standard_normal(len(SLOTS)), 5))
    residual = residual_of(ladder) if residual is None else residual
    coils = take_coils(residual[:, SLOTS], FREQUENCY_HZ, lines, pieces=PIECES)
    return refine_ladder(coils, SLOTS, ladder.delta_f_hz[SLOTS] * wrong, ladder.offset[SLOTS] + off_by, FREQUENCY_HZ)


def errors(ladder, found):
    """Of harmonics 1 to 12, in spacings, where the band has them, and in standard errors."""
    f_n, sigma_hz = found.frequency_hz()
    truth_hz = ladder_tracks(ladder)[0][SLOTS, :12]
    inside = (truth_hz > FREQUENCY_HZ[0]) & (truth_hz < FREQUENCY_HZ[-1])
    away = np.where(inside, f_n - truth_hz, np.nan)
    return away / ladder.delta_f_hz[SLOTS, None], away / sigma_hz


@pytest.mark.parametrize("off_by", [-0.2, 0.0, 0.2])
@pytest.mark.parametrize("crest", [Crest(), Crest(0.5, 4.0), Crest(0.3), Crest(0.7)])
def test_harmonics_lie_on_the_crests_wherever_a_detector_draws_its_lines(crest, off_by):
    ladder = a_ladder(crest=crest)
    away, in_sigmas = errors(ladder, refined(ladder, off_by=off_by))
    assert abs(np.nanmedian(away)) < 0.012
    assert np.nanmedian(np.abs(away)) < 0.02
    assert np.mean(np.abs(in_sigmas[np.isfinite(in_sigmas)]) < 3) > 0.95


@pytest.mark.parametrize("bend", [-0.12, 0.0, 0.12])
@pytest.mark.parametrize("delta_f_hz", [0.35, 0.7])
def test_the_spacing_is_that_of_the_time_of_flight_however_the_lower_harmonics_lie(delta_f_hz, bend):
    ladder = a_ladder(delta_f_hz, bend=bend)
    found = refined(ladder)
    off = np.exp(found.frame.log_spacing) / ladder.delta_f_hz[SLOTS] - 1
    assert np.median(np.abs(off)) < 0.004
    assert np.mean(np.abs(off) < 3 * np.sqrt(found.covariance[:, 0, 0])) > 0.9


def test_a_wide_ladder_is_as_far_off_as_it_says():
    off, sigma = [], []
    for seed in range(4):
        ladder = a_ladder(1.6, bend=0.06 * (-1) ** seed, offset=0.1 * seed)
        found = refined(ladder, residual=residual_of(ladder, seed))
        off.append(np.exp(found.frame.log_spacing) / ladder.delta_f_hz[SLOTS] - 1)
        sigma.append(np.sqrt(found.covariance[:, 0, 0]))
    assert np.median(np.abs(off)) < 0.015
    assert np.mean(np.abs(off) < 2.5 * np.array(sigma)) > 0.8


def test_what_the_background_took_of_wide_fringes_is_put_back():
    ladder = a_ladder(1.6, crest=Crest(), gain=(1.0, 1.0))
    found = refined(ladder, residual=residual_of(ladder, scatter=False))
    assert np.median(found.depth_db[:, 1:4]) == pytest.approx(6.0, abs=0.8)


def test_a_coil_without_fringes_counts_for_nothing():
    alone, both = (refined(a_ladder(gain=(1.0, gain))) for gain in (0.0, 1.0))
    assert np.nanmedian(np.abs(errors(a_ladder(gain=(1.0, 0.0)), alone)[0])) < 0.02
    ratio = np.median(alone.covariance[:, 0, 0]) / np.median(both.covariance[:, 0, 0])
    assert 1.2 < ratio < 2.2  # half of what there is to know, and a spacing that wanders


@pytest.mark.parametrize("offset", [-0.55, -0.3, 0.3])
@pytest.mark.parametrize("turns", [-1, 0, 1])
def test_harmonics_are_numbered_by_the_convention_whatever_number_they_had(offset, turns):
    ladder = a_ladder(offset=offset)
    found = refined(ladder, off_by=turns)
    assert LOWEST_OFFSET <= np.median(found.frame.offset) < LOWEST_OFFSET + 1
    assert np.median(found.frame.offset) == pytest.approx(offset, abs=0.05)


def test_a_line_that_stands_still_is_left_out():
    ladder = a_ladder()
    residual = residual_of(ladder)
    line_hz = float(FREQUENCY_HZ[100])
    residual[:, :, 98:103] += 12
    away, _ = errors(ladder, refined(ladder, residual=residual, lines=((line_hz,), (line_hz,))))
    assert np.nanmax(np.abs(np.nanmedian(away, axis=0))) < 0.03


def test_too_few_slots_have_no_ladder():
    ladder = a_ladder()
    coils = take_coils(residual_of(ladder)[:, :8], FREQUENCY_HZ, ((), ()), pieces=PIECES)
    assert refine_ladder(coils, np.arange(8), ladder.delta_f_hz[:8], ladder.offset[:8], FREQUENCY_HZ) is None


def test_spectra_without_any_fringe_have_no_ladder():
    ladder = a_ladder()
    nothing = np.zeros((2, 864, len(FREQUENCY_HZ)), dtype=np.float32)
    assert refined(ladder, residual=nothing) is None


def test_harmonics_of_a_resonator_lie_on_its_maxima_though_they_get_broader_with_their_number():
    fringes = draw_scenario("mixed", dt.date(2014, 1, 10), 31).fringes
    f_n, depth_db = harmonic_tracks(fringes)
    coils = take_coils(residual_of(fringes)[:, SLOTS], FREQUENCY_HZ, ((), ()), pieces=PIECES)
    found = refine_ladder(coils, SLOTS, fringes.delta_f_hz[SLOTS], np.full(len(SLOTS), 0.25), FREQUENCY_HZ)
    away = (found.frequency_hz()[0] - f_n[SLOTS]) / fringes.delta_f_hz[SLOTS, None]
    away[depth_db[SLOTS] < 1.5] = np.nan
    assert abs(np.nanmedian(away)) < 0.02
