import datetime as dt

import numpy as np
import pytest
from pydantic import ValidationError

from iar.detection.classical import NO_DATA
from iar.learning.examples import (
    Examples,
    Rows,
    choose_stretch,
    example_nights,
    example_shape,
    laid_example,
    line_mask,
    real_example,
    simulate_example,
    simulate_examples,
)
from iar.learning.sources import ExampleSources
from iar.learning.training.batches import batches
from iar.night import SLOTS
from iar.settings import SpectraSettings
from iar.simulation.density import measured_density
from iar.simulation.scenario import SCENARIOS, draw_scenario
from iar.simulation.truth import fringe_frequencies, fringe_mask


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


def test_a_stretch_of_a_simulated_night_has_the_truth_of_its_slots():
    night, frequency_hz = example_nights(6)[3], SpectraSettings().frequency_hz
    truth = fringe_mask(fringe_frequencies(draw_scenario("fringes", night, 1), frequency_hz), frequency_hz)
    found = simulate_example(night, seed=1, step=8, slots=400, scenario="fringes")
    assert found.mask.any()
    assert any(np.array_equal(truth[start : start + 400], found.mask[:400, :410]) for start in range(SLOTS - 399))
    assert found.picture.shape == example_shape(400, step=8)


@pytest.fixture
def mapped(tmp_path):
    """Ten examples on disk, told apart by their pixels."""
    picture = np.arange(10)[:, None, None, None] + np.zeros((10, 8, 6, 3))
    mask = np.arange(10)[:, None, None] % 2 + np.zeros((10, 8, 6))
    for name, values in (("picture", picture.astype(np.float16)), ("mask", mask.astype(bool))):
        np.save(tmp_path / f"{name}.npy", values)
    arrays = [np.load(tmp_path / f"{name}.npy", mmap_mode="r") for name in ("picture", "mask")]
    return Examples(*arrays, np.array([f"2014-{i:02d}" for i in range(10)]), np.array(["lines"] * 10))


def test_what_is_taken_of_examples_on_disk_stays_there_until_it_is_asked_for(mapped):
    taken = mapped.take(np.array([7, 1, 4, 2])).take(np.array([2, 0]))
    assert isinstance(taken.picture, Rows)
    assert isinstance(taken.mask, Rows)
    assert np.shares_memory(taken.picture.array, mapped.picture)
    assert taken.picture.shape == (2, 8, 6, 3)
    assert taken.picture.dtype == np.float16
    assert len(taken) == len(taken.mask) == 2
    assert taken.month.tolist() == ["2014-04", "2014-07"]
    assert [int(picture.max()) for picture in taken.picture] == [4, 7]
    assert taken.picture[np.array([1, 0])][:, 0, 0, 0].tolist() == [7, 4]
    assert taken.mask[1].all()
    np.testing.assert_array_equal(np.asarray(taken.mask, dtype=float).mean(axis=(1, 2)), [0, 1])


def test_rows_on_disk_cannot_be_had_without_a_copy(mapped):
    with pytest.raises(ValueError, match="without a copy"):
        np.asarray(mapped.take(np.array([1])).picture, copy=False)


def test_batches_of_examples_on_disk_are_those_of_memory(mapped):
    index = np.array([8, 3, 5, 0, 1])
    held = Examples(np.array(mapped.picture), np.array(mapped.mask), mapped.month, mapped.scenario)
    made = [list(batches(examples.take(index), batch=2, how="turn", seed=1, epoch=3)) for examples in (mapped, held)]
    for one, two in zip(*made, strict=True):
        np.testing.assert_array_equal(one[0], two[0])
        np.testing.assert_array_equal(one[1], two[1])


def test_what_nobody_looked_at_is_no_data_rather_than_no_fringe():
    rng = np.random.default_rng(0)
    residual = rng.normal(0, 2.9, (2, SLOTS, 410)).astype(np.float32)
    residual[:, 400:405] = np.nan
    residual[1, 410:415] = np.nan
    looked_at = np.zeros((SLOTS, 410), dtype=bool)
    looked_at[380:450, :237] = True
    mask = np.zeros_like(looked_at)
    mask[370:460, 100:103] = True
    part = slice(370, 470)
    example = real_example(residual, mask, looked_at, step=16, part=part, scenario="drawn")
    assert example.picture.shape == example_shape(100, step=16)
    present = example.picture[..., 2]
    assert (present[:10] == 0).all()
    assert (present[80:] == 0).all()
    assert (present[:, 237:] == 0).all()
    assert (present[40:45, :237] == 0.5).all()
    assert (example.picture[present == 0] == 0).all()
    fringe = np.flatnonzero(example.mask[:, 101])
    assert fringe.tolist() == [*range(10, 30), *range(35, 80)]  # where there are samples, too


@pytest.mark.parametrize(
    ("first", "last", "starts"),
    [(100, 500, (100, 400)), (300, 340, (240, 300)), (840, 864, (764, 764)), (0, 30, (0, 0))],
)
def test_a_stretch_lies_where_somebody_looked_or_around_it(first, last, starts):
    looked_at = np.zeros((SLOTS, 4), dtype=bool)
    looked_at[first:last] = True
    rng = np.random.default_rng(0)
    found = [choose_stretch(looked_at, 100, rng) for _ in range(2000)]
    assert {part.stop - part.start for part in found} == {100}
    assert (min(part.start for part in found), max(part.start for part in found)) == starts


def test_lines_of_the_classical_detector_are_made_as_wide_as_simulated_fringes():
    frequency_hz = SpectraSettings().frequency_hz
    column = 50 + np.arange(60) // 3
    classical = np.zeros((60, 410), dtype=np.uint8)
    classical[:, 40:90] = 1  # regions are no lines
    classical[np.arange(60), column] = 2
    classical[10:20] = NO_DATA
    expected = fringe_mask(frequency_hz[column][:, None], frequency_hz)
    expected[10:20] = False
    np.testing.assert_array_equal(line_mask(classical), expected)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"simulated": 0}, "no source of examples"),
        ({"drawn": "masks"}, "curated, drawn, labelled, laid and unlabelled nights lie in an archive: say which"),
        ({"curated": "list.csv"}, "curated, drawn, labelled, laid and unlabelled nights lie in an archive"),
        ({"scenario": "calm"}, "scenario 'calm' is none of quiet, fringes"),
        ({"slots": 865}, "less than or equal to 864"),
    ],
)
def test_sources_that_give_nothing_are_errors(fields, message):
    with pytest.raises(ValidationError, match=message):
        ExampleSources(**fields)


def test_fringes_laid_over_a_night_stand_out_where_their_mask_is():
    """Without them the same pixels are like all others; the noise below is the same."""
    night = dt.date(2014, 1, 10)
    quiet = draw_scenario("wide-quiet", night, 1)
    density = measured_density(quiet, SpectraSettings().frequency_hz, np.random.default_rng(1))
    options = {"seed": 3, "step": 16, "slots": SLOTS}
    laid = [laid_example(density, night, number=number, **options) for number in range(8)]
    with_fringes = [example for example in laid if example.mask.sum() > 1000]
    assert 3 <= len(with_fringes) < 8
    for example in with_fringes:
        seen = example.picture[..., :2].max(axis=-1).astype(np.float32)
        there = example.picture[..., 2] > 0
        assert seen[example.mask & there].mean() > seen[~example.mask & there].mean() + 0.08
