import datetime as dt

import numpy as np
import pytest
from scipy.signal import find_peaks

from iar.errors import InputError
from iar.night import SLOTS, dark_slots
from iar.simulation.fringes import IONOSPHERES, draw_fringes, draw_resonator, parse_ionosphere, undrowned
from iar.simulation.scenario import ESKDALEMUIR

DARK = dark_slots(18, 6, 12)
SEEN_HZ = {(2014, 4): (0.32, 0.65), (2014, 1): (0.58, 1.39), (2019, 1): (1.2, 2.1)}
"""Spacings that are seen in the dark at Eskdalemuir (Beggan & Musur 2018), by year and month."""
MONTHS = [*SEEN_HZ, (2014, 7)]
SHARE_SEEN = {"chapman": 0.8, "iri": 0.6}
NIGHTS = {"chapman": 12, "iri": 4}


def rng_of(seed):
    return np.random.default_rng(seed)


def resonators_of(ionosphere, year, month):
    dates = [dt.date(year, month, 1 + 2 * i) for i in range(NIGHTS[ionosphere])]
    return [draw_resonator(rng_of(i), date, ESKDALEMUIR, ionosphere) for i, date in enumerate(dates)]


@pytest.fixture(scope="module")
def climate():
    """Spacing of nights by ionosphere and month: Hz, shape (night, slot)."""
    return {
        ionosphere: {
            month: np.array([resonator.spacing_hz for resonator in resonators_of(ionosphere, *month)])
            for month in MONTHS
        }
        for ionosphere in IONOSPHERES
    }


@pytest.mark.parametrize("month", SEEN_HZ)
@pytest.mark.parametrize("ionosphere", IONOSPHERES)
def test_spacing_in_the_dark_is_what_is_seen_at_eskdalemuir(climate, ionosphere, month):
    low_hz, high_hz = SEEN_HZ[month]
    spacing_hz = climate[ionosphere][month][:, DARK]
    assert np.mean((spacing_hz >= low_hz) & (spacing_hz <= high_hz)) >= SHARE_SEEN[ionosphere]


@pytest.mark.parametrize("ionosphere", IONOSPHERES)
def test_spacing_is_widest_in_winter_and_when_the_sun_is_quiet(climate, ionosphere):
    medians = {month: np.median(spacing_hz[:, DARK]) for month, spacing_hz in climate[ionosphere].items()}
    assert medians[2019, 1] > medians[2014, 1] > max(medians[2014, 4], medians[2014, 7])


@pytest.mark.parametrize("ionosphere", IONOSPHERES)
@pytest.mark.parametrize("month", [(2014, 1), (2019, 1)])
def test_spacing_has_two_maxima_in_a_winter_night(climate, ionosphere, month):
    for spacing_hz in climate[ionosphere][month]:
        assert len(find_peaks(spacing_hz[SLOTS // 6 : -SLOTS // 6])[0]) == 2


@pytest.mark.parametrize("month", MONTHS)
def test_both_ionospheres_agree_within_a_factor(climate, month):
    ours, theirs = (np.median(climate[name][month][:, DARK]) for name in IONOSPHERES)
    assert 1 / 1.6 < ours / theirs < 1.6


def test_spacing_varies_from_day_to_day_by_a_tenth(climate):
    midnight_hz = climate["chapman"][2014, 1][:, SLOTS // 2]
    assert 0.05 < np.log(midnight_hz).std() < 0.25


def test_an_ionosphere_is_told_by_its_name_and_an_unknown_one_raises():
    assert [parse_ionosphere(name) for name in IONOSPHERES] == ["chapman", "iri"]
    with pytest.raises(InputError, match="ionosphere 'venus' is none of chapman, iri"):
        parse_ionosphere("venus")


def test_other_waves_drown_half_of_the_fringes_at_the_drowned_frequency():
    assert undrowned(np.array([0.8]), 0.8)[0] == pytest.approx(0.5)
    low, high = undrowned(np.array([0.1, 5.0]), 0.8)
    assert low < 0.01
    assert high > 0.99


def test_deeper_fringes_take_a_larger_share_of_the_power():
    resonator = draw_resonator(rng_of(3), dt.date(2014, 1, 10), ESKDALEMUIR, "chapman")
    shares = [draw_fringes(rng_of(1), resonator, depth_db).share.max() for depth_db in (1.0, 3.0, 6.0)]
    assert 0 < shares[0] < shares[1] < shares[2] < 1


def test_fringes_are_dark_things():
    resonator = draw_resonator(rng_of(3), dt.date(2014, 1, 10), ESKDALEMUIR, "chapman")
    for seed in range(10):
        fringes = draw_fringes(rng_of(seed), resonator, 6.0)
        assert fringes.share[:150].max() == fringes.share[-150:].max() == 0
        assert fringes.share[SLOTS // 2] > 0
        assert sorted(fringes.gain)[1] == 1
        assert 0.5 <= min(fringes.gain) <= 1
        assert np.abs(np.diff(np.log(fringes.delta_f_hz))).max() < 0.01  # a drift, no jump
