"""A search for the settings of a training that give the least loss on held-out months, with Optuna."""

from prefect import flow

from flows.cluster import dask_runner
from flows.forms import (
    AtOnce,
    Epochs,
    Nights,
    Preset,
    Pruner,
    RecipeFile,
    RegistryPlace,
    Sampler,
    Seed,
    Space,
    SpaceFile,
    Storage,
    Study,
    Trials,
    TuneFolds,
)
from flows.shell import run_from_shell
from tasks.learning import read_form
from tasks.roots import check_places
from tasks.tuning import choose_search, choose_storage, publish_study, search


@flow(task_runner=dask_runner())
def tune(  # noqa: PLR0913, PLR0917 - fields of a form, all named
    registry: RegistryPlace,
    study: Study,
    space: Space = "dissertation-1",
    space_file: SpaceFile = None,
    sampler: Sampler = "tpe",
    pruner: Pruner = "none",
    trials: Trials = None,
    at_once: AtOnce = 1,
    preset: Preset = "light",
    recipe: RecipeFile = None,
    nights: Nights = None,
    epochs: Epochs = None,
    folds: TuneFolds = None,
    seed: Seed = None,
    storage: Storage = None,
) -> int:
    """Search a space of settings around a recipe; returns how many trials the study has."""
    check_places(registry=registry, recipe=recipe, space_file=space_file, storage=storage)
    chosen = read_form(recipe, preset, nights=nights, epochs=epochs, folds=folds, seed=seed)
    how = choose_search(sampler=sampler, pruner=pruner, trials=trials, seed=seed or 0)
    where = choose_storage(storage, registry)
    searches = [search.submit(chosen, space_file or space, how, where, study) for _ in range(at_once)]
    done = [one.result() for one in searches]
    return publish_study(where, done[0], registry)


if __name__ == "__main__":
    run_from_shell(tune)
