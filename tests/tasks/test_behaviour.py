"""Batches: every job is in one, and none is so small that Prefect's own work counts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.behaviour import Batch, pack, run_batch


@given(st.integers(0, 3000), st.integers(1, 120), st.integers(1, 20))
def test_every_job_is_in_one_batch_in_order(count, batches, least):
    packed = pack("a", range(count), batches=batches, least=least)
    assert [job for batch in packed for job in batch.jobs] == list(range(count))
    assert len(packed) <= batches
    sizes = [len(batch.jobs) for batch in packed]
    assert max(sizes, default=0) - min(sizes, default=0) <= 1
    assert min(sizes, default=least) >= min(least, count)


@pytest.mark.parametrize(("nights", "batches", "nights_each"), [(2313, 100, 23), (24, 6, 4), (3, 1, 3), (0, 0, 0)])
def test_years_of_nights_are_about_a_hundred_batches_and_a_few_nights_are_one(nights, batches, nights_each):
    packed = pack("a", range(nights), batches=100, least=4)
    assert len(packed) == batches
    assert not packed or len(packed[0].jobs) == nights_each


def test_job_that_fails_leaves_the_batch_and_is_reported():
    def work(job: int) -> None:
        if job == 2:
            raise ValueError("two is bad")

    done = run_batch(Batch("a", (1, 2, 3), ("before",)), work)
    assert done == Batch("a", (1, 3), ("before", "2: ValueError: two is bad"))
