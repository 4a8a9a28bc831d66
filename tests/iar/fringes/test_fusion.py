from dataclasses import replace

import numpy as np
import pytest

from iar.fringes.fusion import fuse_spacing
from iar.fringes.matched import Matched
from iar.fringes.spacing import Spacing
from iar.fringes.tracks import MAX_GAP_SLOTS, MIN_TRACK_SLOTS, link_tracks

SLOTS = 200
NO_RIDGES = np.full((SLOTS, 24), np.nan)


def ladder(seen, delta_f_hz=0.8, sigma_hz=0.01):
    there = np.where(seen, 1.0, np.nan)
    frequency_hz = (there * delta_f_hz)[:, None] * (np.arange(1, 13) + 0.3)
    return Spacing(there * delta_f_hz, there * sigma_hz, there * 0.3, there * 5, there * 0.6, frequency_hz)


def filtered(delta_f_hz=0.8, score=0.3, phi=0.3):
    curves = (np.broadcast_to(one, SLOTS).astype(float) for one in (delta_f_hz, phi, score))
    return Matched(*curves, middle_hz=3.75)


def seen_between(first, last):
    slots = np.arange(SLOTS)
    return (slots >= first) & (slots < last)


def fuse(ladders, matched, ridge_hz=NO_RIDGES):
    return fuse_spacing(ladders, matched, ridge_hz)


def test_the_matched_filter_goes_on_alone_where_its_score_stays_up():
    up = seen_between(40, 150)
    fused = fuse(ladder(seen_between(90, 110)), filtered(score=np.where(up, 0.3, 0.01)))
    there = np.isfinite(fused.delta_f_hz)
    assert there[44:146].all()
    assert not there[:36].any()
    assert not there[154:].any()
    alone = there & ~seen_between(90, 110)
    np.testing.assert_array_equal(fused.harmonics[alone], 0)
    assert np.isnan(fused.frequency_hz[alone]).all()
    np.testing.assert_allclose(fused.delta_f_hz[there], 0.8)
    for curve in (fused.delta_f_sigma_hz, fused.phi, fused.confidence):
        np.testing.assert_array_equal(np.isfinite(curve), there)


@pytest.mark.parametrize("matched", [filtered(score=0.05), filtered(0.9), filtered(np.nan, np.nan, np.nan)])
def test_it_does_not_where_it_is_weak_or_says_another_thing(matched):
    fused = fuse(ladder(seen_between(90, 110)), matched)
    np.testing.assert_array_equal(np.isfinite(fused.delta_f_hz), seen_between(90, 110))
    np.testing.assert_allclose(fused.delta_f_hz[90:110], 0.8)


def test_two_slots_that_agree_are_no_witnesses():
    fused = fuse(ladder(seen_between(90, 92)), filtered())
    assert np.isfinite(fused.delta_f_hz).sum() == 2


def test_a_few_ladders_of_half_the_spacing_are_overruled():
    ladders = ladder(np.ones(SLOTS, bool), delta_f_hz=np.where(np.abs(np.arange(SLOTS) - 100) < 10, 0.4, 0.8))
    fused = fuse(ladders, filtered())
    np.testing.assert_allclose(fused.delta_f_hz, 0.8)
    assert np.isnan(fused.frequency_hz[100]).all()


def test_many_are_not():
    ladders = ladder(np.ones(SLOTS, bool), delta_f_hz=np.where(np.arange(SLOTS) < 120, 0.4, 0.8))
    np.testing.assert_allclose(fuse(ladders, filtered()).delta_f_hz[:120], 0.4, rtol=1e-3)


@pytest.mark.parametrize("delta_f_hz", [0.8, 1.0, 1.3])
def test_a_slot_without_data_does_not_end_it(delta_f_hz):
    hole = np.arange(SLOTS) == 130
    matched = filtered(*(np.where(hole, np.nan, value) for value in (delta_f_hz, 0.3, 0.3)))
    fused = fuse(ladder(seen_between(90, 110), delta_f_hz), matched)
    np.testing.assert_array_equal(np.isnan(fused.delta_f_hz), hole)


@pytest.mark.parametrize("gap", [0, 23, 40])
def test_a_jump_is_not_smoothed_into_spacings_that_nobody_measured(gap):
    slots = np.arange(SLOTS)
    ladders = ladder((slots < 100) | (slots >= 100 + gap), np.where(slots < 100, 0.4, 0.8))
    fused = fuse(ladders, filtered(np.nan, np.nan, np.nan))
    np.testing.assert_allclose(fused.delta_f_hz[slots < 100], 0.4)
    np.testing.assert_allclose(fused.delta_f_hz[slots >= 100 + gap], 0.8)


def test_the_offset_goes_with_the_fused_spacing():
    """At the harmonics that were seen, and in the middle of the filter's band, the ladder stays where it was."""
    rng = np.random.default_rng(0)
    ladders = ladder(seen_between(50, 150), 0.8 * (1 + 0.002 * rng.standard_normal(SLOTS)))
    fused = fuse(ladders, filtered(0.82, 0.3, 0.32))
    order = np.arange(1, 13)
    expected = (order + fused.phi[:, None]) * fused.delta_f_hz[:, None]
    apart = (fused.frequency_hz - expected)[50:150].mean(axis=1)
    np.testing.assert_allclose(apart, 0, atol=1e-9)
    alone = np.flatnonzero(~seen_between(50, 150))
    turn = 3.75 / fused.delta_f_hz[alone] - fused.phi[alone] - (3.75 / 0.82 - 0.32)
    np.testing.assert_allclose(turn, np.rint(turn), atol=1e-9)


