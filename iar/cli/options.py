"""Options that several commands have."""

from pathlib import Path
from typing import Annotated

import typer

ArchiveUrl = Annotated[
    str, typer.Option("--archive", metavar="URL", help="Archive: a folder, or a URL that fsspec understands.")
]
NIGHT = "YYYY-MM-DD"
FirstNight = Annotated[str, typer.Option(metavar=NIGHT, help="First night.")]
FirstOfAll = Annotated[str | None, typer.Option("--first-night", metavar=NIGHT, help="First night; of all by default.")]
LastOfAll = Annotated[str | None, typer.Option("--last-night", metavar=NIGHT, help="Last night; of all by default.")]
Workers = Annotated[int | None, typer.Option(metavar="N", min=1, help="Worker processes; all cores by default.")]
StationName = Annotated[
    str | None, typer.Option("--station", metavar="NAME|FILE", help="Built-in station, or a YAML file.")
]
ProcessingFile = Annotated[
    Path | None,
    typer.Option("--processing", metavar="FILE", help="YAML file of the processing, as `iar processing` prints it."),
]
OutFile = Annotated[Path, typer.Option("--out", metavar="FILE", help="File to write; its suffix decides the format.")]
BundleFolder = Annotated[
    Path | None,
    typer.Option("--bundle", metavar="FOLDER", help="Folder of a network's bundle; the shipped one by default."),
]
ChampionOf = Annotated[
    str | None,
    typer.Option(
        "--registry", metavar="URL", help="Registry of networks, whose champion is meant: a folder, or a server."
    ),
]


def show_help(context: typer.Context) -> None:
    """Show what commands a group has, where none of them was asked for."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
