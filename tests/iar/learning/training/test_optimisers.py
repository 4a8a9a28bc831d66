from typing import get_args

import numpy as np
import pytest

from iar.detection.backend import keras
from iar.learning.training.optimisers import (
    FALL,
    PLATEAU_FACTOR,
    OptimiserName,
    build_optimiser,
    build_schedule,
    plateau_factor,
    progress,
)


def walked(name, steps=1, rate=0.1, slope=1.0, start=1.0, **options):
    """Where a weight is after some steps down a constant slope."""
    weight = keras().Variable([start])
    optimiser = build_optimiser(name, rate, **options)
    optimiser.build([weight])
    for _ in range(steps):
        optimiser.apply([keras().ops.convert_to_tensor([slope])])
    return float(keras().ops.convert_to_numpy(weight.value)[0])


@pytest.mark.parametrize("name", get_args(OptimiserName))
def test_every_optimiser_goes_downhill(name):
    assert walked(name) < 1 < walked(name, slope=-1.0)


def test_first_steps_are_those_of_the_textbook():
    assert walked("sgd", 2) == pytest.approx(1 - 0.1 - 0.1)
    assert walked("momentum", 2, momentum=0.5) == pytest.approx(1 - 0.1 - (0.1 + 0.5 * 0.1))
    assert walked("nesterov", 1, momentum=0.5) == pytest.approx(1 - 0.1 - 0.5 * 0.1)
    assert walked("adam", 3, slope=7.0) == pytest.approx(1 - 0.3, rel=1e-4)  # whatever the slope


def test_only_adamw_pulls_on_the_weights():
    assert walked("adamw", start=2.0, slope=0.0, weight_decay=0.5) == pytest.approx(2 * (1 - 0.1 * 0.5))
    assert walked("adam", start=2.0, slope=0.0, weight_decay=0.5) == 2


def rates(name, steps=100):
    schedule = build_schedule(name, 0.1, steps=steps)
    return np.array([float(keras().ops.convert_to_numpy(schedule(step))) for step in range(steps + 1)])


def test_cosine_rises_for_a_tenth_of_the_steps_and_falls_to_nothing_at_the_end():
    rate = rates("cosine")
    assert rate.argmax() == 10
    assert rate[10] == pytest.approx(0.1)
    assert rate[0] == pytest.approx(0.01)
    assert rate[55] == pytest.approx(0.05)  # half-way through the cosine
    assert rate[100] == pytest.approx(0, abs=1e-6)


def test_exponential_falls_by_the_same_share_at_each_step():
    rate = rates("exponential")
    np.testing.assert_allclose(rate[1:] / rate[:-1], FALL ** (1 / 100), rtol=1e-5)
    assert rate[-1] == pytest.approx(0.1 * FALL)


@pytest.mark.parametrize("name", ["constant", "plateau"])
def test_the_others_begin_with_the_rate_itself(name):
    assert build_schedule(name, 0.1, steps=10) == 0.1


@pytest.mark.parametrize(
    ("losses", "expected"),
    [
        ([], (0, 0)),
        ([1.0], (0, 0)),
        ([1.0, 0.5], (1, 0)),
        ([1.0, 0.995, 0.991], (0, 2)),  # each too small a fall
        ([1.0, 0.995, 0.98], (2, 0)),  # but together a large one
        ([1.0, 0.5, 0.7, 0.6], (1, 2)),
    ],
)
def test_progress_is_a_fall_by_more_than_min_delta_below_the_best(losses, expected):
    assert progress(losses, 0.01) == expected


@pytest.mark.parametrize(
    ("losses", "lowered"),
    [([], 0), ([1.0, 1.0], 0), ([1.0] * 3, 1), ([1.0] * 4, 1), ([1.0] * 5, 2), ([1.0, 0.9, 0.8, 0.7], 0)],
)
def test_rate_is_lowered_at_every_second_epoch_without_progress(losses, lowered):
    assert plateau_factor(losses, 0.01) == PLATEAU_FACTOR**lowered
