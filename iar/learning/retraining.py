"""Retraining: the recipe that decides a model, what comes out of its folds, and the card of the model that follows."""

import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Literal, Self, TypeAlias

import numpy as np
import numpy.typing as npt
from pydantic import Field, model_validator

from iar.detection.backend import Precision
from iar.detection.inference import STEPS
from iar.detection.tiling import most_pixels
from iar.detection.unet import PRESETS, KerasModel, UnetConfig
from iar.errors import InputError
from iar.learning.examples import UNLABELLED, Examples, example_shape
from iar.learning.folds import check_folds, month_folds
from iar.learning.judgement.evaluation import EVALUATION_SEED, count_examples
from iar.learning.judgement.pixels import StepTally, Sweep, score_at, stacked_steps, sweep_thresholds
from iar.learning.judgement.scores import Score
from iar.learning.sources import ExampleSources
from iar.learning.training.fitting import Report, TrainConfig, Trained, predict_probability, train
from iar.learning.training.self_training import SelfTraining, self_train
from iar.night import SLOTS
from iar.settings.faults import in_one_line
from iar.settings.strict import Integer, Number, Strict
from iar.simulation.scenario import SCENARIOS
from iar.version import VERSION

THRESHOLDS = range(STEPS // 50, STEPS, STEPS // 50)
"""Thresholds to choose from, in steps of probability: 0.02, 0.04 ... 0.98."""
GIVEN = {
    "nights": "sources.simulated",
    "archive": "sources.archive",
    "curated": "sources.curated",
    "drawn": "sources.drawn",
    "labels": "sources.labels",
    "epochs": "training.epochs",
    "folds": "folds",
    "evaluation_nights": "evaluation_nights",
    "loss": "training.loss",
    "optimiser": "training.optimiser",
    "learning_rate": "training.learning_rate",
    "self_training_rounds": "self_training.rounds",
}
"""Fields of a recipe that commands and forms have under a name of their own."""
SOFTWARE = ("keras", "tensorflow", "jax", "torch", "numpy")

History: TypeAlias = tuple[dict[str, float], ...]


class Recipe(Strict):
    """All that decides a model, apart from the code."""

    name: str = Field("light", pattern=r"^[a-z0-9][a-z0-9-]{0,40}$", description="name of the network, on its card")
    sources: ExampleSources = Field(ExampleSources(simulated=1500, slots=224), description="what it learns from")
    unet: UnetConfig = Field(PRESETS["light"], description="shape of the network")
    training: TrainConfig = Field(
        TrainConfig(epochs=5, precision="bfloat16", seed=1), description="course of the training"
    )
    self_training: SelfTraining = Field(SelfTraining(), description="learning from what the network itself finds")
    folds: Integer = Field(5, ge=0, le=1000, description="folds of the cross-validation, each of whole months; 0: none")
    keep_folds: bool = Field(False, description="keep the networks of the folds beside the final one, for ensembles")
    leave_one_out: bool = Field(False, description="as many folds as months, whatever folds says")
    inference_precision: Precision = Field(
        "bfloat16",
        description="what the network computes in at night, on OpenVINO; processors without bfloat16 take float32",
    )
    threshold: Number | None = Field(
        None, gt=0, lt=1, description="probability of a fringe's pixel; null: where F1 on the held-out months is best"
    )
    evaluation_nights: Integer = Field(
        300, ge=len(SCENARIOS), le=10_000, description="frozen simulated nights that the final network is judged on"
    )

    @model_validator(mode="after")
    def check_seed(self) -> Self:
        """Raise a ValueError if the examples could be those that the network is judged on."""
        if self.sources.seed >= EVALUATION_SEED:
            raise ValueError(f"sources.seed = {self.sources.seed}: from {EVALUATION_SEED} on are the evaluation nights")
        return self

    @model_validator(mode="after")
    def check_unlabelled(self) -> Self:
        """Raise a ValueError if there are nights without labels that nothing would be learnt from."""
        if self.sources.unlabelled_first is not None and not self.self_training.rounds:
            raise ValueError("sources.unlabelled_first: nothing learns from them with self_training.rounds = 0")
        return self

    @model_validator(mode="after")
    def check_pictures(self) -> Self:
        """Raise a ValueError if the network could not take the largest pictures that it is judged on.

        Group normalisation looks at the whole of a picture, so it cannot be had in tiles.
        """
        slots, bins, _ = example_shape(2 * SLOTS, step=self.unet.step)
        if self.unet.normalisation == "group" and slots * bins > most_pixels(self.unet):
            raise ValueError(
                f"unet.normalisation = group with base_filters = {self.unet.base_filters}, stem = {self.unet.stem}: "
                f"pictures of {most_pixels(self.unet)} pixels fit in memory, two nights have {slots * bins}"
            )
        return self

    def fold_count(self, examples: Examples) -> int:
        """Folds of these examples; an InputError if those with labels have fewer months."""
        months = len(np.unique(examples.month[is_labelled(examples)]))
        count = months if self.leave_one_out else self.folds
        if count:
            check_folds(months, count)
        return count


def _published(preset: Literal["x-unet", "k-unet"]) -> Recipe:
    """Recipe of one of the dissertation's networks, as its table 5.3 has it, on our examples."""
    training = TrainConfig(
        epochs=10, batch=2, loss="entropy", optimiser="adam", learning_rate=1e-4, schedule="constant",
        weight_decay=0, augmentation=preset,
    )  # fmt: skip
    return Recipe(name=preset, unet=PRESETS[preset], training=training, folds=2)


PRESET_RECIPES = {"light": Recipe(), "x-unet": _published("x-unet"), "k-unet": _published("k-unet")}


def changed_recipe(recipe: Recipe, changes: Mapping[str, Any]) -> Recipe:
    """Recipe with other values of some fields, by their dotted names, as ``training.learning_rate``.

    Raises
    ------
    InputError
        If there is no such field, or a value is not allowed.
    """
    fields = recipe.model_dump()
    for name, value in changes.items():
        *outer, last = name.split(".")
        place = fields
        for part in outer:
            place = place.get(part, {}) if isinstance(place, dict) else {}
        if not isinstance(place, dict) or last not in place:
            raise InputError(f"recipe has no field {name}")
        place[last] = value
    with in_one_line("recipe", Recipe):
        return Recipe.model_validate(fields)


def given_recipe(recipe: Recipe, *, seed: int | None = None, **given: Any) -> Recipe:
    """Recipe with what a person gave instead, by the names in `GIVEN`; None leaves it as it is.

    The `seed` is that of the examples and of the weights.
    """
    changes = {GIVEN[name]: value for name, value in given.items() if value is not None}
    if seed is not None:
        changes |= {"sources.seed": seed, "training.seed": seed}
    return changed_recipe(recipe, changes)


@dataclass(frozen=True)
class FoldResult:
    """What one fold gave: its course, an entry an epoch; of its held-out months the pooled tally, and the loss.

    The loss is that after the epoch whose weights were kept.
    """

    history: History
    tally: StepTally
    loss: float = float("nan")

    @property
    def sweep(self) -> Sweep:
        """Scores on the held-out months at every threshold."""
        return sweep_thresholds(self.tally)


@dataclass(frozen=True)
class FoldScore(Score):
    """Score of a fold on its held-out months at a threshold, and the loss there."""

    threshold: float
    loss: float


def split_fold(recipe: Recipe, examples: Examples, fold: int) -> tuple[Examples, Examples]:
    """Examples that fold number `fold` learns from, and those that it holds out: they have labels, of whole months."""
    k, labelled = recipe.fold_count(examples), is_labelled(examples)
    months = examples.month[labelled]
    _, held = list(month_folds(months, k, seed=recipe.training.seed))[fold]
    elsewhere = ~np.isin(examples.month, months[held])
    return examples.take(np.flatnonzero(elsewhere)), examples.take(np.flatnonzero(labelled & ~elsewhere))


def is_labelled(examples: Examples) -> npt.NDArray[np.bool_]:
    """Which examples have labels, shape (night,)."""
    return np.asarray(examples.scenario != UNLABELLED)


def learn_fold(
    recipe: Recipe, examples: Examples, fold: int, *, checkpoints: str | None = None, report: Report | None = None
) -> tuple[KerasModel, FoldResult]:
    """Network trained on all months but those of fold number `fold`, 0 ... folds - 1, and what it finds in those."""
    learnt, held = split_fold(recipe, examples, fold)
    trained = _learn(recipe, learnt, held=held, checkpoints=checkpoints, report=report)
    tally = count_examples(partial(predict_probability, trained.model), held).pooled()
    return trained.model, FoldResult(trained.history, tally, trained.history[trained.kept]["held_loss"])


def learn_final(
    recipe: Recipe, examples: Examples, *, checkpoints: str | None = None, report: Report | None = None
) -> tuple[KerasModel, History]:
    """Network trained on all examples, and the course of its training."""
    trained = _learn(recipe, examples, checkpoints=checkpoints, report=report)
    return trained.model, trained.history


def _learn(
    recipe: Recipe,
    examples: Examples,
    *,
    held: Examples | None = None,
    checkpoints: str | None = None,
    report: Report | None = None,
) -> Trained:
    """Network of the last round of self-training; the epochs that `report` is given are counted over all rounds."""

    def learn(shown: Examples, number: int) -> Trained:
        """Train in one round; a checkpoint is named after the labels, so the rounds share a folder."""

        def tell(epoch: int, measured: dict[str, float]) -> None:
            """Report an epoch."""
            if report is not None:
                report(number * recipe.training.epochs + epoch, measured)

        return train(shown, unet=recipe.unet, config=recipe.training, held=held, checkpoints=checkpoints, report=tell)

    labelled = examples.take(np.flatnonzero(is_labelled(examples)))
    return self_train(labelled, examples, plan=recipe.self_training, learn=learn)


def choose_threshold(recipe: Recipe, folds: Sequence[FoldResult]) -> float:
    """Threshold that the recipe says; else that of the best F1 over the held-out months of all folds; else 0.5."""
    if recipe.threshold is not None:
        return recipe.threshold
    return _best_threshold(folds) if folds else 0.5


def fold_scores(folds: Sequence[FoldResult], threshold: float | None = None) -> list[FoldScore]:
    """Score of each fold on its held-out months.

    Parameters
    ----------
    threshold
        The same for all, such as the recipe's. None: of each fold that of the best F1 over the *other* folds, since one
        that was chosen on a fold's own months would flatter it; of a fold alone, its own.
    """
    return [_fold_score(fold, [one for one in folds if one is not fold] or [fold], threshold) for fold in folds]


def _fold_score(fold: FoldResult, others: Sequence[FoldResult], threshold: float | None) -> FoldScore:
    limit = _best_threshold(others) if threshold is None else threshold
    return FoldScore(**vars(score_at(fold.tally, limit)), threshold=limit, loss=fold.loss)


def _best_threshold(folds: Sequence[FoldResult]) -> float:
    """Threshold of the best F1 over the held-out months of these folds."""
    pooled = stacked_steps([fold.tally for fold in folds]).pooled()
    f1 = np.nan_to_num(sweep_thresholds(pooled).f1)
    return max(THRESHOLDS, key=lambda step: float(f1[step])) / STEPS


def software() -> dict[str, str]:
    """Versions of what the result depends on, as far as it is installed."""
    found = {"python": platform.python_version(), "iar": VERSION}
    for name in SOFTWARE:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
