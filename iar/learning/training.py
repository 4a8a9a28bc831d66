"""Training of the network, and its score on examples."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from iar.detection.backend import keras
from iar.detection.unet import KerasModel, UnetConfig, build_unet
from iar.learning.examples import Examples
from iar.learning.scores import Score, score_masks

Report = Callable[[int, float], None]


@dataclass(frozen=True)
class TrainConfig:
    """How to train: everything that, with the examples, decides the weights."""

    epochs: int = 8
    batch: int = 4
    learning_rate: float = 2e-3
    seed: int = 0


def weighted_loss(truth: Any, probability: Any) -> Any:
    """Binary cross-entropy plus soft Dice: entropy for honest probabilities, Dice because fringes are few pixels."""
    ops = keras().ops
    entropy = ops.mean(keras().losses.binary_crossentropy(truth, probability))
    overlap = ops.sum(truth * probability)
    dice = 1 - (2 * overlap + 1) / (ops.sum(truth) + ops.sum(probability) + 1)
    return entropy + 0.3 * dice


def train(examples: Examples, *, unet: UnetConfig, config: TrainConfig, report: Report | None = None) -> KerasModel:
    """Network trained on `examples`; `report` is called after each epoch with its number and loss."""
    keras().utils.set_random_seed(config.seed)
    model = build_unet(unet)
    steps = config.epochs * -(-len(examples) // config.batch)
    schedule = keras().optimizers.schedules.CosineDecay(
        config.learning_rate / 10, steps, warmup_target=config.learning_rate, warmup_steps=steps // 10
    )
    model.compile(optimizer=keras().optimizers.AdamW(schedule, weight_decay=1e-4), loss=weighted_loss)
    rng = np.random.default_rng(config.seed)
    for epoch in range(config.epochs):
        losses = [
            float(model.train_on_batch(*_augmented(examples, part, rng)))
            for part in np.array_split(rng.permutation(len(examples)), -(-len(examples) // config.batch))
        ]
        if report is not None:
            report(epoch + 1, float(np.mean(losses)))
    learnt = build_unet(unet)  # without the optimiser's state, which is twice the size of the weights
    learnt.set_weights(model.get_weights())
    return learnt


def predict_masks(model: KerasModel, examples: Examples, *, threshold: float = 0.5) -> npt.NDArray[np.bool_]:
    """Pixels that `model` takes for fringe: bool, shape (night, slot, frequency)."""
    pictures = (picture[None].astype(np.float32) for picture in examples.picture)
    return np.stack([model.predict_on_batch(picture)[0, ..., 0] >= threshold for picture in pictures])


def evaluate(model: KerasModel, examples: Examples, *, threshold: float = 0.5) -> Score:
    """Score of `model` on `examples`, over all their pixels together."""
    return score_masks(predict_masks(model, examples, threshold=threshold), examples.mask)


def _augmented(
    examples: Examples, index: npt.NDArray[np.intp], rng: np.random.Generator
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Picture and mask of a batch, turned in ways that physics allows: time reversed, channels swapped."""
    picture = examples.picture[index].astype(np.float32)
    mask = examples.mask[index].astype(np.float32)[..., None]
    for i in range(len(index)):
        if rng.random() < 0.5:
            picture[i], mask[i] = picture[i, ::-1], mask[i, ::-1]
        if rng.random() < 0.5:
            picture[i, ..., :2] = picture[i, ..., 1::-1]
    return picture, mask
