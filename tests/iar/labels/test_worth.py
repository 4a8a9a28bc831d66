"""What a sample says of an archive, held against archives whose truth is known."""

import numpy as np
import pytest

from iar.labels.sampling import draw_sample, even_quotas
from iar.labels.worth import Strata, measure_worth, worth_after

SEASONS = np.array(["DJF", "MAM", "JJA", "SON"])
NIGHTS = {"fringes": 500, "interference": 90, "no_fringes": 600}
TRUE = {"fringes": (0.97, 0.9, 0.85, 0.95), "interference": (0.1,) * 4, "no_fringes": (0.02, 0.05, 0.04, 0.02)}
"""Share of nights with fringes, by verdict and season."""


@pytest.fixture(scope="module")
def planted():
    """Verdict and season of each night, and whether it has fringes."""
    rng = np.random.default_rng(3)
    verdict = np.repeat(list(NIGHTS), list(NIGHTS.values()))
    season = rng.choice(4, len(verdict), p=(0.35, 0.25, 0.15, 0.25))
    share = np.array([TRUE[v][s] for v, s in zip(verdict, season, strict=True)])
    return verdict, SEASONS[season], rng.random(len(verdict)) < share


def strata_of(verdict, season, truth, judged) -> Strata:
    kinds = sorted(set(zip(verdict.tolist(), season.tolist(), strict=True)))
    there = [(verdict == v) & (season == s) for v, s in kinds]
    seen = np.zeros(len(verdict), bool)
    seen[judged] = True
    return Strata(
        np.array([v for v, _ in kinds]),
        *(np.array([np.sum(one & part) for one in there], float) for part in (True, seen, seen & truth)),
    )


def worth_of_draw(planted, seed, judged):
    verdict, season, truth = planted
    order = draw_sample(verdict, season, 300, seed)
    return measure_worth(strata_of(verdict, season, truth, order[:judged]))


def truth_of(planted) -> tuple[float, float]:
    verdict, _, truth = planted
    called = verdict == "fringes"
    return truth[called].mean(), called[truth].mean()


@pytest.mark.parametrize("judged", [60, 150, 300])
def test_intervals_hold_the_truth_in_about_95_of_100_draws(planted, judged):
    precision, recall = truth_of(planted)
    found = [worth_of_draw(planted, seed, judged) for seed in range(200)]
    for true, intervals in ((precision, [w.precision for w in found]), (recall, [w.recall for w in found])):
        covered = np.mean([i.low <= true <= i.high for i in intervals])
        assert 0.90 <= covered <= 0.98, covered
        assert np.mean([i.share for i in intervals]) == pytest.approx(true, abs=0.02)


def test_more_judging_narrows_as_it_was_said(planted):
    verdict, season, truth = planted
    order = draw_sample(verdict, season, 300, 5)
    now, later = (strata_of(verdict, season, truth, order[:n]) for n in (100, 200))
    said, came = worth_after(now, later.judged - now.judged), measure_worth(later)
    assert said.precision.width < measure_worth(now).precision.width
    assert said.precision.width == pytest.approx(came.precision.width, rel=0.5)
    assert said.recall.width == pytest.approx(came.recall.width, rel=0.5)


def test_who_judged_every_night_knows():
    strata = Strata(np.array(["fringes", "none"]), *(np.array(a, float) for a in ([10, 10], [10, 10], [9, 1])))
    worth = measure_worth(strata)
    assert (worth.precision.low, worth.precision.high) == (0.9, 0.9)
    assert worth.recall.low == worth.recall.high == pytest.approx(0.9)


def test_one_stratum_has_the_interval_of_jeffreys():
    strata = Strata(np.array(["fringes"]), *(np.array([a], float) for a in (1e9, 50, 48)))
    found = measure_worth(strata).precision
    share = np.linspace(0, 1, 200_001)[1:-1]
    density = share**47.5 * (1 - share) ** 1.5  # likelihood of 48 of 50 times Jeffreys' prior
    below = np.cumsum(density) / density.sum()
    assert found.share == 0.96
    assert np.interp([found.low, found.high], share, below) == pytest.approx([0.025, 0.975], abs=1e-4)


def test_nothing_judged_says_nothing():
    strata = Strata(np.array(["fringes", "none"]), *(np.array(a, float) for a in ([10, 10], [0, 0], [0, 0])))
    worth = measure_worth(strata)
    assert np.isnan(worth.precision.share)
    assert np.isnan(worth.recall.share)


def test_a_sample_has_as_many_of_each_verdict_and_seasons_in_proportion(planted):
    verdict, season, _ = planted
    order = draw_sample(verdict, season, 240, 1)
    assert len(set(order.tolist())) == 240
    assert {name: int(np.sum(verdict[order] == name)) for name in NIGHTS} == {
        "fringes": 80, "interference": 80, "no_fringes": 80,
    }  # fmt: skip
    for name in ("fringes", "no_fringes"):
        all_of, drawn = season[verdict == name], season[order][verdict[order] == name]
        for quarter in SEASONS:
            assert np.mean(drawn == quarter) == pytest.approx(np.mean(all_of == quarter), abs=0.03)
    first = verdict[order[:60]]
    assert all(15 <= np.sum(first == name) <= 25 for name in NIGHTS)


def test_the_same_seed_draws_the_same_nights(planted):
    verdict, season, _ = planted
    one, same, other = (draw_sample(verdict, season, 50, seed) for seed in (1, 1, 2))
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)


def test_quotas_are_even_and_never_more_than_there_are():
    assert even_quotas([3, 100, 100], 50) == [3, 23, 24]
    assert even_quotas([1, 2], 50) == [1, 2]
    assert even_quotas([], 50) == []


def test_an_empty_archive_has_an_empty_sample():
    assert len(draw_sample(np.array([], str), np.array([], str), 10, 1)) == 0
