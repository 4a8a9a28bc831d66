"""Commands that print settings as YAML, every field with its meaning."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer()


@app.command("station")
def print_station(
    station: Annotated[str, typer.Argument(help="Built-in station, or a YAML file.")] = "eskdalemuir",
) -> None:
    """Print a station as YAML, to change and give to --station. It says what each field means and allows."""
    from iar.settings import load_station, settings_yaml

    typer.echo(settings_yaml(load_station(station)), nl=False)


@app.command("processing")
def print_processing(
    file: Annotated[Path | None, typer.Argument(help="YAML file; the defaults without one.")] = None,
) -> None:
    """Print the processing as YAML, for --processing. It says what each field means and allows."""
    from iar.settings import load_processing, settings_yaml

    typer.echo(settings_yaml(load_processing(file)), nl=False)
