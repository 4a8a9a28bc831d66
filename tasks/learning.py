"""Folds, final model, promotion."""

from dataclasses import asdict
from pathlib import Path

from prefect.artifacts import create_markdown_artifact, create_table_artifact

from iar.learning.retraining import Recipe, promote, train_final, train_fold
from iar.learning.scores import Score
from tasks.behaviour import compute_task, gpu_task


@gpu_task
def learn_fold(recipe: Recipe, fold: int) -> Score:
    """Score of one fold on its held-out months."""
    return train_fold(recipe, fold)


@gpu_task
def learn_final(recipe: Recipe, scores: list[Score], registry: str) -> str:
    """Bundle trained on all examples, in the registry's folder of candidates; returns its folder."""
    rows = [{"fold": i, **{name: f"{value:.3f}" for name, value in asdict(s).items()}} for i, s in enumerate(scores)]
    create_table_artifact(rows, key="folds", description="Scores on held-out months")
    folder = Path(registry) / "candidates" / f"light-seed{recipe.seed}"
    train_final(recipe, scores, folder)
    return str(folder)


@compute_task
def promote_candidate(candidate: str, registry: str) -> str:
    """Make the candidate champion if it beats the present one; returns the decision in words."""
    decision = promote(Path(candidate), Path(registry))
    create_markdown_artifact(decision, key="champion", description="Decision about the champion")
    return decision
