import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iar.night import SLOT_S, SLOTS
from iar.simulation.defects import Defect, defect_slots, draw_defects, draw_gaps, lost_slots

SEEDS = st.integers(0, 10_000)


def test_gaps_are_one_slot_to_two_hours_in_one_channel_or_both():
    drawn = [draw_gaps(np.random.default_rng(seed), often=True) for seed in range(40)]
    assert all(missing.shape == (2, SLOTS) and missing.any() for missing in drawn)
    assert any((missing[0] != missing[1]).any() for missing in drawn)
    assert any((missing[0] & missing[1]).any() for missing in drawn)


def test_one_ordinary_night_in_ten_has_a_gap():
    missing = [draw_gaps(np.random.default_rng(seed), often=False).any() for seed in range(300)]
    assert np.mean(missing) == pytest.approx(0.1, abs=0.05)


@settings(max_examples=50)
@given(SEEDS)
def test_defects_are_one_of_each_kind_within_the_night(seed):
    defects = draw_defects(np.random.default_rng(seed))
    kinds = [defect.kind for defect in defects]
    assert len(set(kinds)) == len(kinds) <= 4
    for defect in defects:
        assert defect.channel in {0, 1}
        assert defect.second >= 0
        assert defect.second + defect.length_s <= 23 * 3600
        slots = defect_slots(defect)
        assert slots.start * SLOT_S <= defect.second
        assert (slots.stop - 1) * SLOT_S < defect.second + defect.length_s <= slots.stop * SLOT_S


@settings(max_examples=50)
@given(SEEDS)
def test_a_cut_file_ends_with_its_hour_and_keeps_ten_minutes_at_least(seed):
    for defect in draw_defects(np.random.default_rng(seed)):
        if defect.kind == "cut":
            assert (defect.second + defect.length_s) % 3600 == 0
            assert defect.second % 3600 >= 600


def test_what_was_cut_or_stuck_is_lost_and_what_was_clipped_or_garbled_is_not():
    missing = np.zeros((2, SLOTS), dtype=bool)
    missing[0, 3] = True
    defects = (
        Defect("cut", 0, 1000, 2600),
        Defect("stuck", 1, 5010, 180),
        Defect("clipped", 0, 7200, 10),
        Defect("garbled", 1, 9000, 1),
    )
    lost = lost_slots(missing, defects)
    assert np.flatnonzero(lost[0]).tolist() == [3, *range(10, 36)]
    assert np.flatnonzero(lost[1]).tolist() == [50, 51]
    assert missing.sum() == 1  # what was given stays as it was
