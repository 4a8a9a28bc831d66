"""Training of the network, and what it finds in pictures."""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import reduce
from operator import add
from typing import Any

import numpy as np
import numpy.typing as npt
from pydantic import Field

from iar.detection.backend import Precision, arithmetic, keras
from iar.detection.bundle import load_bundle
from iar.detection.unet import KerasModel, UnetConfig, build_unet
from iar.errors import InputError
from iar.learning.examples import Examples, Pictures
from iar.learning.training.augmentation import Augmentation
from iar.learning.training.batches import batches
from iar.learning.training.checkpoints import Arrays, Progress, checkpoint_path, read_checkpoint, write_checkpoint
from iar.learning.training.losses import LossName, line_weights, loss_function
from iar.learning.training.metrics import pixel_tally, tally_of
from iar.learning.training.optimisers import (
    OptimiserName,
    ScheduleName,
    build_optimiser,
    build_schedule,
    plateau_factor,
    progress,
)
from iar.settings.strict import Integer, Number, Strict

Report = Callable[[int, dict[str, float]], None]


class DivergedError(InputError):
    """The loss of a training is no number."""


class TrainConfig(Strict):
    """How to train: everything that, with the examples and the network's shape, decides the weights."""

    epochs: Integer = Field(8, ge=1, le=1000, description="passes over the examples, at most")
    batch: Integer = Field(4, ge=1, le=256, description="examples of a step")
    loss: LossName = Field("entropy-dice", description="what is made small")
    dice_share: Number = Field(0.3, ge=0, le=10, description="share of Dice beside the entropy in entropy-dice")
    optimiser: OptimiserName = Field("adamw", description="how a step follows from the slope")
    learning_rate: Number = Field(2e-3, gt=0, lt=1, description="peak of the learning rate")
    schedule: ScheduleName = Field("cosine", description="course of the learning rate; cosine has a warm-up")
    weight_decay: Number = Field(1e-4, ge=0, lt=1, description="pull on the weights, of adamw alone")
    momentum: Number = Field(
        0.9, ge=0, lt=1, description="share of the last step in the next, of momentum and nesterov"
    )
    begin: str | None = Field(
        None, description="folder of the bundle whose weights the training begins with; null: drawn from the seed"
    )
    precision: Precision = Field("float32", description="arithmetic of the network; the weights are float32")
    augmentation: Augmentation = Field("turn", description="what is done to each picture before it is learnt from")
    patience: Integer = Field(0, ge=0, description="epochs without progress that end the training; 0: all are run")
    min_delta: Number = Field(0.01, ge=0, description="smallest fall of the loss that is progress")
    seed: Integer = Field(0, ge=0, lt=2**32, description="seed of first weights, order, augmentation and dropout")


@dataclass(frozen=True)
class Trained:
    """A trained network, and what was measured in each epoch.

    `history` has one dict an epoch: ``loss`` and the shares of `Score` on the examples as they were
    learnt from, and, where some were held out, the same on those, as ``held_loss``, ``held_f1``, ...; `kept` is the
    place in it of the epoch whose weights the model has.
    """

    model: KerasModel
    history: tuple[dict[str, float], ...]
    kept: int


def train(
    examples: Examples,
    *,
    unet: UnetConfig,
    config: TrainConfig,
    held: Examples | None = None,
    checkpoints: str | None = None,
    report: Report | None = None,
) -> Trained:
    """Network trained on `examples`.

    Parameters
    ----------
    examples
        In memory, or as memory maps, of which a few batches are read at a time.
    held
        Examples that are judged after each epoch and not learnt from. Their loss decides where the training ends,
        or that on `examples` without them.
    checkpoints
        Folder in which the training leaves its state after each epoch, and from which it goes on if it is called again
        with all the same; it ends with the weights that it would have had undisturbed. Whoever keeps the result
        removes the folder.
    report
        Called after each epoch with its number, from 1, and what was measured.

    Returns
    -------
    The weights are those of the best epoch where `config.patience` is set, else of the last.

    Raises
    ------
    InputError
        If there is nothing to learn from, if pictures do not fit the network, if the loss is no longer a number, or if
        a checkpoint cannot be read.
    """
    _check_pictures(examples, unet)
    decisive = {"unet": unet.model_dump(), "config": config.model_dump(), "keras": keras().__version__}
    path = checkpoint_path(checkpoints, decisive, examples, held) if checkpoints is not None else None
    with arithmetic(config.precision):
        course = _Course(examples, unet, config, held)
        if path is not None and (stood := read_checkpoint(path)) is not None:
            course.resume(stood)
        while not course.ended():
            measured = course.epoch()
            if path is not None:
                write_checkpoint(path, course.stand())
            if report is not None:
                report(len(course.history), measured)
    learnt = build_unet(unet)  # without the optimiser's state, which is twice the size of the weights
    learnt.set_weights(course.best if config.patience else course.model.get_weights())
    return Trained(learnt, tuple(course.history), course.kept)


