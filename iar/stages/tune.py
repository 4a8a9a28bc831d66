"""A search for the settings of a training: examples once, trials in a database, two pictures and a table at the end."""

from functools import partial
from pathlib import Path

import numpy as np

from iar.errors import InputError
from iar.learning.retraining import Recipe
from iar.learning.space import SPACES, SearchSpace, TuneConfig
from iar.learning.tuning import Tuned, check_space, fold_objective, tune
from iar.settings import load_settings
from iar.stages.examples import gather_examples
from iar.stages.picture import draw

HISTORY, IMPORTANCE = "history.png", "importance.png"


def read_space(name_or_file: str) -> SearchSpace:
    """Space of that name, or in a YAML file; an InputError if it is neither."""
    if name_or_file in SPACES:
        return SPACES[name_or_file]
    if not Path(name_or_file).is_file():
        raise InputError(f"space {name_or_file!r} is neither of {', '.join(SPACES)} nor a file")
    return load_settings(Path(name_or_file), SearchSpace, example="parameters: {unet.dropout: {low: 0, high: 0.5}}")


def run_tuning(recipe: Recipe, space: SearchSpace, config: TuneConfig, *, storage: str, study: str) -> Tuned:
    """Search `space` around `recipe` until the study has all its trials; what of them is in `storage` is not repeated.

    The study's name is its own: another recipe or space under the same name is an InputError, see `tune`.
    """
    check_space(recipe, space)
    examples = gather_examples(recipe.sources, step=recipe.unet.step)
    objective, about = fold_objective(recipe, examples), recipe.model_dump_json()
    return tune(objective, space, storage=storage, study=study, config=config, about=about)


def draw_tuning(tuned: Tuned, folder: Path) -> list[Path]:
    """Draw how the best loss fell, and which parameter decided, to two files in `folder`; returns their paths."""
    from iar.plots.tuning import plot_history, plot_importance

    folder.mkdir(parents=True, exist_ok=True)
    value = np.array([trial.value for trial in tuned.trials])
    pruned = np.array([trial.pruned for trial in tuned.trials])
    history = partial(plot_history, value, pruned, quantity="loss on held-out months")
    share = np.array([tuned.importance[name] for name in tuned.importance])
    importance = partial(plot_importance, list(tuned.importance), share)
    for make, name in ((history, HISTORY), (importance, IMPORTANCE)):
        draw(make, folder / name)
    return [folder / HISTORY, folder / IMPORTANCE]
