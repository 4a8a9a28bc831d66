"""Locks and leases: one at a time, whoever dies; hammered by real processes on a folder and on a real S3 API."""

import multiprocessing
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from itertools import pairwise

import fsspec
import pytest

from iar.archive.locks import _Lease, leased, locked

SPAWN = multiprocessing.get_context("spawn")
HASTY = {"lease_s": 0.5, "beat_s": 0.1, "settle_s": 0.2}


def at(url: str):
    fs, root = fsspec.url_to_fs(url, use_listings_cache=False)
    return fs, f"{root}/manifest/2014/.2014-01-10.lock"


@pytest.fixture(params=["memory", "s3", "seaweed"])
def place(request):
    return at(request.getfixturevalue(request.param))


def hold(url: str, _turn: int) -> tuple[float, float]:
    """When one process had the lock, by the machine's clock."""
    with locked(*at(url)):
        since = time.monotonic()
        time.sleep(0.02)
        return since, time.monotonic()


@pytest.mark.parametrize("kind", [pytest.param("tmp_path", marks=pytest.mark.smoke), "s3", "seaweed"])
def test_of_many_processes_one_at_a_time_has_the_lock(kind, request):
    url = str(request.getfixturevalue(kind))
    with ProcessPoolExecutor(3, mp_context=SPAWN) as pool:
        turns = sorted(pool.map(partial(hold, url), range(12)))
    assert all(end <= start for (_, end), (start, _) in pairwise(turns))


def test_threads_take_turns_in_memory(memory):
    with ThreadPoolExecutor(4) as pool:
        turns = sorted(pool.map(partial(hold, memory), range(12)))
    assert all(end <= start for (_, end), (start, _) in pairwise(turns))


def test_a_lease_is_gone_when_it_is_over_even_after_an_error(place):
    fs, path = place
    with pytest.raises(ValueError, match="in between"), leased(fs, path):  # noqa: PT012
        assert fs.exists(path)
        raise ValueError("in between")
    assert not fs.exists(path)


def test_the_lease_of_a_dead_owner_is_taken_over_when_it_has_not_changed_for_its_time(place, caplog):
    fs, path = place
    fs.pipe_file(path, b"who was killed\n")
    since = time.monotonic()
    with leased(fs, path, **HASTY):
        assert time.monotonic() - since > HASTY["lease_s"]
    assert "its owner is gone" in caplog.text
    assert not fs.exists(path)


def test_an_owner_that_beats_is_waited_for_beyond_the_time_of_a_lease(memory):
    fs, path = at(memory)
    turns = []

    def work(_: int) -> None:
        with leased(fs, path, **HASTY):
            since = time.monotonic()
            time.sleep(2 * HASTY["lease_s"])
            turns.append((since, time.monotonic()))

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(work, range(2)))
    (_, end), (start, _) = sorted(turns)
    assert end <= start


def test_of_two_that_take_over_at_once_one_has_it(place):
    fs, path = place
    fs.pipe_file(path, b"who was killed\n")
    leases = [_Lease(fs, path, name * 32) for name in "abcd"]
    with ThreadPoolExecutor(4) as pool:
        won = list(pool.map(lambda lease: lease.take_over(b"who was killed\n", 0.3), leases))
    assert sum(won) == 1
    assert leases[won.index(True)].is_mine(fs.cat_file(path))


def test_an_owner_that_lost_its_lease_is_told_and_leaves_the_new_one_alone(place):
    fs, path = place
    with ExitStack() as stack:
        stack.enter_context(pytest.raises(TimeoutError, match=r"2014-01-10\.lock was taken over .*run this again"))
        stack.enter_context(leased(fs, path, **HASTY))
        fs.pipe_file(path, b"who took over\n")
    assert fs.cat_file(path) == b"who took over\n"


def test_a_put_that_arrived_though_it_was_tried_again_is_ours(place):
    fs, path = place
    lease = _Lease(fs, path, "a" * 32)
    lease.write()  # and its answer was lost on the way
    lease.acquire(lease_s=60, settle_s=60)
    assert lease.release()
    assert not fs.exists(path)
