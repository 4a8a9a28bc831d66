"""Batches of nights through all stages."""

from prefect.futures import PrefectFuture

from tasks.behaviour import Batch
from tasks.stages import LEGS


def submit_stages(batch: Batch, network: str | None) -> PrefectFuture[Batch]:
    """Future of a batch that goes through one task after the other, by the network of that name or the shipped one."""
    first, *others = LEGS
    future = first.submit(batch, network)
    for leg in others:
        future = leg.submit(future, network)
    return future
