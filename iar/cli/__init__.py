"""The command ``iar``: parse, call, say what was done.

Success ends with a line or two and status 0; bad input with one line on stderr and status 2; a run in which some nights
or files failed finishes the others, lists the failures, and exits 1. Heavy imports wait until a command needs them.
"""

import io
import logging
import sys
from collections.abc import Sequence
from importlib.metadata import entry_points
from typing import Annotated, Any

import typer

from iar.cli import climatology, completeness, doctor, drivers, labels, learning, nights, quicklook, results, settings
from iar.cli.options import show_help
from iar.errors import InputError
from iar.surroundings import settled
from iar.terminal import STOPPED, complain, stop_talking
from iar.version import VERSION

app = typer.Typer(
    name="iar", invoke_without_command=True, rich_markup_mode=None, pretty_exceptions_enable=False,
)  # fmt: skip
app.add_typer(nights.app)
app.add_typer(results.app)
app.add_typer(climatology.app)
app.add_typer(completeness.app)
app.add_typer(drivers.app)
app.add_typer(settings.app)
app.add_typer(learning.app)
app.add_typer(quicklook.app)
app.add_typer(labels.app)
app.add_typer(doctor.app)
for _above in entry_points(group="iar.commands"):  # of packages that stand above this one
    app.add_typer(_above.load())


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"iar {VERSION}")
        raise typer.Exit


@app.callback()
def common(
    context: typer.Context,
    _version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Finds ionospheric Alfvén resonances in induction-coil data."""
    show_help(context)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave with its exit status."""
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)  # of reads and writes that an early end left undone
    if isinstance(sys.stdout, io.TextIOWrapper):  # a terminal that cannot show a character shows its number
        sys.stdout.reconfigure(errors="backslashreplace")
    command = _in_words(typer.main.get_command(app))
    try:
        with settled():
            status = command.main(arguments, prog_name="iar", standalone_mode=False)
    except InputError as error:
        status = complain(str(error))
    except KeyboardInterrupt:
        status = STOPPED
    except OSError as error:
        status = complain(f"{error.filename or 'I/O'}: {error.strerror or error}")
    except Exception as error:
        if not hasattr(error, "format_message"):  # Click's own errors know how to say themselves
            raise
        status = complain(error.format_message())
    if status == STOPPED:  # Typer returns it for Ctrl-C
        stop_talking()
    sys.exit(status if isinstance(status, int) else 0)


def _in_words(command: Any) -> Any:
    """A command, or a group with all its commands, whose help says what an option takes as its metavar does.

    Typer's own plain help has no metavars: it names Python's types.
    """
    for part in command.params:
        if part.metavar is not None:
            words = part.metavar if part.opts[0].startswith("-") else ""  # an argument bears it as its name
            part.display_type = lambda _context, words=words: words
    for inner in getattr(command, "commands", {}).values():
        _in_words(inner)
    return command
