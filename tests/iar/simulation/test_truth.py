import dataclasses
import datetime as dt
import json

import numpy as np
import pytest
import xarray as xr
from scipy.ndimage import uniform_filter1d

from iar.night import HARMONICS, SLOTS
from iar.simulation.defects import Defect
from iar.simulation.density import power_parts
from iar.simulation.scenario import DEPTH_DB, draw_scenario
from iar.simulation.truth import (
    VISIBLE_DB,
    fringe_frequencies,
    fringe_mask,
    fringe_spacing,
    harmonic_tracks,
    truth_dataset,
)
from iar.spectra.grid import frequencies

NIGHT = dt.date(2014, 1, 10)
FREQUENCY_HZ = frequencies(0.5, 10.5, 4096)
BIN_HZ = 1 / 40.96
FINE_HZ = np.arange(0.5, 10.5, BIN_HZ / 4)
SEASONS = [dt.date(2012 + i % 8, 1 + (i * 5) % 12, 11) for i in range(24)]


@pytest.fixture(scope="module")
def scenario():
    return draw_scenario("fringes", NIGHT, 7)


@pytest.fixture(scope="module")
def f_n(scenario):
    return fringe_frequencies(scenario, FREQUENCY_HZ)


@pytest.fixture(scope="module")
def nights():
    """Nights with fringes in all seasons of eight years, deep and faint."""
    return [draw_scenario(name, night, i) for name in ("fringes", "faint") for i, night in enumerate(SEASONS)]


@pytest.fixture(scope="module")
def file_scenarios():
    return [draw_scenario("gaps", NIGHT, 7), draw_scenario("quiet", NIGHT + dt.timedelta(days=1), 7)]


@pytest.fixture(scope="module")
def truth(file_scenarios):
    return truth_dataset(file_scenarios, FREQUENCY_HZ)


def gain_of(scenario, slots, frequency_hz):
    """Power over that of the same night without fringes, in the channel that sees more of them: (slot, frequency)."""
    bare = dataclasses.replace(scenario, fringes=None)
    with_fringes, without = (power_parts(s, frequency_hz) for s in (scenario, bare))
    channel = int(np.argmax(scenario.fringes.gain))
    return (with_fringes.direct + with_fringes.resonant)[channel, slots] / without.direct[channel, slots]


def crest_near(gain, track_hz, reach_hz):
    near = np.flatnonzero(np.abs(FINE_HZ - track_hz) < reach_hz)
    return FINE_HZ[near[gain[near].argmax()]]


class TestTracksAreAtTheMaximaOfTheDensity:
    def test_within_a_bin_for_most(self, nights):
        off_bins, off_orders = [], []
        for night in nights[::3]:
            tracks, slots = fringe_frequencies(night, FREQUENCY_HZ), range(100, 800, 20)
            for gain, slot in zip(gain_of(night, list(slots), FINE_HZ), slots, strict=True):
                spacing_hz = night.fringes.delta_f_hz[slot]
                seen_hz = tracks[slot][np.isfinite(tracks[slot])]
                off_hz = [crest_near(gain, track_hz, 0.35 * spacing_hz) - track_hz for track_hz in seen_hz]
                off_bins += [off / BIN_HZ for off in off_hz]
                off_orders += [off / spacing_hz for off in off_hz]
        assert len(off_bins) > 500
        assert np.mean(np.abs(off_bins) <= 1) > 0.9
        assert np.abs(off_orders).max() < 0.03

    def test_of_the_residual_when_the_background_is_smoothed_away(self, scenario, f_n):
        slot = SLOTS // 2
        parts = power_parts(scenario, FINE_HZ)
        channel = int(np.argmax(scenario.fringes.gain))
        level_db = 10 * np.log10((parts.direct + parts.resonant)[channel, slot])
        cycle = round(scenario.fringes.delta_f_hz[slot] / (BIN_HZ / 4))
        residual_db = level_db - uniform_filter1d(level_db, cycle)
        spacing_hz = scenario.fringes.delta_f_hz[slot]
        inner = [f for f in f_n[slot][np.isfinite(f_n[slot])] if 0.5 + spacing_hz / 2 < f < 10.5 - spacing_hz / 2]
        assert len(inner) >= 3
        for track_hz in inner:
            assert abs(crest_near(residual_db, track_hz, 0.35 * spacing_hz) - track_hz) < 0.06 * spacing_hz


