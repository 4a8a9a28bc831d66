import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iar.night import SLOT_S, SLOTS
from iar.simulation.interference import draw_lines, draw_pearls, draw_sferics, draw_steps, line_amplitude_pt

LEVEL_PT, SLOPE = (0.8, 0.6), 1.1
SEEDS = st.integers(0, 10_000)


def lines_of(seed, *disturbances):
    return draw_lines(np.random.default_rng(seed), set(disturbances), LEVEL_PT, SLOPE)


def in_band(line):
    return line.frequency_hz.max() < 20


def height_db(line):
    """Height over the background of its channel where the line is strongest, dB."""
    background_pt = LEVEL_PT[line.channel] * np.median(line.frequency_hz) ** -SLOPE
    density_pt = line.amplitude_pt.max() / line_amplitude_pt(1.0)
    return 10 * np.log10(1 + (density_pt / background_pt) ** 2)


def test_amplitude_of_a_sine_is_its_density_in_a_hann_window():
    second = np.arange(4096) / 100
    window = np.hanning(4097)[:-1]
    sine_hz = 200 / 40.96
    spectrum = np.fft.rfft(window * line_amplitude_pt(0.7) * np.sin(2 * np.pi * sine_hz * second))
    density = np.sqrt(2 / (100 * np.sum(window**2))) * np.abs(spectrum)
    assert density[200] == pytest.approx(0.7, rel=1e-6)


@settings(max_examples=20)
@given(SEEDS)
def test_comb_is_harmonics_of_one_constant_frequency_in_one_channel(seed):
    comb = [line for line in lines_of(seed, "comb") if in_band(line)]
    f0_hz = comb[0].frequency_hz[0]
    count = int(10.5 / f0_hz)
    assert 0.7 <= f0_hz <= 1.6
    np.testing.assert_allclose([line.frequency_hz[0] for line in comb[:count]], f0_hz * np.arange(1, count + 1))
    assert all(np.ptp(line.frequency_hz) == 0 for line in comb[:count])
    assert len({line.channel for line in comb[:count]}) == 1
    heights = np.array([height_db(line) for line in comb[:count]])
    assert np.all((heights >= 1.5) & (heights <= 11))
    assert heights.max() <= 2 * heights.min() + 1e-6


@settings(max_examples=20)
@given(SEEDS)
def test_mains_wander_about_50_and_25_hz_in_both_channels(seed):
    mains = [line for line in lines_of(seed) if not in_band(line)]
    assert sorted(line.channel for line in mains) == [0, 0, 1, 1]
    for fifty, half in ((mains[0], mains[1]), (mains[2], mains[3])):
        assert np.abs(fifty.frequency_hz - 50).max() <= 0.05
        np.testing.assert_allclose(half.frequency_hz, fifty.frequency_hz / 2)
        assert half.amplitude_pt.max() < fifty.amplitude_pt.max()


def test_single_lines_are_in_some_nights_and_drift_in_some():
    single = [line for seed in range(60) for line in lines_of(seed) if in_band(line)]
    assert 20 <= len(single) <= 70
    drift_hz = np.array([np.ptp(line.frequency_hz) for line in single])
    assert drift_hz.max() > 0.5
    assert drift_hz.min() < 0.05
    assert all(line.frequency_hz.min() > 0 for line in single)
    assert all(height_db(line) <= 12.01 for line in single)


@settings(max_examples=30)
@given(SEEDS)
def test_pearls_are_minutes_to_hours_between_a_tenth_and_five_hertz(seed):
    pearls = draw_pearls(np.random.default_rng(seed))
    assert 1 <= len(pearls) <= 4
    for pearl in pearls:
        on = pearl.height_db > 0.01
        assert on.sum() <= 61  # a slot is 100 s
        assert np.all((pearl.frequency_hz[on] >= 0.05) & (pearl.frequency_hz[on] <= 5))
        assert np.all((pearl.height_db >= 0) & (pearl.height_db <= 18))
        assert 0.04 <= pearl.width_hz <= 0.15


def test_storms_have_ten_times_the_lightning():
    quiet, stormy = (
        np.mean([draw_sferics(np.random.default_rng(seed), stormy=wild) > 0 for seed in range(20)])
        for wild in (False, True)
    )
    assert quiet == pytest.approx(0.02, rel=0.3)
    assert stormy == pytest.approx(0.25, rel=0.1)


def test_level_jumps_in_one_night_of_two_and_within_the_night():
    nights = [draw_steps(np.random.default_rng(seed)) for seed in range(200)]
    assert np.mean([len(steps) for steps in nights]) == pytest.approx(0.5, abs=0.15)
    steps = [step for night in nights for step in night]
    assert all(0 <= step.second < SLOTS * SLOT_S for step in steps)
    assert {step.channel for step in steps} == {0, 1}
    assert {np.sign(step.height_pt) for step in steps} == {-1, 1}
