"""Samples of any rate, kind and unit become the density that the field has."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

import iar
from iar.archive.rounding import round_mantissa
from iar.archive.store import Archive
from iar.errors import InputError
from iar.night import MISSING, NIGHT_SAMPLES, SLOTS

RATES_HZ = [20, 64, 100, 1e6 / 3906, 300.5, 4096]
BIN_HZ = 100 / 4096
NIGHT = dt.date(2014, 1, 10)
SLOT = np.timedelta64(100, "s")


def sine(sine_hz, rate_hz, seconds=450, amplitude_pt=12.0, level_pt=1000.0):
    return level_pt + amplitude_pt * np.sin(2 * np.pi * sine_hz * np.arange(round(rate_hz * seconds)) / rate_hz)


def amplitude_of(density, sine_hz):
    """Amplitude of a sine, pT, from the power within 4 bins of it, slot by slot."""
    lobe = np.abs(density.frequency.values - sine_hz) <= 4 * BIN_HZ
    return np.sqrt(2 * (density.values[..., lobe].astype(float) ** 2).sum(axis=-1) * BIN_HZ)


def white(rate_hz, seconds, seed=0):
    return np.random.default_rng(seed).normal(0, 1, round(rate_hz * seconds))


class TestAmplitude:
    @pytest.mark.parametrize("rate_hz", RATES_HZ)
    @pytest.mark.parametrize("sine_hz", [0.7, 3.0, 7.83])
    def test_a_sine_has_its_own_amplitude_at_any_rate_with_holes(self, rate_hz, sine_hz):
        samples = sine(sine_hz, rate_hz)
        samples[round(120 * rate_hz) : round(130 * rate_hz)] = np.nan
        density = iar.spectrogram(samples, rate_hz)
        np.testing.assert_allclose(amplitude_of(density, sine_hz), 12, rtol=5e-3)
        np.testing.assert_allclose(density.effort, [1, 0.9, 1, 1, 0.5], atol=2e-3)

    def test_a_sine_near_the_highest_frequency_that_the_rate_carries_is_as_high(self):
        np.testing.assert_allclose(amplitude_of(iar.spectrogram(sine(7.8, 20), 20), 7.8), 12, rtol=5e-3)
        wide = iar.spectrogram(sine(36.5, 256), 256, band_hz=(0.5, 48))
        np.testing.assert_allclose(amplitude_of(wide, 36.5), 12, rtol=5e-3)

    @pytest.mark.parametrize("rate_hz", RATES_HZ)
    def test_white_noise_has_the_level_of_its_variance_in_every_part_of_the_band(self, rate_hz):
        density = iar.spectrogram(white(rate_hz, 6000), rate_hz).values.astype(float)
        carried = density[:, np.isfinite(density).all(axis=0)]
        level = [np.sqrt((part**2).mean()) for part in np.array_split(carried, 4, axis=1)]
        np.testing.assert_allclose(level, np.sqrt(2 / rate_hz), rtol=0.03)

    def test_density_above_what_the_rate_carries_is_missing(self):
        density = iar.spectrogram(white(20, 300), 20)
        np.testing.assert_array_equal(np.isnan(density).all("time"), density.frequency > 8)
        assert np.isfinite(density.sel(frequency=slice(0, 8))).all()

    def test_one_missing_float_costs_no_slot(self):
        samples = sine(3.0, 100, 3600)
        samples[123_456] = np.nan
        assert np.isfinite(iar.spectrogram(samples, 100)).all()


class TestKindsOfSamples:
    def test_integers_floats_and_masked_arrays_are_the_same_samples(self):
        counts = np.rint(1000 * white(100, 500)).astype(np.int32)
        counts[7000:17_500] = MISSING
        gone = counts == MISSING
        masked = np.ma.masked_array(np.where(gone, 5, counts), gone)
        floats = np.where(gone, np.nan, counts).astype(np.float32)
        expected = iar.spectrogram(counts, 100, pt_per_count=0.02)
        assert np.isnan(expected.values).all(axis=1).tolist() == [False, True, False, False, False]
        xr.testing.assert_identical(iar.spectrogram(masked, 100, pt_per_count=0.02), expected)
        xr.testing.assert_identical(iar.spectrogram(floats, 100, pt_per_count=0.02), expected)

    def test_a_piece_of_a_slot_at_the_end_counts_if_a_segment_fits(self):
        whole = white(100, 500)
        for seconds, slots, last in ((450, 5, 0.5), (430, 5, 0.3), (401, 5, 0.01), (400, 4, 1)):
            density = iar.spectrogram(whole[: seconds * 100], 100)
            assert density.shape == (slots, 410)
            assert float(density.effort[-1]) == pytest.approx(last)
            assert bool(np.isnan(density[-1]).all()) == (last < 0.4)

    @given(st.sampled_from(["T", "nT", "pT", "fT"]), st.booleans())
    @settings(max_examples=8)
    def test_units_of_a_labelled_array_make_no_difference(self, units, flip):
        pt = {"T": 1e12, "nT": 1e3, "pT": 1.0, "fT": 1e-3}[units]
        samples = np.stack([white(100, 200, seed=1), white(100, 200, seed=2)])
        labelled = xr.DataArray(samples / pt, {"channel": ["X", "Y"]}, ("channel", "sample"), attrs={"units": units})
        density = iar.spectrogram(labelled.T if flip else labelled, 100)
        np.testing.assert_allclose(density.values, iar.spectrogram(samples, 100).values, rtol=1e-4)
        assert density.channel.values.tolist() == ["X", "Y"]
        assert density.attrs["units"] == "pT/sqrt(Hz)"

    def test_a_response_over_frequency_is_divided_out(self):
        flat = iar.spectrogram(white(100, 200), 100)
        bent = iar.spectrogram(white(100, 200), 100, pt_per_count=lambda hz: 3 / hz)
        np.testing.assert_allclose(bent.values, flat.values * 3 / flat.frequency.values, rtol=1e-5)


class TestTimes:
    def test_times_of_samples_tell_rate_start_and_holes(self):
        samples = white(50, 1000)
        time = np.datetime64("2014-01-10T18:00", "ns") + np.rint(np.arange(len(samples)) * 2e7).astype(
            "timedelta64[ns]"
        )
        kept = np.r_[0:12_000, 31_000 : len(samples)]
        density = iar.spectrogram(xr.DataArray(samples[kept], {"time": time[kept]}, ("time",)))
        holed = samples.copy()
        holed[12_000:31_000] = np.nan
        xr.testing.assert_identical(density, iar.spectrogram(holed, 50, start="2014-01-10T18:00"))
        np.testing.assert_array_equal(density.time, time[0] + np.arange(10) * SLOT)

    def test_times_with_a_zone_are_read_in_utc(self):
        density = iar.spectrogram(white(100, 200), 100, start=pd.Timestamp("2014-01-10 19:00", tz="Europe/Berlin"))
        assert density.time.values[0] == np.datetime64("2014-01-10T18:00")

    def test_without_a_date_times_are_seconds(self):
        density = iar.spectrogram(white(100, 300), 100)
        np.testing.assert_array_equal(density.time, [0, 100, 200])
        assert density.time.attrs["units"] == "s"


def test_counts_of_an_archive_give_the_density_that_its_stage_sealed(processed):
    archive = Archive(str(processed))
    counts = archive.read(NIGHT, "counts/counts")
    assert counts.shape == (2, NIGHT_SAMPLES)
    density = iar.spectrogram(counts, 100, start=f"{NIGHT}T12:00", pt_per_count=0.02)
    (sealed, share) = archive.read_sealed(NIGHT, "spectra", "spectra/density", "spectra/effort")
    assert density.shape == (2, SLOTS, 410)
    np.testing.assert_array_equal(round_mantissa(density.values), sealed)
    np.testing.assert_array_equal(density.effort, share)


class TestWhatCannotBe:
    @pytest.mark.parametrize(
        ("samples", "rate_hz", "options", "words"),
        [
            (
                np.ones((5, 3)),
                100,
                {},
                r"samples of shape \(5, 3\): expected \(sample,\) or \(channel 1 or 2, sample\)",
            ),
            (np.array(["a"]), 100, {}, "dtype <U1: expected integers or floats"),
            (np.ones(9), None, {}, "rate_hz is not given, and no times tell it"),
            (np.ones(9), 1.0, {}, "rate_hz is 1: expected up to 100000 Hz, and enough for a band from 0.5 Hz"),
            (np.ones(9), np.nan, {}, "rate_hz is nan: expected"),
            (np.ones(9), 100, {"band_hz": (5, 3)}, "band_hz: high_hz 3 is not above low_hz 5"),
            (np.ones(9), 100, {"pt_per_count": -1.0}, "pt_per_count gives -1.0: expected a number above 0"),
            (np.ones(9), 100, {"start": 3.5}, "start is 3.5: expected a date and time"),
            (
                xr.DataArray(np.ones(9), dims="time", attrs={"units": "V"}),
                100,
                {},
                "samples in 'V': expected pt_per_count",
            ),
            (xr.DataArray(np.ones(9), dims="x"), 100, {}, "dimensions x: expected"),
            (
                xr.DataArray(np.ones(3), {"time": [0, 2, 1]}, ("time",)),
                None,
                {},
                "value 2 is 1 after 2: expected to rise",
            ),
            (
                xr.DataArray(np.ones(3), {"time": [0, 1, 1.2]}, ("time",)),
                1.5,
                {},
                r"sample 2 comes 0.2 s after the one",
            ),
        ],
    )
    def test_is_named_with_its_value_and_what_is_expected(self, samples, rate_hz, options, words):
        with pytest.raises(InputError, match=words):
            iar.spectrogram(samples, rate_hz, **options)
