import dataclasses
import datetime as dt
from typing import get_type_hints

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iar.cli import nights
from iar.errors import InputError
from iar.night import CHANNELS, SLOTS
from iar.simulation.density import expected_density
from iar.simulation.fringes import IONOSPHERES
from iar.simulation.ladder import Ladder
from iar.simulation.scenario import DEPTH_DB, MIXTURE, MIXTURES, SCENARIOS, WIDE_SCENARIOS, draw_scenario
from iar.simulation.truth import fringe_frequencies

NIGHT = dt.date(2014, 1, 10)
WITHOUT_FRINGES = ("quiet", "comb", "storm", "pearls")
NAMES = (*SCENARIOS, *WIDE_SCENARIOS, *MIXTURES)
COARSE_HZ = np.arange(0.5, 10.5, 0.25)


def numbers(thing):
    """All that was drawn, flat, to compare night with night."""
    if dataclasses.is_dataclass(thing):
        return [n for field in dataclasses.fields(thing) for n in numbers(getattr(thing, field.name))]
    if isinstance(thing, tuple):
        return [n for part in thing for n in numbers(part)]
    return np.ravel(thing).tolist()


@pytest.mark.parametrize("name", NAMES)
def test_same_seed_draws_the_same_night(name):
    assert numbers(draw_scenario(name, NIGHT, 3)) == numbers(draw_scenario(name, NIGHT, 3))


def test_another_seed_or_another_night_is_another_night():
    first = numbers(draw_scenario("fringes", NIGHT, 3))
    assert first != numbers(draw_scenario("fringes", NIGHT, 4))
    assert first[2:] != numbers(draw_scenario("fringes", NIGHT + dt.timedelta(days=1), 3))[2:]


@settings(max_examples=40)
@given(st.sampled_from(NAMES), st.dates(dt.date(1900, 1, 1), dt.date(2199, 12, 31)), st.integers(0, 2**32))
def test_any_night_of_three_centuries_can_be_drawn_and_measured(name, night, seed):
    drawn = draw_scenario(name, night, seed)
    assert all(np.isfinite(n) for n in numbers(drawn) if isinstance(n, float))
    expected = expected_density(drawn, COARSE_HZ)
    assert expected.shape == (len(CHANNELS), SLOTS, len(COARSE_HZ))
    assert np.all(np.isfinite(expected))
    assert np.all(expected > 0)
    tracks = fringe_frequencies(drawn, COARSE_HZ)
    assert np.all(np.isnan(tracks) | (tracks > 0))
    if drawn.fringes is not None:
        assert np.all(drawn.fringes.delta_f_hz > 0.1)
    if drawn.fringes is not None and not isinstance(drawn.fringes, Ladder):
        assert np.all((drawn.fringes.share >= 0) & (drawn.fringes.share < 1))


def test_unknown_scenario_raises_and_names_those_there_are():
    with pytest.raises(InputError, match=r"scenario 'sunny' is none of quiet, fringes, faint, comb, .*mixed"):
        draw_scenario("sunny", NIGHT, 0)


def offered_for(option):
    return get_type_hints(nights.simulate, include_extras=True)[option].__metadata__[0].help


def test_every_scenario_that_the_command_line_offers_is_drawn_and_every_one_drawn_is_offered():
    offered = offered_for("scenario").rstrip(".").replace(" or ", ", ").split(", ")
    assert set(offered) == set(NAMES)
    for name in offered:
        drawn = draw_scenario(name, NIGHT, 1)
        assert name in {drawn.name, *MIXTURES}


def test_the_command_line_offers_every_ionosphere():
    assert all(f"{name}: " in offered_for("ionosphere") for name in IONOSPHERES)


@settings(max_examples=15)
@given(st.sampled_from(WITHOUT_FRINGES), st.integers(0, 10_000))
def test_negative_controls_have_no_fringes(name, seed):
    assert draw_scenario(name, NIGHT, seed).fringes is None


@settings(max_examples=20)
@given(st.sampled_from(sorted(DEPTH_DB)), st.integers(0, 10_000))
def test_fringes_stay_within_what_is_seen_at_eskdalemuir(name, seed):
    fringes = draw_scenario(name, NIGHT, seed).fringes
    assert np.all((fringes.delta_f_hz >= 0.25) & (fringes.delta_f_hz <= 2.6))
    assert fringes.share[:150].max() == fringes.share[-150:].max() == 0  # the day has none


@pytest.mark.parametrize(
    ("name", "lines_in_band", "pearls", "loud_slots", "gaps"),
    [
        ("quiet", 0, 0, 5, False),
        ("comb", 5, 0, 5, False),
        ("storm", 0, 0, 150, False),
        ("pearls", 0, 1, 5, False),
        ("gaps", 0, 0, 5, True),
    ],
)
def test_each_scenario_has_what_its_name_says(name, lines_in_band, pearls, loud_slots, gaps):
    for seed in range(8):
        drawn = draw_scenario(name, NIGHT, seed)
        assert sum(line.frequency_hz.max() < 20 for line in drawn.lines) >= lines_in_band
        assert len(drawn.pearls) >= pearls
        assert (len(drawn.pearls) > 0) == (pearls > 0)
        assert (drawn.sferics_pt > 0).sum() >= loud_slots
        assert drawn.missing.any() or not gaps
        assert gaps or not drawn.defects


def test_storm_swells_by_many_decibels_and_a_quiet_night_does_not():
    swell = {name: [np.ptp(draw_scenario(name, NIGHT, s).swell_db) for s in range(8)] for name in ("quiet", "storm")}
    assert max(swell["quiet"]) < 5
    assert np.median(swell["storm"]) > 8


def test_gaps_have_missing_slots_and_most_other_nights_have_none():
    assert all(draw_scenario("gaps", NIGHT, seed).missing.any() for seed in range(10))
    whole = [not draw_scenario("quiet", NIGHT, seed).missing.any() for seed in range(20)]
    assert sum(whole) >= 12


def test_mixture_is_whole_and_half_of_its_nights_have_no_fringes():
    assert set(MIXTURE) == set(SCENARIOS)
    assert sum(MIXTURE.values()) == pytest.approx(1)
    drawn = [draw_scenario("mixed", NIGHT + dt.timedelta(days=i), 0) for i in range(200)]
    assert np.mean([night.fringes is None for night in drawn]) == pytest.approx(0.45, abs=0.12)
    with_fringes = [night for night in drawn if night.fringes is not None]
    assert any(sum(line.frequency_hz.max() < 20 for line in night.lines) > 5 for night in with_fringes)  # and a comb
    assert any(night.pearls for night in with_fringes)


def test_fringes_come_from_the_iri_where_it_is_wanted():
    layer, iri = (draw_scenario("fringes", NIGHT, 3, ionosphere=name).fringes for name in IONOSPHERES)
    assert not np.allclose(layer.delta_f_hz, iri.delta_f_hz, rtol=0.01)
    assert layer.lag_rad == iri.lag_rad  # all else is the same night


def test_fringes_are_those_of_the_place():
    here, there = (
        draw_scenario("fringes", NIGHT, 3, position=position).fringes for position in ((55.314, -3.206), (-55.0, -3.2))
    )
    assert here.delta_f_hz.mean() > 1.3 * there.delta_f_hz.mean()  # it is summer there
