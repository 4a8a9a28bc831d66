"""Optimisers, and how the learning rate changes in the course of a training."""

from typing import Any, Literal, TypeAlias

from iar.detection.backend import keras

OptimiserName: TypeAlias = Literal["adam", "adamw", "rmsprop", "sgd", "momentum", "nesterov", "adagrad"]
ScheduleName: TypeAlias = Literal["constant", "cosine", "exponential", "plateau"]

FALL = 0.01
"""Learning rate at the end of an exponential schedule, as a share of the one at its beginning."""
PLATEAU_EPOCHS = 2
"""Epochs without progress after which the schedule ``plateau`` lowers the learning rate."""
PLATEAU_FACTOR = 0.5
"""What it multiplies the learning rate with."""


def build_optimiser(name: OptimiserName, rate: Any, *, weight_decay: float = 0.0, momentum: float = 0.9) -> Any:
    """Keras optimiser of that name.

    Parameters
    ----------
    rate
        Learning rate: a number, or a schedule of Keras.
    weight_decay
        Share of the weights that ``adamw`` takes off at each step, times the learning rate; the others take off none.
    momentum
        Of ``momentum`` and ``nesterov``; plain ``sgd`` has none.
    """
    optimisers = keras().optimizers
    if name == "adamw":
        return optimisers.AdamW(rate, weight_decay=weight_decay)
    if name in ("momentum", "nesterov"):
        return optimisers.SGD(rate, momentum=momentum, nesterov=name == "nesterov")
    return {
        "adam": optimisers.Adam,
        "rmsprop": optimisers.RMSprop,
        "sgd": optimisers.SGD,
        "adagrad": optimisers.Adagrad,
    }[name](rate)


def build_schedule(name: ScheduleName, rate: float, *, steps: int) -> Any:
    """Learning rate over a training of that many steps: a number, or a schedule of Keras.

    ``cosine`` rises to `rate` over the first tenth and falls to 0 at the end. ``exponential`` falls from `rate` to
    `FALL` of it. ``constant`` and ``plateau`` begin with `rate`; see `plateau_factor` for how the latter goes on.
    """
    schedules = keras().optimizers.schedules
    if name == "cosine":
        return schedules.CosineDecay(rate / 10, steps - steps // 10, warmup_target=rate, warmup_steps=steps // 10)
    if name == "exponential":
        return schedules.ExponentialDecay(rate, steps, FALL)
    return rate


def progress(losses: list[float], min_delta: float) -> tuple[int, int]:
    """Best epoch, counted from 0, and how many epochs it is ago; (0, 0) before the first.

    An epoch is better than the best before it if its loss is lower by more than `min_delta`, as in Keras'
    EarlyStopping. A loss that is not a number is never better.
    """
    best = 0
    for epoch, loss in enumerate(losses):
        if loss < losses[best] - min_delta:
            best = epoch
    return best, max(len(losses) - 1 - best, 0)


def plateau_factor(losses: list[float], min_delta: float) -> float:
    """Factor of the learning rate after these losses: lowered whenever `PLATEAU_EPOCHS` pass without progress."""
    factor, since = 1.0, 0
    for epoch in range(1, len(losses)):
        _, waited = progress(losses[since : epoch + 1], min_delta)
        if waited >= PLATEAU_EPOCHS:
            factor, since = factor * PLATEAU_FACTOR, epoch
    return factor
