"""Examples, folds, final model, judgement, promotion: each leaves its result in the training's folder."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from prefect.artifacts import create_markdown_artifact, create_table_artifact

from iar.learning.registry.versions import Registry
from iar.learning.retraining import Recipe, fold_scores
from iar.school.retrain import (
    choose_recipe,
    clear_training,
    judge_final,
    prepare_examples,
    record_training,
    run_final,
    run_fold,
    training_folder,
    trainings_place,
)
from iar.settings import load_processing
from tasks.behaviour import compute_task, gpu_task
from tasks.pages import link, picture
from tasks.roots import check_places

AS_PRESET = "as the preset"
"""Choice of a menu that changes nothing."""


@compute_task
def read_form(file: str | None, preset: str, **given: Any) -> Recipe:
    """Recipe in a file or of a preset, with what is given instead; nothing given, or ``as the preset``, leaves it."""
    chosen_by_hand = {name: value for name, value in given.items() if value != AS_PRESET}
    chosen = choose_recipe(Path(file) if file else None, preset, **chosen_by_hand)
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
    judge_final(recipe, folder, load_processing(), Registry(registry))
    return folds


@compute_task
def promote_candidate(recipe: Recipe, registry: str, folds: list[int]) -> str:
    """Put the bundle into the registry, as its champion if it is the better; returns the decision in words."""
    folder = training_folder(recipe, trainings_place(registry))
    results = [run_fold(recipe, folder, fold) for fold in folds]
    number, decision = record_training(recipe, folder, results, Registry(registry), load_processing())
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
