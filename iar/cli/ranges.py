"""The nights that a command works on: those of the range asked for that are far enough; and what came of them."""

import datetime as dt
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import typer

from iar.errors import InputError
from iar.night import night_range, nights_within, parse_night
from iar.terminal import run_with_bar

if TYPE_CHECKING:
    from iar.archive.reader import Reader
    from iar.archive.snapshot import Snapshot
    from iar.fringes.climatology import NightFringes

Job = TypeVar("Job")
Result = TypeVar("Result")


def sealed_range(archive: str, first: str | None, last: str | None, stage: str) -> "tuple[Reader, list[dt.date]]":
    """Archive, and its nights in the range that have sealed `stage`; an InputError if there are none."""
    from iar.archive.reader import Reader

    store = Reader(archive)
    return store, sealed_among(store, asked_nights(store, first, last), stage)


def asked_nights(store: "Reader", first: str | None, last: str | None) -> list[dt.date]:
    """Every night from the first to the last; ends that are not given are those of the archive.

    Raises
    ------
    InputError
        If an end is no date, they are the wrong way round, or an archive without nights should say one.
    """
    begin, end = _parsed(first, last)
    if begin is None or end is None:
        there = store.nights()
        if not there:
            raise InputError(f"there are no nights in {store.url}: ingest some first")
        begin, end = begin or there[0], end or there[-1]
    return night_range(begin, end)


def sealed_among(store: "Reader", asked: list[dt.date], stage: str) -> list[dt.date]:
    """Those of the nights `asked` that have sealed `stage`, and a line if they are fewer; an InputError if none."""
    from iar.stages.process import sealed_nights

    sealed = sealed_nights(store, asked, stage)
    if not sealed:
        which = f"night {asked[0]} is not" if len(asked) == 1 else f"none of the nights {asked[0]} to {asked[-1]} is"
        how = "ingest it first" if stage == "counts" else "process it first"
        raise InputError(f"{which} in {store.url} with {stage}: {how}")
    if len(sealed) < len(asked):
        state = "have no counts" if stage == "counts" else "are not there or not processed"
        typer.echo(f"  {len(asked) - len(sealed)} night(s) of the range {state}", err=True)
    return sealed


def within(there: list[dt.date], first: str | None, last: str | None) -> list[dt.date]:
    """Nights of the archive in the range, whose ends are its own where they are not given."""
    return nights_within(there, *_parsed(first, last))


def _parsed(first: str | None, last: str | None) -> tuple[dt.date | None, dt.date | None]:
    return parse_night(first) if first else None, parse_night(last) if last else None


def judged_nights(
    archive: str, first_night: str | None, last_night: str | None
) -> "tuple[Snapshot, list[NightFringes], list[str]]":
    """Nights with a verdict, and what could not be read; an InputError if there is none."""
    from iar.archive.reader import Reader
    from iar.archive.snapshot import Snapshot
    from iar.results.climatology import read_fringes
    from iar.stages.process import sealed_nights

    asked = within(Reader(archive).nights(), first_night, last_night)
    before = Snapshot(archive, asked)
    nights = sealed_nights(before, asked, "fringes")
    if not nights:
        raise InputError(f"none of the {len(asked)} night(s) of {archive} has a verdict: process them first")
    read, failed = work_on("gathering", partial(read_fringes, before), nights, 1)
    return before, read, failed


def work_on(
    what: str, work: Callable[[Job], Result], jobs: Sequence[Job], workers: int | None
) -> tuple[list[Result], list[str]]:
    """Results of `work` on each night, as of `iar.terminal.run_with_bar`, and the failures in words."""
    outcomes = run_with_bar(what, work, jobs, workers)
    failed = [f"{outcome.job}: {outcome.error}" for outcome in outcomes if outcome.error is not None]
    return [outcome.result for outcome in outcomes if outcome.result is not None], failed
