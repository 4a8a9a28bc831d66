"""Examples, folds, final model, judgement, promotion: each leaves its result in the training's folder."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from prefect.artifacts import create_markdown_artifact, create_table_artifact

from iar.learning.registry.versions import Registry
from iar.learning.retraining import Recipe, changed_recipe, fold_scores, given_recipe
from iar.school.retrain import (
    clear_training,
    judge_final,
    prepare_examples,
    read_recipe,
    record_training,
    run_final,
    run_fold,
    training_folder,
    trainings_place,
)
from tasks.behaviour import compute_task, gpu_task
from tasks.pages import link, picture
from tasks.roots import check_places

AS_PRESET = "as the preset"
"""Choice of a menu that changes nothing."""
FIELDS = {
    "loss": "training.loss",
    "optimiser": "training.optimiser",
    "learning_rate": "training.learning_rate",
    "self_training_rounds": "self_training.rounds",
}
"""Fields of a recipe that the form has and the command line has not, by their names there."""


@compute_task
def choose_recipe(file: str | None, preset: str, **given: Any) -> Recipe:
    """Recipe in a file or of a preset, with what is given instead; nothing given, or ``as the preset``, leaves it."""
    given = {name: value for name, value in given.items() if value not in {None, AS_PRESET}}
    changes = {place: given.pop(name) for name, place in FIELDS.items() if name in given}
    recipe = given_recipe(read_recipe(Path(file) if file else None, preset), **given)
    chosen = changed_recipe(recipe, changes)
    sources = chosen.sources
    check_places(archive=sources.archive, curated=sources.curated, drawn=sources.drawn)  # a file may name others
    return chosen


@compute_task
def gather(recipe: Recipe, registry: str) -> int:
    """Examples of the recipe, on disk; returns how many folds they make."""
    folder = training_folder(recipe, trainings_place(registry))
    return recipe.fold_count(prepare_examples(recipe, folder))


@gpu_task
def learn_fold(recipe: Recipe, registry: str, fold: int) -> int:
    """One fold, judged on its held-out months; returns its number."""
    run_fold(recipe, training_folder(recipe, trainings_place(registry)), fold)
    return fold


@gpu_task
def learn_final(recipe: Recipe, registry: str, folds: list[int]) -> list[int]:
    """Bundle trained on all examples and judged on the frozen nights; returns the folds."""
    folder = training_folder(recipe, trainings_place(registry))
    results = [run_fold(recipe, folder, fold) for fold in folds]
    scores = fold_scores(results, recipe.threshold)
    rows = [{"fold": fold, **{n: f"{v:.3f}" for n, v in asdict(s).items()}} for fold, s in enumerate(scores)]
    create_table_artifact(rows, key="folds", description="Scores on held-out months")
    run_final(recipe, folder, results)
    judge_final(recipe, folder)
    return folds


@compute_task
def promote_candidate(recipe: Recipe, registry: str, folds: list[int]) -> str:
    """Put the bundle into the registry, as its champion if it is the better; returns the decision in words."""
    folder = training_folder(recipe, trainings_place(registry))
    results = [run_fold(recipe, folder, fold) for fold in folds]
    number, decision = record_training(recipe, folder, results, Registry(registry))
    pages = f"models/{number}"
    shown = [
        f"Version {number}: {decision}",
        f"{link('its card', pages)}, {link('its report', f'{pages}/report.html')}",
        picture("curves of its training", f"{pages}/curves.png"),
        picture("its fringes over typical nights", f"{pages}/overlays.png"),
    ]
    create_markdown_artifact("\n\n".join(shown), key="champion", description="Decision about the champion")
    clear_training(folder)
    return decision
