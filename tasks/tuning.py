"""A search for the settings of a training: trials that processes share, their table and their pictures."""

from typing import Any

from prefect.artifacts import create_markdown_artifact, create_table_artifact

from iar.errors import InputError
from iar.learning.registry.tracking import Books
from iar.learning.retraining import Recipe
from iar.learning.tuning.search import read_study
from iar.learning.tuning.space import TuneConfig
from iar.school.tune import HISTORY, IMPORTANCE, draw_tuning, read_space, run_tuning
from iar.settings.faults import in_one_line
from tasks.behaviour import compute_task, gpu_task
from tasks.pages import picture

BEST = 10
"""Trials that the table shows."""


@compute_task
def choose_search(**fields: Any) -> TuneConfig:
    """How the space is searched; an InputError if that has no end."""
    with in_one_line("tune", TuneConfig):
        return TuneConfig.model_validate(fields)


@compute_task
def choose_storage(storage: str | None, registry: str) -> str:
    """Database of the trials, by default a file in the registry's folder."""
    if storage is not None:
        return storage
    studies = Books(registry).studies
    if studies is None:
        raise InputError(f"storage: the registry at {registry} is no folder, so say which database keeps the trials")
    studies.mkdir(parents=True, exist_ok=True)
    return str(studies / "trials.db")


@gpu_task
def search(recipe: Recipe, space: str, config: TuneConfig, storage: str, study: str) -> str:
    """Trials of the study, until it has all of them, beside other processes that do the same; returns its name."""
    run_tuning(recipe, read_space(space), config, storage=storage, study=study)
    return study


@compute_task
def publish_study(storage: str, study: str, registry: str) -> int:
    """Table of the best trials and pictures of the study as artifacts; returns how many trials it has."""
    tuned = read_study(storage, study)
    best = sorted((trial for trial in tuned.trials if not trial.pruned), key=lambda trial: trial.value)[:BEST]
    rows = [{"trial": one.number, "loss": f"{one.value:.4f}", **one.parameters} for one in best]
    pruned = sum(trial.pruned for trial in tuned.trials)
    summary = f"best of {len(tuned.trials)} trials of {study}, {pruned} of them pruned; loss on held-out months"
    create_table_artifact(rows, key="trials", description=summary)
    studies = Books(registry).studies
    if studies is not None:
        draw_tuning(tuned, studies / study)
        shown = [picture(name, f"studies/{study}/{name}") for name in (HISTORY, IMPORTANCE)]
        create_markdown_artifact("\n\n".join(shown), key="study", description=f"How {study} went, and what decided")
    return len(tuned.trials)
