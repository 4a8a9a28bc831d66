import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iar.errors import InputError
from iar.learning.folds import month_folds

MONTHS = st.lists(st.sampled_from([f"2014-{m:02d}" for m in range(1, 13)]), min_size=2, max_size=60)


@settings(max_examples=60)
@given(MONTHS, st.integers(2, 5), st.integers(0, 100))
def test_folds_are_disjoint_cover_all_and_never_split_a_month(months, k, seed):
    month = np.array(months)
    k = min(k, len(set(months)))
    if k < 2:
        return
    folds = list(month_folds(month, k, seed=seed))
    assert len(folds) == k
    held_out = np.concatenate([held for _, held in folds])
    np.testing.assert_array_equal(np.sort(held_out), np.arange(len(month)))  # each night held out once
    for learn, held in folds:
        np.testing.assert_array_equal(np.sort(np.concatenate([learn, held])), np.arange(len(month)))
        assert len(held) > 0
        assert len(learn) > 0
        assert not set(month[learn]) & set(month[held])


def test_same_seed_gives_the_same_folds_and_another_seed_others():
    month = np.repeat([f"2014-{m:02d}" for m in range(1, 13)], 5)
    held = [[h.tolist() for _, h in month_folds(month, 3, seed=seed)] for seed in (1, 1, 2)]
    assert held[0] == held[1] != held[2]


@pytest.mark.parametrize("k", [1, 3, 10])
def test_more_folds_than_months_or_fewer_than_two_raise(k):
    with pytest.raises(InputError, match=f"{k} folds of 2 months: there may be from 2 to as many as months"):
        list(month_folds(np.array(["2014-01"] * 5 + ["2014-02"] * 5), k, seed=0))


def test_as_many_folds_as_months_leave_out_one_month_at_a_time():
    month = np.repeat([f"2014-{m:02d}" for m in range(1, 8)], 3)
    held = [set(month[held]) for _, held in month_folds(month, 7, seed=0)]
    assert sorted(held, key=min) == [{f"2014-{m:02d}"} for m in range(1, 8)]
