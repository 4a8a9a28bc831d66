"""Fields of the flows' forms: each with a title, a description, and what it allows.

Prefect makes the form of a flow's signature, and would take the parameter's name as title and no description.
"""

import datetime as dt
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

Text = Annotated[str | None, AfterValidator(lambda text: text or None)]
"""Text, or nothing: a form that was emptied sends an empty one."""


def field(title: str, description: str, *, place: bool = False, **limits: Any) -> Any:
    """Field of a form. A `place` takes no password: the server refuses the run, so that it is not even stored."""
    pattern = {"pattern": r"^(?:[^@]*|[^:@]+://[^:@/]+@[^@]*)$"} if place else {}
    shown = {"title": title, "description": description, **pattern}
    return Field(description=description, json_schema_extra=shown, **limits)


ArchiveUrl = Annotated[str, field("Archive", "folder or URL of the archive", place=True)]
RegistryPlace = Annotated[str, field("Registry", "of networks: a folder, or an MLflow server", place=True)]
ChampionOf = Annotated[
    Text, field("Registry", "whose champion is used; without one, the network that iar ships", place=True)
]
BundleFolder = Annotated[Text, field("Bundle", "folder of a network, instead of a registry's champion")]
FirstNight = Annotated[dt.date | None, field("First night", "named by the date of its evening")]
LastNight = Annotated[dt.date | None, field("Last night", "it belongs to the range")]

Preset = Annotated[
    Literal["light", "x-unet", "k-unet"], field("Preset", "network to begin with: ours, or one of the dissertation's")
]
RecipeFile = Annotated[Text, field("Recipe", "YAML file over the preset, as `iar recipe` prints it")]
Nights = Annotated[int | None, field("Nights", "simulated ones to learn from; else as the preset", ge=0, le=1_000_000)]
Epochs = Annotated[int | None, field("Epochs", "passes over the examples; else as the preset has it", ge=1, le=1000)]
Seed = Annotated[int | None, field("Seed", "of the examples, the weights and the search", ge=0, lt=2**31)]


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
