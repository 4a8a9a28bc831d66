"""Retraining, step by step: folds, final model, comparison with the champion, promotion.

Everything follows from the recipe, so a step needs no more than the recipe to be run elsewhere or again.
"""

import platform
from dataclasses import asdict
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from iar.detection.bundle import Card, copy_bundle, load_bundle, save_bundle
from iar.detection.unet import KerasModel, UnetConfig
from iar.learning.examples import SPLINE_PIECES, Examples, simulate_examples
from iar.learning.folds import month_folds
from iar.learning.scores import Score
from iar.learning.training import Report, TrainConfig, evaluate, predict_masks, train
from iar.night import SLOTS
from iar.simulation.scenario import DEPTH_DB, SCENARIOS

EVALUATION_SEED = 20_000_000
"""Seed of the frozen evaluation nights; recipes stay below it."""
FALSE_NIGHT_PIXELS = 1000
"""Fringe pixels that make a night without fringes a false one: one line through a third of the night."""


class Recipe(BaseModel):
    """All that decides a model, apart from the code."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    nights: int = Field(480, ge=32, le=100_000, description="simulated nights to learn from")
    slots: int = Field(432, ge=16, le=SLOTS, description="slots of each example")
    folds: int = Field(3, ge=2, le=10, description="folds of the cross-validation; a fold is whole months")
    epochs: int = Field(5, ge=1, le=1000, description="passes over the examples")
    learning_rate: float = Field(2e-3, gt=0, lt=1, description="peak of the learning rate")
    base_filters: int = Field(8, ge=1, le=128, description="filters of the first block")
    depth: int = Field(5, ge=2, le=6, description="levels of the network")
    seed: int = Field(1, ge=0, lt=EVALUATION_SEED, description="seed of nights and weights")
    evaluation_nights: int = Field(10, ge=1, le=1000, description="held-out nights of each scenario")

    @property
    def unet(self) -> UnetConfig:
        """Shape of the network."""
        return UnetConfig(base_filters=self.base_filters, depth=self.depth, stem=1)

    @property
    def training(self) -> TrainConfig:
        """Course of the training."""
        return TrainConfig(epochs=self.epochs, learning_rate=self.learning_rate, seed=self.seed)


@lru_cache(maxsize=1)
def recipe_examples(recipe: Recipe) -> Examples:
    """Examples of a recipe, kept for the next step in the same process."""
    return simulate_examples(recipe.nights, seed=recipe.seed, step=recipe.unet.step, slots=recipe.slots)


def train_fold(recipe: Recipe, fold: int, report: Report | None = None) -> Score:
    """Score on the held-out months of fold number `fold`, 0 ... folds - 1."""
    examples = recipe_examples(recipe)
    learn, held = list(month_folds(examples.month, recipe.folds, seed=recipe.seed))[fold]
    model = train(examples.take(learn), unet=recipe.unet, config=recipe.training, report=report)
    return evaluate(model, examples.take(held))


def train_final(recipe: Recipe, folds: list[Score], folder: Path, report: Report | None = None) -> Card:
    """Train on all examples, evaluate on the frozen nights, and write the bundle to `folder`; returns its card."""
    model = train(recipe_examples(recipe), unet=recipe.unet, config=recipe.training, report=report)
    card = Card(
        name="light",
        trained_on=f"{recipe.nights} nights of iar's own simulator (scenario mixed, seed {recipe.seed}); no real night",
        unet=recipe.unet,
        spline_pieces=SPLINE_PIECES,
        threshold=0.5,
        training=recipe.model_dump(),
        fold_scores=tuple(_rounded(asdict(score)) for score in folds),
        evaluation=evaluate_scenarios(model, recipe.evaluation_nights, step=recipe.unet.step),
        software={name: version(name) for name in ("iar", "keras", "tensorflow", "numpy")}
        | {"python": platform.python_version()},
    )
    save_bundle(folder, model, card)
    return card


def evaluate_scenarios(model: KerasModel, nights: int, *, step: int) -> dict[str, Any]:
    """Score of each scenario on the frozen nights, whole nights at a time.

    With fringes: precision, recall, F1 (tolerance one pixel), IoU of fringe. Without: the share of false nights.
    """
    result: dict[str, Any] = {"nights_per_scenario": nights, "seed": EVALUATION_SEED, "tolerance_px": 1}
    for scenario in SCENARIOS:
        examples = simulate_examples(nights, seed=EVALUATION_SEED, step=step, scenario=scenario)
        if scenario in DEPTH_DB:
            result[scenario] = _rounded(asdict(evaluate(model, examples)))
        else:
            pixels = predict_masks(model, examples).sum(axis=(1, 2))
            result[scenario] = {"false_nights": float(np.mean(pixels >= FALSE_NIGHT_PIXELS))}
    return result


def compare(candidate: Card, champion: Card) -> tuple[bool, str]:
    """Whether the candidate beats the champion on the frozen nights, and why: higher F1, no more false nights."""
    nights = [card.evaluation["nights_per_scenario"] for card in (candidate, champion)]
    if nights[0] != nights[1]:
        return False, f"champion stays: judged on {nights[1]} nights of each scenario, the candidate on {nights[0]}"
    new, old = (_summary(card) for card in (candidate, champion))
    better = new[0] > old[0] and new[1] <= old[1]
    told = f"F1 {new[0]:.3f} against {old[0]:.3f}, false nights {new[1]:.1%} against {old[1]:.1%}"
    return better, f"{'promoted' if better else 'champion stays'}: {told}"


def champion_folder(registry: Path) -> Path:
    """Folder of the registry's champion."""
    return registry / "champion"


def promote(candidate: Path, registry: Path) -> str:
    """Make `candidate` the champion of `registry` if it beats the present one; returns the decision in words."""
    champion = champion_folder(registry)
    card = load_bundle(candidate).card
    if not champion.exists():
        copy_bundle(candidate, champion)
        return "promoted: there was no champion"
    better, told = compare(card, load_bundle(champion).card)
    if better:
        copy_bundle(candidate, champion)
    return told


def _summary(card: Card) -> tuple[float, float]:
    """Mean F1 over scenarios with fringes, mean share of false nights over those without."""
    scores = {name: card.evaluation[name] for name in SCENARIOS}
    f1 = float(np.mean([score["f1"] for score in scores.values() if "f1" in score]))
    return f1, float(np.mean([score["false_nights"] for score in scores.values() if "false_nights" in score]))


def _rounded(values: dict[str, float]) -> dict[str, float | None]:
    """Scores for a card: four digits, and None where there was nothing to judge, since JSON has no NaN."""
    return {name: None if np.isnan(value) else round(float(value), 4) for name, value in values.items()}
