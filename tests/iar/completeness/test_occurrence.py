"""The corrected occurrence is the planted one: of counts that were drawn, and of nights whose verdicts were."""

import datetime as dt

import numpy as np
import pytest

from iar.completeness.occurrence import CORRECTED, FEWEST_LAID, Sight, corrected, corrected_share
from iar.fringes.climatology import NightFringes, climatology
from iar.night import SEASONS

DRAWS = 4000
NORTH = 55.0


@pytest.mark.parametrize("occurrence", [0.05, 0.3, 0.8])
@pytest.mark.parametrize("seen", [0.95, 0.7])
@pytest.mark.parametrize("false", [0.0, 0.03])
def test_nineteen_of_twenty_intervals_hold_the_planted_occurrence(occurrence, seen, false):
    rng = np.random.default_rng(1)
    called = occurrence * seen + (1 - occurrence) * false
    some, hits = rng.binomial(200, called, DRAWS), rng.binomial(44, seen, DRAWS)
    alarms = rng.binomial(100, false, DRAWS)
    share, low, high = corrected_share(
        some.astype(float), np.full(DRAWS, 200.0), hits.astype(float), np.full(DRAWS, 44.0), alarms, 100
    )
    inside = ((low <= occurrence) & (occurrence <= high)).mean()
    assert 0.93 <= inside <= 1.0
    assert np.median(share) == pytest.approx(occurrence, abs=0.03)


def test_a_detector_without_a_fault_changes_nothing_but_the_interval():
    share, low, high = corrected_share(np.array([30.0]), np.array([60.0]), np.array([1e6]), np.array([1e6]), 0, 10**6)
    assert share == pytest.approx(0.5)
    assert (low, high) == (pytest.approx(0.377, abs=0.002), pytest.approx(0.623, abs=0.002))  # Wilson's


@pytest.mark.parametrize("counts", [(0, 0, 9, 10, 0, 10), (3, 9, 9, FEWEST_LAID - 1, 0, 10), (3, 9, 0, 50, 9, 10)])
def test_what_cannot_be_told_is_not(counts):
    some, of, hits, laid, alarms, trials = counts
    assert np.isnan(corrected_share(*(np.array([float(x)]) for x in (some, of, hits, laid)), alarms, trials)).all()


def planted(rng, first: dt.date, nights: int, occurrence: dict, seen: dict) -> list[NightFringes]:
    """Nights that have fringes, and are called so, as often as is planted for their season."""
    season_of = {month: name for name, months in SEASONS.items() for month in months}
    made = []
    for day in range(nights):
        night = first + dt.timedelta(days=day)
        season = season_of[night.month]
        called = rng.random() < occurrence[season] * seen[season]
        made.append(NightFringes(night, "fringes" if called else "no_fringes", np.full(24, np.nan), np.nan, np.nan))
    return made


def test_months_and_years_of_planted_nights_have_the_planted_occurrence_within_their_intervals():
    rng = np.random.default_rng(4)
    names = list(SEASONS)
    occurrence, seen = (dict(zip(names, values, strict=True)) for values in ((0.8, 0.4, 0.2), (0.6, 0.8, 0.95)))
    nights = planted(rng, dt.date(2012, 1, 1), 3 * 366, occurrence, seen)
    laid = dict.fromkeys(names, 120)
    sight = Sight(laid, {name: rng.binomial(120, seen[name]) for name in names}, 100, 0)
    found = corrected(climatology(nights), nights, sight, NORTH)
    months = found.by_month
    truth = np.array([occurrence[next(n for n in names if month in SEASONS[n])] for month in months.index])
    raw_inside = (months["occurrence_low"] <= truth) & (truth <= months["occurrence_high"])
    inside = (months[CORRECTED[1]] <= truth) & (truth <= months[CORRECTED[2]])
    assert inside.sum() >= 11
    assert raw_inside.sum() <= 8  # what is raw is too low, most of all where a season is hard to see


def test_a_year_whose_seasons_differ_in_both_has_the_mean_of_its_months():
    names, held = list(SEASONS), []
    occurrence, seen = (dict(zip(names, values, strict=True)) for values in ((0.8, 0.4, 0.2), (0.6, 0.8, 0.95)))
    for seed in range(10):
        rng = np.random.default_rng(seed)
        nights = planted(rng, dt.date(2013, 1, 1), 365, occurrence, seen)
        sight = Sight(dict.fromkeys(names, 120), {name: rng.binomial(120, seen[name]) for name in names}, 100, 0)
        share, low, high = corrected(climatology(nights), nights, sight, NORTH).by_year.loc[2013, list(CORRECTED)]
        truth = np.mean([occurrence[name] for one in nights for name in names if one.night.month in SEASONS[name]])
        assert share == pytest.approx(truth, abs=0.12)
        held.append(low <= truth <= high)
    assert sum(held) >= 8


def test_seasons_of_the_south_are_its_own_and_few_fans_say_nothing():
    names = list(SEASONS)
    nights = planted(
        np.random.default_rng(2), dt.date(2014, 1, 1), 31, dict.fromkeys(names, 1.0), dict.fromkeys(names, 1.0)
    )
    sight = Sight({"summer": 50, "winter": 5}, {"summer": 25, "winter": 5}, 100, 0)
    south, north = (corrected(climatology(nights), nights, sight, latitude).by_month for latitude in (-35.0, NORTH))
    assert south.loc[1, CORRECTED[0]] == 1.0  # half are seen, and all were found: no more than all
    assert np.isnan(north.loc[1, CORRECTED[0]])
    assert south.loc[2:, list(CORRECTED)].isna().all(axis=None)
