import datetime as dt
from typing import get_type_hints

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iar import cli
from iar.errors import InputError
from iar.simulation.scenario import DEPTH_DB, MIXTURE, SCENARIOS, draw_scenario

NIGHT = dt.date(2014, 1, 10)
WITHOUT_FRINGES = ("quiet", "comb", "storm", "pearls")


def numbers(thing):
    """All that was drawn, flat, to compare night with night."""
    if hasattr(thing, "__dataclass_fields__"):
        return [n for name in thing.__dataclass_fields__ for n in numbers(getattr(thing, name))]
    if isinstance(thing, tuple):
        return [n for part in thing for n in numbers(part)]
    return np.ravel(thing).tolist()


@pytest.mark.parametrize("name", [*SCENARIOS, "mixed"])
def test_same_seed_draws_the_same_night(name):
    assert numbers(draw_scenario(name, NIGHT, 3)) == numbers(draw_scenario(name, NIGHT, 3))


def test_another_seed_or_another_night_is_another_night():
    first = numbers(draw_scenario("fringes", NIGHT, 3))
    assert first != numbers(draw_scenario("fringes", NIGHT, 4))
    assert first[2:] != numbers(draw_scenario("fringes", NIGHT + dt.timedelta(days=1), 3))[2:]


def test_unknown_scenario_raises_and_names_those_there_are():
    with pytest.raises(InputError, match=r"scenario 'sunny' is none of quiet, fringes, faint, comb, .*mixed"):
        draw_scenario("sunny", NIGHT, 0)


def test_every_scenario_that_the_command_line_offers_is_drawn_and_every_one_drawn_is_offered():
    told = get_type_hints(cli.simulate, include_extras=True)["scenario"].__metadata__[0].help
    offered = told.rstrip(".").replace(" or ", ", ").split(", ")
    assert set(offered) == {*SCENARIOS, "mixed"}
    for name in offered:
        drawn = draw_scenario(name, NIGHT, 1)
        assert name in {drawn.name, "mixed"}


@settings(deadline=None, max_examples=15)
@given(st.sampled_from(WITHOUT_FRINGES), st.integers(0, 10_000))
def test_negative_controls_have_no_fringes(name, seed):
    assert draw_scenario(name, NIGHT, seed).fringes is None


@settings(deadline=None, max_examples=15)
@given(st.sampled_from(sorted(DEPTH_DB)), st.integers(0, 10_000))
def test_fringes_stay_within_what_is_seen_at_eskdalemuir(name, seed):
    fringes = draw_scenario(name, NIGHT, seed).fringes
    assert np.all((fringes.delta_f_hz >= 0.25) & (fringes.delta_f_hz <= 2.2))
    assert np.all((fringes.phi >= 0) & (fringes.phi < 1))
    assert np.abs(np.diff(fringes.delta_f_hz) / fringes.delta_f_hz[1:]).max() < 0.01  # a drift, no jump
    assert np.all(fringes.depth_db >= 0)
    assert fringes.depth_db.max() <= 1.3 * DEPTH_DB[name][1]
    assert fringes.depth_db[:150].max() == fringes.depth_db[-150:].max() == 0  # the day has none


@settings(deadline=None, max_examples=15)
@given(st.integers(0, 10_000))
def test_comb_is_harmonics_of_one_constant_frequency_in_one_channel(seed):
    lines = [line for line in draw_scenario("comb", NIGHT, seed).lines if np.ptp(line.frequency_hz) == 0]
    f0_hz = lines[0].frequency_hz[0]
    count = int(10.5 / f0_hz)
    assert 0.7 <= f0_hz <= 1.6
    np.testing.assert_allclose([line.frequency_hz[0] for line in lines[:count]], f0_hz * np.arange(1, count + 1))
    assert len({line.channel for line in lines[:count]}) == 1


def test_gaps_have_missing_slots_and_most_other_nights_have_none():
    assert all(draw_scenario("gaps", NIGHT, seed).missing.any() for seed in range(10))
    whole = [not draw_scenario("quiet", NIGHT, seed).missing.any() for seed in range(20)]
    assert sum(whole) >= 12


def test_mixture_is_whole_and_half_of_its_nights_have_no_fringes():
    assert set(MIXTURE) == set(SCENARIOS)
    assert sum(MIXTURE.values()) == pytest.approx(1)
    drawn = [draw_scenario("mixed", NIGHT + dt.timedelta(days=i), 0).fringes is None for i in range(200)]
    assert np.mean(drawn) == pytest.approx(0.45, abs=0.12)
