"""The stages of a night as tasks: those that follow each other in the same place are one, since a task costs time."""

from functools import partial
from itertools import groupby

from prefect import Task

from iar.archive.store import Archive
from iar.settings import load_processing
from iar.stages.network import network_folder
from iar.stages.pipeline import computed
from iar.stages.process import run_stages
from iar.stages.stage import Setup, Stage
from tasks.behaviour import Batch, compute_task, gpu_task, run_batch


def _leg(place: str, stages: tuple[Stage, ...]) -> Task[[Batch, str | None], Batch]:
    """Task that runs some stages on each night of a batch."""

    def run(batch: Batch, network: str | None = None) -> Batch:
        """Those of its stages that are not sealed, by the network of that name or the shipped one."""
        setup = Setup(load_processing(), network_folder(network))
        return run_batch(batch, partial(run_stages, Archive(batch.archive), setup=setup, stages=stages))

    made = gpu_task(run) if place == "gpu" else compute_task(run)
    return made.with_options(name=", ".join(stage.name for stage in stages))


LEGS = tuple(_leg(place, tuple(stages)) for place, stages in groupby(computed(), key=lambda stage: stage.place))
"""From counts to verdict, to be run one after the other: apart only where the network runs, which may be a GPU."""
