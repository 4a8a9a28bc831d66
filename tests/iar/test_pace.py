"""Pace and time left, by a clock of the test's own."""

import pytest

from iar.pace import Pace, duration


def ended(times_s, total=2313):
    pace = Pace(total, 0.0)
    for now_s in times_s:
        pace.count(now_s)
    return pace


def test_the_time_until_the_first_night_does_not_count():
    pace = ended([30 + 2 * i for i in range(31)])
    assert pace.per_minute(90) == pytest.approx(30)


def test_only_the_last_nights_count():
    slow = [10 * i for i in range(1, 101)]
    pace = ended(slow + [1000 + i for i in range(1, 201)])
    assert pace.per_minute(1200) == pytest.approx(60)


def test_sixteen_workers_that_end_their_first_nights_together_are_no_pace_yet():
    pace = ended([20 + i / 100 for i in range(16)])
    assert pace.in_words(21) == "16 of 2313 nights"
    for i in range(16):
        pace.count(40 + i / 100)
    assert pace.per_minute(41) == pytest.approx(16 * 3, rel=0.01)


def test_a_run_that_stands_slows_down():
    pace = ended([1 + i for i in range(10)])
    assert pace.per_minute(10) == pytest.approx(60)
    assert pace.per_minute(101) == pytest.approx(60 * 10 / 100)


def test_it_is_told_as_an_operator_reads_it():
    pace = ended([60 * i / 38 for i in range(1, 121)])
    assert pace.in_words(60 * 120 / 38) == "120 of 2313 nights, 38 a minute, 58 min left"
    pace.count(60 * 121 / 38, failed=True)
    assert pace.in_words(60 * 121 / 38) == "121 of 2313 nights, 1 failed, 38 a minute, 58 min left"
    assert Pace(1, 0.0).in_words(5) == "0 of 1 night"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"), (89, "89 s"), (90, "2 min"), (3480, "58 min"), (7140, "119 min"),
        (7200, "2 h 0 min"), (12_000, "3 h 20 min"), (190_800, "2 d 5 h"),
    ],
)  # fmt: skip
def test_durations_have_two_units_at_most(seconds, text):
    assert duration(seconds) == text
