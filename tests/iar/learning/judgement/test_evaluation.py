"""Judged with detectors whose answers are known: one that is told the truth, one that is blind, and a fence."""

import datetime as dt
import json
from dataclasses import replace

import numpy as np
import pytest

from iar.detection.inference import STEPS
from iar.errors import InputError
from iar.learning.examples import Examples
from iar.learning.judgement.evaluation import (
    DARK,
    FREQUENCY_HZ,
    Found,
    count_examples,
    evaluate_nights,
    frozen_nights,
    nights_digest,
    simulate_frozen,
)
from iar.learning.judgement.pixels import score_at
from iar.learning.judgement.summary import by_depth, by_season, evaluation_groups, noise_removed, summary
from iar.night import SEASONS, SLOTS
from iar.simulation.scenario import DEPTH_DB, SCENARIOS, WIDE_SCENARIOS, WIDE_WITH_FRINGES
from iar.simulation.truth import fringe_mask

NIGHTS = len(SCENARIOS)
FENCE = slice(40, None, 60)
"""Bins at which the fence stands, all night."""


def nothing():
    lines = np.full((SLOTS, 12), np.nan)
    return Found(np.zeros((SLOTS, len(FREQUENCY_HZ)), dtype=np.uint8), lines=(lines, lines))


def oracle():
    """Detector that is told the truth of the frozen nights, one after the other."""
    nights = iter([simulate_frozen(*night) for night in frozen_nights(NIGHTS)])

    def detect(_density, _dark):
        night = next(nights)
        line_hz = np.sort(night.f_n, axis=1)
        packed = fringe_mask(night.f_n, FREQUENCY_HZ) * np.uint8(STEPS)
        return Found(packed, lines=(line_hz, np.where(np.isnan(line_hz), np.nan, 1.0)))

    return detect


def fence(_density, _dark):
    packed = np.zeros_like(nothing().packed)
    packed[:, FENCE] = STEPS
    return replace(nothing(), packed=packed)


@pytest.fixture(scope="module")
def informed():
    """Oracle as the network, beside a fence as the published detector."""
    return evaluate_nights(oracle(), nights=NIGHTS, classical=fence)


@pytest.fixture(scope="module")
def blind():
    done = []
    evaluation = evaluate_nights(
        lambda _density, _dark: nothing(), nights=NIGHTS, report=lambda *informed: done.append(informed)
    )
    return evaluation, done


def test_frozen_nights_are_as_many_as_asked_for_in_all_scenarios_and_seasons():
    nights = frozen_nights(300)
    dates = [date for _, date in nights]
    assert len(set(dates)) == 300
    for scenario in SCENARIOS:
        months = [date.month for name, date in nights if name == scenario]
        assert len(months) in (42, 43)
        assert len(set(months)) >= 10


@pytest.mark.parametrize("number", [66, 77, 154, 300])
def test_every_scenario_is_seen_in_all_seasons_alike(number):
    """Of 77 nights in turn every 7th would be a year later: a scenario would have one season."""
    nights = frozen_nights(number)
    for scenario in SCENARIOS:
        months = [date.month for name, date in nights if name == scenario]
        for season in SEASONS.values():
            assert sum(month in season for month in months) == pytest.approx(len(months) / 3, abs=2.5)


def test_nights_have_a_digest_that_another_noise_changes_and_a_last_digit_does_not(informed, blind):
    assert informed.digest == blind[0].digest
    night = simulate_frozen("quiet", dt.date(2012, 3, 1))
    assert replace(night, density=night.density * np.float32(1 + 1e-6)).marks == night.marks
    assert replace(night, density=night.density * np.float32(1.01)).marks != night.marks
    assert simulate_frozen("quiet", dt.date(2012, 3, 2)).marks != night.marks


@pytest.mark.parametrize(
    ("scenarios", "digest"), [(SCENARIOS, "4a2c0b3d7e0d2bfa"), (WIDE_SCENARIOS, "75306ff2f9f75156")]
)
def test_the_frozen_nights_stay_what_they_were(scenarios, digest):
    """Cards are compared by the digest of all nights: whoever changes the simulator makes every old score useless."""
    assert nights_digest(simulate_frozen(*night).marks for night in frozen_nights(300, scenarios)[:7]) == digest


def test_the_wide_world_has_frozen_nights_of_its_own_scenarios_and_its_own_seed(blind):
    wide = evaluate_nights(lambda _density, _dark: nothing(), nights=len(WIDE_SCENARIOS), scenarios=WIDE_SCENARIOS)
    assert set(wide.scenario) == set(WIDE_SCENARIOS)
    assert wide.digest != blind[0].digest
    informed, present = (summary(one, threshold=0.5) for one in (wide, blind[0]))
    assert (informed["seed"], present["seed"]) == (30_000_000, 20_000_000)
    assert list(informed["scenarios"]) == list(WIDE_SCENARIOS)
    judged = {name for name, numbers in informed["scenarios"].items() if "f1" in numbers}
    assert {"wide-ladder"} <= judged <= set(WIDE_WITH_FRINGES)