def test_harmonics_are_those_that_have_a_frequency():
    ladders = ladder(seen_between(90, 94))  # too short for a track
    fused = fuse(ladders, filtered(score=0.0))
    np.testing.assert_array_equal(fused.harmonics[90:94], 0)
    whole = fuse(ladder(np.ones(SLOTS, bool)), filtered())
    np.testing.assert_array_equal(whole.harmonics, np.isfinite(whole.frequency_hz).sum(axis=1))


def test_a_jump_of_its_path_ends_what_is_believed():
    path = np.where(np.arange(SLOTS) < 130, 0.8, 0.9)
    fused = fuse(ladder(seen_between(90, 110)), filtered(path))
    np.testing.assert_array_equal(np.isfinite(fused.delta_f_hz), np.arange(SLOTS) < 130)


def test_ridges_too_few_for_a_ladder_are_harmonics_where_the_spacing_expects_them():
    ridge_hz = NO_RIDGES.copy()
    ridge_hz[:, 0], ridge_hz[:, 1] = 0.8 * 2.35, 0.8 * 4.8  # near 2.3; half-way between two
    fused = fuse(ladder(seen_between(90, 110)), filtered(), ridge_hz)
    np.testing.assert_allclose(fused.frequency_hz[:90, 1], 0.8 * 2.35)
    assert np.isnan(np.delete(fused.frequency_hz[:90], 1, axis=1)).all()
    np.testing.assert_array_equal(fused.harmonics[:90], 1)


def test_by_itself_it_makes_no_fringes():
    assert np.isnan(fuse(ladder(np.zeros(SLOTS, bool)), filtered(score=0.9)).delta_f_hz).all()


def test_agreement_raises_the_confidence_and_disagreement_lowers_it():
    seen = np.ones(SLOTS, dtype=bool)
    alone = fuse(ladder(seen), filtered(score=0.0)).confidence
    np.testing.assert_allclose(alone, 0.6)
    assert np.all(fuse(ladder(seen), filtered()).confidence > alone)
    assert np.all(fuse(ladder(seen), filtered(0.9)).confidence < alone)
    assert np.all(fuse(ladder(seen), filtered(score=1.0)).confidence <= 1)


def test_the_more_exact_one_has_more_weight():
    seen = np.ones(SLOTS, dtype=bool)
    exact, vague = (fuse(ladder(seen, sigma_hz=s), filtered(0.82)).delta_f_hz for s in (0.001, 0.1))
    assert np.all(np.abs(exact - 0.8) < 0.001)
    assert np.all(np.abs(vague - 0.82) < 0.002)


def test_independent_errors_average_and_smoothing_keeps_a_real_drift():
    rng = np.random.default_rng(0)
    truth = 0.8 * np.exp(np.cumsum(0.002 * rng.standard_normal(SLOTS)))
    ladders = ladder(np.ones(SLOTS, bool), delta_f_hz=1.0)
    ladders = replace(ladders, delta_f_hz=truth + 0.01 * rng.standard_normal(SLOTS))
    fused = fuse(ladders, filtered(score=0.0))
    assert np.std(fused.delta_f_hz - truth) < 0.7 * np.std(ladders.delta_f_hz - truth)


def test_the_offset_stays_in_the_turn_of_the_ladder():
    ladders = ladder(seen_between(90, 110))
    ladders = replace(ladders, phi=ladders.phi + 1, frequency_hz=ladders.frequency_hz + 0.8)
    fused = fuse(ladders, filtered(phi=0.35))
    np.testing.assert_allclose(fused.phi[60:90], 1.35, atol=1e-6)


@pytest.mark.parametrize(("slots", "kept"), [(MIN_TRACK_SLOTS - 1, False), (MIN_TRACK_SLOTS, True)])
def test_a_track_needs_a_quarter_of_an_hour(slots, kept):
    frequency_hz = np.full((SLOTS, 1), np.nan)
    frequency_hz[20 : 20 + slots, 0] = 2.0
    linked = link_tracks(frequency_hz, np.full(SLOTS, 0.8))
    assert np.isfinite(linked).any() == kept


@pytest.mark.parametrize(("gap", "kept"), [(MAX_GAP_SLOTS, True), (MAX_GAP_SLOTS + 1, False)])
def test_a_track_goes_on_over_a_short_gap(gap, kept):
    frequency_hz = np.full((SLOTS, 1), np.nan)
    frequency_hz[20:25, 0] = frequency_hz[25 + gap : 30 + gap, 0] = 2.0
    assert np.isfinite(link_tracks(frequency_hz, np.full(SLOTS, 0.8))).any() == kept


def test_a_jump_ends_a_track():
    frequency_hz = np.full((SLOTS, 1), np.nan)
    frequency_hz[20:40, 0], frequency_hz[40:43, 0] = 2.0, 2.5
    linked = link_tracks(frequency_hz, np.full(SLOTS, 0.8))
    np.testing.assert_array_equal(np.flatnonzero(np.isfinite(linked[:, 0])), np.arange(20, 40))
