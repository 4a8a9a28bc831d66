import numpy as np
import pytest

from iar.learning.examples import example_nights, simulate_examples
from iar.simulation.scenario import SCENARIOS


@pytest.fixture(scope="module")
def examples():
    return simulate_examples(6, seed=1, step=8, slots=100)


def test_examples_are_padded_as_the_network_needs(examples):
    assert len(examples) == 6
    assert examples.picture.shape == (6, 104, 416, 3)  # multiples of 2 ** 3
    assert examples.mask.shape == (6, 104, 416)
    assert examples.picture.dtype == np.float16
    assert examples.mask.dtype == bool


def test_padding_is_empty_in_picture_and_mask(examples):
    assert not examples.picture[:, 100:].any()
    assert not examples.picture[:, :, 410:].any()
    assert not examples.mask[:, 100:].any()
    assert not examples.mask[:, :, 410:].any()


def test_same_seed_gives_the_same_examples_and_another_seed_others(examples):
    again, other = (simulate_examples(6, seed=seed, step=8, slots=100) for seed in (1, 2))
    np.testing.assert_array_equal(again.picture, examples.picture)
    np.testing.assert_array_equal(again.mask, examples.mask)
    assert not np.array_equal(other.picture, again.picture)


def test_examples_are_spread_over_a_cycle_of_the_sun(examples):
    assert examples.month.tolist() == ["2009-01", "2010-11", "2012-08", "2014-07", "2016-04", "2018-02"]


@pytest.mark.parametrize("nights", [1, 480, 4015, 100_000])
def test_no_night_is_simulated_twice_and_every_season_is(nights):
    dates = example_nights(nights)
    assert len(set(dates)) == len(dates) == nights
    assert dates == sorted(dates)
    assert nights < 480 or {date.month for date in dates} == set(range(1, 13))


def test_taken_examples_are_those_of_the_indices(examples):
    taken = examples.take(np.array([4, 1]))
    assert len(taken) == 2
    np.testing.assert_array_equal(taken.picture, examples.picture[[4, 1]])
    np.testing.assert_array_equal(taken.mask, examples.mask[[4, 1]])
    assert taken.scenario.tolist() == [examples.scenario[4], examples.scenario[1]]


def test_mixture_is_told_by_the_names_that_were_drawn(examples):
    assert set(examples.scenario) <= set(SCENARIOS)
    assert len(set(examples.scenario)) > 1


def test_fringes_stand_out_of_the_picture_where_the_mask_is():
    whole = simulate_examples(3, seed=3, step=2, scenario="fringes")
    assert whole.picture.shape[1] == 864
    louder = whole.picture[..., :2].max(axis=-1).astype(np.float64)
    for picture, mask in zip(louder, whole.mask, strict=True):
        assert mask.any()
        slots = mask.any(axis=1)
        assert picture[slots][mask[slots]].mean() > picture[slots][~mask[slots]].mean() + 0.1


def test_negative_controls_have_an_empty_mask():
    assert not simulate_examples(2, seed=3, step=2, slots=64, scenario="comb").mask.any()
