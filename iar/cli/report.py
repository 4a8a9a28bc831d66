"""The command that makes one page of a range of nights."""

import typer

from iar.cli.options import ArchiveUrl, FirstNight, LastNight, OutFile
from iar.cli.ranges import sealed_range
from iar.night import parse_night
from iar.terminal import end, say

app = typer.Typer()


@app.command()
def report(archive: ArchiveUrl, first_night: FirstNight, last_night: LastNight, out: OutFile) -> None:
    """Write one page of nights, in HTML. Verdicts, spacings, pictures, coverage; it needs no other file."""
    from iar.stages.report import check_nights_report_file, write_nights_report

    check_nights_report_file(out)
    store, nights = sealed_range(archive, first_night, last_night, "fringes")
    failed = write_nights_report(store, nights, out, span=(parse_night(first_night), parse_night(last_night)))
    say(f"wrote the report of {len(nights) - len(failed)} night(s): {out}")
    end(failed)
