"""Commands that show what was found: table, pictures, coverage, a page of nights."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from iar.cli.options import NIGHT, ArchiveUrl, FirstOfAll, LastOfAll, OutFile, ProcessingFile
from iar.cli.ranges import asked_nights, sealed_among, sealed_range
from iar.errors import InputError
from iar.night import parse_night, parse_span
from iar.terminal import counting_bar, end, say, show_coverage, tell_caution

_MOST_LISTED_NIGHTS = 40
_MOST_LISTED_HOLES = 30

app = typer.Typer()


@app.command()
def export(  # noqa: PLR0913, PLR0917 - options of a command, all named
    archive: ArchiveUrl,
    out: OutFile,
    first_night: FirstOfAll = None,
    last_night: LastOfAll = None,
    product: Annotated[
        str,
        typer.Option(
            help="fringes (a row a slot), polarisation, harmonics (each of them), pc1 (each event), schumann."
        ),
    ] = "fringes",
    source: Annotated[
        list[str] | None,
        typer.Option(help="Whose fringes: network (the default) or classical; both may be given, and are told apart."),
    ] = None,
    all_columns: Annotated[
        bool,
        typer.Option(
            "--all-columns", help="With the other estimators, and what a model of the ionosphere makes of it."
        ),
    ] = False,
    ionosphere: Annotated[
        str | None, typer.Option(help="That model: chapman (the default) or iri (needs PyIRI); sun of a mean cycle.")
    ] = None,
) -> None:
    """Write the table of fringes, one row a slot, or another one. CSV, Parquet or NetCDF, by the suffix of the file."""
    from iar.results.export import AS_PROMISED, SUFFIXES, Wanted, export_nights
    from iar.results.limits import completeness_caution
    from iar.results.outfile import check_out_file
    from iar.results.products import choose_product, export_product
    from iar.simulation.fringes import parse_ionosphere

    check_out_file(out, SUFFIXES)
    other = choose_product(product)
    if other is not None:
        if source or all_columns or ionosphere is not None:
            raise InputError(f"--source, --all-columns and --ionosphere go with fringes, not with --product {product}")
        store, nights = sealed_range(archive, first_night, last_night, other.stage)
        rows, failed = export_product(store, nights, out, other)
        say(f"exported {rows} rows of {len(nights) - len(failed)} night(s) to {out}")
        end(failed)
        return
    if ionosphere is not None and not all_columns:
        raise InputError(f"--ionosphere {ionosphere} goes with --all-columns, which have what the model makes of it")
    iri = parse_ionosphere(ionosphere or "chapman") == "iri"
    wanted = Wanted(tuple(dict.fromkeys(source or AS_PROMISED.sources)), more=all_columns, iri=iri)
    store, nights = sealed_range(archive, first_night, last_night, "fringes")
    rows, failed = export_nights(store, nights, out, wanted)
    tell_caution(completeness_caution(store, nights) if all_columns else "")
    say(f"exported {rows} slots of {len(nights) - len(failed)} night(s) to {out}")
    end(failed)


@app.command()
def plot(  # noqa: PLR0913, PLR0917 - options of a command, all named
    archive: ArchiveUrl,
    out: OutFile,
    night: Annotated[str | None, typer.Option(metavar=NIGHT, help="Night.")] = None,
    span: Annotated[
        str | None,
        typer.Option(help="Month, YYYY-MM, or year, YYYY: spacings at a glance (--view schumann: its modes)."),
    ] = None,
    view: Annotated[
        str,
        typer.Option(
            help="night, day (as published, upright), residual (the fan, large), steps (of the published detector), "
            "ridges (of harmonics), polarisation, harmonics (in full), pc1, schumann."
        ),
    ] = "night",
    over: Annotated[
        list[str] | None,
        typer.Option(help="Drawn over it: fringes, lines, spots or nothing; may be repeated. Each view has its own."),
    ] = None,
    width_mm: Annotated[
        float | None, typer.Option(help="Width on paper, 84 (a column) to 400; for a screen or a page by default.")
    ] = None,
    processing: ProcessingFile = None,
) -> None:
    """Draw a night, or a month or year of spacings. A night: sun, channels, what was found, effort, spacing."""
    from iar.archive.reader import Reader
    from iar.results.picture import Look, check_picture_file, night_picture, span_picture
    from iar.settings import load_processing

    if night is not None and span is None:
        look = Look(view, tuple(over or ()), width_mm)
        check_picture_file(out)
        settings = load_processing(processing) if processing else None  # else those that the night was sealed with
        night_picture(Reader(archive), parse_night(night), out, look, settings)
        say(f"drew {out}")
    elif span is not None and night is None:
        if view not in {"night", "schumann"} or over or width_mm is not None or processing is not None:
            raise InputError("--view, --over, --width-mm and --processing go with --night, not with --span")
        judged = span_picture(Reader(archive), *parse_span(span), out, view)
        say(f"drew {judged} night(s) to {out}")
    else:
        raise InputError("say what to draw: --night YYYY-MM-DD, or --span with a month or a year")


@app.command()
def coverage(
    archive: ArchiveUrl,
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
    each_night: Annotated[bool, typer.Option("--nights", help="A line a night, however many there are.")] = False,
    out: Annotated[Path | None, typer.Option("--out", help="Draw the calendar to this PNG, SVG or PDF, too.")] = None,
) -> None:
    """Show what the archive holds, and its holes. As a calendar, or night by night."""
    from iar.archive.reader import Reader
    from iar.results.picture import calendar_picture
    from iar.upkeep.coverage import find_holes, hole_ranges, read_coverage

    store = Reader(archive)
    nights = read_coverage(store)
    holes, ranges = find_holes(nights), hole_ranges(nights)
    if out is not None:
        calendar_picture(store, nights, out)
    if as_json:
        coverage = {"nights": [asdict(n) for n in nights], "holes": holes, "hole_ranges": [asdict(r) for r in ranges]}
        coverage["quarantine"] = [entry.model_dump() for entry in store.quarantine()]
        typer.echo(json.dumps({"archive": archive, **coverage}, default=str, indent=1))
        return
    show_coverage(nights, each_night=each_night or len(nights) <= _MOST_LISTED_NIGHTS)
    largest = sorted(ranges, key=lambda hole: hole.lost_nights)[-_MOST_LISTED_HOLES:]
    for hole in sorted(largest, key=ranges.index):
        say(f"  {hole}")
    if len(ranges) > len(largest):
        say(f"  and {len(ranges) - len(largest)} smaller holes, which --json lists")
    for entry in store.quarantine():
        say(f"  in quarantine: {entry.name}: {entry.reason}")
    say(f"{len(nights)} night(s) in {archive}; {len(holes)} not whole")
    if out is not None:
        say(f"drew {out}")


@app.command()
def report(archive: ArchiveUrl, out: OutFile, first_night: FirstOfAll = None, last_night: LastOfAll = None) -> None:
    """Write one page of nights, in HTML. Verdicts, spacings, pictures, coverage; it needs no other file."""
    from iar.archive.reader import Reader
    from iar.results.limits import completeness_caution
    from iar.results.report import check_nights_report_file, write_nights_report

    check_nights_report_file(out)
    store = Reader(archive)
    asked = asked_nights(store, first_night, last_night)
    nights = sealed_among(store, asked, "fringes")
    with counting_bar("reporting", len(nights)) as count:
        failed = write_nights_report(store, nights, out, span=(asked[0], asked[-1]), report=count)
    tell_caution(completeness_caution(store, nights))
    say(f"wrote the report of {len(nights) - len(failed)} night(s): {out}")
    end(failed)
