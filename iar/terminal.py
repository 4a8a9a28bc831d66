"""What a person sees in the terminal: lines, lists of what went wrong, progress bars, the calendar.

Results go to stdout, all else to stderr; progress is shown only where somebody looks.
"""

import contextvars
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial
from threading import Event, Thread
from typing import TYPE_CHECKING, Any, TypeVar

import typer

from iar.errors import printable
from iar.pace import LINE_EVERY_S, Pace

if TYPE_CHECKING:
    from iar.detection.bundle import Card
    from iar.records.finding import PassedOver
    from iar.records.record import Problem
    from iar.settings import Station
    from iar.stages.intake import FileState
    from iar.stages.station_check import StationLook
    from iar.upkeep.coverage import NightCoverage
    from iar.workers.crew import Outcome

STOPPED = 130
"""Exit status of a command that Ctrl-C ended."""
_SHOWN_PROBLEMS = 20

Job = TypeVar("Job")
Result = TypeVar("Result")


def say(line: str) -> None:
    """Say what was done."""
    typer.echo(printable(line))


def complain(line: str) -> int:
    """Say what the user gave wrong; returns the exit status of that."""
    typer.echo(f"iar: {printable(line)}", err=True)
    return 2


def stop_talking() -> None:
    """Say that a person stopped the command, as its last words."""
    warnings.simplefilter("ignore")  # of coroutines that nobody will await now
    complain("stopped: run it again, what is sealed stays")


def end(failures: list[str]) -> None:
    """List what failed, and leave with status 1 if anything did."""
    for failure in failures:
        typer.echo(f"failed: {printable(failure)}", err=True)
    if failures:
        raise typer.Exit(1)


def tell_caution(line: str) -> None:
    """Say on stderr what a reader of the result should know, if there is anything."""
    if line:
        typer.echo(f"  {printable(line)}", err=True)


def tell_left(files: int, reason: str) -> None:
    """Say how many files were left alone, if any, and why."""
    if files:
        say(f"left {files} file(s) for the next pass: {reason}")


def tell_band(carried_hz: tuple[float, float], high_hz: float, rate_hz: float) -> None:
    """Say which part of the band samples of that rate carry, where that is not all up to `high_hz`."""
    low_hz, carried = carried_hz
    if carried < high_hz:
        say(f"samples at {rate_hz:g} Hz carry {low_hz:.1f} to {carried:.1f} Hz: above that density is missing")


def tell_passed_over(passed: "Sequence[PassedOver]", format_name: str) -> None:
    """Say how many files were passed over, if any, and why, by reason; and which streams in files."""
    from iar.records.finding import NO_RECORD

    for reason, files in Counter(other.reason for other in passed if not other.stream).items():
        why = f"no {format_name} records by their names" if reason == NO_RECORD else reason
        say(f"passed over {files} other file(s): {why}")
    for (stream, reason), files in Counter((other.stream, other.reason) for other in passed if other.stream).items():
        say(f"passed over stream {stream} in {files} file(s): {reason}")


def tell_account(account: "Sequence[FileState]", *, each_file: bool) -> None:
    """Say how many files were known, or, if asked, what became of each."""
    if each_file:
        for file in account:
            say(f"{file.state:<11}  {file.place}{f': {file.reason}' if file.reason else ''}")
    known = sum(file.state == "known" for file in account)
    if known:
        say(f"{known} file(s) were known")


def tell_problems(problems: "list[tuple[str, Problem]]") -> None:
    """Tell on stderr what was wrong with files that gave samples; of very many of a kind, the first."""
    shown: Counter[str] = Counter()
    for place, problem in problems:
        if problem.kind != "unreadable":
            shown[problem.kind] += 1
            if shown[problem.kind] <= _SHOWN_PROBLEMS:
                typer.echo(printable(f"  {place}: {problem.kind}: {problem.detail}"), err=True)
    for kind, number in shown.items():
        if number > _SHOWN_PROBLEMS:
            typer.echo(f"  {number - _SHOWN_PROBLEMS} more of {kind}: the nights' manifests list them", err=True)


