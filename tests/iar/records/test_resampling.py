import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iar.night import MISSING
from iar.records.resampling import (
    carried_hz,
    predict_samples,
    rate_ratio,
    resample_counts,
    resample_samples,
    resampled_length,
    resampling_gain,
)

PERIOD_S = 3906e-6
RATES_HZ = [1e6 / 3906, 50.0, 64.0, 128.0, 200.0, 250.0, 256.0, 500.0]


def sine(frequency_hz: float, rate_hz: float, samples: int, offset: float = 0) -> np.ndarray:
    t = np.arange(samples) / rate_hz
    return np.rint(offset + 10_000 * np.sin(2 * np.pi * frequency_hz * t)).astype(np.int32)


def test_the_ratio_of_a_period_in_microseconds_is_exact():
    assert rate_ratio(1e6 / 3906) == pytest.approx(0.3906, abs=0)
    assert (rate_ratio(1e6 / 3906).numerator, rate_ratio(1e6 / 3906).denominator) == (1953, 5000)


@settings(max_examples=200)
@given(st.floats(1, 10_000))
def test_any_rate_keeps_an_hour_in_its_place(rate_hz):
    hour = 3600 * rate_hz
    assert abs(float(rate_ratio(rate_hz)) * hour - 360_000) <= 4 + 3600 * rate_hz * 1e-5


def test_samples_at_100_hz_come_back_as_they_are():
    counts = np.array([1, MISSING, 3], np.int32)
    assert resample_counts(counts, 100.0) is counts


@pytest.mark.parametrize("frequency_hz", [1.0, 7.8, 20.0])
def test_a_sine_keeps_amplitude_phase_and_time_to_the_end_of_an_hour(frequency_hz):
    counts = resample_counts(sine(frequency_hz, 1 / PERIOD_S, 921_600), 1 / PERIOD_S)
    expected = sine(frequency_hz, 100.0, len(counts))
    assert counts.dtype == np.int32
    inner = slice(100, -100)  # the filter needs neighbours
    # 25/64 instead of 1953/5000 would be 23 samples off at the end
    np.testing.assert_allclose(counts[inner], expected[inner], atol=3)


@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_a_sine_of_any_rate_is_the_same_sine_at_100_hz(rate_hz):
    counts = resample_counts(sine(5.0, rate_hz, round(30 * rate_hz)), rate_hz)
    np.testing.assert_allclose(counts[100:-100], sine(5.0, 100.0, len(counts))[100:-100], atol=3)


def test_a_sine_above_the_new_nyquist_frequency_does_not_come_back_as_another():
    counts = resample_counts(sine(90.0, 1 / PERIOD_S, 50_000), 1 / PERIOD_S)
    assert np.abs(counts[200:-200]).max() <= 1  # 80 dB down; 10 Hz is where it would come back


def test_an_offset_makes_no_step_at_the_ends():
    counts = resample_counts(np.full(10_000, 1_000_000, np.int32), 250.0)
    assert (counts == 1_000_000).all()


