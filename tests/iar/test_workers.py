"""Jobs in this process and on a real cluster."""

from collections.abc import Iterator

import pytest

from iar.workers import run_jobs, run_stream


def halve(number: int) -> int:
    if number % 2:
        raise ValueError(f"{number} is odd")
    return number // 2


@pytest.mark.parametrize("workers", [1, 2])
def test_every_job_of_a_list_has_its_result_or_its_error(workers):
    outcomes = {o.job: (o.result, o.error) for o in run_jobs(halve, range(4), workers=workers)}
    assert outcomes == {0: (0, None), 1: (None, "1 is odd"), 2: (1, None), 3: (None, "3 is odd")}


@pytest.mark.parametrize("workers", [1, 2])
def test_every_job_of_a_stream_has_its_result_or_its_error(workers):
    outcomes = {
        str(o.job): (o.result, o.error) for o in run_stream(halve, iter(range(4)), workers=workers, in_flight=3)
    }
    assert outcomes == {"0": (0, None), "1": (None, "1 is odd"), "2": (1, None), "3": (None, "3 is odd")}


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
