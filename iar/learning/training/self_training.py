"""Self-training: what a network finds becomes the truth that the next one learns from.

The dissertation's chapter 7 proposes it against noisy labels; here it also brings in nights that nobody labelled.
"""

from collections.abc import Callable
from functools import partial

import numpy as np
import numpy.typing as npt
from pydantic import Field

from iar.errors import InputError
from iar.learning.examples import Examples
from iar.learning.judgement.looks import turned
from iar.learning.training.fitting import Trained, predict_probability
from iar.settings.strict import Integer, Number, Strict


class SelfTraining(Strict):
    """How predictions become labels."""

    rounds: Integer = Field(0, ge=0, le=20, description="times that a network learns from the one before it; 0: none")
    threshold: Number = Field(0.5, gt=0, lt=1, description="probability from which a pixel is labelled fringe")
    doubt: Number = Field(
        1.0, ge=0, le=1, description="largest share of a night's likely pixels that may be doubtful; 1: all nights"
    )
    sure: Number = Field(0.9, gt=0.5, lt=1, description="probability outside of 1 - sure to sure is not doubtful")
    turned: bool = Field(True, description="label with the mean over turned copies of each picture")
    keep_labelled: bool = Field(True, description="go on learning from the examples that were labelled, too")


def self_train(
    labelled: Examples,
    pictures: Examples,
    *,
    plan: SelfTraining,
    learn: Callable[[Examples, int], Trained],
) -> Trained:
    """Network of the last round, trained anew each time.

    Parameters
    ----------
    labelled
        Examples that the first network learns from.
    pictures
        Examples to label, whose masks are never looked at: nights without labels, or `labelled` itself. Nights that
        a round labels are read into memory.
    learn
        Trains a network on examples, in the round of that number, 0 for the first network.

    Raises
    ------
    InputError
        If a round leaves nothing to learn from.
    """
    trained = learn(labelled, 0)
    for number in range(1, plan.rounds + 1):
        made = pseudo_label(trained, pictures, plan)
        if not len(made) and not plan.keep_labelled:
            raise InputError(f"round {number} of self-training: no night has a share of doubt up to {plan.doubt:g}")
        trained = learn(_joined(labelled, made) if plan.keep_labelled else made, number)
    return trained


def pseudo_label(trained: Trained, pictures: Examples, plan: SelfTraining) -> Examples:
    """Examples whose masks are what the network finds, without the nights of which it is in doubt."""
    network = partial(predict_probability, trained.model)
    look = turned(network) if plan.turned else network
    masks, taken = [], []
    for night, picture in enumerate(pictures.picture):
        probability = look(picture[None].astype(np.float32))[0]
        if share_of_doubt(probability, plan.sure) <= plan.doubt:
            masks.append(probability >= plan.threshold)
            taken.append(night)
    found = np.array(masks, dtype=bool).reshape(-1, *pictures.mask.shape[1:])
    index = np.array(taken, dtype=np.intp)
    return Examples(np.asarray(pictures.picture[index]), found, pictures.month[index], pictures.scenario[index])


def share_of_doubt(probability: npt.NDArray[np.float32], sure: float) -> float:
    """Share of the pixels from 1 - `sure` up that are below `sure`: 0 where fringes are plain, or plainly absent."""
    likely = probability > 1 - sure
    return float(np.mean(probability[likely] < sure)) if likely.any() else 0.0


def _joined(one: Examples, other: Examples) -> Examples:
    """Examples of both."""
    names = ("picture", "mask", "month", "scenario")
    return Examples(*(np.concatenate([np.asarray(getattr(part, name)) for part in (one, other)]) for name in names))
