"""Commands that print settings as YAML, every field with its meaning; and hold a station's against its files."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from iar.cli.options import StationName
from iar.errors import InputError
from iar.terminal import end, say, show_look

if TYPE_CHECKING:
    from iar.settings import Station

app = typer.Typer()


@app.command("station")
def print_station(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[STATION] [FILE]...", help="Built-in station, or a YAML file; files with --check."),
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Read some files or folders as the station says, and tell what they hold.")
    ] = False,
    archive: Annotated[
        str | None,
        typer.Option(help="Give this archive the calibration of the station, in place of the one that it has."),
    ] = None,
    station: StationName = None,
) -> None:
    """Print a station as YAML, to change and give to --station. It says what each field means and allows.

    With --check a station's settings are held against files of it, before anything is ingested.
    """
    from iar.settings import STATIONS, load_station, settings_yaml

    given = list(names or [])
    leads = given and station is None and (given[0] in STATIONS or given[0].endswith((".yaml", ".yml")) or not check)
    name = station or (given.pop(0) if leads else "eskdalemuir")
    where = load_station(name)
    if check and archive:
        raise InputError("--check and --archive are two things: give one of them")
    if check:
        _check(where, given)
    elif given:
        raise InputError(f"{' '.join(given)}: files are looked at with --check only")
    elif archive:
        _recalibrate(archive, name, where)
    else:
        typer.echo(settings_yaml(where), nl=False)


def _check(where: "Station", files: list[str]) -> None:
    from iar.stages.station_check import look_at

    if not files:
        raise InputError("--check: no files are given to hold the station against")
    look = look_at(where, [Path(file) for file in files])
    show_look(look, where)
    end(list(look.unusable))


def _recalibrate(archive: str, name: str, where: "Station") -> None:
    from iar.stages.creation import recalibrate

    changed, nights = recalibrate(archive, where)
    span = f" ({changed[0]} to {changed[-1]})" if changed else ""
    say(f"{archive} has the calibration of {name} now; it is another for {len(changed)} of {nights} night(s){span}")
    if changed:
        say("`iar process` makes those anew, from the samples that are there")


@app.command("processing")
def print_processing(
    file: Annotated[Path | None, typer.Argument(help="YAML file; the defaults without one.")] = None,
) -> None:
    """Print the processing as YAML, for --processing. It says what each field means and allows."""
    from iar.settings import load_processing, settings_yaml

    typer.echo(settings_yaml(load_processing(file)), nl=False)
