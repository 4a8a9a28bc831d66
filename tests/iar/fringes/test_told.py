"""What is told of a ladder's errors, held against ladders of known frequency: few, but drawn anew in every respect."""

import numpy as np
import pytest

from iar.fringes.picture import take_coils
from iar.fringes.refining import refine_ladder
from iar.simulation.ladder import Crest, ladder_tracks
from tests.iar.fringes.laid import FREQUENCY_HZ, PIECES, a_ladder, residual_of

LOOKED = np.arange(330, 450)
CRESTS = (Crest(), Crest(0.5, 3.0), Crest(0.3), Crest(0.7))
NIGHTS = 16


def few(ladder, first, count):
    """The ladder with so many harmonics alone."""
    depth_db = np.zeros_like(ladder.depth_db)
    depth_db[:, first - 1 : first - 1 + count] = ladder.depth_db[:, :count]
    ladder.depth_db[:] = depth_db
    return ladder


def refined(ladder, residual):
    coils = take_coils(residual[:, LOOKED], FREQUENCY_HZ, ((), ()), pieces=PIECES)
    return refine_ladder(coils, LOOKED, ladder.delta_f_hz[LOOKED], ladder.offset[LOOKED], FREQUENCY_HZ)


@pytest.fixture(scope="module")
def told():
    """Errors in standard errors: of the spacing, (night, slot), and of all harmonics; and all standard errors."""
    spacing, harmonics, sigmas = [], [], []
    for number in range(NIGHTS):
        rng = np.random.default_rng([71, number])
        bend = (0.0, 0.06, -0.06, 0.12, -0.12)[number % 5]
        decay, depth_db = np.exp(rng.uniform(*np.log([0.5, 4]))), rng.uniform(3, 8)
        ladder = few(
            a_ladder(
                0.35 * (1.5 / 0.35) ** rng.random(), rng.uniform(-0.5, 0.35), bend, decay, CRESTS[number % 4], depth_db
            ), int(rng.integers(1, 3)), int(rng.integers(4, 12)),
        )  # fmt: skip
        found = refined(ladder, residual_of(ladder, seed=number))
        f_n, sigma_hz = found.frequency_hz()
        sigma = np.sqrt(found.covariance[:, 0, 0])
        spacing.append((found.frame.log_spacing - np.log(ladder.delta_f_hz[LOOKED])) / sigma)
        seen = (found.depth_db > 3 * found.depth_sigma_db) & (found.reach > 0.5)
        harmonics.append(((f_n - ladder_tracks(ladder)[0][LOOKED, :12]) / sigma_hz)[seen])
        sigmas.append(np.concatenate([sigma, sigma_hz.ravel(), found.depth_sigma_db.ravel()]))
    return np.array(spacing), np.concatenate(harmonics), np.concatenate(sigmas)


def test_every_standard_error_is_a_number_above_nothing(told):
    _, _, sigmas = told
    assert np.isfinite(sigmas).all()
    assert (sigmas > 0).all()


def test_as_many_spacings_lie_within_their_errors_as_should(told):
    spacing, _, _ = told
    assert 0.5 < np.mean(np.abs(spacing) < 1) < 0.92  # of 16 nights that are much the same within
    assert np.mean(np.abs(spacing) < 2) > 0.87


def test_as_many_harmonics_lie_within_their_errors_as_should(told):
    _, harmonics, _ = told
    assert 0.5 < np.mean(np.abs(harmonics) < 1) < 0.92
    assert np.mean(np.abs(harmonics) < 2) > 0.87


def test_a_crest_far_above_the_fan_does_not_turn_its_ladder():
    ladder = few(a_ladder(0.5, 0.1), 1, 5)
    residual = residual_of(ladder)
    astray_hz = ladder.delta_f_hz * (12 + 0.1 + 0.25)  # a quarter of a spacing beside the twelfth
    away = (FREQUENCY_HZ - astray_hz[:, None]) / ladder.delta_f_hz[:, None]
    crest = np.exp(-((away / 0.15) ** 2) / 2).astype(np.float32)
    alone, beside = (refined(ladder, one).frame.log_spacing for one in (residual, residual + crest))
    assert np.median(np.abs(beside - alone)) < 0.004  # that crest alone would turn it by 0.02