@pytest.mark.parametrize("rate_hz", [256.0, 1e6 / 3906, 500.0])
@pytest.mark.parametrize("frequency_hz", [5.0, 16.7, 50.0])
def test_a_line_that_is_cut_by_the_end_of_a_file_goes_on_in_the_next(frequency_hz, rate_hz):
    whole = sine(frequency_hz, rate_hz, 40_000, offset=700)
    period = rate_ratio(rate_hz).denominator  # where a sample at 100 Hz begins with one of the digitiser
    for cut in (15_000 // period * period, 25_000 // period * period):
        parts = [resample_counts(part, rate_hz) for part in (whole[:cut], whole[cut:])]
        there = resample_counts(whole, rate_hz)
        first = resampled_length(cut, rate_hz)
        np.testing.assert_allclose(
            np.concatenate(parts)[first - 50 : first + 50], there[first - 50 : first + 50], atol=3
        )


def test_noise_at_the_end_of_a_file_is_less_wrong_than_with_nothing_beyond():
    """Nothing predicts white noise, but zeros beyond the end are 1201 counts wrong at most, and 511 in the mean."""
    whole = np.rint(np.random.default_rng(1).normal(0, 1000, 40_960)).astype(np.int32)
    there = resample_counts(whole, 256.0)
    wrong = [
        np.concatenate([resample_counts(part, 256.0) for part in (whole[:cut], whole[cut:])]) - there
        for cut in range(6400, 36_000, 640)
    ]
    assert np.abs(wrong).max() < 1000
    assert np.sqrt(np.square(wrong).sum(axis=1).mean()) < 450


@settings(max_examples=60)
@given(st.lists(st.integers(-(2**31) + 1, 2**31 - 1), min_size=1, max_size=60), st.integers(0, 5000))
def test_a_prediction_stays_near_what_it_was_made_from(samples, number):
    predicted = predict_samples(np.array(samples, np.float64), number)
    assert len(predicted) == number
    assert np.isfinite(predicted).all()
    assert np.abs(predicted - np.mean(samples)).max(initial=0) <= 100 * np.ptp(samples) + 1e-3


@settings(max_examples=60)
@given(st.integers(1, 4000), st.sampled_from(RATES_HZ))
def test_a_record_covers_the_same_time_at_both_rates(samples, rate_hz):
    counts = resample_counts(np.arange(samples, dtype=np.int32), rate_hz)
    covered_s = samples / rate_hz
    assert len(counts) == resampled_length(samples, rate_hz)
    assert (len(counts) - 1) * 0.01 < covered_s + 1e-9
    assert len(counts) * 0.01 > covered_s - 1e-9


@settings(max_examples=60)
@given(st.integers(0, 2000), st.integers(1, 1500), st.sampled_from(RATES_HZ))
def test_a_gap_stays_where_it_is_and_is_filled_with_nothing(first, length, rate_hz):
    samples = sine(2.0, rate_hz, 2500, offset=5000)
    samples[first : first + length] = MISSING
    counts = resample_counts(samples, rate_hz)
    t, tick = np.arange(len(counts)) / 100, 1 / rate_hz
    begin, end = first / rate_hz, (first + length) / rate_hz
    inside = (t > begin - 1e-9) & (t < end - tick + 1e-9)
    outside = (t < begin - tick - 1e-9) | ((t > end + 1e-9) & (t < 2499 * tick))
    assert (counts[inside] == MISSING).all()
    assert (counts[outside] != MISSING).all()


def test_what_lies_beside_a_gap_is_what_it_was_without_one():
    whole = sine(2.0, 200.0, 4000, offset=50_000)
    torn = whole.copy()
    torn[2000:2100] = MISSING
    a, b = resample_counts(whole, 200.0), resample_counts(torn, 200.0)
    far = np.r_[0:970, 1080:2000]
    np.testing.assert_allclose(b[far], a[far], atol=5)
    near = (b != MISSING) & (np.abs(a - b) > 1000)  # a tenth of the amplitude
    assert near.sum() <= 4


def test_a_record_without_any_sample_stays_without():
    counts = resample_counts(np.full(500, MISSING), 250.0)
    assert counts.tolist() == [MISSING] * 200
    assert len(resample_counts(np.empty(0, np.int32), 250.0)) == 0


def test_full_scale_of_32_bits_does_not_turn_over():
    square = np.where(np.arange(4000) // 50 % 2, 2**31 - 1, -(2**31) + 1).astype(np.int32)
    counts = resample_counts(square, 200.0)
    assert counts.max() == 2**31 - 1
    assert counts.min() == -(2**31) + 1


@pytest.mark.parametrize(("rate_hz", "sine_hz"), [(20.0, 3.0), (20.0, 9.0), (20.0, 9.5), (64.0, 30.0), (256.0, 40.0)])
def test_gain_is_what_the_filter_leaves_of_a_sine(rate_hz, sine_hz):
    samples = np.sin(2 * np.pi * sine_hz * np.arange(round(200 * rate_hz)) / rate_hz)
    inner = resample_samples(samples, rate_hz)[2000:-2000]  # whole turns: the mirror image drops out of the product
    turning = np.exp(2j * np.pi * sine_hz * np.arange(len(inner)) / 100)
    (gain,) = resampling_gain(np.array([sine_hz]), rate_hz)
    assert 2 * abs((inner * turning).mean()) == pytest.approx(gain, rel=1e-3)


def test_floats_are_resampled_as_they_are_whatever_their_unit():
    counts = sine(5.0, 256.0, 30_000)
    counts[7000:7300] = MISSING
    tesla = np.where(counts == MISSING, np.nan, counts * 1e-15)
    expected, resampled = resample_counts(counts, 256.0), resample_samples(tesla, 256.0)
    there = expected != MISSING
    np.testing.assert_array_equal(np.isfinite(resampled), there)
    np.testing.assert_allclose(resampled[there] * 1e15, expected[there], atol=0.51)
    assert np.isnan(resample_samples(np.full(1000, np.nan), 256.0)).all()
    assert resampling_gain(np.array([45.0]), 100.0) == 1


ALL_RATES_HZ = [20.0, 40.0, 50.0, 64.0, 128.0, 150.0, 1e6 / 3906, 500.0, 512.0, 1000.0, 2048.0, 4096.0]


@pytest.mark.parametrize("rate_hz", [rate for rate in ALL_RATES_HZ if rate > 2 * 63.0])
def test_what_would_come_back_in_the_band_is_76_db_down(rate_hz):
    """Of lines from 63 Hz, where the stop band begins, to the digitiser's Nyquist frequency nothing is left."""
    t = np.arange(round(20 * rate_hz)) / rate_hz
    for frequency_hz in np.geomspace(63.0, rate_hz / 2 * 0.999, 7):
        left = resample_samples(np.sin(2 * np.pi * frequency_hz * t), rate_hz)[200:-200]
        assert np.abs(left).max() < 1.6e-4, frequency_hz  # 76.9 dB at 128 Hz, beside its Nyquist frequency


@pytest.mark.parametrize("rate_hz", [rate for rate in ALL_RATES_HZ if rate < 100])
def test_what_a_lower_rate_mirrors_is_80_db_down_where_it_is_carried(rate_hz):
    """A line in the carried band has its images about multiples of the rate: none is left below 50 Hz."""
    t = np.arange(round(200 * rate_hz)) / rate_hz
    for frequency_hz in (0.05 * rate_hz, 0.2 * rate_hz, carried_hz(rate_hz) * 0.92):
        left = resample_samples(np.sin(2 * np.pi * frequency_hz * t), rate_hz)[1000:-1000]
        spectrum = np.abs(np.fft.rfft(left * np.blackman(len(left)))) / (0.21 * len(left))
        at = np.fft.rfftfreq(len(left), 0.01)
        assert spectrum[np.abs(at - frequency_hz) > 0.1].max() < 1e-4, frequency_hz


@pytest.mark.parametrize("rate_hz", ALL_RATES_HZ)
def test_a_line_in_the_carried_band_keeps_its_amplitude_to_a_thousandth_by_the_gain(rate_hz):
    t = np.arange(round(60 * rate_hz)) / rate_hz
    for frequency_hz in (0.5, 0.3 * carried_hz(rate_hz), 0.9 * carried_hz(rate_hz)):
        left = resample_samples(np.sin(2 * np.pi * frequency_hz * t), rate_hz)[500:-500]
        at_100 = 2 * np.pi * frequency_hz * (np.arange(len(left)) + 500) / 100
        fit, *_ = np.linalg.lstsq(np.c_[np.sin(at_100), np.cos(at_100)], left, rcond=None)
        assert np.hypot(*fit) == pytest.approx(resampling_gain(np.array([frequency_hz]), rate_hz)[0], rel=1e-3)
