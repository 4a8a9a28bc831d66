"""Depth, width and amplitude of crests whose form is a formula, drawn over a background of 1/f."""

import numpy as np
import pytest

from iar.fringes.crest import shape_of
from iar.fringes.judging import Measured, Rules
from iar.fringes.spacing import Spacing, no_spacing
from iar.harmonics.fan import Fan, fan_edges
from iar.harmonics.measuring import Harmonics, measure_harmonics, no_harmonics
from iar.harmonics.width import width_share
from iar.night import HARMONICS
from iar.settings import FringeSettings, SpectraSettings

HZ = SpectraSettings().frequency_hz
RULES = Rules(**FringeSettings().model_dump())
SLOTS = 90
SPACING_HZ = 0.8 + 0.2 * np.sin(np.linspace(0, 3, SLOTS))
AVERAGES = 2.89
NS, EW = 1.0, 0.4
"""Share of the power that the fringes modulate in each coil."""


def lorentzian(away: np.ndarray) -> np.ndarray:
    """Resonances of a full width of a quarter of the spacing, 10 times as high as what lies under them."""
    return 1 + 10 * sum(1 / (1 + ((away - n) / 0.125) ** 2) for n in range(-3, 4))


def cosine(away: np.ndarray) -> np.ndarray:
    """6 dB from crest to trough."""
    return 10 ** (0.3 * np.cos(2 * np.pi * away))


def drawn(power, rng: np.random.Generator) -> tuple[np.ndarray, Spacing]:
    """Density of both coils, as three segments scatter it, and the ladder that a judge would have measured in it."""
    order = HZ / SPACING_HZ[:, None] - 0.25
    away = (order + 0.5) % 1 - 0.5
    gained = np.stack([1 + gain * (power(away) - 1) for gain in (NS, EW)]) / HZ**2
    density = np.sqrt(gained * rng.gamma(AVERAGES, 1 / AVERAGES, gained.shape))
    spacing = no_spacing(SLOTS)
    spacing.delta_f_hz[:], spacing.phi[:] = SPACING_HZ, 0.25
    f_n = (np.arange(1, HARMONICS + 1) + 0.25) * SPACING_HZ[:, None]
    spacing.frequency_hz[:] = np.where(f_n < HZ[-1] - 0.3, f_n, np.nan)
    return density.astype(np.float32), spacing


def found_in(density: np.ndarray, spacing: Spacing) -> Harmonics:
    seen = Measured(density, np.isfinite(density).all(axis=2), np.ones(SLOTS, dtype=bool), HZ, ("NS", "EW"))
    return measure_harmonics(seen, spacing, RULES, averages=AVERAGES, window_slots=21)


def true_depth_db(power, gain: float) -> float:
    crest, trough = (1 + gain * (power(np.array(away)) - 1) for away in (0.0, 0.5))
    return float(10 * np.log10(crest / trough))


def true_share(power) -> float:
    """Full width at half power in NS, spacings."""
    away = np.linspace(0, 0.5, 5001)
    return 2 * float(away[np.argmin(np.abs(power(away) - (power(away[:1]) + power(away[-1:])) / 2))])


@pytest.fixture(scope="module", params=[lorentzian, cosine], ids=lambda power: power.__name__)
def measured(request):
    density, spacing = drawn(request.param, np.random.default_rng(8))
    return request.param, spacing, found_in(density, spacing)


def test_depth_in_each_coil_is_that_of_the_formula(measured):
    power, _, found = measured
    for channel, gain in enumerate((NS, EW)):
        off_db = found.depth_db[channel] - true_depth_db(power, gain)
        assert abs(np.nanmedian(off_db)) < 0.3
        assert np.nanmedian(np.abs(off_db)) < 0.5


def test_width_is_that_of_the_formula(measured):
    power, _, found = measured
    off = found.width_hz / (true_share(power) * SPACING_HZ[:, None]) - 1
    assert np.nanmedian(np.abs(off)) < 0.08


