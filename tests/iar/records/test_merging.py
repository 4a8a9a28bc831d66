from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iar.night import HOUR_SAMPLES, MISSING, night_start
from iar.records.merging import Overlap, clip_to_night, first_sample, merge_record, sample_at

LAW = settings(max_examples=60)
NIGHT = 20  # samples: the law does not know how long a night is
SAMPLES = st.lists(st.integers(-5, 5) | st.just(int(MISSING)), max_size=30)
PLACES = st.integers(-40, 40)
NOON = np.datetime64("2014-01-10T12:00", "ms")


def merged(*pieces):
    night = np.full(NIGHT, MISSING)
    overlaps = [merge_record(night, np.array(record, np.int32), place) for record, place in pieces]
    return night, [overlap.differing for overlap in overlaps]


def merged_by_dict(*pieces):
    """The rule in words: the first sample that comes to a place stays."""
    night: dict[int, int] = {}
    conflicts = []
    for record, place in pieces:
        sealed = {place + i: v for i, v in enumerate(record) if v != MISSING and 0 <= place + i < NIGHT}
        conflicts.append(sum(night.get(i, v) != v for i, v in sealed.items()))
        night = {**sealed, **night}
    return np.array([night.get(i, MISSING) for i in range(NIGHT)], np.int32), conflicts


def test_the_hour_that_begins_the_night_lies_at_its_first_sample():
    assert first_sample(NOON, NOON) == 0


def test_an_hour_later_is_an_hour_of_samples_later_and_before_is_negative():
    hour = np.timedelta64(1, "h")
    assert first_sample(NOON + 5 * hour, NOON) == 5 * HOUR_SAMPLES
    assert first_sample(NOON - hour, NOON) == -HOUR_SAMPLES


@LAW
@given(st.integers(-(10**8), 10**8))
def test_a_start_between_samples_goes_to_the_nearest(milliseconds):
    place = first_sample(NOON + np.timedelta64(milliseconds, "ms"), NOON)
    assert abs(place * 10 - milliseconds) <= 5


@LAW
@given(st.integers(-(10**7), 10**7))
def test_both_nights_that_share_a_record_give_its_samples_neighbouring_places(milliseconds):
    start = NOON + np.timedelta64(milliseconds, "ms")
    tomorrow = night_start((NOON + np.timedelta64(1, "D")).astype("datetime64[D]"), 12)
    assert first_sample(start, NOON) - first_sample(start, tomorrow) == 24 * HOUR_SAMPLES


@LAW
@given(st.integers(0, 10**10 - 1), st.lists(st.integers(1, 500), min_size=1, max_size=6))
def test_records_that_follow_each_other_lie_beside_each_other_whatever_their_phase(phase_ns, lengths):
    """Half a sample off the grid, too: no sample is lost between them, none lies twice."""
    begin = NOON.astype("datetime64[ns]") + np.timedelta64(phase_ns, "ns")
    starts = begin + np.cumsum([0, *lengths]) * np.timedelta64(10, "ms")
    places = [first_sample(start, NOON) for start in starts]
    assert np.diff(places).tolist() == lengths


@LAW
@given(st.integers(-(10**18), 10**18), st.sampled_from([100.0, 1e6 / 3906, 0.1, 4096.0]))
def test_a_time_goes_to_the_sample_nearest_to_it_and_half_way_to_the_later(ns, rate_hz):
    off = Fraction(ns, 10**9) * Fraction(rate_hz) - sample_at(ns, rate_hz)
    assert -Fraction(1, 2) <= off < Fraction(1, 2)


@LAW
@given(PLACES, st.integers(0, 60))
def test_the_part_inside_is_what_two_sets_of_places_share(place, samples):
    inside = sorted(set(range(place, place + samples)) & set(range(NIGHT)))
    first, length = clip_to_night(place, samples, NIGHT)
    assert length == len(inside)
    assert first >= 0
    assert not inside or first == inside[0]


def test_a_record_fills_only_its_place():
    night, conflicts = merged(([1, 2, 3], 5))
    assert conflicts == [0]
    assert night[5:8].tolist() == [1, 2, 3]
    assert (night != MISSING).sum() == 3


def test_what_was_there_first_stays_and_what_differs_is_counted():
    night, conflicts = merged(([1, 2, 3], 0), ([1, 9, 9, 4], 0))
    assert night[:4].tolist() == [1, 2, 3, 4]
    assert conflicts == [0, 2]


def test_a_gap_in_a_record_wipes_nothing_out_and_is_filled_by_the_next():
    night, conflicts = merged(([1, MISSING], 0), ([MISSING, 2], 0))
    assert night[:2].tolist() == [1, 2]
    assert conflicts == [0, 0]


@LAW
@given(st.lists(st.tuples(SAMPLES, PLACES), max_size=4))
def test_merging_is_first_come_first_served(pieces):
    night, conflicts = merged(*pieces)
    expected, expected_conflicts = merged_by_dict(*pieces)
    np.testing.assert_array_equal(night, expected)
    assert conflicts == expected_conflicts


@LAW
@given(st.lists(st.integers(-5, 5), min_size=NIGHT, max_size=NIGHT), st.lists(PLACES, max_size=4), st.randoms())
def test_pieces_of_one_truth_give_the_same_night_in_any_order(truth, cuts, random):
    pieces = [(truth[max(c, 0) : c + 7], max(c, 0)) for c in cuts if c + 7 > 0]
    shuffled = random.sample(pieces, len(pieces))
    night, conflicts = merged(*shuffled)
    np.testing.assert_array_equal(night, merged(*pieces)[0])
    assert conflicts == [0] * len(pieces)


@LAW
@given(SAMPLES, PLACES)
def test_merging_a_record_twice_changes_nothing(record, place):
    once, _ = merged((record, place))
    twice, conflicts = merged((record, place), (record, place))
    np.testing.assert_array_equal(once, twice)
    assert conflicts[1] == 0


@LAW
@given(SAMPLES, SAMPLES, PLACES)
def test_an_overlap_is_what_agrees_and_what_differs(first, second, place):
    night = np.full(NIGHT, MISSING)
    merge_record(night, np.array(first, np.int32), 0)
    before = night.copy()
    overlap = merge_record(night, np.array(second, np.int32), place)
    pairs = [(before[place + i], v) for i, v in enumerate(second) if v != MISSING and 0 <= place + i < NIGHT]
    both = [(a, b) for a, b in pairs if a != MISSING]
    assert overlap == Overlap(sum(a == b for a, b in both), sum(a != b for a, b in both))


@pytest.mark.parametrize(("place", "counted"), [(18, 0), (17, 3), (-18, 0), (-17, 3)])
def test_an_overlap_of_neighbours_within_the_jitter_does_not_count(place, counted):
    night = np.full(60, MISSING)
    merge_record(night, np.full(20, 1, np.int32), 20)
    assert merge_record(night, np.full(20, 2, np.int32), 20 + place, jitter=2) == Overlap(0, counted)
