"""What came in."""

from prefect.artifacts import create_table_artifact

from iar.archive.store import Archive
from iar.stages.coverage import night_coverage
from tasks.behaviour import Batch, check_failures, compute_task
from tasks.pages import tell_event

CHANGED = "iar.nights.changed"
"""Event: nights have other counts than before."""


@compute_task
def publish_coverage(archive: str, batches: list[Batch]) -> int:
    """Effort of the nights that were touched as an artifact, and an event if counts changed; returns their number.

    Raises
    ------
    RuntimeError
        If anything failed on the way: lists it, after everything else was done.
    """
    nights = [night_coverage(Archive(batch.archive), night) for batch in batches for night in batch.jobs]
    rows = [{"night": str(n.night), **{name: f"{share:.1%}" for name, share in n.effort.items()}} for n in nights]
    create_table_artifact(rows, key="coverage", description=f"Effort of {len(rows)} nights")
    changed = sorted(night for batch in batches for night in batch.changed)
    if changed:
        tell_event(CHANGED, archive, nights=len(changed), first_night=str(changed[0]), last_night=str(changed[-1]))
    check_failures(batches)
    return len(rows)
