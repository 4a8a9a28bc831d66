"""Fields of the flows' forms: each with a title, a description, and what it allows.

Prefect makes the form of a flow's signature, and would take the parameter's name as title and no description. The
table is of all flows, in their order; a field of a recipe allows what the recipe allows.
"""

import datetime as dt
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from iar.learning.retraining import GIVEN, Recipe
from iar.learning.training.losses import LossName
from iar.learning.training.optimisers import OptimiserName

Text = Annotated[str | None, AfterValidator(lambda text: text or None)]
"""Text, or nothing: a form that was emptied sends an empty one."""


def field(title: str, description: str, *, place: bool = False, **limits: Any) -> Any:
    """Field of a form. A `place` takes no password: the server refuses the run, so that it is not even stored."""
    pattern = {"pattern": r"^(?:[^@]*|[^:@]+://[^:@/]+@[^@]*)$"} if place else {}
    shown = {"title": title, "description": description, **pattern}
    return Field(description=description, json_schema_extra=shown, **limits)


def recipe_field(name: str, title: str, description: str, **limits: Any) -> Any:
    """Field for one of a recipe's, by its name in `GIVEN`: what it allows is what the recipe allows, unless it is said.

    Left empty, it is as the preset has it.
    """
    *outer, last = GIVEN[name].split(".")
    kind: Any = Recipe
    for part in outer:
        kind = kind.model_fields[part].annotation
    bounds = {
        bound: getattr(one, bound)
        for one in kind.model_fields[last].metadata
        for bound in ("ge", "gt", "le", "lt")
        if hasattr(one, bound)
    }
    return field(title, f"{description}; else as the preset", **bounds | limits)


ArchiveUrl = Annotated[str, field("Archive", "folder or URL of the archive", place=True, min_length=1)]
RegistryPlace = Annotated[
    str, field("Registry", "of networks: a folder, or an MLflow server", place=True, min_length=1)
]
ChampionOf = Annotated[
    Text, field("Registry", "whose champion is used; without one, the network that iar ships", place=True)
]
BundleFolder = Annotated[Text, field("Bundle", "folder of a network, instead of a registry's champion")]
FirstNight = Annotated[dt.date | None, field("First night", "named by the date of its evening")]
LastNight = Annotated[dt.date | None, field("Last night", "it belongs to the range")]

# ingest_hours
Inbox = Annotated[str, field("Inbox", "folder that hour files come into", min_length=1)]
StationName = Annotated[
    Text, field("Station", "name or YAML file of the station; empty: the archive's own, or Eskdalemuir")
]
Settling = Annotated[float, field("Settling time", "s; a file written less than this ago waits for the next run", ge=0)]

# find_fringes, backfill
PictureFolder = Annotated[Text, field("Pictures", "folder for a PNG of each night; the quick-look needs none")]
ListedNights = Annotated[
    list[dt.date] | None, field("Nights", "only these, whatever the range says: those that got new hours")
]
HolesFile = Annotated[Text, field("Holes", "CSV of damaged nights that check_archive wrote: only those, made anew")]

# completeness
Injections = Annotated[int, field("Fans", "laid over the archive's own noise, and looked for", ge=1, le=100_000)]
OverCounts = Annotated[
    float, field("Over counts", "share of the fans over nights that goes through the whole chain", ge=0, le=1)
]
TrialSeed = Annotated[int, field("Seed", "the same one lays the same fans", ge=0, lt=2**31)]

# check_archive
HolesOut = Annotated[Text, field("Holes", "CSV to write damaged nights to, which a backfill takes")]
SilentAfter = Annotated[float, field("Silent after", "h without a sample after which that is reported", gt=0)]
DriftLimit = Annotated[float, field("Drift", "dB that the background of a channel may move in a week", gt=0)]

# retrain, tune
Preset = Annotated[
    Literal["light", "x-unet", "k-unet"], field("Preset", "network to begin with: ours, or one of the dissertation's")
]
RecipeFile = Annotated[Text, field("Recipe", "YAML file over the preset, as `iar recipe` prints it")]
Nights = Annotated[int | None, recipe_field("nights", "Nights", "simulated ones to learn from")]
Epochs = Annotated[int | None, recipe_field("epochs", "Epochs", "passes over the examples")]
Seed = Annotated[int | None, field("Seed", "of the examples, the weights and the search", ge=0, lt=2**31)]
Loss = Annotated[Literal["as the preset", LossName], field("Loss", "what is made small")]
Optimiser = Annotated[Literal["as the preset", OptimiserName], field("Optimiser", "how a step follows from the slope")]
LearningRate = Annotated[float | None, recipe_field("learning_rate", "Learning rate", "at its peak")]
Folds = Annotated[int | None, recipe_field("folds", "Folds", "of the cross-validation; 0: none")]
Rounds = Annotated[
    int | None, recipe_field("self_training_rounds", "Rounds of self-training", "from what the network itself finds")
]
FrozenNights = Annotated[
    int | None,
    recipe_field(
        "evaluation_nights",
        "Frozen nights",
        "to be judged on, as many as the champion was, or the two cannot be compared",
    ),
]
RealArchive = Annotated[Text, field("Archive", "of the real nights to learn from, if any", place=True)]
Curated = Annotated[Text, field("Curated", "CSV of good nights in it: night,verdict,who,why")]
Drawn = Annotated[Text, field("Drawn", "folder of masks that people drew, of nights in it")]
Labels = Annotated[
    Text,
    recipe_field("labels", "Labels", "of people, in it: latest, or a version as `iar labels list` says it"),
]
Space = Annotated[
    Literal["dissertation-1", "dissertation-2"],
    field("Space", "1: batch, learning rate, optimiser; 2: dropout, initialiser"),
]
SpaceFile = Annotated[Text, field("Space file", "YAML file of parameters and their values, instead of these two")]
Study = Annotated[
    str, field("Study", "its name; one that is there goes on", pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,60}$")
]
Sampler = Annotated[Literal["tpe", "grid", "random"], field("Sampler", "how the next parameters are chosen")]
Pruner = Annotated[Literal["none", "hyperband"], field("Pruner", "hyperband ends hopeless trials early")]
Trials = Annotated[int | None, field("Trials", "of the whole study; empty: all points of a grid", ge=1, le=10_000)]
TuneFolds = Annotated[int | None, recipe_field("folds", "Folds", "of the cross-validation", ge=2)]
Storage = Annotated[
    Text,
    field("Storage", "of the trials: a database, as postgresql://host/iar; empty: a file in the registry", place=True),
]
AtOnce = Annotated[int, field("Trials at once", "processes that share the trials, a core or GPU each", ge=1, le=64)]


def plain_form(schema: dict[str, Any]) -> dict[str, Any]:
    """Schema of a flow's parameters in which what may be left empty is an empty field of its own type.

    Prefect's page would show a switch between the type and None, with None chosen and no field. Its server takes null
    for whatever is not required and has no default.
    """
    return {**schema, "properties": {name: _plain(one) for name, one in schema["properties"].items()}}


def _plain(schema: dict[str, Any]) -> dict[str, Any]:
    kinds = schema.get("anyOf", [])
    if len(kinds) != 2 or {"type": "null"} not in kinds or schema.get("default") is not None:
        return schema
    (kind,) = (one for one in kinds if one != {"type": "null"})
    return kind | {name: value for name, value in schema.items() if name not in {"anyOf", "default"}}
