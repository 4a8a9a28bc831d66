import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from iar.night import MISSING
from iar.records.record import inspect_counts

FULL_SCALE = 1000


def inspect(values, expected=None):
    counts = np.array(values, dtype=np.int32)
    problems = inspect_counts(counts, expected=len(counts) if expected is None else expected, full_scale=FULL_SCALE)
    return {p.kind: p.detail for p in problems}


def test_a_clean_record_has_no_problem():
    assert inspect([1, -2, 999, -999]) == {}


def test_a_short_record_tells_both_lengths():
    assert inspect([1, 2], expected=5) == {"short": "2 samples instead of 5"}


def test_a_long_record_tells_both_lengths():
    assert inspect([1, 2, 3], expected=2) == {"long": "3 samples instead of 2"}


def test_clipping_is_counted_at_both_ends_and_beyond():
    assert inspect([1000, -1000, 1001, 999, -999]) == {"clipped": "3 samples at or beyond 1000 counts"}


def test_a_record_that_never_moves_is_constant():
    assert inspect([7, 7, 7]) == {"constant": "all 3 samples are 7"}


def test_missing_samples_hide_neither_constancy_nor_clipping():
    assert inspect([MISSING, 1000, MISSING, 1000]) == {
        "clipped": "2 samples at or beyond 1000 counts",
        "constant": "all 2 samples are 1000",
    }


def test_a_missing_sample_is_not_clipped():
    assert inspect([1, MISSING, 2]) == {}


def test_one_sample_alone_is_not_constant():
    assert inspect([7]) == {}
    assert inspect([MISSING, 7]) == {}


def test_a_record_of_missing_samples_only_has_nothing_to_inspect():
    assert inspect([MISSING, MISSING]) == {}
    assert inspect([], expected=3) == {"short": "0 samples instead of 3"}


@settings(max_examples=50)
@given(st.lists(st.integers(-1100, 1100) | st.just(int(MISSING)), max_size=30), st.integers(0, 30))
def test_each_problem_is_told_exactly_when_it_is_there(values, expected):
    present = [v for v in values if v != MISSING]
    kinds = inspect(values, expected=expected)
    assert ("short" in kinds) == (len(values) < expected)
    assert ("long" in kinds) == (len(values) > expected)
    assert ("clipped" in kinds) == any(abs(v) >= FULL_SCALE for v in present)
    assert ("constant" in kinds) == (len(present) > 1 and len(set(present)) == 1)
