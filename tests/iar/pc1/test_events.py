"""Pc1 events in drawn spectra: where waves, fringes, lines of one coil and nothing stand above noise."""

import datetime as dt

import numpy as np
import pytest

from iar.fringes.spacing import no_spacing
from iar.night import SLOTS
from iar.pc1.events import find_events
from iar.pc1.measuring import measure_events
from iar.settings import SpectraSettings
from iar.simulation.density import measured_density
from iar.simulation.scenario import draw_scenario
from iar.spectra.background import residual_db

HZ = SpectraSettings().frequency_hz
AVERAGES = 2.89
WAVE = slice(300, 330)
WAVE_HZ, WIDTH_HZ = 2.0, 0.08


def wave_power() -> np.ndarray:
    """Power of a wave beside that of the background, shape (slot, frequency): 10 dB high for 50 min."""
    power = np.zeros((SLOTS, len(HZ)))
    power[WAVE] = 9 * np.exp(-(((HZ - WAVE_HZ) / WIDTH_HZ) ** 2))
    return power


def drawn(power: np.ndarray, coils: tuple[float, float]) -> np.ndarray:
    """Density, pT/sqrt(Hz), of a background of 1/f, and of this beside it in each coil."""
    rng = np.random.default_rng(4)
    expected = np.stack([1 + share * power for share in coils]) / HZ**2
    return np.sqrt(expected * rng.gamma(AVERAGES, 1 / AVERAGES, expected.shape)).astype(np.float32)


def found(density: np.ndarray, spacing=None):
    return find_events(residual_db(density, pieces=3), HZ, spacing or no_spacing(SLOTS))


def test_a_wave_in_both_coils_is_one_event_where_it_is():
    (one,) = found(drawn(wave_power(), (1, 1)))
    assert abs(one.first - WAVE.start) <= 2
    assert abs(one.last + 1 - WAVE.stop) <= 2
    assert np.median(one.frequency_hz) == pytest.approx(WAVE_HZ, abs=0.02)
    assert one.peak_db > 5


@pytest.mark.parametrize("coils", [(1, 0), (0, 0)])
def test_a_line_of_one_coil_and_noise_are_none(coils):
    assert found(drawn(wave_power(), coils)) == []


def test_what_follows_a_harmonic_is_none_and_what_lies_between_two_is():
    spacing = no_spacing(SLOTS)
    spacing.delta_f_hz[WAVE], spacing.phi[WAVE] = 0.8, 0.5  # harmonics at 1.2 and 2.0 Hz
    density = drawn(wave_power(), (1, 1))
    assert found(density, spacing) == []
    spacing.phi[WAVE] = 0.0  # at 1.6 and 2.4 Hz
    assert len(found(density, spacing)) == 1


def test_five_bands_at_once_are_a_fan():
    power = sum(np.roll(wave_power(), bins, axis=1) for bins in range(0, 250, 50))
    assert found(drawn(power, (1, 1))) == []


def test_power_band_and_ellipse_are_those_of_the_wave():
    density = drawn(wave_power(), (1, 1))
    residual = residual_db(density, pieces=3)
    cross = 1j * density[0].astype(complex) * density[1]  # east behind north by a quarter of a turn
    (one,) = found(density)
    told = measure_events([one], density, density / 10 ** (residual / 20), cross, HZ, averages=AVERAGES)
    assert told.ellipticity[0] > 0.8
    assert told.low_hz[0] < WAVE_HZ < told.high_hz[0] < WAVE_HZ + 0.4
    assert told.end_s[0] - told.start_s[0] == pytest.approx(3000, abs=400)
    true_pt2 = 2 * 9 * WIDTH_HZ * np.sqrt(np.pi) / WAVE_HZ**2
    assert told.power_pt2[0] == pytest.approx(true_pt2, rel=0.25)


def test_no_event_has_no_row():
    density = drawn(wave_power(), (0, 0))
    told = measure_events([], density, density, density[0] + 0j, HZ, averages=AVERAGES)
    assert all(values.shape == (0,) for values in vars(told).values())


def test_simulated_pearls_are_found_and_a_storm_has_none():
    night = dt.date(2012, 1, 5)
    pearls, storm = (draw_scenario(name, night, 7001) for name in ("pearls", "storm"))
    density = measured_density(pearls, HZ, np.random.default_rng(70))
    events = found(density)
    for pearl in pearls.pearls:
        slots = np.flatnonzero((pearl.height_db >= 3) & (pearl.frequency_hz > 0.55))
        assert len(slots) < 3 or any(one.first <= slots[-1] and one.last >= slots[0] for one in events)
    assert found(measured_density(storm, HZ, np.random.default_rng(70))) == []
