import numpy as np
import pytest

from iar.night import SLOT_SAMPLES
from iar.settings import ResonantResponse
from iar.spectra.density import Band, amplitude_density
from iar.spectra.response import flat_volts_per_nt, pt_per_count, resonant_volts_per_nt, tabulated_volts_per_nt

FREQUENCY_HZ = Band().frequency_hz
RESONANT = ResonantResponse().model_dump(exclude={"kind"})


def published_pt_per_volt(f):
    """As the station's authors print it: V * 1e12/(2500*1.9e6) * sqrt((1-(f/f0)^2)^2 + (2 d f/f0)^2) / f."""
    inductance, capacitance, resistance = 298e3, (40 + 0.65 * 55 + 2) * 1e-12, 320e3
    f0 = 1 / (2 * np.pi * np.sqrt(inductance * capacitance))
    d = resistance / 2 * np.sqrt(capacitance / inductance)
    return 1e12 / (2500 * 1.9e6) * np.sqrt((1 - (f / f0) ** 2) ** 2 + (2 * d * f / f0) ** 2) / f


def test_flat_coil_of_50_mv_per_nt_makes_a_microvolt_20_femtotesla():
    conversion = pt_per_count(flat_volts_per_nt(FREQUENCY_HZ, volts_per_nt=0.05), volts_per_count=1e-6)
    np.testing.assert_allclose(conversion, 0.02, rtol=1e-12)


def test_resonant_coil_is_the_published_formula():
    volts_per_count = 10 / 2**15
    conversion = pt_per_count(resonant_volts_per_nt(FREQUENCY_HZ, **RESONANT), volts_per_count=volts_per_count)
    np.testing.assert_allclose(conversion, volts_per_count * published_pt_per_volt(FREQUENCY_HZ), rtol=1e-9)


def test_resonant_coil_rises_with_frequency_far_below_resonance():
    one, two = resonant_volts_per_nt(np.array([0.5, 1.0]), **RESONANT)
    assert two / one == pytest.approx(2, rel=0.01)  # induction: the rate of change


def test_table_of_a_straight_line_is_that_line_at_every_frequency():
    table_hz = np.array([0.1, 1.0, 5.0, 20.0])
    found = tabulated_volts_per_nt(FREQUENCY_HZ, table_hz=table_hz, table_volts_per_nt=0.01 + 0.03 * table_hz)
    np.testing.assert_allclose(found, 0.01 + 0.03 * FREQUENCY_HZ, rtol=1e-12)


def test_ends_of_the_table_hold_beyond_it():
    found = tabulated_volts_per_nt(
        np.array([0.5, 50.0]), table_hz=np.array([1.0, 10.0]), table_volts_per_nt=np.array([0.2, 0.4])
    )
    np.testing.assert_array_equal(found, [0.2, 0.4])


def test_calibration_table_undoes_the_slope_of_the_coil():
    # a field of 50 nT at 1.5 Hz and at 6 Hz; the coil gives V/nT in proportion to frequency
    slope, volts_per_count, amplitude_pt = 0.02, 1e-6, 50_000
    time_s = np.arange(2 * SLOT_SAMPLES) / 100
    volts = sum(amplitude_pt / 1e3 * slope * hz * np.sin(2 * np.pi * hz * time_s) for hz in (1.5, 6.0))
    table_hz = np.linspace(0.2, 20, 40)
    sensitivity = tabulated_volts_per_nt(FREQUENCY_HZ, table_hz=table_hz, table_volts_per_nt=slope * table_hz)
    density = amplitude_density(
        np.rint(volts / volts_per_count).astype(np.int32),
        band=Band(),
        pt_per_count=pt_per_count(sensitivity, volts_per_count=volts_per_count),
    )
    for hz in (1.5, 6.0):
        lobe = np.abs(FREQUENCY_HZ - hz) < 0.1
        found_pt = np.sqrt(2 * (density[1, lobe].astype(np.float64) ** 2).sum() * 100 / 4096)
        assert found_pt == pytest.approx(amplitude_pt, rel=5e-3)
