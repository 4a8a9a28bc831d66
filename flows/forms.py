"""Fields that the forms of several flows share: each with a title, a description, and what it allows."""

import datetime as dt
from typing import Annotated

from pydantic import Field

_NO_PASSWORD = {"pattern": r"^(?:[^@]*|[^:@]+://[^:@/]+@[^@]*)$"}
"""Of places: Prefect's server refuses a run whose parameters do not match, so a password is not even stored."""

ArchiveUrl = Annotated[
    str, Field(title="Archive", description="folder or URL of the archive", json_schema_extra=_NO_PASSWORD)
]
RegistryPlace = Annotated[
    str,
    Field(
        title="Registry",
        description="registry of networks: a folder, or an MLflow server",
        json_schema_extra=_NO_PASSWORD,
    ),
]
ChampionOf = Annotated[
    str | None,
    Field(
        title="Registry",
        description="registry whose champion is used; null: the network that iar ships",
        json_schema_extra=_NO_PASSWORD,
    ),
]
BundleFolder = Annotated[
    str | None, Field(title="Bundle", description="folder of a network, instead of a registry's champion")
]
FirstNight = Annotated[dt.date | None, Field(title="First night", description="named by the date of its evening")]
LastNight = Annotated[dt.date | None, Field(title="Last night", description="it belongs to the range")]
