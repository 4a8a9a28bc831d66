"""What Prefect does for a task: tries again what may pass, and tells of slots that nobody holds."""

from collections import Counter

import pytest
from prefect import flow
from prefect.client.orchestration import get_client

from iar.errors import InputError
from tasks.behaviour import RETRIES, Batch, collect, compute_task, run_batch
from tasks.checking import find_stuck_slots
from tasks.names import GPU

pytestmark = pytest.mark.usefixtures("prefect_server")


def test_trouble_with_files_is_tried_again_and_wrong_input_is_not():
    tries = Counter[str]()

    def work(job: str) -> None:
        tries[job] += 1
        if job == "lost" or (job == "late" and tries[job] == 1):
            raise OSError(f"{job} cannot be read")
        if job == "wrong":
            raise ValueError("wrong input")

    task = compute_task(lambda batch: run_batch(batch, work)).with_options(name="work", retry_delay_seconds=0)

    @flow
    def try_them() -> Batch:
        return task(Batch("a", ("fine", "late", "lost", "wrong")))

    done = try_them()
    assert done.jobs == ("fine", "late")
    assert done.failures == ("lost: OSError: lost cannot be read", "wrong: ValueError: wrong input")
    assert tries["lost"] == RETRIES + 1
    tries.clear()
    assert task.fn(Batch("a", ("wrong",))).failures == ("wrong: ValueError: wrong input",)
    assert tries["wrong"] == 1


@pytest.mark.parametrize(("trouble", "wanted"), [(OSError, RETRIES + 1), (InputError, 1), (RuntimeError, 1)])
def test_a_task_is_tried_again_after_trouble_with_files_alone(trouble, wanted):
    tries = []

    def plan() -> None:
        tries.append(1)
        raise trouble("it does not work")

    task = compute_task(plan).with_options(retry_delay_seconds=0)

    @flow
    def try_it() -> None:
        task()

    with pytest.raises(trouble):
        try_it()
    assert len(tries) == wanted


def test_a_worker_of_another_version_computes_nothing():
    done = []
    with pytest.raises(InputError, match=r"made of iar .*, and the flow of iar 9\.9 on Python 3\.11: install the same"):
        run_batch(Batch("a", (1,), made_by="iar 9.9 on Python 3.11"), done.append)
    assert done == []


def test_every_job_of_a_batch_that_was_lost_has_failed():
    @compute_task
    def lose(batch: Batch) -> Batch:
        raise MemoryError(f"no room for {batch.archive}")

    @compute_task
    def go_on(batch: Batch) -> Batch:
        return batch

    @flow
    def both() -> list[Batch]:
        planned = [Batch("a", (1, 2)), Batch("b", (3,))]
        first, second = lose.submit(planned[0]), go_on.submit(planned[1])
        return sorted(collect([go_on.submit(first), second], planned), key=lambda batch: batch.archive)

    lost, well = both()
    assert well == Batch("b", (3,))
    assert lost.jobs == ()
    assert [failure[:3] for failure in lost.failures] == ["1: ", "2: "]


def test_slot_that_nobody_holds_is_reported():
    assert find_stuck_slots.fn() == []
    with get_client(sync_client=True) as client:
        client.create_concurrency_limit(GPU, 2)
        try:
            assert find_stuck_slots.fn() == []
            client.increment_concurrency_slots([f"tag:{GPU}"], 1, "concurrency")
            assert find_stuck_slots.fn() == [
                "1 of 2 slot(s) of tag gpu are held by nobody: `iar doctor --mend` frees them"
            ]
        finally:
            client.delete_concurrency_limit_by_tag(GPU)
