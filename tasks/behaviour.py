"""How every task behaves: cache, retries, tags. The one place that decides.

Nothing is cached by Prefect: the manifests know what is done, across runs and machines, and cannot be fooled by a
model that changed. Only trouble with files or the network is tried again; a wrong input stays wrong.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, ParamSpec, TypeVar

from prefect import Task, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from prefect.futures import PrefectFuture
from prefect.tasks import exponential_backoff

from iar.workers.jobs import run_jobs

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
    return _make_task(function, tags=("gpu",))


def _make_task(function: Callable[P, R], tags: Sequence[str]) -> Task[P, R]:
    decorate = task(
        tags=tags,
        cache_policy=NO_CACHE,
        retries=2,
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


def run_batch(batch: Batch, work: Callable[[Any], object]) -> Batch:
    """Do `work` on each job of a batch, here and now; a job that fails leaves the batch, the others go on."""
    outcomes = list(run_jobs(work, batch.jobs, workers=1))
    well = tuple(outcome.job for outcome in outcomes if outcome.error is None)
    failed = tuple(f"{outcome.job}: {outcome.error}" for outcome in outcomes if outcome.error is not None)
    return Batch(batch.archive, well, batch.failures + failed)


def pack(archive: str, jobs: Sequence[Any], *, batches: int) -> list[Batch]:
    """Split jobs into at most `batches` batches of like size, in order."""
    size = max(-(-len(jobs) // batches), 1)
    return [Batch(archive, tuple(jobs[i : i + size])) for i in range(0, len(jobs), size)]


def collect(futures: Iterable[PrefectFuture[Batch]]) -> list[Batch]:
    """Wait for batches; one whose task was lost is a batch of that one failure, so that the others are still used."""
    batches = []
    for future in futures:
        try:
            batches.append(future.result())
        except Exception as error:  # noqa: BLE001 - whatever it was, it is told at the end, by check_failures
            batches.append(Batch("", (), (f"task run {future.task_run_id}: {error}",)))
    return batches


def check_failures(batches: Sequence[Batch]) -> None:
    """Raise a RuntimeError that lists what failed in any batch."""
    failures = [failure for batch in batches for failure in batch.failures]
    if failures:
        raise RuntimeError(f"{len(failures)} failed: " + "; ".join(failures))
