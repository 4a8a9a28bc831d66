"""A search for the settings of a training that give the least loss on held-out months, with Optuna."""

from typing import Annotated, Literal

from prefect import flow

from flows.cluster import dask_runner
from flows.forms import Epochs, Nights, Preset, RecipeFile, RegistryPlace, Seed, Text, field
from flows.shell import run_from_shell
from tasks.learning import choose_recipe
from tasks.roots import check_places
from tasks.tuning import choose_search, choose_storage, publish_study, search

Space = Annotated[
    Literal["dissertation-1", "dissertation-2"],
    field("Space", "1: batch, learning rate, optimiser; 2: dropout, initialiser"),
]
SpaceFile = Annotated[Text, field("Space file", "YAML file of parameters and their values, instead of these two")]
Study = Annotated[
    str,
    field("Study", "its name; one that is there goes on", pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,60}$"),
]
Sampler = Annotated[Literal["tpe", "grid", "random"], field("Sampler", "how the next parameters are chosen")]
Pruner = Annotated[Literal["none", "hyperband"], field("Pruner", "hyperband ends hopeless trials early")]
Trials = Annotated[int | None, field("Trials", "of the whole study; empty: all points of a grid", ge=1, le=10_000)]
TuneFolds = Annotated[int | None, field("Folds", "folds of the cross-validation; else as the preset", ge=2, le=100)]
Storage = Annotated[
    Text,
    field("Storage", "of the trials: a database, as postgresql://host/iar; empty: a file in the registry", place=True),
]
AtOnce = Annotated[int, field("Trials at once", "processes that share the trials, a core or GPU each", ge=1, le=64)]


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
    chosen = choose_recipe(recipe, preset, nights=nights, epochs=epochs, folds=folds, seed=seed)
    how = choose_search(sampler=sampler, pruner=pruner, trials=trials, seed=seed or 0)
    where = choose_storage(storage, registry)
    searches = [search.submit(chosen, space_file or space, how, where, study) for _ in range(at_once)]
    done = [one.result() for one in searches]
    return publish_study(where, done[0], registry)


if __name__ == "__main__":
    run_from_shell(tune)
