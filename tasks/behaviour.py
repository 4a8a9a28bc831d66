"""How every task behaves: cache, retries, tags. The one place that decides.

Nothing is cached by Prefect, and no result is stored: the manifests know what is done, across runs and machines, and
cannot be fooled by a model that changed; and a result storage that is full would roll back a task whose work is sealed.
Only trouble with files or the network is tried again; a wrong input stays wrong.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, ParamSpec, TypeVar

from prefect import Task, runtime, task
from prefect.artifacts import create_table_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from prefect.futures import PrefectFuture, as_completed
from prefect.tasks import exponential_backoff

from iar.errors import InputError, kind_and_line
from iar.workers.jobs import run_jobs
from iar.workers.versions import OURS
from tasks.names import GPU

RETRIES = 2
MOST_LISTED = 10
"""Failures that an error lists; all of them are in its table on the page."""

P = ParamSpec("P")
R = TypeVar("R")


async def _is_io_trouble(_task: Any, _run: TaskRun, state: State[Any]) -> bool:
    try:
        await state.aresult()
    except OSError:
        return True
    except Exception:  # noqa: BLE001 - any other error is not worth a second try
        return False
    return False


def compute_task(function: Callable[P, R]) -> Task[P, R]:
    """Make a function a task that runs on any worker."""
    return _make_task(function, tags=())


def gpu_task(function: Callable[P, R]) -> Task[P, R]:
    """Make a function a task that runs the network.

    The tag lets the server run few at once, where a GPU is; without one the same code runs on the CPU.
    """
    return _make_task(function, tags=(GPU,))


def _make_task(function: Callable[P, R], tags: Sequence[str]) -> Task[P, R]:
    decorate = task(
        tags=tags,
        cache_policy=NO_CACHE,
        persist_result=False,
        retries=RETRIES,
        retry_delay_seconds=exponential_backoff(backoff_factor=5),
        retry_jitter_factor=0.5,
        retry_condition_fn=_is_io_trouble,
    )
    return decorate(function)


@dataclass(frozen=True)
class Batch:
    """Reference that tasks hand on: an archive, the jobs of it that are well so far, and what failed."""

    archive: str
    jobs: tuple[Any, ...]
    failures: tuple[str, ...] = ()
    made_by: str = field(default=OURS, compare=False)
    """Versions of who made it: a worker of others would seal what they compute."""


def run_batch(batch: Batch, work: Callable[[Any], object]) -> Batch:
    """Do `work` on each job of a batch, here and now; a job that fails leaves the batch, the others go on.

    Raises
    ------
    InputError
        If this worker is made of other versions than who sent the batch.
    OSError
        If files or the network were the trouble of a job, and the task has a try left: what is sealed by then is not
        done again.
    """
    if batch.made_by != OURS:
        raise InputError(f"this worker is made of {OURS}, and the flow of {batch.made_by}: install the same on both")
    trouble: list[OSError] = []

    def watched(job: Any) -> object:
        """Work on one job, and remember trouble with files or the network."""
        try:
            return work(job)
        except OSError as error:
            trouble.append(error)
            raise

    outcomes = list(run_jobs(watched, batch.jobs, workers=1))
    if trouble and (runtime.task_run.run_count or RETRIES + 1) <= RETRIES:
        raise trouble[0]
    well = tuple(outcome.job for outcome in outcomes if outcome.error is None)
    failed = tuple(f"{outcome.job}: {outcome.error}" for outcome in outcomes if outcome.error is not None)
    return Batch(batch.archive, well, batch.failures + failed)


def pack(archive: str, jobs: Sequence[Any], *, batches: int, least: int = 1) -> list[Batch]:
    """Split jobs into at most `batches` batches of like size, in order; of at least `least` jobs, if there are."""
    count = min(batches, max(len(jobs) // least, 1))
    edges = [len(jobs) * number // count for number in range(count + 1)]
    return [Batch(archive, tuple(jobs[i:j])) for i, j in pairwise(edges) if i < j]


def collect(futures: Sequence[PrefectFuture[Batch]], planned: Sequence[Batch]) -> Iterator[Batch]:
    """Batches as they end, of the futures of what was `planned`; of one whose task was lost, every job has failed."""
    jobs = {future.task_run_id: batch for future, batch in zip(futures, planned, strict=True)}
    for future in as_completed(list(futures)):
        try:
            yield future.result()
        except Exception as error:  # noqa: BLE001 - whatever it was, it is reported at the end, by check_failures
            lost, reason = jobs[future.task_run_id], future.state.message or kind_and_line(error)
            yield Batch(lost.archive, (), (*lost.failures, *(f"{job}: {reason}" for job in lost.jobs)))


class FailedJobsError(RuntimeError):
    """Jobs failed, after all the others were done; of many it tells the first, and `failures` has all."""

    def __init__(self, failures: Sequence[str]) -> None:
        super().__init__(failures)
        self.failures = tuple(failures)

    def __str__(self) -> str:
        more = f"; and {len(self.failures) - MOST_LISTED} more" if len(self.failures) > MOST_LISTED else ""
        return f"{len(self.failures)} failed: " + "; ".join(self.failures[:MOST_LISTED]) + more


def check_failures(batches: Iterable[Batch]) -> None:
    """Raise a FailedJobsError of what failed in any batch; all of it is an artifact, too."""
    failures = [failure for batch in batches for failure in batch.failures]
    if not failures:
        return
    rows = [{"failed": failure} for failure in failures]
    create_table_artifact(rows, key="failures", description=f"{len(failures)} failed")
    raise FailedJobsError(failures)
