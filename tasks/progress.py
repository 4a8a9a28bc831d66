"""How far a long run has come, as an artifact on the page."""

from collections.abc import Iterator
from typing import Any, TypeVar

from prefect.artifacts import create_progress_artifact, update_progress_artifact

Item = TypeVar("Item")


def show_progress(items: Iterator[Item], *, total: int) -> Iterator[Item]:
    """Pass `items` on, and move the page's progress bar with each."""
    artifact: Any = create_progress_artifact(progress=0.0, key="progress", description=f"{total} batches of nights")
    for number, item in enumerate(items, start=1):
        update_progress_artifact(artifact_id=artifact, progress=100 * number / total)
        yield item
