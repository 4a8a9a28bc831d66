"""Jobs in this process, on a cluster of its own, and on one that somebody else runs."""

import importlib
import os
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from iar.errors import InputError
from iar.workers import crew, jobs
from iar.workers.jobs import run_jobs, run_stream
from tests.clusters import running_cluster


def halve(number: int) -> int:
    if number % 2:
        raise ValueError(f"{number} is odd")
    return number // 2


@pytest.mark.parametrize("workers", [1, pytest.param(2, marks=[pytest.mark.system, pytest.mark.smoke])])
def test_every_job_of_a_list_has_its_result_or_its_error(workers):
    outcomes = {o.job: (o.result, o.error) for o in run_jobs(halve, range(4), workers=workers)}
    assert outcomes == {
        0: (0, None),
        1: (None, "ValueError: 1 is odd"),
        2: (1, None),
        3: (None, "ValueError: 3 is odd"),
    }


@pytest.mark.parametrize("workers", [1, pytest.param(2, marks=pytest.mark.system)])
def test_every_job_of_a_stream_has_its_result_or_its_error(workers):
    outcomes = {
        str(o.job): (o.result, o.error) for o in run_stream(halve, iter(range(4)), workers=workers, in_flight=3)
    }
    assert outcomes == {
        "0": (0, None),
        "1": (None, "ValueError: 1 is odd"),
        "2": (1, None),
        "3": (None, "ValueError: 3 is odd"),
    }


@pytest.mark.system
def test_a_stream_is_drawn_no_further_than_the_jobs_in_flight():
    drawn = 0

    def jobs() -> Iterator[int]:
        nonlocal drawn
        for number in range(0, 40, 2):
            drawn += 1
            yield number

    ended = 0
    for _ in run_stream(halve, jobs(), workers=2, in_flight=3):
        ended += 1
        assert drawn - ended < 3
    assert (drawn, ended) == (20, 20)


def die_at(fatal: int, number: int) -> int:
    if number == fatal:
        os._exit(1)
    return number


def die_once(mark: Path, number: int) -> int:
    if number == 0 and not mark.exists():
        mark.touch()
        os._exit(1)
    return number


def wait_for(mark: Path, number: int) -> int:
    while not mark.exists():
        time.sleep(0.05)
    return number


def left_on(cluster) -> int:
    """Jobs that are still on the scheduler, once it has heard that they are not wanted."""
    until = time.monotonic() + 10
    while cluster.scheduler.tasks and time.monotonic() < until:
        time.sleep(0.05)
    return len(cluster.scheduler.tasks)


@pytest.fixture(scope="module")
def cluster():
    with running_cluster(2, allowed_failures=1) as running:
        yield running


