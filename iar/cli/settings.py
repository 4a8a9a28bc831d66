"""Commands that print settings as YAML, every field with its meaning."""

from pathlib import Path
from typing import Annotated

import typer

from iar.terminal import say

app = typer.Typer()


@app.command("station")
def print_station(
    station: Annotated[str, typer.Argument(help="Built-in station, or a YAML file.")] = "eskdalemuir",
    archive: Annotated[
        str | None,
        typer.Option(help="Give this archive the calibration of the station, in place of the one that it has."),
    ] = None,
) -> None:
    """Print a station as YAML, to change and give to --station. It says what each field means and allows."""
    from iar.settings import load_station, settings_yaml

    where = load_station(station)
    if archive is None:
        typer.echo(settings_yaml(where), nl=False)
        return
    from iar.stages.creation import recalibrate

    changed, nights = recalibrate(archive, where)
    span = f" ({changed[0]} to {changed[-1]})" if changed else ""
    say(f"{archive} has the calibration of {station} now; it is another for {len(changed)} of {nights} night(s){span}")
    if changed:
        say("`iar process` makes those anew, from the samples that are there")


@app.command("processing")
def print_processing(
    file: Annotated[Path | None, typer.Argument(help="YAML file; the defaults without one.")] = None,
) -> None:
    """Print the processing as YAML, for --processing. It says what each field means and allows."""
    from iar.settings import load_processing, settings_yaml

    typer.echo(settings_yaml(load_processing(file)), nl=False)
