"""The wide world: its nights are what their numbers say, and take in what they should."""

import dataclasses
import datetime as dt

import numpy as np
import pytest

from iar.night import SLOTS
from iar.simulation.density import expected_density, power_parts
from iar.simulation.ladder import Crest, Ladder, ladder_level_db, ladder_tracks
from iar.simulation.scenario import (
    MIXTURES,
    WIDE_MIXTURE,
    WIDE_SCENARIOS,
    WIDE_WITH_FRINGES,
    draw_scenario,
)
from iar.simulation.truth import VISIBLE_DB, fringe_frequencies, fringe_spacing, truth_dataset, visible_tracks
from iar.simulation.wide import RANGES, draw_course, draw_ladder
from iar.spectra.grid import frequencies

FREQUENCY_HZ = frequencies(0.5, 10.5, 4096)
BIN_HZ = 1 / 40.96
FINE_HZ = np.arange(0.5, 10.5, BIN_HZ / 4)
NIGHT = dt.date(2014, 1, 10)
SHAPES = {
    "cosine": Crest(),
    "narrow": Crest(power=4.0),
    "rises slowly": Crest(rise=0.8, power=2.0),
    "falls slowly": Crest(rise=0.2, power=2.0),
    "split": Crest(power=3.0, split=0.3, second=0.7),
    "split below": Crest(rise=0.4, power=3.0, split=-0.25, second=0.5),
}


def ladder_of(crest, *, spacing_hz=0.8, offset=0.2, bend=0.0, depth_db=5.0):
    return Ladder(
        delta_f_hz=np.full(SLOTS, spacing_hz),
        offset=np.full(SLOTS, offset),
        bend=bend,
        decay=2.0,
        crest=crest,
        depth_db=np.full((SLOTS, 24), depth_db),
        gain=(1.0, 0.5),
        lag_rad=0.0,
    )


@pytest.fixture(scope="module")
def ladders():
    rngs = [np.random.default_rng([7, i]) for i in range(120)]
    nights = [NIGHT + dt.timedelta(days=31 * i) for i in range(120)]
    return [draw_ladder(rng, WIDE_WITH_FRINGES[i % 3], nights[i]) for i, rng in enumerate(rngs)]


@pytest.fixture(scope="module")
def nights():
    return [draw_scenario(WIDE_WITH_FRINGES[i % 3], NIGHT + dt.timedelta(days=37 * i), i) for i in range(12)]


class TestCrestsLieAtTheirTruth:
    @pytest.mark.parametrize("spacing_hz", [0.3, 0.8, 2.0])
    @pytest.mark.parametrize("bend", [-0.12, 0.0, 0.12])
    @pytest.mark.parametrize("shape", SHAPES)
    def test_whatever_their_shape(self, shape, bend, spacing_hz):
        ladder = ladder_of(SHAPES[shape], spacing_hz=spacing_hz, bend=bend)
        level_db = ladder_level_db(ladder, FINE_HZ)[0]
        tracks = ladder_tracks(ladder)[0][0]
        for track_hz in tracks[(tracks > 0.6) & (tracks < 10)]:
            near = np.flatnonzero(np.abs(FINE_HZ - track_hz) < 0.4 * spacing_hz)
            assert abs(FINE_HZ[near[level_db[near].argmax()]] - track_hz) <= BIN_HZ / 4

    def test_of_drawn_nights_within_a_bin(self, nights):
        off_bins = []
        for night in nights:
            f_n = fringe_frequencies(night, FREQUENCY_HZ)
            slots = np.flatnonzero(np.isfinite(f_n).any(axis=1))[::90]
            bare = power_parts(dataclasses.replace(night, fringes=None), FINE_HZ).direct[:, slots]
            parts = power_parts(night, FINE_HZ)
            channel = int(np.argmax(night.fringes.gain))
            gain = (parts.direct + parts.resonant)[channel, slots] / bare[channel]
            for row, slot in zip(gain, slots, strict=True):
                for track_hz in f_n[slot][np.isfinite(f_n[slot])]:
                    near = np.flatnonzero(np.abs(FINE_HZ - track_hz) < 0.3 * night.fringes.delta_f_hz[slot])
                    off_bins.append((FINE_HZ[near[row[near].argmax()]] - track_hz) / BIN_HZ)
        assert len(off_bins) > 300
        assert np.mean(np.abs(off_bins) <= 1) > 0.99

    def test_and_stand_as_deep_as_they_are_reported(self, nights):
        for night in nights[:4]:
            f_n, depth_db = visible_tracks(night)
            slot, harmonic = np.unravel_index(depth_db.argmax(), depth_db.shape)
            spacing_hz = night.fringes.delta_f_hz[slot]
            quiet = dataclasses.replace(night, lines=(), pearls=(), steps=(), sferics_pt=np.zeros(SLOTS))
            quiet = dataclasses.replace(quiet, schumann_pt=np.zeros(SLOTS), swell_db=np.zeros(SLOTS))
            bare_db, level_db = (
                20 * np.log10(expected_density(one, FINE_HZ)[:, slot])
                for one in (dataclasses.replace(quiet, fringes=None), quiet)
            )
            above_db = (level_db - bare_db)[int(np.argmax(night.fringes.gain))]
            f_hz = f_n[slot, harmonic]
            beyond = np.flatnonzero((f_hz <= FINE_HZ) & (min(f_hz + 0.95 * spacing_hz, FINE_HZ[-1]) > FINE_HZ))
            measured_db = np.interp(f_hz, FINE_HZ, above_db) - above_db[beyond].min()
            assert measured_db == pytest.approx(depth_db[slot, harmonic], abs=0.8)