class TestARunningScheduler:
    def test_many_jobs_are_done_and_none_stays(self, cluster):
        outcomes = list(run_jobs(halve, range(400), workers=1, scheduler=cluster.scheduler_address))
        assert sorted(o.job for o in outcomes) == list(range(400))
        assert {o.job: o.result for o in outcomes if o.error is None} == {n: n // 2 for n in range(0, 400, 2)}
        assert left_on(cluster) == 0

    def test_not_all_jobs_lie_on_it_at_once(self, cluster, tmp_path):
        work = partial(wait_for, tmp_path / "go")
        outcomes = run_jobs(work, range(300), workers=1, scheduler=cluster.scheduler_address)
        most = 0
        (tmp_path / "go").touch()
        for _ in outcomes:
            most = max(most, len(cluster.scheduler.tasks))
        assert 0 < most <= 40

    def test_an_error_names_the_worker(self, cluster):
        (outcome,) = run_jobs(halve, [1], workers=1, scheduler=cluster.scheduler_address)
        address = outcome.error.removeprefix("ValueError: 1 is odd (worker ").removesuffix(")")
        assert address in {worker.address for worker in cluster.scheduler.workers.values()}

    def test_a_job_whose_worker_dies_is_done_again(self, cluster, tmp_path):
        work = partial(die_once, tmp_path / "mark")
        outcomes = list(run_jobs(work, range(8), workers=1, scheduler=cluster.scheduler_address))
        assert sorted((o.result, o.error) for o in outcomes) == [(number, None) for number in range(8)]

    def test_a_job_that_kills_its_workers_fails_alone(self, cluster):
        outcomes = list(run_jobs(partial(die_at, 3), range(8), workers=1, scheduler=cluster.scheduler_address))
        errors = {o.job: o.error for o in outcomes if o.error is not None}
        assert errors.keys() == {3}
        assert errors[3].startswith("its workers died, the last was tcp://127.0.0.1:")

    def test_who_stops_early_leaves_nothing_there_and_the_cluster_alive(self, cluster, tmp_path):
        work, numbers = partial(wait_for, tmp_path / "go"), range(60)
        assert next(run_jobs(halve, [2], workers=1, scheduler=cluster.scheduler_address)).result == 1
        outcomes = run_jobs(work, [*numbers], workers=1, scheduler=cluster.scheduler_address)
        (tmp_path / "go").touch()
        next(outcomes)
        (tmp_path / "go").unlink()
        outcomes.close()
        assert left_on(cluster) == 0
        (tmp_path / "go").touch()  # two of them are at work, and nobody can end those
        assert len(list(run_jobs(halve, numbers, workers=1, scheduler=cluster.scheduler_address))) == 60

    def test_workers_of_another_version_do_nothing(self, cluster, monkeypatch):
        monkeypatch.setattr(jobs, "OURS", "iar 99.0 on Python 3.12")
        (outcome,) = run_jobs(halve, [2], workers=1, scheduler=cluster.scheduler_address)
        assert "not iar 99.0 on Python 3.12 (worker tcp://127.0.0.1:" in outcome.error

    def test_work_that_only_this_process_knows_fails_with_the_reason(self, cluster, tmp_path, monkeypatch):
        (tmp_path / "only_here.py").write_text("def work(number):\n    return number\n")
        monkeypatch.syspath_prepend(tmp_path)
        work = importlib.import_module("only_here").work
        (outcome,) = run_jobs(work, [2], workers=1, scheduler=cluster.scheduler_address)
        assert outcome.error.startswith("ModuleNotFoundError: No module named 'only_here' (worker tcp://127.0.0.1:")


def test_jobs_of_a_scheduler_that_is_gone_fail_and_say_so(tmp_path):
    with running_cluster(1) as cluster:
        (tmp_path / "go").touch()
        outcomes = run_jobs(
            partial(wait_for, tmp_path / "go"), range(50), workers=1, scheduler=cluster.scheduler_address
        )
        ended = [next(outcomes)]
        (tmp_path / "go").unlink()
    ended += outcomes
    assert sorted(o.job for o in ended) == list(range(50))
    assert ended[-1].error == f"the connection to the scheduler at {cluster.scheduler_address} was lost"


def test_a_scheduler_without_workers_is_told_and_then_given_up(monkeypatch):
    monkeypatch.setattr(crew, "WORKERLESS_S", 0.5)
    lines = []
    with running_cluster(0) as cluster:
        address = cluster.scheduler_address
        with pytest.raises(InputError, match=f"the scheduler at {address} had no workers for 0.5 s: `dask worker"):
            list(run_jobs(halve, [2], workers=1, scheduler=address, tell=lines.append))
    assert lines == [f"the scheduler at {address} has no workers: waiting 0.5 s for one"]


def test_a_worker_that_comes_late_is_used():
    lines = []
    with running_cluster(0) as cluster:
        outcomes = run_jobs(
            halve, [2], workers=1, scheduler=cluster.scheduler_address, tell=lambda _: lines.append(cluster.scale(1))
        )
        assert [o.result for o in outcomes] == [1]
    assert len(lines) == 1
