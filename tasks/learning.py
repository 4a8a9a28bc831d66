"""Examples, folds, final model, judgement, promotion: each leaves its result in the training's folder."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from prefect.artifacts import create_markdown_artifact, create_table_artifact

from iar.learning.registry import Registry
from iar.learning.retraining import Recipe, choose_threshold, fold_scores, given_recipe
from iar.stages.retrain import (
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


@compute_task
def choose_recipe(file: str | None, preset: str, **given: Any) -> Recipe:
    """Recipe in a file or of a preset, with what is given instead."""
    return given_recipe(read_recipe(Path(file) if file else None, preset), **given)


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
    scores = fold_scores(results, choose_threshold(recipe, results))
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
    create_markdown_artifact(f"version {number}: {decision}", key="champion", description="Decision about the champion")
    return decision
