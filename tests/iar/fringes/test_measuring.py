import numpy as np
import pytest

from iar.fringes.measuring import MIN_HARMONICS, measure_spacing
from iar.fringes.spacing import Spacing
from iar.simulation.ladder import ladder_tracks
from tests.iar.fringes.laid import FREQUENCY_HZ, PIECES, a_ladder, residual_of

SLOTS = np.arange(864)
SEARCHED = (SLOTS >= 300) & (SLOTS < 500)


def guess(ladder, confidence=0.7):
    there = np.where(SEARCHED, 1.0, np.nan)
    nothing = np.full((864, 12), np.nan)
    return Spacing(
        ladder.delta_f_hz * there, 0.01 * there, ladder.offset * there, 5 * there, confidence * there, nothing
    )


def measured(ladder, **options):
    return measure_spacing(guess(ladder, **options), residual_of(ladder), FREQUENCY_HZ, ((), ()), pieces=PIECES)


@pytest.fixture(scope="module")
def usual():
    return a_ladder(offset=-0.25), measured(a_ladder(offset=-0.25))


def test_harmonics_have_the_errors_that_they_say(usual):
    ladder, (spacing, sure) = usual
    away = (spacing.frequency_hz - ladder_tracks(ladder)[0][:, :12]) / sure.frequency_sigma_hz
    assert np.isfinite(away).sum() > 1000
    assert np.mean(np.abs(away[np.isfinite(away)]) < 2) > 0.85
    np.testing.assert_array_equal(np.isfinite(sure.frequency_sigma_hz), np.isfinite(spacing.frequency_hz))


def test_nothing_is_told_of_slots_that_nobody_guessed(usual):
    _, (spacing, sure) = usual
    for values in (*vars(spacing).values(), *vars(sure).values()):
        assert np.isnan(values[~SEARCHED]).all()


def test_the_number_is_sure_far_from_the_border_and_open_on_it(usual):
    _, (_, sure) = usual
    assert np.nanmin(sure.number_probability) > 0.99
    _, on_border = measured(a_ladder(offset=0.4))
    assert 0.3 < np.nanmedian(on_border.number_probability) < 0.75


def test_a_harmonic_that_the_spectra_do_not_show_is_not_reported():
    ladder = a_ladder()
    ladder.depth_db[:, 4:] = 0
    spacing, _ = measured(ladder)
    reported = np.isfinite(spacing.frequency_hz[SEARCHED])
    assert reported[:, :4].mean() > 0.9
    assert reported[:, 5:].mean() < 0.1
    np.testing.assert_array_equal(reported.sum(axis=1), np.nan_to_num(spacing.harmonics[SEARCHED]))


def test_slots_with_fewer_than_two_harmonics_have_no_spacing():
    ladder = a_ladder()
    ladder.depth_db[400:] = 0
    spacing, _ = measured(ladder)
    there = np.isfinite(spacing.delta_f_hz)
    assert there[300:380].all()
    assert not there[430:500].any()
    assert spacing.harmonics[there].min() >= MIN_HARMONICS


def test_confidence_rises_with_the_agreement_that_it_was_guessed_with(usual):
    ladder, (spacing, _) = usual
    doubted, _ = measured(ladder, confidence=0.2)
    assert np.nanmax(doubted.confidence) < np.nanmin(spacing.confidence) < 1
