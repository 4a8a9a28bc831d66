"""How far a long run has come, as an artifact on the page."""

import time
from collections.abc import Iterator, Sequence
from typing import Any

from prefect.artifacts import create_progress_artifact, update_progress_artifact

from iar.pace import Pace
from tasks.behaviour import Batch


def show_progress(ended: Iterator[Batch], planned: Sequence[Batch]) -> list[Batch]:
    """All the batches that ended; with each, the page's progress bar moves, and tells nights done and time left."""
    pace = Pace(sum(len(batch.jobs) + len(batch.failures) for batch in planned), time.monotonic())
    begun = 0.0 if pace.total else 100.0  # nothing to do is done
    artifact: Any = create_progress_artifact(
        progress=begun, key="progress", description=pace.in_words(time.monotonic())
    )
    batches = []
    for batch in ended:
        now_s = time.monotonic()
        for failed, jobs in ((False, batch.jobs), (True, batch.failures)):
            for _ in jobs:
                pace.count(now_s, failed=failed)
        share = 100 * pace.done / pace.total if pace.total else 100.0
        update_progress_artifact(artifact_id=artifact, progress=share, description=pace.in_words(now_s))
        batches.append(batch)
    return batches
