import numpy as np
import pytest

from iar.night import MISSING, SLOT_SAMPLES
from iar.spectra.quality import QUALITY_FLAGS, effort, quality

FULL_SCALE = 2**23 - 1


def noise(slots=3):
    return np.random.default_rng(0).integers(-1000, 1000, slots * SLOT_SAMPLES, dtype=np.int32)


def flags_of(counts):
    names = quality(counts, full_scale=FULL_SCALE)
    return [{name for name, bit in QUALITY_FLAGS.items() if value & bit} for value in names]


def test_effort_is_the_share_of_samples():
    counts = noise()
    counts[SLOT_SAMPLES - 1000 : SLOT_SAMPLES + 2700] = MISSING
    np.testing.assert_allclose(effort(counts), [0.9, 0.73, 1.0], rtol=1e-6)
    np.testing.assert_array_equal(effort(np.full(2 * SLOT_SAMPLES, MISSING)), [0, 0])
    np.testing.assert_allclose(effort(np.where(counts == MISSING, np.nan, counts)), [0.9, 0.73, 1.0], rtol=1e-6)


def test_channels_keep_their_places():
    counts = np.stack([noise(), noise()])
    counts[1, -SLOT_SAMPLES:] = MISSING
    np.testing.assert_array_equal(effort(counts), [[1, 1, 1], [1, 1, 0]])
    np.testing.assert_array_equal(quality(counts, full_scale=FULL_SCALE) != 0, [[False] * 3, [False, False, True]])


def test_whole_slots_of_noise_have_no_flag():
    assert flags_of(noise()) == [set(), set(), set()]


def test_slot_that_lacks_one_sample_is_incomplete():
    counts = noise()
    counts[SLOT_SAMPLES] = MISSING
    assert flags_of(counts) == [set(), {"incomplete"}, set()]


@pytest.mark.parametrize("value", [FULL_SCALE, -FULL_SCALE, -FULL_SCALE - 1])
def test_one_sample_at_full_scale_either_way_is_clipped(value):
    counts = noise()
    counts[7] = value
    assert flags_of(counts) == [{"clipped"}, set(), set()]


def test_one_count_below_full_scale_is_not_clipped():
    counts = noise()
    counts[7] = FULL_SCALE - 1
    assert flags_of(counts) == [set(), set(), set()]


def test_slot_of_one_value_is_constant_though_some_samples_are_missing():
    counts = noise()
    counts[:SLOT_SAMPLES] = 42
    counts[100:200] = MISSING
    assert flags_of(counts) == [{"incomplete", "constant"}, set(), set()]


def test_slot_without_samples_is_incomplete_and_nothing_else():
    counts = noise()
    counts[:SLOT_SAMPLES] = MISSING
    assert flags_of(counts) == [{"incomplete"}, set(), set()]