def run_with_bar(
    what: str, work: Callable[[Job], Result], jobs: Sequence[Job], workers: int | None, scheduler: str | None = None
) -> "list[Outcome[Job, Result]]":
    """Outcomes of `work` on each night, under a progress bar; where nobody looks at one, with a line every minute.

    `what` is a word that ends in -ing, and in -ed once it is done. All cores are used without a number of `workers`;
    the workers of a running `scheduler` if there is one.
    """
    from iar.workers.cluster import available_cores
    from iar.workers.jobs import run_jobs

    pace, outcomes = Pace(len(jobs), time.monotonic()), []
    with (
        _shown(what, pace) as tell,
        closing(run_jobs(work, jobs, workers=workers or available_cores(), scheduler=scheduler, tell=tell)) as coming,
    ):
        for outcome in coming:
            outcomes.append(outcome)
            pace.count(time.monotonic(), failed=outcome.error is not None)
    return outcomes


@contextmanager
def counting_bar(what: str, total: int, unit: str = "night") -> Iterator[Callable[[int, int], None]]:
    """Progress bar of nights or others, or a line every minute.

    The function that it gives is called with how many are done, of how many: `total` is what is known before. What was
    done before its first call says nothing of the pace.
    """
    pace = Pace(total, time.monotonic(), unit)

    def count(done: int, of: int) -> None:
        """Count up to that many."""
        pace.done = pace.done or max(done - 1, 0)
        pace.count_to(done, of, time.monotonic())

    with _shown(what, pace):
        yield count


@contextmanager
def _shown(what: str, pace: Pace) -> Iterator[Callable[[str], None]]:
    """Show how it goes: as a bar in a terminal, else as lines; the function that it gives shows one more line."""
    from rich.console import Console

    console = Console(stderr=True)
    if not console.is_terminal:
        did = f"{what.removesuffix('ing')}ed"
        with telling(lambda: f"{did} {pace.in_words(time.monotonic())}"):
            yield partial(typer.echo, err=True)
        return
    from rich.progress import BarColumn, Progress, TextColumn

    class PaceColumn(TextColumn):
        """How far it is by the clock, also between two nights."""

        def render(self, task: Any) -> Any:
            """Text of the column now."""
            task.completed, task.total, task.description = pace.done, pace.total, pace.in_words(time.monotonic())
            return super().render(task)

    columns = (TextColumn(what), BarColumn(), PaceColumn("{task.description}", markup=False))
    with Progress(*columns, console=console, transient=True) as progress:
        progress.add_task("", total=pace.total)
        yield partial(progress.console.print, markup=False, highlight=False, soft_wrap=True)


@contextmanager
def telling(line: Callable[[], str | None]) -> Iterator[None]:
    """A line on stderr every minute, if there is one, so that a log shows life; a shorter run has none.

    `line` is called in a thread, with the context variables of the caller.
    """
    over = Event()

    def speak() -> None:
        """Say how far it is, until it is over."""
        while not over.wait(LINE_EVERY_S):
            said = line()
            if said is not None:
                typer.echo(said, err=True)

    speaker = Thread(target=contextvars.copy_context().run, args=(speak,), daemon=True)
    speaker.start()
    try:
        yield
    finally:
        over.set()
        speaker.join()


