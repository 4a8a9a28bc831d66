"""Every preset of the network and every choice of the training goes the same way."""

from itertools import cycle
from typing import get_args

import numpy as np
import pytest

from iar.detection.unet import PRESETS
from iar.learning.examples import Examples
from iar.learning.training.fitting import TrainConfig, train
from iar.learning.training.losses import LossName
from iar.learning.training.optimisers import OptimiserName, ScheduleName


def stripes(planes=3, nights=2):
    rng = np.random.default_rng(0)
    mask = np.zeros((nights, 32, 32), dtype=bool)
    mask[:, :, 10:13] = True
    picture = (mask[..., None] + 0.3 * rng.standard_normal((nights, 32, 32, planes))).astype(np.float16)
    return Examples(picture, mask, np.array(["2010-01"] * nights), np.array(["lines"] * nights))


def reduced(name, planes=3):
    return PRESETS[name].model_copy(update={"base_filters": 2, "depth": 3, "planes": planes})


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_learns(name):
    config = TrainConfig(epochs=2, batch=2, learning_rate=0.01, schedule="constant", augmentation="none")
    first, second = train(stripes(), unet=reduced(name), config=config).history
    assert np.isfinite([first["loss"], second["loss"]]).all()
    assert second["loss"] != first["loss"]


@pytest.mark.parametrize("planes", [1, 4])
def test_pictures_may_have_any_number_of_planes(planes):
    trained = train(stripes(planes), unet=reduced("x-unet", planes), config=TrainConfig(epochs=1))
    assert trained.model.input_shape[-1] == planes


SHALLOW = PRESETS["light"].model_copy(update={"base_filters": 1, "depth": 2, "stem": 1})


CHOICES = list(zip(get_args(LossName), get_args(OptimiserName), cycle(get_args(ScheduleName)), strict=False))


@pytest.mark.parametrize(("loss", "optimiser", "schedule"), CHOICES)
def test_every_choice_trains(loss, optimiser, schedule):
    config = TrainConfig(epochs=1, batch=2, loss=loss, optimiser=optimiser, schedule=schedule)
    (measured,) = train(stripes(), unet=SHALLOW, config=config).history
    assert np.isfinite(measured["loss"])


def test_no_choice_was_left_out():
    assert [len(set(kind)) for kind in zip(*CHOICES, strict=True)] == [
        len(get_args(names)) for names in (LossName, OptimiserName, ScheduleName)
    ]