def test_fewer_nights_than_scenarios_are_refused():
    with pytest.raises(InputError, match=f"{NIGHTS - 1} evaluation nights: each of the {NIGHTS} scenarios"):
        frozen_nights(NIGHTS - 1)


def test_a_frozen_night_is_the_same_each_time():
    one, other = (simulate_frozen(*frozen_nights(NIGHTS)[1]) for _ in range(2))
    np.testing.assert_array_equal(one.density, other.density)
    assert one.depth_db == other.depth_db
    assert DEPTH_DB["fringes"][0] * 0.7 < one.depth_db < DEPTH_DB["fringes"][1] * 1.2


def test_who_is_told_the_truth_errs_nowhere(informed):
    numbers = summary(informed, threshold=0.5)
    ours = numbers["network"]
    assert (ours["f1"], ours["iou_fringe"], ours["false_pixels_a_night"]) == (1, 1, 0)
    assert (ours["false_nights"], ours["missed_nights"], numbers["calibration_error"]) == (0, 0, 0)
    assert ours["spacing_error_median_hz"] < 0.01


def test_false_pixels_of_a_fence_are_all_but_those_on_fringes(informed):
    numbers = summary(informed, threshold=0.5)
    pixels = int(DARK.sum()) * len(range(*FENCE.indices(len(FREQUENCY_HZ))))
    for scenario in set(SCENARIOS) - set(DEPTH_DB):
        assert numbers["scenarios"][scenario]["classical"]["false_pixels_a_night"] == pixels
    assert 0 < numbers["scenarios"]["fringes"]["classical"]["false_pixels_a_night"] < pixels
    at_recall = numbers["at_classical_recall"]
    assert (at_recall["false_pixels"], at_recall["fewer_false_pixels"]) == (0, 1)
    assert at_recall["recall"] >= at_recall["classical_recall"] > 0


def test_the_truth_makes_none_of_the_fences_noise_and_the_fence_all_of_it(informed):
    assert noise_removed(informed, threshold=0.5) == 1
    both = evaluate_nights(fence, nights=NIGHTS, classical=fence)
    assert noise_removed(both, threshold=0.5) == 0


def test_who_is_blind_makes_no_false_pixel_and_misses_every_night_of_fringes(blind):
    evaluation, done = blind
    numbers = summary(evaluation, threshold=0.5)
    ours = numbers["network"]
    assert (ours["recall"], ours["f1"], ours["precision"]) == (0, 0, None)
    assert (ours["false_pixels_a_night"], ours["false_nights"], ours["missed_nights"]) == (0, 0, 1)
    assert (ours["answered_slots"], ours["spacing_error_median_hz"]) == (0, None)
    assert done == [(number, NIGHTS) for number in range(1, NIGHTS + 1)]
    assert "classical" not in numbers


def test_numbers_are_json_without_nan(informed, blind):
    for evaluation in (informed, blind[0]):
        numbers = summary(evaluation, threshold=0.5)
        assert json.loads(json.dumps(numbers, allow_nan=False)) == numbers


def test_every_night_is_in_one_group_of_each_kind(informed):
    groups = evaluation_groups(informed)
    for kind in ("scenarios", "seasons"):
        np.testing.assert_array_equal(np.sum(list(groups[kind].values()), axis=0), 1)
    np.testing.assert_array_equal(np.sum(list(groups["depths"].values()), axis=0), np.isfinite(informed.depth_db))


def test_depths_beyond_the_edges_are_with_the_first_and_the_last():
    groups = by_depth(np.array([1.0, 2.5, 3.0, 8.9, 9.5, np.nan]))
    assert {name: np.flatnonzero(nights).tolist() for name, nights in groups.items()} == {
        "2-3 dB": [0, 1],
        "3-4 dB": [2],
        "8-9 dB": [3, 4],
    }


def test_seasons_are_those_of_the_months():
    months = np.array([f"2012-{month:02}" for month in range(1, 13)])
    groups = by_season(months)
    assert (np.flatnonzero(groups["winter"]) + 1).tolist() == [1, 2, 11, 12]
    assert (np.flatnonzero(groups["summer"]) + 1).tolist() == [5, 6, 7, 8]


def test_padding_and_missing_slots_of_labelled_nights_do_not_count():
    picture, mask = np.zeros((2, 8, 8, 3), dtype=np.float16), np.zeros((2, 8, 8), dtype=bool)
    picture[:, :6, :5, 2] = 1
    picture[1, 2, :, 2] = 0
    mask[:, :6, 2] = True
    examples = Examples(picture, mask, np.array(["2012-01", "2012-02"]), np.array(["drawn", "drawn"]))
    tally = count_examples(lambda pictures: np.ones(pictures.shape[:3], dtype=np.float32), examples)
    assert (tally.near + tally.far).sum(axis=1).tolist() == [30, 25]
    assert tally.truth.tolist() == [6, 5]
    assert score_at(tally.pooled(), 0.5).recall == 1