class TestDepthIs:
    def test_that_from_the_crest_to_the_trough_above_it(self, scenario):
        tracks, depth_db = harmonic_tracks(scenario.fringes)
        slot = SLOTS // 2
        (gain,) = gain_of(scenario, [slot], FINE_HZ)
        for harmonic in np.flatnonzero(depth_db[slot] > VISIBLE_DB):
            track_hz = tracks[slot, harmonic]
            cycle_hz = 0.95 * scenario.fringes.delta_f_hz[slot]
            above = np.flatnonzero(np.abs(FINE_HZ - track_hz - cycle_hz / 2) < cycle_hz / 2)
            if track_hz + scenario.fringes.delta_f_hz[slot] < FINE_HZ[-1]:
                plain_db = 10 * np.log10(np.interp(track_hz, FINE_HZ, gain) / gain[above].min())
                assert depth_db[slot, harmonic] == pytest.approx(plain_db, abs=0.15)

    @pytest.mark.parametrize("name", sorted(DEPTH_DB))
    def test_at_midnight_as_drawn_in_most_nights(self, name):
        low_db, high_db = DEPTH_DB[name]
        nights = [draw_scenario(name, night, i) for i, night in enumerate(SEASONS[:16])]
        deepest = np.array([harmonic_tracks(night.fringes)[1][SLOTS // 2].max() for night in nights])
        assert np.mean((deepest > low_db - 0.3) & (deepest < high_db + 0.3)) >= 0.8
        assert np.all((deepest > 0.6 * low_db) & (deepest < 1.2 * high_db))

    def test_nothing_by_day(self, scenario):
        assert harmonic_tracks(scenario.fringes)[1][:150].max() == 0


class TestSpacingIs:
    def test_the_slope_of_the_fringes_over_their_numbers(self, nights):
        for night in nights[::6]:
            tracks = fringe_frequencies(night, FREQUENCY_HZ)
            spacing_hz = fringe_spacing(night, tracks)
            for slot in range(150, 750, 7):
                seen = np.flatnonzero(np.isfinite(tracks[slot]))
                if len(seen) > 1:
                    assert spacing_hz[slot] == pytest.approx(np.polyfit(seen, tracks[slot, seen], 1)[0], rel=1e-9)

    def test_right_for_a_comb_with_missing_teeth(self, scenario):
        comb_hz = np.broadcast_to((np.arange(1, HARMONICS + 1) + 0.23) * 0.7, (SLOTS, HARMONICS)).copy()
        comb_hz[:, [0, 3, 4, 9]] = np.nan
        np.testing.assert_allclose(fringe_spacing(scenario, comb_hz), 0.7)

    def test_the_time_of_flight_where_one_fringe_is_seen_and_nan_where_none_is(self, scenario):
        lone_hz = np.full((SLOTS, HARMONICS), np.nan)
        lone_hz[400, 2] = 2.2
        spacing_hz = fringe_spacing(scenario, lone_hz)
        assert spacing_hz[400] == scenario.fringes.delta_f_hz[400]
        assert np.isfinite(spacing_hz).sum() == 1

    def test_within_four_percent_of_the_time_of_flight(self, nights):
        for night in nights:
            ratio = fringe_spacing(night, fringe_frequencies(night, FREQUENCY_HZ)) / night.fringes.delta_f_hz
            assert np.isfinite(ratio).sum() > 50
            assert np.nanmin(ratio) > 0.96
            assert np.nanmax(ratio) < 1.04
            assert np.nanmedian(ratio) == pytest.approx(1, abs=0.035)


def test_tracks_are_in_the_band_and_rise_with_their_number(f_n):
    seen = np.isfinite(f_n)
    assert np.all((f_n[seen] >= FREQUENCY_HZ[0]) & (f_n[seen] <= FREQUENCY_HZ[-1]))
    rising = np.diff(f_n, axis=1)
    assert np.all(rising[np.isfinite(rising)] > 0)
    assert seen.any(axis=1).sum() > 100
    assert not seen[:150].any()  # by day


def test_first_harmonic_is_the_first_of_the_resonator(scenario, f_n):
    order = f_n[:, 0] / scenario.fringes.delta_f_hz
    assert np.nanmin(order) > 1
    assert np.nanmax(order) < 1.5


def test_mask_is_true_within_a_bin_and_a_half_of_a_fringe_and_only_there(f_n):
    mask = fringe_mask(f_n, FREQUENCY_HZ)
    distance = np.nanmin(np.abs(FREQUENCY_HZ[None, None] - np.nan_to_num(f_n, nan=-99)[:, :, None]), axis=1)
    np.testing.assert_array_equal(mask, distance <= 1.5 * BIN_HZ)
    slot, harmonic = np.nonzero(np.isfinite(f_n))
    nearest = np.rint((f_n[slot, harmonic] - FREQUENCY_HZ[0]) / BIN_HZ).astype(int)
    assert mask[slot, nearest].all()
    assert not mask[~np.isfinite(f_n).any(axis=1)].any()


def test_slots_that_both_channels_miss_have_no_fringe_in_the_truth(scenario):
    gone = np.zeros((2, SLOTS), dtype=bool)
    gone[:, 420:440] = True
    gone[0, 380:400] = True
    stuck = (Defect("stuck", 1, 39_000, 500),)  # where the other one is missing
    holed = dataclasses.replace(scenario, missing=gone, defects=stuck)
    seen = np.isfinite(fringe_frequencies(holed, FREQUENCY_HZ)).any(axis=1)
    assert not seen[420:440].any()
    assert not seen[390:395].any()
    assert seen[380:390].all()
    assert seen[395:400].all()


@pytest.mark.parametrize("name", ["quiet", "comb", "storm", "pearls"])
def test_night_without_fringes_has_an_empty_mask_and_no_spacing(name):
    night = draw_scenario(name, NIGHT, 2)
    tracks = fringe_frequencies(night, FREQUENCY_HZ)
    assert np.isnan(tracks).all()
    assert np.isnan(fringe_spacing(night, tracks)).all()
    assert not fringe_mask(tracks, FREQUENCY_HZ).any()


class TestTheFile:
    def test_has_the_names_and_dimensions_that_outside_checks_rely_on(self, truth):
        assert {name: array.dims for name, array in truth.data_vars.items()} == {
            "frequency_hz": ("night", "slot", "harmonic"),
            "delta_f_hz": ("night", "slot"),
            "time_of_flight_hz": ("night", "slot"),
            "mask": ("night", "slot", "frequency"),
            "line_hz": ("night", "slot", "line"),
            "line_channel": ("night", "line"),
            "scenario": ("night",),
            "defects": ("night",),
        }
        sizes = dict(truth.sizes)
        assert sizes.pop("line") >= 1
        assert sizes == {"night": 2, "slot": 864, "harmonic": 12, "frequency": 410}

    def test_tells_its_units(self, truth):
        assert truth.frequency_hz.units == truth.delta_f_hz.units == truth.frequency.units == "Hz"
        assert truth.time_of_flight_hz.units == "Hz"
        assert truth.slot.units == "s"
        assert truth.attrs["Conventions"].startswith("CF-")

    def test_tells_scenario_and_night_of_each(self, truth):
        assert truth.scenario.values.tolist() == ["gaps", "quiet"]
        assert truth.night.dt.strftime("%Y-%m-%d").values.tolist() == ["2014-01-10", "2014-01-11"]

    def test_lists_the_defects(self, truth, file_scenarios):
        listed = [json.loads(text) for text in truth.defects.values]
        assert listed == [[dataclasses.asdict(d) for d in night.defects] for night in file_scenarios]
        assert len(listed[0]) >= 2
        assert listed[1] == []

    def test_has_a_spacing_where_a_harmonic_is_seen_and_nowhere_else(self, truth):
        seen = np.isfinite(truth.frequency_hz).any("harmonic")
        np.testing.assert_array_equal(np.isfinite(truth.delta_f_hz), seen)
        assert seen.isel(night=0).any()
        assert not seen.isel(night=1).any()

    def test_has_the_time_of_flight_of_every_slot_of_a_night_with_fringes(self, truth, file_scenarios):
        np.testing.assert_allclose(truth.time_of_flight_hz[0], file_scenarios[0].fringes.delta_f_hz, rtol=1e-6)
        assert np.isnan(truth.time_of_flight_hz[1]).all()

    def test_has_neighbouring_harmonics_about_one_spacing_apart(self, truth):
        ratio = (truth.frequency_hz.diff("harmonic") / truth.delta_f_hz).values
        np.testing.assert_allclose(ratio[np.isfinite(ratio)], 1, rtol=0.08)
        assert np.isfinite(ratio).sum() > 100

    def test_has_a_mask_at_each_harmonic(self, truth):
        night = truth.isel(night=0)
        for harmonic in range(1, 13):
            track_hz = night.frequency_hz.sel(harmonic=harmonic).dropna("slot")
            at_track = night.mask.sel(slot=track_hz.slot).sel(frequency=track_hz.astype(np.float64), method="nearest")
            assert (at_track == 1).all()
        assert not truth.mask.isel(night=1).any()

    def test_its_nights_begin_as_those_of_an_archive(self, truth, file_scenarios):
        assert str(truth.night.values[0]).startswith("2014-01-10T12:00:00")
        south = truth_dataset(file_scenarios[:1], FREQUENCY_HZ, boundary_hour=3)
        assert str(south.night.values[0]).startswith("2014-01-10T03:00:00")

    def test_has_the_lines_of_machines_where_they_are_on_and_within_the_band(self):
        drawn = draw_scenario("comb", NIGHT, 7)
        truth = truth_dataset([drawn], FREQUENCY_HZ)
        low_hz, high_hz = FREQUENCY_HZ[0], FREQUENCY_HZ[-1]
        there = [
            (low_hz <= one.frequency_hz) & (one.frequency_hz <= high_hz) & (one.amplitude_pt > 0) for one in drawn.lines
        ]
        shown = [line for line, on in zip(drawn.lines, there, strict=True) if on.any()]
        assert len(shown) >= 6  # a comb, and nothing of the mains
        assert truth.line_channel.values[0].tolist() == [line.channel for line in shown]
        for number, line in enumerate(shown):
            told = truth.line_hz.values[0, :, number]
            on = np.isfinite(told)
            assert on.any()
            assert (on <= (line.amplitude_pt > 0)).all()
            np.testing.assert_allclose(told[on], line.frequency_hz[on], rtol=1e-6)

    def test_comes_back_from_the_disk(self, truth, tmp_path):
        path = tmp_path / "truth.nc"
        truth.to_netcdf(path, engine="h5netcdf")
        with xr.open_dataset(path, engine="h5netcdf", decode_timedelta=False) as back:
            xr.testing.assert_equal(back.load(), truth)
            assert back.frequency_hz.dims == ("night", "slot", "harmonic")