def test_amplitude_is_the_root_of_the_power_above_the_trough(measured):
    power, spacing, found = measured
    crest, trough = power(np.array([0.0, 0.5]))
    for channel, gain in enumerate((NS, EW)):
        true_pt = np.sqrt(gain * (crest - trough)) / spacing.frequency_hz
        assert np.nanmedian(np.abs(found.amplitude_pt[channel] / true_pt - 1)) < 0.1


def test_nothing_is_said_where_no_harmonic_was_seen_or_a_coil_has_no_samples(measured):
    _, spacing, found = measured
    seen = np.isfinite(spacing.frequency_hz)
    for values in (found.width_hz, *found.depth_db, *found.amplitude_pt):
        np.testing.assert_array_equal(np.isfinite(values), seen)
    density, spacing = drawn(cosine, np.random.default_rng(8))
    density[1, 40:] = np.nan
    left = found_in(density, spacing)
    assert np.isnan(left.depth_db[1, 40:]).all()
    assert np.isfinite(left.depth_db[0, 40:]).any(axis=1).all()


def test_a_night_without_spacing_has_no_harmonics():
    density, _ = drawn(cosine, np.random.default_rng(8))
    none = found_in(density, no_spacing(SLOTS))
    for values, empty in zip(vars(none).values(), vars(no_harmonics(2, SLOTS)).values(), strict=True):
        np.testing.assert_array_equal(values, empty)


def test_half_the_power_is_half_way_up_a_shallow_cosine_and_nearer_to_the_crest_of_a_deep_one():
    cosine_shape = shape_of(np.ones(1, dtype=complex))
    share = width_share(cosine_shape, np.array([0.01, 6.0, 30.0]))
    up = [np.log10((1 + 10 ** (depth_db / 10)) / 2) / (depth_db / 10) for depth_db in (6.0, 30.0)]
    assert share == pytest.approx([0.5, *(np.arccos(2 * level - 1) / np.pi for level in up)], abs=0.005)


def fan(depth_db: np.ndarray, *, missing: slice = slice(0, 0)) -> Fan:
    """Fan of the night's slots 200 to 700, of which 210 to 690 are dark."""
    night = np.zeros(864, dtype=bool)
    dark = night.copy()
    dark[210:690] = True
    looked = dark.copy()
    looked[missing] = False
    slots = np.flatnonzero(np.isfinite(depth_db))
    return Fan(depth_db[slots], np.full(len(slots), 0.2), slots, looked, dark)


def ramped(first: int, last: int) -> np.ndarray:
    """Depth that rises to 6 dB over 20 slots from `first` on, and falls over 20 up to `last`; NaN beyond."""
    slot = np.arange(864) + 0.5
    depth_db = 6 * np.clip(np.minimum(slot - first, last - slot) / 20, 0, 1)
    return np.where(depth_db > 0, depth_db, np.nan)


def test_a_fan_begins_and_ends_half_way_up_its_flanks():
    onset, end = fan_edges(fan(ramped(300, 600)))
    assert (onset.bound, end.bound) == ("seen", "seen")
    assert (onset.slot, end.slot) == pytest.approx((310, 590))
    assert onset.sigma == pytest.approx(0.2 / 0.3, rel=0.05)  # dB over dB a slot


def test_a_fan_at_the_border_of_the_dark_or_beside_a_hole_has_no_time():
    depth_db = np.where((np.arange(864) >= 210) & (np.arange(864) < 500), 5.0, np.nan)
    onset, end = fan_edges(fan(depth_db, missing=slice(500, 520)))
    assert (onset.bound, end.bound) == ("border", "unknown")
    assert np.isnan([onset.slot, end.slot]).all()


def test_no_fan_has_no_time():
    for depth_db in (np.full(864, np.nan), np.where(np.arange(864) < 400, -0.1, np.nan)):
        assert [edge.bound for edge in fan_edges(fan(depth_db))] == ["unknown", "unknown"]