class TestRangesAreCovered:
    def test_offsets_go_all_round(self, ladders):
        offsets = np.array([ladder.offset.mean() for ladder in ladders])
        assert np.all(np.abs(offsets) <= 0.5)
        assert np.all(np.histogram(offsets, bins=5, range=(-0.5, 0.5))[0] >= 10)

    def test_bends_go_both_ways_and_some_are_none(self, ladders):
        bends = np.array([ladder.bend for ladder in ladders])
        assert bends.min() < -0.09
        assert bends.max() > 0.09
        assert np.all(np.abs(bends) <= 0.12)
        assert 0.15 < np.mean(bends == 0) < 0.45

    def test_spacings_from_narrow_to_wide(self, ladders):
        spacings = np.array([np.median(ladder.delta_f_hz) for ladder in ladders])
        low, high = RANGES["spacing"].low, RANGES["spacing"].high
        assert all(low <= ladder.delta_f_hz.min() <= ladder.delta_f_hz.max() <= high for ladder in ladders)
        assert np.quantile(spacings, 0.1) < 0.35
        assert np.quantile(spacings, 0.9) > 1.1

    def test_crests_lean_to_either_side(self, ladders):
        rises = np.array([ladder.crest.rise for ladder in ladders])
        assert np.mean(rises < 0.4) > 0.15
        assert np.mean(rises > 0.6) > 0.15
        assert {bool(ladder.crest.split) for ladder in ladders} == {True, False}

    def test_some_evenings_double_the_spacing_within_an_hour(self):
        within = []
        for i in range(60):
            course_hz = draw_course(np.random.default_rng([3, i]), NIGHT)
            within.append((course_hz[36:] / course_hz[:-36]).max())
        assert 0.05 < np.mean(np.array(within) > 1.8) < 0.5

    def test_patches_are_shorter_than_long_fans(self, ladders):
        hours = {name: [] for name in WIDE_WITH_FRINGES}
        for i, ladder in enumerate(ladders):
            hours[WIDE_WITH_FRINGES[i % 3]].append(np.mean(ladder.depth_db.max(axis=1) > VISIBLE_DB) * 24)
        assert np.median(hours["wide-patches"]) < 0.6 * np.median(hours["wide-ladder"])
        assert min(hours["wide-patches"]) > 0

    def test_one_coil_alone_in_some_nights(self, ladders):
        assert 0.08 < np.mean([min(ladder.gain) == 0 for ladder in ladders]) < 0.35


class TestTruth:
    def test_of_the_spacing_is_the_time_of_flight(self, nights):
        for night in nights[:4]:
            f_n = fringe_frequencies(night, FREQUENCY_HZ)
            spacing_hz = fringe_spacing(night, f_n)
            seen = np.isfinite(spacing_hz)
            np.testing.assert_array_equal(seen, np.isfinite(f_n).any(axis=1))
            np.testing.assert_array_equal(spacing_hz[seen], night.fringes.delta_f_hz[seen])

    def test_spacings_of_neighbours_tend_towards_it(self):
        tracks, _ = ladder_tracks(ladder_of(Crest(), bend=0.12))
        apart = np.diff(tracks[0]) / 0.8
        assert apart[0] == pytest.approx(1 - 0.12 * (1 - np.exp(-0.5)))
        assert apart[-1] == pytest.approx(1, abs=1e-4)
        assert np.all(np.diff(apart) > 0)

    def test_what_the_floor_of_the_coil_covers_is_not_in_it(self, nights):
        night = nights[0]
        deaf = dataclasses.replace(night, floor_pt=100 * max(night.level_pt))
        assert np.isfinite(fringe_frequencies(night, FREQUENCY_HZ)).any()
        assert not np.isfinite(fringe_frequencies(deaf, FREQUENCY_HZ)).any()

    def test_of_both_worlds_goes_into_one_dataset(self, nights):
        both = [draw_scenario("fringes", NIGHT, 1), dataclasses.replace(nights[0], night=NIGHT + dt.timedelta(days=1))]
        truth = truth_dataset(both, FREQUENCY_HZ)
        assert truth.frequency_hz.shape == (2, SLOTS, 24)
        assert truth.harmonic.values.tolist() == list(range(1, 25))
        assert np.isnan(truth.frequency_hz[0, :, 12:]).all()


class TestScenarios:
    def test_are_named_in_the_mixture(self):
        assert set(WIDE_MIXTURE) == set(WIDE_SCENARIOS)
        assert sum(WIDE_MIXTURE.values()) == pytest.approx(1)
        drawn = {draw_scenario("wide", NIGHT + dt.timedelta(days=i), 0).name for i in range(100)}
        assert drawn == set(WIDE_SCENARIOS)

    def test_of_both_are_half_of_each_world(self):
        names = [draw_scenario("both", NIGHT + dt.timedelta(days=i), 0).name for i in range(60)]
        assert 0.3 < np.mean([name.startswith("wide-") for name in names]) < 0.7

    @pytest.mark.parametrize("name", sorted(set(WIDE_SCENARIOS) - set(WIDE_WITH_FRINGES)))
    def test_without_fringes_have_none(self, name):
        assert draw_scenario(name, NIGHT, 4).fringes is None

    @pytest.mark.parametrize("name", [*WIDE_SCENARIOS, *MIXTURES])
    def test_any_can_be_measured(self, name):
        for seed in range(4):
            drawn = draw_scenario(name, NIGHT, seed)
            density = expected_density(drawn, np.arange(0.5, 10.5, 0.25))
            assert np.all(np.isfinite(density))
            assert np.all(density > 0)
