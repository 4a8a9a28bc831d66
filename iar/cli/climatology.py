"""The command over years of nights: how wide the fringes lie by hour and month, and how often there are any."""

from functools import partial
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from iar.cli.options import ArchiveUrl, FirstOfAll, LastOfAll
from iar.cli.ranges import judged_nights, within, work_on
from iar.errors import InputError
from iar.terminal import end, say, tell_caution

if TYPE_CHECKING:
    from iar.fringes.climatology import Climatology

app = typer.Typer()


@app.command()
def climatology(
    archive: ArchiveUrl,
    first_night: FirstOfAll = None,
    last_night: LastOfAll = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="Table (CSV, Parquet) or picture (PNG, SVG, PDF) to write, too."),
    ] = None,
    product: Annotated[
        str, typer.Option(help="fringes, or schumann: each mode by hour and month, to a CSV or Parquet file.")
    ] = "fringes",
) -> None:
    """Show spacing and occurrence by month. A file has them by year and by hour as well."""
    if product == "schumann":
        _resonances(archive, first_night, last_night, out)
        return
    if product != "fringes":
        raise InputError(f"product {product!r} is none of fringes, schumann")
    from iar.results.climatology import archive_climatology, check_climatology_file, write_climatology
    from iar.results.limits import kept_completeness, looked_with

    if out is not None:
        check_climatology_file(out)
    before, read, failed = judged_nights(archive, first_night, last_night)
    if read:
        report, caution = kept_completeness(before, (looked_with(before.look(one.night)) for one in read))
        found = archive_climatology(before, read, None if caution else report)
        _show_months(found)
        tell_caution(caution)
        if out is not None:
            write_climatology(found, before.station.name, out)
    written = f"; wrote {out}" if out is not None and read else ""
    say(f"{len(read)} night(s) with a verdict in {archive}{written}")
    end(failed)


def _resonances(archive: str, first_night: str | None, last_night: str | None, out: Path | None) -> None:
    """Show the medians of each mode, and write them by hour and month."""
    from iar.archive.reader import Reader
    from iar.results.climatology import TABLES, hourly_resonances, write_table
    from iar.results.outfile import check_out_file
    from iar.schumann.climatology import resonance_climatology
    from iar.stages.process import sealed_nights

    if out is not None:
        check_out_file(out, TABLES)
    store = Reader(archive)
    nights = sealed_nights(store, within(store.nights(), first_night, last_night), "schumann")
    read, failed = work_on("gathering", partial(hourly_resonances, store), nights, 1)
    if not read:
        why = failed[0] if failed else "none was processed"
        raise InputError(f"no night of {archive} has Schumann resonances: {why}")
    found = resonance_climatology(read)
    say("coil  mode  frequency, Hz  amplitude, pT/√Hz      Q")
    for (coil, mode), rows in found.groupby(["channel", "mode"]):
        medians = rows[["frequency_median_hz", "amplitude_median_pt", "q_median"]].median()
        say(f"{coil:>4}  {mode:>4}  {medians.iloc[0]:>13.3f}  {medians.iloc[1]:>17.3f}  {medians.iloc[2]:>5.1f}")
    if out is not None:
        write_table(found, out)
    say(f"{len(read)} night(s) with Schumann resonances in {archive}{f'; wrote {out}' if out is not None else ''}")
    end(failed)


def _show_months(found: "Climatology") -> None:
    """Print a line a month; with the corrected occurrence where completeness is known."""
    more = "corrected  95 % interval  " if "occurrence_corrected" in found.by_month else ""
    say(f"month  nights  fringes  occurrence  95 % interval  {more}spacing, Hz  quartiles, Hz  sigma, Hz")
    for row in found.by_month.reset_index().itertuples():
        counted = f"{row.month:>5}  {row.nights:>6}  {row.nights_with_fringes:>7}"
        often = _share(row, "occurrence", 10)
        wide = f"{row.delta_f_median_hz:>11.3f}  {row.delta_f_lower_hz:>5.3f} to {row.delta_f_upper_hz:.3f}"
        if more:
            often = f"{often}  {_share(row, 'occurrence_corrected', 9)}"
        if not row.nights_with_fringes:
            wide = f"{'-':>11}  {'-':>14}"
        sigma = f"{row.sigma_hz:>9.3f}" if row.nights_with_fringes else f"{'-':>9}"
        say(f"{counted}  {often}  {wide}  {sigma}")


def _share(row: Any, name: str, width: int) -> str:
    """Share of that name and its interval, dashes where there is none."""
    share, low, high = (getattr(row, f"{name}{end}") for end in ("", "_low", "_high"))
    if isnan(share):
        return f"{'-':>{width}}  {'-':>13}"
    return f"{share:>{width}.0%}  {low:>6.0%} to {high:>3.0%}"
