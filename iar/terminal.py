"""What a person sees in the terminal: lines, lists of what went wrong, progress bars, the calendar.

Results go to stdout, all else to stderr; progress is shown only where somebody looks.
"""

import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import typer

if TYPE_CHECKING:
    from iar.records.record import Problem
    from iar.stages.coverage import NightCoverage
    from iar.workers import Outcome

STOPPED = 130
"""Exit status of a command that Ctrl-C ended."""
_SHOWN_PROBLEMS = 20

Job = TypeVar("Job")
Result = TypeVar("Result")


def say(line: str) -> None:
    """Say what was done."""
    typer.echo(line)


def complain(line: str) -> int:
    """Say what the user gave wrong; returns the exit status of that."""
    typer.echo(f"iar: {line}", err=True)
    return 2


def stop_talking() -> None:
    """Say that a person stopped the command, as its last words."""
    warnings.simplefilter("ignore")  # of coroutines that nobody will await now
    complain("stopped: run it again, what is sealed stays")


def end(failures: list[str]) -> None:
    """List what failed, and leave with status 1 if anything did."""
    for failure in failures:
        typer.echo(f"failed: {failure}", err=True)
    if failures:
        raise typer.Exit(1)


def tell_left(files: int, reason: str) -> None:
    """Say how many files were left alone, if any, and why."""
    if files:
        say(f"left {files} file(s) for the next pass: {reason}")


def tell_problems(problems: "list[tuple[str, Problem]]") -> None:
    """Tell on stderr what was wrong with files that gave samples; of very many of a kind, the first."""
    told: Counter[str] = Counter()
    for place, problem in problems:
        if problem.kind != "unreadable":
            told[problem.kind] += 1
            if told[problem.kind] <= _SHOWN_PROBLEMS:
                typer.echo(f"  {place}: {problem.kind}: {problem.detail}", err=True)
    for kind, number in told.items():
        if number > _SHOWN_PROBLEMS:
            typer.echo(f"  {number - _SHOWN_PROBLEMS} more of {kind}: the nights' manifests list them", err=True)


def run_with_bar(
    what: str, work: Callable[[Job], Result], jobs: Sequence[Job], workers: int | None
) -> "list[Outcome[Job, Result]]":
    """Outcomes of `work` on each job, under a progress bar; all cores without a number of `workers`."""
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn

    from iar.workers import available_cores, run_jobs

    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TextColumn("night(s), left"), TimeRemainingColumn())
    outcomes = []
    with _bar(columns, len(jobs)) as update:
        for outcome in run_jobs(work, jobs, workers=workers or available_cores()):
            outcomes.append(outcome)
            update(len(outcomes))
    return outcomes


@contextmanager
def bytes_bar(what: str, size: int) -> Iterator[Callable[[int], None]]:
    """Progress bar of a file of `size` bytes; the function that it gives is told how many were read."""
    from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn

    with _bar(
        (TextColumn(what), BarColumn(), DownloadColumn(), TextColumn("left"), TimeRemainingColumn()), size
    ) as update:
        yield update


@contextmanager
def _bar(columns: tuple[Any, ...], total: int) -> Iterator[Callable[[int], None]]:
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        bar = progress.add_task("", total=total)
        yield lambda done: progress.update(bar, completed=done)


def show_coverage(nights: "list[NightCoverage]", *, each_night: bool) -> None:
    """Print a line a night, or a calendar with a letter a night."""
    from rich.console import Console

    from iar.plots.terminal import calendar_key, effort_bar, effort_calendar
    from iar.stages.coverage import COMPLETE

    if each_night:
        for n in nights:
            bars = "  ".join(f"{name} {effort_bar(share)} {share:4.0%}" for name, share in n.effort.items())
            problems = f"  {n.problems} file(s) with problems" if n.problems else ""
            say(f"{n.night}  {bars}  {n.verdict or 'not processed':<13}{problems}")
        return
    console = Console(soft_wrap=True, highlight=False)
    for line in effort_calendar({n.night: n.effort for n in nights}, list(nights[0].effort), complete=COMPLETE):
        console.print(line)
    console.print(calendar_key())
