import numpy as np
import pytest

from iar.night import MISSING, SLOT_SAMPLES
from iar.spectra.band import Band
from iar.spectra.segments import segment_blocks, segment_places, stretches

LAYOUTS = [
    Band(),
    Band(segments="continuous"),
    Band(segment_samples=1000, overlap=0.3),
    Band(segment_samples=10_000, overlap=0.0, segments="continuous"),
    Band(segment_samples=3001, overlap=0.123, segments="continuous"),
    Band(segment_samples=5000, overlap=0.95, segments="continuous"),
]


def test_segments_within_a_slot_begin_with_it_and_do_not_leave_it():
    start, slot = segment_places(Band(), 3)
    np.testing.assert_array_equal(start, [0, 2048, 4096, 10_000, 12_048, 14_096, 20_000, 22_048, 24_096])
    np.testing.assert_array_equal(slot, [0, 0, 0, 1, 1, 1, 2, 2, 2])


@pytest.mark.parametrize("band", LAYOUTS)
def test_middle_of_each_segment_lies_in_its_slot_and_every_slot_has_one(band):
    start, slot = segment_places(band, 50)
    middle = start + band.segment_samples / 2
    assert np.all((middle >= slot * SLOT_SAMPLES) & (middle < (slot + 1) * SLOT_SAMPLES))
    np.testing.assert_array_equal(np.unique(slot), np.arange(50))


@pytest.mark.parametrize("band", LAYOUTS)
def test_segments_reach_out_no_further_than_the_band_says(band):
    start, _ = segment_places(band, 864)
    assert start[0] >= -band.reach_samples
    assert start[-1] + band.segment_samples <= 864 * SLOT_SAMPLES + band.reach_samples


def test_continuous_segments_are_a_hop_apart_over_the_borders_of_slots():
    start, _ = segment_places(Band(segments="continuous"), 864)
    assert start[0] == -1024
    assert set(np.diff(start)) == {2048}


def test_stretches_are_between_the_gaps():
    counts = np.zeros(20, dtype=np.int32)
    np.testing.assert_array_equal(stretches(counts), [[0, 20]])
    counts[[0, 1, 7, 19]] = MISSING
    np.testing.assert_array_equal(stretches(counts), [[2, 7], [8, 19]])
    assert len(stretches(np.full(20, MISSING))) == 0


@pytest.mark.parametrize("band", LAYOUTS)
def test_blocks_hold_every_slot_once_in_order_and_only_whole_segments(band):
    counts = np.random.default_rng(0).integers(-1000, 1000, (2, 30 * SLOT_SAMPLES), dtype=np.int32)
    counts[1, 123_456] = MISSING
    start, _ = segment_places(band, 30)
    blocks = list(segment_blocks(counts, band))
    np.testing.assert_array_equal(np.concatenate([np.arange(30)[b.slots] for b in blocks]), np.arange(30))
    inside = (start >= 0) & (start + band.segment_samples <= counts.shape[1])
    touched = (start <= 123_456) & (start + band.segment_samples > 123_456)
    whole = np.concatenate([b.whole for b in blocks], axis=1)
    np.testing.assert_array_equal(whole, [inside, inside & ~touched])
    for block in blocks:
        assert np.all((block.spectrum != 0).any(axis=2) == block.whole)