@contextmanager
def bytes_bar(what: str, size: int) -> Iterator[Callable[[int], None]]:
    """Progress bar of a file of `size` bytes; the function that it gives is called with how many were read."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn(what), BarColumn(), DownloadColumn(), TextColumn("left"), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        bar = progress.add_task("", total=size)
        yield lambda done: progress.update(bar, completed=done)


def show_coverage(nights: "list[NightCoverage]", *, each_night: bool) -> None:
    """Print a line a night, or a calendar with a letter a night."""
    from rich.console import Console

    from iar.plots.terminal import calendar_key, effort_bar, effort_calendar
    from iar.upkeep.coverage import COMPLETE

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


def show_look(look: "StationLook", station: "Station") -> None:
    """Print what was understood of a station's files as a table, then what a person should look at."""
    from iar.stages.station_check import PLAUSIBLE_PT

    head = f"{'coil':<8}{'stream':<20}{'files':>6}{'rate Hz':>10}"
    say(f"{head}  {'from':<17}{'to':<17}{'there':>6}{'pT/√Hz at 1 Hz':>16}")
    for one in look.streams:
        span = "".join(f"{time.astype('datetime64[m]')!s:<17}" for time in (one.first, one.last))
        whose = f"{one.channel:<8}{one.stream or '-':<20}{one.files:>6}{one.rate_hz:>10.6g}"
        say(f"{whose}  {span}{one.present:>6.0%}{formatted(one.level_pt, '.3g'):>16}")
    counted = station.unit == "counts"
    for name, chain in zip(station.channels, station.chains(look.night), strict=True):
        step = f"{chain.volts_per_count:g} V" if counted else f"{station.value_per_count:g} {station.unit}"
        say(f"{name}: {station.unit}, {step} a count, response {chain.response.kind}")
    low_pt, high_pt = PLAUSIBLE_PT
    say(f"plausible at 1 Hz are {low_pt:g} to {high_pt:g} pT/√Hz")
    hints = [*(f"{one.channel}: {hint}" for one in look.streams for hint in one.hints), *look.hints]
    for hint in hints:
        say(f"look at  {hint}")
    if not hints:
        say("nothing odd was found; which way a coil points, and which is which, its samples alone do not tell")


def show_evaluation(numbers: dict[str, Any]) -> None:
    """Print how good a network is, beside the published detector, as `judgement.summary` has it."""
    ours, theirs = numbers["network"], numbers["classical"]
    say(f"judged on {numbers['nights']} simulated nights, threshold {numbers['threshold']:g}:")
    for label, name, form in (
        ("F1 of fringe pixels", "f1", ".3f"),
        ("precision", "precision", ".3f"),
        ("recall", "recall", ".3f"),
        ("false pixels a night", "false_pixels_a_night", ".1f"),
        ("false nights", "false_nights", ".1%"),
        ("missed nights", "missed_nights", ".1%"),
        ("error of the spacing, median, Hz", "spacing_error_median_hz", ".4f"),
    ):
        say(f"  {label:<34}{formatted(ours.get(name), form):>9}   published {formatted(theirs.get(name), form)}")
    for name, group in numbers["scenarios"].items():
        label, key, form = ("F1", "f1", ".3f") if "f1" in group else ("false nights", "false_nights", ".1%")
        say(f"  {name:<21}{label:>13}{formatted(group[key], form):>9}")
    if spread := numbers.get("spread"):
        for name, share in spread["wrong"].items():
            where = f"where the {spread['networks']} networks spread by {name}"
            say(f"  {where}: {formatted(share, '.2%')} of {spread['pixels'][name]} pixels wrong")
    for name, scores in numbers.get("labelled", {}).items():
        known = f", {scores['learnt_from']} of which it learnt from" if scores["learnt_from"] else ""
        say(f"  {name}: {scores['nights']} labelled nights{known}, F1 {formatted(scores['f1'], '.3f')}")


def show_card(card: "Card") -> None:
    """Print what a person asks first of a network: what it learnt from, and how good it is."""
    say(f"{card.name}: {card.architecture}, learnt from {card.trained_on}")
    if card.labels:
        told = card.labels
        say(f"  labels {told.version} of {told.people} people at {', '.join(told.stations)}: {told.fringes} night(s) "
            f"with fringes, {told.without} without; left out: {told.stale} stale label(s), {told.unsure} unsure "
            f"night(s), {told.trackless} without lines; {told.held_back} night(s) held back")  # fmt: skip
    if card.fold_scores:
        scores = ", ".join(formatted(fold.get("f1"), ".3f") for fold in card.fold_scores)
        say(f"  F1 of {len(card.fold_scores)} fold(s) on months that were held out: {scores}")
    if "network" in card.evaluation:
        show_evaluation({"scenarios": {}, **card.evaluation})
    if "held_back" in card.evaluation:
        say(f"  {card.evaluation['held_back']['words']}")


def formatted(value: float | None, form: str) -> str:
    """Number in that form, or a dash where there is none."""
    return "-" if value is None else format(value, form)
