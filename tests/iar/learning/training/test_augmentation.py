from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iar.detection.planes import CLIP, SCALE_DB, network_input
from iar.errors import InputError
from iar.learning.training import augmentation
from iar.learning.training.augmentation import BESIDE, GENERATORS, Augmentation, augment
from iar.settings import SpectraSettings

WAYS = [how for how in get_args(Augmentation) if how != "none"]
FREQUENCY_HZ = SpectraSettings().frequency_hz


def night(seed, *, slots=64, bins=410, step=16):
    """Picture and mask of a batch of one: noise of 2.9 dB with a slanting fringe, and a gap in one channel."""
    rng = np.random.default_rng(seed)
    residual = rng.normal(0, 2.9, (2, slots, bins)).astype(np.float32)
    mask = np.zeros((slots, bins), dtype=bool)
    column = bins // 3 + np.arange(slots) // 4
    for beside in (-1, 0, 1):
        mask[np.arange(slots), column + beside] = True
    residual[:, mask] += 6
    residual[1, 5:9] = np.nan
    residual[:, 20:22] = np.nan
    mask[20:22] = False
    picture = network_input(residual, step=step)
    padded = np.zeros(picture.shape[:2], dtype=np.float32)
    padded[:slots, :bins] = mask
    return picture[None], padded[None, ..., None]


def augmented(how, seed, example=None):
    picture, mask = (values[0] for values in augment(*(example or night(0)), np.random.default_rng(seed), how=how))
    return picture, mask[..., 0]


@pytest.mark.parametrize("how", WAYS)
def test_the_same_generator_gives_the_same_pictures_and_what_was_given_stays(how):
    picture, mask = night(0)
    kept = picture.copy(), mask.copy()
    first, again, other = (augment(picture, mask, np.random.default_rng(seed), how=how) for seed in (3, 3, 5))
    np.testing.assert_array_equal(first[0], again[0])
    np.testing.assert_array_equal(first[1], again[1])
    assert not np.array_equal(first[0], other[0])
    np.testing.assert_array_equal(picture, kept[0])
    np.testing.assert_array_equal(mask, kept[1])


@pytest.mark.parametrize("how", WAYS)
@pytest.mark.parametrize("planes", [1, 2, 3])
def test_pictures_of_any_planes_keep_their_shape_and_masks_stay_masks(how, planes):
    rng = np.random.default_rng(0)
    picture = rng.standard_normal((3, 32, 48, planes)).astype(np.float32)
    mask = (rng.random((3, 32, 48, 1)) < 0.2).astype(np.float32)
    changed, changed_mask = augment(picture, mask, rng, how=how)
    assert changed.shape == picture.shape
    assert changed_mask.shape == mask.shape
    assert changed.dtype == changed_mask.dtype == np.float32
    assert set(np.unique(changed_mask)) <= {0, 1}


@settings(max_examples=40)
@given(st.integers(0, 10_000))
def test_missing_is_missing_in_every_plane_and_never_fringe(seed):
    picture, mask = augmented("physics", seed)
    share = (picture[..., :2] != 0).mean(axis=-1)
    np.testing.assert_array_equal(picture[..., 2], share)
    assert not mask[share == 0].any()
    assert np.abs(picture[..., :2]).max() <= CLIP


@pytest.mark.parametrize("how", ["turn", "physics", "x-unet"])
def test_the_fringe_stands_where_the_mask_says_it_stands(how):
    for seed in range(12):
        picture, mask = augmented(how, seed)
        louder = picture[..., :2].max(axis=-1)
        seen = picture[..., 2] == 1
        fringe = louder[seen & (mask > 0)]
        assert fringe.mean() > louder[seen & (mask == 0)].mean() + 0.5


def test_turned_pictures_are_one_of_the_four_that_there_can_be():
    picture, mask = (values[0] for values in night(0))
    swapped = picture[..., [1, 0, 2]]
    possible = [picture, picture[::-1], swapped, swapped[::-1]]
    found = set()
    for seed in range(20):
        one, its_mask = augmented("turn", seed)
        (which,) = [i for i, other in enumerate(possible) if np.array_equal(one, other)]
        np.testing.assert_array_equal(its_mask, (mask[::-1] if which % 2 else mask)[..., 0])
        found.add(which)
    assert found == {0, 1, 2, 3}


def test_shifts_reach_as_far_as_they_may_and_no_farther():
    shift = set()
    spot = np.zeros((1, 64, 416, 1), dtype=np.float32)
    spot[0, 32, 200] = 1
    for seed in range(300):
        _, mask = augmented("physics", seed, (np.ones((1, 64, 416, 1), dtype=np.float32), spot))
        ((slot, column),) = np.argwhere(mask)
        shift.add((min(abs(slot - 32), abs(31 - slot)), abs(column - 200)))  # whichever way time runs
    assert max(slots for slots, _ in shift) in {7, 8}
    assert max(bins for _, bins in shift) == 13


