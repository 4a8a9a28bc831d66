"""Polarisation of fields that are known, in counts taken through the real spectra code; and what chance adds."""

import numpy as np
import pytest

from iar.night import SLOT_SAMPLES
from iar.polarisation.ellipse import polarisation, unbiased_degree
from iar.polarisation.stokes import averaged_stokes
from iar.spectra.averages import bins_worth, slot_averages
from iar.spectra.band import Band
from iar.spectra.density import night_spectra
from iar.spectra.turning import turn_spectra

BAND, SLOTS, HZ = Band(), 12, 2.0
FLAT = np.ones(len(BAND.frequency_hz), dtype=np.complex128)
AVERAGES = slot_averages(segment_samples=4096, hop_samples=2048, segments=3)
BIN = int(np.argmin(np.abs(BAND.frequency_hz - HZ)))
SECONDS = np.arange(SLOTS * SLOT_SAMPLES) / 100


def wave(azimuth_deg: float, ellipticity: float, *, hz: float = HZ) -> np.ndarray:
    """Field towards north and east, pT: the major axis at that azimuth; positive turns from north to east."""
    along, across = np.cos(2 * np.pi * hz * SECONDS), ellipticity * np.sin(2 * np.pi * hz * SECONDS)
    azimuth = np.radians(azimuth_deg)
    north = along * np.cos(azimuth) - across * np.sin(azimuth)
    return 1000 * np.stack([north, along * np.sin(azimuth) + across * np.cos(azimuth)])


def at_bin(field: np.ndarray, pt_per_count: np.ndarray = FLAT, turned: tuple[float, float] | None = None):
    """Polarisation in the middle of the stretch at the frequency of the wave."""
    spectra = night_spectra(np.rint(field).astype(np.int32), band=BAND, pt_per_count=pt_per_count)
    spectra = spectra if turned is None else turn_spectra(spectra, turned)
    found = polarisation(
        averaged_stokes(spectra.density, spectra.cross, window_slots=9, window_bins=3),
        averages=9 * AVERAGES * bins_worth(3),
    )
    return {name: float(values[6, BIN]) for name, values in vars(found).items()}


@pytest.mark.parametrize("azimuth_deg", [-60.0, 0.0, 25.0, 80.0])
@pytest.mark.parametrize("ellipticity", [-0.6, 0.0, 0.3])
def test_a_wave_has_the_azimuth_and_the_ellipticity_that_it_was_made_with(azimuth_deg, ellipticity):
    found = at_bin(wave(azimuth_deg, ellipticity))
    assert found["degree"] == pytest.approx(1, abs=1e-3)
    assert found["azimuth_deg"] == pytest.approx(azimuth_deg, abs=0.1)
    assert found["ellipticity"] == pytest.approx(ellipticity, abs=2e-3)


@pytest.mark.parametrize("sense", [-1, 1])
def test_a_vector_that_turns_from_north_to_east_is_positive(sense):
    turning = 1000 * np.stack([np.cos(2 * np.pi * HZ * SECONDS), sense * np.sin(2 * np.pi * HZ * SECONDS)])
    quarter = round(100 / HZ / 4)
    assert np.sign(turning[1, quarter]) == sense  # a quarter of a turn after north it points to the east
    assert at_bin(turning)["ellipticity"] == pytest.approx(sense, abs=5e-3)


def test_a_phase_of_one_coils_response_is_taken_out():
    field = wave(30, 0.2)
    shifted = np.stack([field[0], np.roll(field[1], round(40 / 360 * 100 / HZ))])  # 40 degrees late, whole samples
    late = 360 * HZ * round(40 / 360 * 100 / HZ) / 100
    seen = at_bin(shifted)
    mended = at_bin(shifted, np.stack([FLAT, FLAT * np.exp(1j * np.radians(late))]))
    assert abs(seen["ellipticity"] - 0.2) > 0.1
    assert mended["ellipticity"] == pytest.approx(0.2, abs=5e-3)
    assert mended["azimuth_deg"] == pytest.approx(30, abs=0.3)


