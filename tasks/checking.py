"""Is the archive whole, fresh and as it was? What is found becomes a table, a file, and events."""

import datetime as dt
from pathlib import Path

from prefect.artifacts import create_table_artifact
from prefect.client.orchestration import get_client

from iar.archive.manifest import DamagedManifest
from iar.archive.reader import Reader
from iar.archive.store import Archive
from iar.errors import InputError
from iar.upkeep.coverage import hole_ranges, manifest_coverage
from iar.upkeep.drift import find_drift
from iar.upkeep.faults import Fault, night_faults, write_faults
from iar.upkeep.freshness import silence_h
from tasks.behaviour import Batch, check_failures, compute_task, pack, run_batch
from tasks.names import DRIFT, HOLES, SILENT
from tasks.pages import link, tell_event
from tasks.planning import BATCHES
from tasks.slots import find_stuck

MOST_ROWS = 100
"""Rows of the table of findings; a file holds all."""
LEAST_LOOKS = 20
"""Nights of a batch that are looked at."""


@compute_task
def plan_looks(archive: str) -> list[Batch]:
    """Batches of the nights of the archive."""
    return pack(archive, Reader(archive).nights(), batches=BATCHES, least=LEAST_LOOKS)


@compute_task
def look_at_nights(batch: Batch) -> Batch:
    """Damage of each night of the batch, as a batch of faults."""
    archive, faults = Archive(batch.archive), list[Fault]()

    def look(night: dt.date) -> None:
        """Look at a night; again, with its lock, where something is wrong: who is writing it has finished by then."""
        if night_faults(archive, night):
            with archive.locked(night):
                faults.extend(night_faults(archive, night))

    done = run_batch(batch, look)
    return Batch(batch.archive, tuple(faults), done.failures)


@compute_task
def list_damage(archive: str, batches: list[Batch], out: str | None) -> list[str]:
    """Damage in words; all of it in a file, too, which `backfill` takes; an event if there is any.

    Raises
    ------
    InputError
        If the file is to lie at a URL.
    """
    if out is not None and "://" in out:
        raise InputError(
            f"out: {out} is a URL: damaged nights are listed in a file that backfills of this machine read"
        )
    faults = sorted((fault for batch in batches for fault in batch.jobs), key=lambda fault: fault.night)
    if out is not None:
        write_faults(faults, Path(out))
    if faults:
        nights = sorted({str(fault.night) for fault in faults})
        tell_event(HOLES, archive, nights=len(nights), first_night=nights[0], last_night=nights[-1], file=out)
    return [str(fault) for fault in faults]


@compute_task
def find_gaps(archive: str) -> list[str]:
    """Nights of the future, without data, or without a verdict, in words; damaged manifests are reported elsewhere."""
    store, now = Reader(archive), today()
    ahead = [night for night in store.nights() if night > now]
    wrong = [f"{len(ahead)} nights of the future, {ahead[-1]} the last: their files have wrong times"] if ahead else []
    seen = [store.look(night) for night in store.nights() if night <= now]
    covered = [manifest_coverage(one, store.channels) for one in seen if not isinstance(one, DamagedManifest)]
    undone = [one.night for one in covered if "counts" in one.stages and one.verdict is None]
    late = [f"{len(undone)} nights without a verdict, {undone[0]} the first: `iar backfill` finds it"] if undone else []
    return [*wrong, *late, *(str(hole) for hole in hole_ranges(covered))]


def today() -> dt.date:
    """Date in UTC: the night that is named by it has begun, or will within hours."""
    return dt.datetime.now(dt.UTC).date()


@compute_task
def find_silence(archive: str, silent_h: float) -> list[str]:
    """Time since the last sample, in words, if it is longer than `silent_h` hours: then it is an event, too."""
    hours = silence_h(Reader(archive), dt.datetime.now(dt.UTC))
    if hours is None or hours <= silent_h:
        return []
    tell_event(SILENT, archive, hours=round(hours, 1), limit_h=silent_h)
    return [f"no data for {hours:.1f} h"]


@compute_task
def find_drifts(archive: str, drift_db: float) -> list[str]:
    """What moved in the last week, in words; an event if anything did."""
    drift = find_drift(Reader(archive), today())
    found = drift.findings(limit_db=drift_db) if drift else []
    if found:
        tell_event(DRIFT, archive, findings=found)
    return found


@compute_task
def find_stuck_slots() -> list[str]:
    """Slots of limits that are counted and that nobody holds, in words."""
    with get_client(sync_client=True) as client:
        stuck = find_stuck(client)
    return [
        f"{one.slots - one.used} of {one.label} are held by nobody: `iar doctor --mend` frees them"
        for one in stuck
        if one.slots > one.used
    ]


@compute_task
def publish_findings(looked: list[Batch], **found: list[str]) -> int:
    """Table of all findings, by what they are about, as an artifact; returns how many there are.

    Raises
    ------
    RuntimeError
        If a night could not be looked at: after everything else was.
    """
    rows = [{"what": what, "finding": line} for what, lines in found.items() for line in lines]
    summary = f"{len(rows)} findings; {link('quick-look')}" if rows else f"all is well; {link('quick-look')}"
    create_table_artifact(rows[:MOST_ROWS], key="findings", description=summary)
    check_failures(looked)
    return len(rows)