def test_an_injected_comb_stands_at_multiples_of_its_spacing_in_no_mask(monkeypatch):
    monkeypatch.setattr(augmentation, "COMB_SHARE", 1.0)
    monkeypatch.setattr(augmentation, "MOST_SCATTER_DB", 0.0)
    flat = np.full((1, 64, 416, 3), 1e-3, dtype=np.float32)  # a background without scatter
    flat[..., 2] = 1
    for seed in range(10):
        picture, mask = augmented("physics", seed, (flat, np.zeros((1, 64, 416, 1), dtype=np.float32)))
        assert not mask.any()
        loudest = picture[..., :2].max(axis=(0, 2))
        middle = loudest[1:-1]
        peaks = 1 + np.flatnonzero((middle > loudest[:-2]) & (middle > loudest[2:]) & (middle > 0.3))
        peaks_hz = FREQUENCY_HZ[0] + peaks / 40.96
        spacing_hz = np.median(np.diff(peaks_hz))
        assert 0.65 < spacing_hz < 1.65
        numbers = np.rint(peaks_hz / spacing_hz)
        fitted_hz = (peaks_hz * numbers).sum() / (numbers**2).sum()
        assert np.abs(peaks_hz - numbers * fitted_hz).max() < 1.1 / 40.96


def test_a_line_in_the_bins_beside_is_that_of_a_hann_window():
    samples = np.hanning(4097)[:-1] * np.cos(2 * np.pi * 128 * np.arange(4096) / 4096)
    power = np.abs(np.fft.rfft(samples))[127:130] ** 2
    np.testing.assert_allclose(10 * np.log10(power / power[1]), [BESIDE[i] for i in (-1, 0, 1)], atol=0.05)


@pytest.mark.parametrize("how", list(GENERATORS))
def test_pictures_and_masks_go_the_same_way_in_the_dissertations_generators(how):
    rng = np.random.default_rng(0)
    blob = np.exp(-(((np.arange(96) - 60) / 10) ** 2)[:, None] - ((np.arange(128) - 50) / 14) ** 2)
    mask = (blob > 0.3).astype(np.float32)[None, ..., None]
    picture = blob.astype(np.float32)[None, ..., None]
    for _ in range(10):
        moved, moved_mask = augment(picture, mask, rng, how=how)
        apart = (moved > 0.3) != (moved_mask > 0)
        assert apart.sum() < 0.06 * mask.sum()  # along the rim, where one is interpolated and the other is not


def test_the_dissertations_generators_move_no_farther_than_their_arguments_say():
    place = np.zeros((1, 200, 200, 1), dtype=np.float32)
    place[0, 95:106, 95:106] = 1
    found = []
    for seed in range(60):
        _, mask = augmented("x-unet", seed, (place, place))
        slot, column = np.argwhere(mask).mean(axis=0)
        found.append((abs(slot - 99.5), abs(column - 99.5)))
    farthest = np.max(found, axis=0)
    assert (farthest < 0.05 * 200 * 1.06 + 1).all()  # a shift of 5 %, seen at a zoom of 5 %
    assert (farthest > 7).all()


def test_what_comes_into_the_picture_is_its_rim_or_nothing():
    full = np.ones((1, 64, 64, 3), dtype=np.float32), np.zeros((1, 64, 64, 1), dtype=np.float32)
    assert all(augmented("x-unet", seed, full)[0].min() == 1 for seed in range(5))
    assert all((augmented("k-unet", seed, full)[0] == 0).any() for seed in range(5))


def test_scatter_that_is_added_has_no_memory_and_is_less_than_a_pixels_own():
    even = np.full((1, 64, 64, 1), 1.0, dtype=np.float32), np.zeros((1, 64, 64, 1), dtype=np.float32)
    scatter = []
    for seed in range(20):
        seen = augmented("physics", seed, even)[0][..., 0]
        noise = seen[seen.any(axis=1)][:, seen.any(axis=0)]
        scatter.append(noise.std() * SCALE_DB)
        if scatter[-1] > 0.1:
            for one, next_to_it in ((noise[1:], noise[:-1]), (noise[:, 1:], noise[:, :-1])):
                assert abs(np.corrcoef(one.ravel(), next_to_it.ravel())[0, 1]) < 0.1
    assert 0.5 < max(scatter) < 1.05
    assert min(scatter) < 0.01


def test_no_such_way_is_an_error():
    with pytest.raises(InputError, match="augmentation 'mirror' is none of none, turn, physics, x-unet, k-unet"):
        augmented("mirror", 0)