def test_coils_that_stand_askew_see_the_same_field():
    field, azimuths = wave(30, 0.4), (50.0, 140.0)
    coils = np.stack([field[0] * np.cos(np.radians(a)) + field[1] * np.sin(np.radians(a)) for a in azimuths])
    found = at_bin(coils, turned=azimuths)
    assert found["azimuth_deg"] == pytest.approx(30, abs=0.2)
    assert found["ellipticity"] == pytest.approx(0.4, abs=3e-3)


@pytest.fixture(scope="module")
def partly() -> tuple[np.ndarray, object]:
    """Degrees of fields whose true degree is 0.6, azimuth 20 degrees, ellipticity 0.3: many trials of N = 20."""
    rng, n, trials = np.random.default_rng(5), 20, 4000
    psi, chi, degree = np.radians(20), np.arctan(0.3), 0.6
    q, u, v = degree * np.array([np.cos(2 * chi) * np.cos(2 * psi), np.cos(2 * chi) * np.sin(2 * psi), np.sin(2 * chi)])
    matrix = np.array([[1 + q, u + 1j * v], [u - 1j * v, 1 - q]]) / 2
    white = rng.normal(size=(trials, n, 2)) + 1j * rng.normal(size=(trials, n, 2))
    field = white @ np.linalg.cholesky(matrix).T / np.sqrt(2)
    power = (np.abs(field) ** 2).mean(axis=1)
    cross = (field[..., 0] * field[..., 1].conj()).mean(axis=1)
    stokes = averaged_stokes(np.sqrt(power.T)[..., None], cross[:, None], window_slots=1, window_bins=1)
    return np.array([degree, 20, 0.3]), polarisation(stokes, averages=n)


def test_errors_are_those_of_repeated_trials(partly):
    (degree, azimuth_deg, ellipticity), found = partly
    for values, sigma, truth in (
        (found.degree, found.degree_sigma, degree),
        (found.azimuth_deg, found.azimuth_sigma_deg, azimuth_deg),
        (found.ellipticity, found.ellipticity_sigma, ellipticity),
    ):
        assert 0.6 < (np.abs(values - truth) < sigma).mean() < 0.76
        assert np.nanmedian(values) == pytest.approx(truth, abs=0.2 * np.nanmedian(sigma))


@pytest.mark.parametrize("n", [5, 20, 60])
def test_the_bias_of_the_degree_is_taken_out(n):
    rng = np.random.default_rng(n)
    for truth in (0.0, 0.3, 0.6):
        scale = np.sqrt([(1 + truth) / 2, (1 - truth) / 2])
        field = (rng.normal(size=(5000, n, 2)) + 1j * rng.normal(size=(5000, n, 2))) * scale / np.sqrt(2)
        power, cross = (np.abs(field) ** 2).mean(axis=1), (field[..., 0] * field[..., 1].conj()).mean(axis=1)
        q, i = power[:, 0] - power[:, 1], power.sum(axis=1)
        found = np.sqrt(q**2 + 4 * np.abs(cross) ** 2) / i
        left = unbiased_degree(found, np.full(5000, float(n)))
        plain, better = np.mean(found**2) - truth**2, np.mean(left**2) - truth**2
        assert abs(better) < 0.6 * plain


def test_a_pixel_without_one_coil_has_none_and_moves_no_other():
    rng = np.random.default_rng(0)
    density = rng.gamma(3, 1, (2, 40, 30))
    cross = 0.3 * density[0] * density[1] + 0j
    holed = density.copy()
    holed[1, 10:20] = np.nan
    whole, part = (averaged_stokes(d, cross, window_slots=9, window_bins=3) for d in (density, holed))
    assert np.isnan(part.i[10:20]).all()
    np.testing.assert_allclose(part.i[25:], whole.i[25:])
    assert (part.share[9, 1:-1] < 0.6).all()
