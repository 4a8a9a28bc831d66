"""Options that several commands have."""

from pathlib import Path
from typing import Annotated

import typer

ArchiveUrl = Annotated[str, typer.Option("--archive", help="Archive: a folder, or a URL that fsspec understands.")]
FirstNight = Annotated[str, typer.Option(help="First night, YYYY-MM-DD.")]
LastNight = Annotated[str, typer.Option(help="Last night, YYYY-MM-DD.")]
Workers = Annotated[int | None, typer.Option(min=1, help="Worker processes; all cores by default.")]
StationName = Annotated[str | None, typer.Option("--station", help="Built-in station, or a YAML file.")]
ProcessingFile = Annotated[
    Path | None, typer.Option("--processing", help="YAML file of the processing, as `iar processing` prints it.")
]
OutFile = Annotated[Path, typer.Option("--out", help="File to write; its suffix decides the format.")]
BundleFolder = Annotated[
    Path | None, typer.Option("--bundle", help="Folder of a network's bundle; the shipped one by default.")
]
ChampionOf = Annotated[
    str | None, typer.Option("--registry", help="Registry of networks, whose champion is meant: a folder, or a server.")
]
