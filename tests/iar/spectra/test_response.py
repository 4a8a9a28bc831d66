import numpy as np
import pytest

from iar.night import SLOT_SAMPLES
from iar.settings import ResonantResponse
from iar.spectra.band import Band
from iar.spectra.density import amplitude_density
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
    np.testing.assert_allclose(np.abs(conversion), volts_per_count * published_pt_per_volt(FREQUENCY_HZ), rtol=1e-9)


def series_circuit(f, *, inductance, capacitance, resistance):
    """Voltage over the capacitance of a series circuit, of the voltage that drives it."""
    omega = 2 * np.pi * f
    capacitor = 1 / (1j * omega * capacitance)
    return capacitor / (resistance + 1j * omega * inductance + capacitor)


def test_resonant_coil_is_the_voltage_over_the_capacitance_of_its_circuit():
    frequency_hz = np.array([0.1, 1.0, 10.0, 33.0, 49.0])
    induced = 1j * frequency_hz * RESONANT["volts_per_t_hz"] * 1e-9  # runs a quarter ahead of the field
    circuit = series_circuit(frequency_hz, inductance=298e3, capacitance=77.75e-12, resistance=320e3)
    np.testing.assert_allclose(resonant_volts_per_nt(frequency_hz, **RESONANT), induced * circuit, rtol=1e-9)


def test_resonant_coil_runs_a_quarter_ahead_far_below_resonance_and_in_step_at_it():
    f0_hz = 1 / (2 * np.pi * np.sqrt(298e3 * 77.75e-12))
    below, at, above = np.angle(resonant_volts_per_nt(np.array([0.001, f0_hz, 1000 * f0_hz]), **RESONANT), deg=True)
    assert below == pytest.approx(90, abs=0.1)
    assert at == pytest.approx(0, abs=1e-6)
    assert above == pytest.approx(-90, abs=0.1)


def test_resonant_coil_rises_with_frequency_far_below_resonance():
    one, two = np.abs(resonant_volts_per_nt(np.array([0.5, 1.0]), **RESONANT))
    assert two / one == pytest.approx(2, rel=0.01)  # induction: the rate of change


def test_table_of_a_straight_line_is_that_line_at_every_frequency():
    table_hz = np.array([0.1, 1.0, 5.0, 20.0])
    found = tabulated_volts_per_nt(
        FREQUENCY_HZ, table_hz=table_hz, table_volts_per_nt=0.01 + 0.03 * table_hz, table_phase_deg=90 - 4 * table_hz
    )
    np.testing.assert_allclose(np.abs(found), 0.01 + 0.03 * FREQUENCY_HZ, rtol=1e-12)
    np.testing.assert_allclose(np.angle(found, deg=True), 90 - 4 * FREQUENCY_HZ, rtol=1e-12)


def test_phase_goes_the_short_way_round_from_row_to_row():
    found = tabulated_volts_per_nt(
        np.array([2.0]),
        table_hz=np.array([1.0, 3.0]),
        table_volts_per_nt=np.ones(2),
        table_phase_deg=np.array([170, -170]),
    )
    assert found[0] == pytest.approx(-1)  # 180 degrees, not 0


def test_fine_table_of_a_resonant_coil_is_that_coil():
    table_hz = np.linspace(0.2, 20, 400)
    coil = resonant_volts_per_nt(table_hz, **RESONANT)
    found = tabulated_volts_per_nt(
        FREQUENCY_HZ, table_hz=table_hz, table_volts_per_nt=np.abs(coil), table_phase_deg=np.angle(coil, deg=True)
    )
    np.testing.assert_allclose(found, resonant_volts_per_nt(FREQUENCY_HZ, **RESONANT), rtol=1e-4)


def test_phase_leaves_the_density_as_it_is():
    turned = 0.05 * np.exp(1j * np.linspace(0, 3, len(FREQUENCY_HZ)))
    np.testing.assert_allclose(np.abs(pt_per_count(turned, volts_per_count=1e-6)), 0.02, rtol=1e-12)


def test_ends_of_the_table_hold_beyond_it():
    found = tabulated_volts_per_nt(
        np.array([0.5, 50.0]),
        table_hz=np.array([1.0, 10.0]),
        table_volts_per_nt=np.array([0.2, 0.4]),
        table_phase_deg=np.array([90.0, 0.0]),
    )
    np.testing.assert_allclose(found, [0.2j, 0.4], atol=1e-15)


def test_calibration_table_undoes_the_slope_of_the_coil():
    # a field of 50 nT at 1.5 Hz and at 6 Hz; the coil gives V/nT in proportion to frequency
    slope, volts_per_count, amplitude_pt = 0.02, 1e-6, 50_000
    time_s = np.arange(2 * SLOT_SAMPLES) / 100
    volts = sum(amplitude_pt / 1e3 * slope * hz * np.sin(2 * np.pi * hz * time_s) for hz in (1.5, 6.0))
    table_hz = np.linspace(0.2, 20, 40)
    sensitivity = tabulated_volts_per_nt(
        FREQUENCY_HZ, table_hz=table_hz, table_volts_per_nt=slope * table_hz, table_phase_deg=np.zeros(40)
    )
    density = amplitude_density(
        np.rint(volts / volts_per_count).astype(np.int32),
        band=Band(),
        pt_per_count=pt_per_count(sensitivity, volts_per_count=volts_per_count),
    )
    for hz in (1.5, 6.0):
        lobe = np.abs(FREQUENCY_HZ - hz) < 0.1
        found_pt = np.sqrt(2 * (density[1, lobe].astype(np.float64) ** 2).sum() * 100 / 4096)
        assert found_pt == pytest.approx(amplitude_pt, rel=5e-3)
