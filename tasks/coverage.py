"""What came in."""

import datetime as dt

from prefect.artifacts import create_table_artifact

from iar.archive.reader import Reader
from iar.upkeep.coverage import night_coverage
from tasks.behaviour import Batch, check_failures, compute_task
from tasks.names import CHANGED
from tasks.pages import tell_event

DAY = dt.timedelta(days=1)


@compute_task
def publish_coverage(archive: str, batches: list[Batch]) -> int:
    """Effort of the nights that were touched as an artifact, an event if any waits for spectra; returns their number.

    Which do is read from the manifests: neither a second try nor a run that died forgets one. The nights beside them
    are named as well, since spectra reach over the border of a night.

    Raises
    ------
    RuntimeError
        If anything failed on the way: lists it, after everything else was done.
    """
    nights = [night_coverage(Reader(batch.archive), night) for batch in batches for night in batch.jobs]
    rows = [{"night": str(n.night), **{name: f"{share:.1%}" for name, share in n.effort.items()}} for n in nights]
    create_table_artifact(rows, key="coverage", description=f"Effort of {len(rows)} nights")
    waiting = [one.night for one in nights if "counts" in one.stages and "spectra" not in one.stages]
    if waiting:
        touched = {night + days * DAY for night in waiting for days in (-1, 0, 1)}
        tell_event(CHANGED, archive, nights=[str(night) for night in sorted(touched)])
    check_failures(batches)
    return len(rows)