class _Course:
    """A training under way."""

    def __init__(self, examples: Examples, unet: UnetConfig, config: TrainConfig, held: Examples | None) -> None:
        keras().utils.set_random_seed(config.seed)
        self.examples, self.held, self.config = examples, held, config
        self.history: list[dict[str, float]] = []
        self.model = build_unet(unet)
        if config.begin is not None:
            self.model.set_weights(_begun_weights(config.begin, unet))
        steps = config.epochs * self._steps(examples)
        rate = build_schedule(config.schedule, config.learning_rate, steps=steps)
        optimiser = build_optimiser(config.optimiser, rate, weight_decay=config.weight_decay, momentum=config.momentum)
        loss = loss_function(config.loss, dice_share=config.dice_share)
        self.model.compile(optimizer=optimiser, loss=loss, metrics=[pixel_tally()])
        optimiser.build(self.model.trainable_variables)
        self.best: Arrays = self.model.get_weights() if config.patience else []

    @property
    def losses(self) -> list[float]:
        """Loss of each epoch that decides about progress."""
        name = "loss" if self.held is None else "held_loss"
        return [measured[name] for measured in self.history]

    @property
    def kept(self) -> int:
        """Place in the history of the epoch whose weights are kept."""
        best, _ = progress(self.losses, self.config.min_delta)
        return best if self.config.patience else len(self.history) - 1

    def ended(self) -> bool:
        """Whether all epochs are run, or too many without progress."""
        _, waited = progress(self.losses, self.config.min_delta)
        impatient = self.config.patience > 0 and waited >= self.config.patience
        return impatient or len(self.history) >= self.config.epochs

    def epoch(self) -> dict[str, float]:
        """Learn from every example once; what was measured."""
        if self.config.schedule == "plateau":
            factor = plateau_factor(self.losses, self.config.min_delta)
            self.model.optimizer.learning_rate = self.config.learning_rate * factor
        number = len(self.history) + 1
        learn, judge = self.model.train_on_batch, self.model.test_on_batch
        measured = self._over(self._batches(self.examples, self.config.augmentation, number), learn)
        if self.held is not None:
            held = self._over(self._batches(self.held, "none", 0), judge)
            measured |= {f"held_{name}": value for name, value in held.items()}
        self.history.append(measured)
        if not np.isfinite(self.losses[-1]):
            cause = f"learning rate {self.config.learning_rate:g} is too high, or a picture has no numbers"
            raise DivergedError(f"loss of epoch {number} is {self.losses[-1]}: {cause}")
        if self.config.patience and progress(self.losses, self.config.min_delta)[1] == 0:
            self.best = self.model.get_weights()
        return measured

    def _over(self, made: Iterator[tuple[Any, ...]], work: Callable[..., dict[str, float]]) -> dict[str, float]:
        """Loss and shares over all batches, each handed to `work` from here.

        Not by Keras' own loop: it would ask for them from within a pipeline of TensorFlow's, whose threads are as few
        as the cores; those that wait for batches can then be all that there are, and none is left to make one.
        """
        tallies = []
        loss, examples = 0.0, 0
        for batch in made:
            logs = work(*batch, return_dict=True)  # of this batch alone: Keras begins anew with each
            tallies.append(tally_of(logs))
            loss, examples = loss + logs["loss"] * len(batch[0]), examples + len(batch[0])
        return {"loss": float(loss / examples)} | asdict(reduce(add, tallies).score())

    def stand(self) -> Progress:
        """State to go on from."""
        return Progress([keras().ops.convert_to_numpy(variable) for variable in self._state()], self.best, self.history)

    def resume(self, stood: Progress) -> None:
        """Go on from that state."""
        for variable, value in zip(self._state(), stood.state, strict=True):
            variable.assign(value)
        self.best, self.history = stood.best, stood.history

    def _state(self) -> list[Any]:
        """All that a step changes: weights, moving means, seeds of dropout, the optimiser's memory."""
        return [*self.model.variables, *self.model.optimizer.variables]

    def _steps(self, examples: Examples) -> int:
        """Batches of an epoch."""
        return -(-len(examples) // self.config.batch)

    def _batches(self, examples: Examples, how: Augmentation, epoch: int) -> Iterator[tuple[Any, ...]]:
        """Pictures, masks and, where the loss wants them, weights of pixels."""
        made = batches(examples, batch=self.config.batch, how=how, seed=self.config.seed, epoch=epoch)
        if self.config.loss != "line-entropy":
            return made
        return ((picture, mask, line_weights(mask)) for picture, mask in made)


def predict_probability(model: KerasModel, pictures: Pictures | npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Probability of fringe, float32 (night, slot, frequency), in pictures (night, slot, frequency, planes)."""
    probability = np.empty(pictures.shape[:3], dtype=np.float32)
    for i, picture in enumerate(pictures):
        probability[i] = model.predict_on_batch(picture[None].astype(np.float32))[0, ..., 0]
    return probability


def _begun_weights(folder: str, unet: UnetConfig) -> Arrays:
    """Weights of the bundle in that folder; an InputError if its network has another shape."""
    begun = load_bundle(folder)
    if begun.card.unet != unet:
        raise InputError(f"training.begin: the network in {folder} has another shape than the recipe's")
    weights: Arrays = begun.model.get_weights()
    return weights


def _check_pictures(examples: Examples, unet: UnetConfig) -> None:
    """Raise an InputError if the network cannot take the pictures."""
    if len(examples) == 0:
        raise InputError("no examples to learn from")
    slots, bins, planes = examples.picture.shape[1:]
    if planes != unet.planes:
        raise InputError(f"pictures of {planes} planes for a network of {unet.planes}")
    if slots % unet.step or bins % unet.step:
        raise InputError(f"pictures of {slots}x{bins} pixels: the network needs multiples of {unet.step}")
