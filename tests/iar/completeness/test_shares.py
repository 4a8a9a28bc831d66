"""Shares of fans by class."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from iar.completeness.recovery import Recovered
from iar.completeness.shares import by_edges, by_hour, share_of


def fan(depth_db=3.0, found=True, hours=(), right=(), error=0.01):
    laid, there = ([36 * (hour in which) for hour in range(24)] for which in (hours, right))
    return Recovered(
        depth_db, 0.8, 0.1, 0.0, 2, False, found, found, sum(laid), sum(there), tuple(laid), tuple(there), error, 1.0
    )


@given(st.integers(1, 60).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n))))
def test_the_interval_is_the_one_of_wilson(counts):
    of, some = counts
    share = share_of("all", [fan(found=i < some) for i in range(of)])
    wilson = binomtest(some, of).proportion_ci(method="wilson")
    assert (share.low, share.high) == pytest.approx((wilson.low, wilson.high), abs=1e-6)
    assert (share.fans, share.found, share.share) == (of, some, some / of)


@given(st.lists(st.floats(0.6, 9.0), max_size=40))
def test_every_fan_is_in_one_class(depths_db):
    shares = by_edges([fan(depth) for depth in depths_db], (0.6, 2.0, 9.0), "dB", lambda one: one.depth_db)
    assert [share.label for share in shares] == ["0.6-2 dB", "2-9 dB"]
    assert [share.fans for share in shares] == [sum(d < 2 for d in depths_db), sum(d >= 2 for d in depths_db)]


def test_a_class_without_fans_says_nothing():
    (empty,) = by_edges([], (1.0, 2.0), "dB", lambda one: one.depth_db)
    assert (empty.label, empty.fans, empty.found) == ("1-2 dB", 0, 0)
    assert np.isnan([empty.share, empty.low, empty.high, empty.error, empty.sigma_factor]).all()


def test_an_hour_is_found_where_half_of_its_slots_are_right():
    fans = [fan(hours=(22, 23), right=(23,)), fan(hours=(23,), right=(23,)), fan(hours=(23,))]
    counted = {share.label: (share.fans, share.found) for share in by_hour(fans)}
    assert counted == {"22 h": (1, 0), "23 h": (3, 2)}


def test_errors_are_those_of_the_fans_that_were_found():
    share = share_of("all", [fan(error=0.01), fan(error=0.03), fan(found=False, error=0.5)])
    assert share.error == pytest.approx(0.02)
    assert np.isfinite(share.sigma_factor)
