import datetime as dt

import numpy as np
import pytest
from scipy import special

from iar.night import SLOTS
from iar.simulation.density import (
    expected_density,
    fringe_frequencies,
    fringe_gain_db,
    fringe_mask,
    measured_density,
)
from iar.simulation.scenario import draw_scenario
from iar.spectra.grid import frequencies

NIGHT = dt.date(2014, 1, 10)
FREQUENCY_HZ = frequencies(0.5, 10.5, 4096)
BIN_HZ = 1 / 40.96


@pytest.fixture(scope="module")
def scenario():
    return draw_scenario("fringes", NIGHT, 7)


@pytest.fixture(scope="module")
def expected(scenario):
    return expected_density(scenario, FREQUENCY_HZ)


@pytest.fixture(scope="module")
def measured(scenario, expected):
    return measured_density(expected, scenario.missing, np.random.default_rng(0)).astype(np.float64)


def test_pixel_scatters_as_three_segments_do(expected, measured):
    scatter_db = (20 * np.log10(measured / expected)).std()
    theory_db = 10 / np.log(10) * np.sqrt(special.polygamma(1, 3))  # log of chi-square, 6 degrees of freedom
    assert scatter_db == pytest.approx(theory_db, abs=0.03)
    assert scatter_db == pytest.approx(2.9, abs=0.2)  # real nights


def test_mean_power_is_the_expected_one(expected, measured):
    ratio = (measured / expected) ** 2
    assert ratio.mean() == pytest.approx(1, abs=0.005)
    np.testing.assert_allclose(ratio.mean(axis=1), 1, atol=0.12)  # at every frequency


def test_neighbouring_bins_share_what_a_hann_window_shares(expected, measured):
    power = (measured / expected)[0] ** 2
    shares = [np.corrcoef(power[:, :-k].ravel(), power[:, k:].ravel())[0, 1] for k in (1, 2, 3)]
    np.testing.assert_allclose(shares, [(2 / 3) ** 2, (1 / 6) ** 2, 0], atol=0.02)


def test_missing_slots_are_nan_and_no_others(expected):
    missing = np.zeros((2, SLOTS), dtype=bool)
    missing[0, 100:110] = missing[:, 500] = True
    density = measured_density(expected, missing, np.random.default_rng(0))
    np.testing.assert_array_equal(np.isnan(density), np.broadcast_to(missing[..., None], density.shape))


def test_night_without_disturbance_falls_as_eskdalemuir_does():
    density = expected_density(draw_scenario("quiet", NIGHT, 1), FREQUENCY_HZ)
    at_hz = {f: np.median(density[:, :, np.abs(FREQUENCY_HZ - f) < 0.15]) for f in (1, 2, 4)}
    assert 0.35 <= at_hz[1] <= 1.2
    assert at_hz[1] > at_hz[2] > at_hz[4]


def test_gain_is_half_the_depth_up_on_a_fringe_and_half_down_between(scenario):
    fringes, slot = scenario.fringes, 430
    spacing, phi = fringes.delta_f_hz[slot], fringes.phi[slot]
    on, between = (fringe_gain_db(fringes, (np.arange(1, 5) + phi + shift) * spacing)[slot] for shift in (0, 0.5))
    depth = [
        fringes.depth_db[slot]
        * np.exp(-((((np.arange(1, 5) + phi + shift) * spacing - fringes.centre_hz) / fringes.width_hz) ** 2))
        for shift in (0, 0.5)
    ]
    np.testing.assert_allclose(on, depth[0] / 2, rtol=1e-6)
    np.testing.assert_allclose(between, -depth[1] / 2, rtol=1e-6)


def test_expected_density_has_its_crests_at_the_fringes(scenario):
    bare = draw_scenario("fringes", NIGHT, 7)
    f_n = fringe_frequencies(scenario, FREQUENCY_HZ)
    fringes = scenario.fringes
    without = expected_density(type(bare)(**(bare.__dict__ | {"fringes": None})), FREQUENCY_HZ)
    gain = (expected_density(scenario, FREQUENCY_HZ) / without)[int(np.argmax(fringes.gain))]
    slot = 430
    for track in f_n[slot][np.isfinite(f_n[slot])]:
        near = np.flatnonzero(np.abs(FREQUENCY_HZ - track) < 0.5 * fringes.delta_f_hz[slot])
        crest_hz = FREQUENCY_HZ[near[gain[slot, near].argmax()]]
        assert abs(crest_hz - track) <= 3 * BIN_HZ


def test_tracks_are_the_comb_of_spacing_and_offset(scenario):
    f_n = fringe_frequencies(scenario, FREQUENCY_HZ)
    fringes = scenario.fringes
    comb = (np.arange(1, 13) + fringes.phi[:, None]) * fringes.delta_f_hz[:, None]
    seen = np.isfinite(f_n)
    np.testing.assert_allclose(f_n[seen], comb[seen])
    assert seen.any(axis=1).sum() > 100
    assert not seen[:150].any()  # by day


def test_mask_is_true_within_a_bin_and_a_half_of_a_fringe_and_only_there(scenario):
    f_n = fringe_frequencies(scenario, FREQUENCY_HZ)
    mask = fringe_mask(f_n, FREQUENCY_HZ)
    distance = np.nanmin(np.abs(FREQUENCY_HZ[None, None] - np.nan_to_num(f_n, nan=-99)[:, :, None]), axis=1)
    np.testing.assert_array_equal(mask, distance <= 1.5 * BIN_HZ)
    slot, harmonic = np.nonzero(np.isfinite(f_n))
    nearest = np.rint((f_n[slot, harmonic] - FREQUENCY_HZ[0]) / BIN_HZ).astype(int)
    assert mask[slot, nearest].all()
    assert not mask[~np.isfinite(f_n).any(axis=1)].any()


def test_slots_that_both_channels_miss_have_no_fringe_in_the_truth():
    scenario = draw_scenario("gaps", NIGHT, 5)
    gone = np.zeros((2, SLOTS), dtype=bool)
    gone[:, 420:440] = True
    gone[0, 380:400] = True
    holed = type(scenario)(**(scenario.__dict__ | {"missing": gone}))
    seen = np.isfinite(fringe_frequencies(holed, FREQUENCY_HZ)).any(axis=1)
    assert not seen[420:440].any()
    assert seen[380:400].all()


@pytest.mark.parametrize("name", ["quiet", "comb", "storm", "pearls"])
def test_night_without_fringes_has_an_empty_mask(name):
    f_n = fringe_frequencies(draw_scenario(name, NIGHT, 2), FREQUENCY_HZ)
    assert np.isnan(f_n).all()
    assert not fringe_mask(f_n, FREQUENCY_HZ).any()


def test_line_of_a_comb_stands_as_high_as_it_was_drawn():
    scenario = draw_scenario("comb", NIGHT, 2)
    line = scenario.lines[0]
    without = expected_density(type(scenario)(**(scenario.__dict__ | {"lines": ()})), line.frequency_hz[:1])
    with_line = expected_density(type(scenario)(**(scenario.__dict__ | {"lines": (line,)})), line.frequency_hz[:1])
    raised_db = 20 * np.log10(with_line / without)[..., 0]
    np.testing.assert_allclose(raised_db[line.channel], line.height_db, atol=1e-6)
    np.testing.assert_allclose(raised_db[1 - line.channel], 0, atol=1e-9)
