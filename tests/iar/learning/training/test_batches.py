import threading

import numpy as np
import pytest

from iar.errors import InputError
from iar.learning.examples import Examples
from iar.learning.training import batches as pipeline
from iar.learning.training.batches import batches


@pytest.fixture(scope="module")
def numbered():
    """Examples whose pixels are their number, so that each is known again; the mask is half of it."""
    numbers = np.arange(1, 12)
    picture = np.broadcast_to(numbers[:, None, None, None], (11, 8, 6, 3)).astype(np.float16)
    picture[..., 1] += 100
    picture[:, 0] = 0
    mask = np.zeros((11, 8, 6), dtype=bool)
    mask[:, :4] = True
    return Examples(picture, mask, np.array(["2010-01"] * 11), np.array(["lines"] * 11))


@pytest.fixture(params=["tf.data", "threads"])
def way(request, monkeypatch):
    if request.param == "threads":
        monkeypatch.setattr(pipeline, "tensorflow", lambda: None)  # as where another backend is at work


def epoch_of(examples, *, batch=4, how="turn", seed=1, epoch=0):
    return list(batches(examples, batch=batch, how=how, seed=seed, epoch=epoch))


def numbers_in(made):
    return [int(number) for picture, _ in made for number in picture[:, 1:-1].min(axis=(1, 2, 3))]


@pytest.mark.usefixtures("way")
def test_every_example_comes_once_in_batches_of_nearly_one_size(numbered):
    made = epoch_of(numbered)
    assert [len(picture) for picture, _ in made] == [4, 4, 3]
    assert sorted(numbers_in(made)) == list(range(1, 12))
    for picture, mask in made:
        assert picture.dtype == mask.dtype == np.float32
        assert picture.shape[1:] == (8, 6, 3)
        assert mask.shape[1:] == (8, 6, 1)


@pytest.mark.usefixtures("way")
def test_the_same_seed_and_epoch_give_the_same_batches_and_others_do_not(numbered):
    first, again = epoch_of(numbered), epoch_of(numbered)
    for one, two in zip(first, again, strict=True):
        np.testing.assert_array_equal(one[0], two[0])
        np.testing.assert_array_equal(one[1], two[1])
    assert numbers_in(epoch_of(numbered, seed=2)) != numbers_in(first)
    assert numbers_in(epoch_of(numbered, epoch=1)) != numbers_in(first)


@pytest.mark.parametrize("how", ["turn", "physics", "x-unet"])
def test_threads_make_the_batches_of_tensorflow_bit_for_bit(numbered, monkeypatch, how):
    streamed = epoch_of(numbered, batch=2, how=how)
    monkeypatch.setattr(pipeline, "tensorflow", lambda: None)
    for one, two in zip(streamed, epoch_of(numbered, batch=2, how=how), strict=True):
        np.testing.assert_array_equal(one[0], two[0])
        np.testing.assert_array_equal(one[1], two[1])


@pytest.mark.usefixtures("way")
def test_without_augmentation_pictures_are_those_of_the_examples(numbered):
    for picture, mask in epoch_of(numbered, how="none"):
        index = [int(number) - 1 for number in picture[:, 1, 0, 0]]
        np.testing.assert_array_equal(picture, numbered.picture[index].astype(np.float32))
        np.testing.assert_array_equal(mask[..., 0], numbered.mask[index].astype(np.float32))


def test_an_epoch_that_is_left_in_the_middle_leaves_no_thread_behind(numbered, monkeypatch):
    monkeypatch.setattr(pipeline, "tensorflow", lambda: None)
    before = threading.active_count()
    begun = batches(numbered, batch=1, how="turn", seed=1, epoch=0)
    next(begun)
    begun.close()
    assert threading.active_count() == before


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"batch": 0}, "batches of 0 examples"),
        ({"how": "twist"}, "augmentation 'twist' is none of none, turn, physics"),
    ],
)
def test_what_cannot_be_done_is_said_before_the_first_batch(numbered, asked, message):
    with pytest.raises(InputError, match=message):
        batches(numbered, **({"batch": 2, "how": "turn", "seed": 1, "epoch": 0} | asked))


def test_nothing_to_learn_from_is_an_error(numbered):
    with pytest.raises(InputError, match="no examples"):
        batches(numbered.take(np.arange(0)), batch=2, how="none", seed=1, epoch=0)
