"""A search for the settings of a training: examples once, trials in a database, two pictures and a table at the end."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from pathlib import Path
from statistics import fmean
from tempfile import TemporaryDirectory
from typing import TypeAlias

import numpy as np

from iar.errors import InputError
from iar.learning.retraining import Recipe
from iar.learning.tuning.search import Tuned, check_space, fold_objective, tune, wanted_trials
from iar.learning.tuning.space import SPACES, SearchSpace, TuneConfig
from iar.pace import duration
from iar.results.picture import draw
from iar.school.examples import Progress, gather_examples
from iar.settings import load_settings

Show: TypeAlias = Callable[[str, int, str], AbstractContextManager[Progress]]
HISTORY, IMPORTANCE = "history.png", "importance.png"


def read_space(name_or_file: str) -> SearchSpace:
    """Space of that name, or in a YAML file; an InputError if it is neither."""
    if name_or_file in SPACES:
        return SPACES[name_or_file]
    if not Path(name_or_file).is_file():
        raise InputError(f"space {name_or_file!r} is neither of {', '.join(SPACES)} nor a file")
    return load_settings(Path(name_or_file), SearchSpace, example="parameters: {unet.dropout: {low: 0, high: 0.5}}")


def _unseen(_what: str, _total: int, _unit: str) -> AbstractContextManager[Progress]:
    """Progress that nobody looks at."""
    return nullcontext(lambda _done, _total: None)


def run_tuning(
    recipe: Recipe, space: SearchSpace, config: TuneConfig, *, storage: str, study: str, show: Show = _unseen
) -> Tuned:
    """Search `space` around `recipe` until the study has all its trials; what of them is in `storage` is not repeated.

    Trials learn from labels alone, without the recipe's rounds of self-training. The study's name is its own: another
    recipe or space under the same name is an InputError, see `tune`. To `show`
    progress is given what is done, to how many, and what one of them is called; `iar.terminal.counting_bar` does.
    """
    check_space(recipe, space)
    with TemporaryDirectory(prefix="iar-tune-") as place:  # in memory they would be too many for a Dask worker
        with show("gathering", 0, "example") as report:
            labelled = recipe.sources.model_copy(update={"unlabelled_first": None, "unlabelled_last": None})
            examples = gather_examples(labelled, step=recipe.unet.step, folder=Path(place) / "examples", report=report)
        objective, about = fold_objective(recipe, examples), recipe.model_dump_json()
        with show("tuning", wanted_trials(space, config), "trial") as report:
            return tune(objective, space, storage=storage, study=study, config=config, about=about, report=report)


def rest_of_grid(tuned: Tuned, space: SearchSpace, config: TuneConfig) -> str:
    """What of a grid is left, and how long that would take in one process; nothing where nothing is."""
    left = space.points - len(tuned.trials) if config.sampler == "grid" else 0
    if left <= 0 or not tuned.trials:
        return ""
    each_s = fmean(trial.seconds for trial in tuned.trials)
    return f", of {space.points} of the grid: the other {left} take some {duration(left * each_s)} at this pace"


def draw_tuning(tuned: Tuned, folder: Path) -> list[Path]:
    """Draw how the best loss fell, and which parameter decided, to two files in `folder`; returns their paths."""
    from iar.plots.tuning import plot_history, plot_importance

    folder.mkdir(parents=True, exist_ok=True)
    value = np.array([trial.value for trial in tuned.trials])
    pruned = np.array([trial.pruned for trial in tuned.trials])
    history = partial(plot_history, value, pruned, quantity="loss on held-out months")
    importance = partial(plot_importance, list(tuned.importance), np.array(list(tuned.importance.values())))
    draw(history, folder / HISTORY)
    draw(importance, folder / IMPORTANCE)
    return [folder / HISTORY, folder / IMPORTANCE]
