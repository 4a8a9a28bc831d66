"""The whole chain, counts analysed as real ones, held against the density that the fast path draws directly."""

import dataclasses
import datetime as dt
import functools

import numpy as np
import pytest
from scipy import fft
from scipy.ndimage import uniform_filter1d

from iar.night import MISSING, SLOT_SAMPLES, SLOTS
from iar.simulation.coil import coil_counts, frame_frequencies
from iar.simulation.defects import Defect
from iar.simulation.density import coherence, expected_density, measured_density, power_parts
from iar.simulation.interference import Line, Step
from iar.simulation.scenario import Scenario, draw_scenario
from iar.spectra.band import Band
from iar.spectra.density import amplitude_density

NIGHT = dt.date(2014, 1, 10)
BAND = Band()
FREQUENCY_HZ = BAND.frequency_hz
FULL_SCALE = 2**23 - 1
NAMES = ("fringes", "comb", "storm", "pearls", "gaps")
DARK = slice(300, 560)

STRONG_LINE = Line(np.full(SLOTS, 135 / 40.96), np.full(SLOTS, 5.0), 1)
JUMPS = (Step(35_150.0, 60.0, 0), Step(50_230.0, -120.0, 0), Step(61_060.0, 90.0, 0))
CLIPPED = Defect("clipped", 0, 52_433, 5)
STUCK = Defect("stuck", 1, 43_914, 397)
CUT = Defect("cut", 0, 62_697, 2103)
GAP = slice(700, 720)


@dataclasses.dataclass(frozen=True)
class Both:
    """A night by the whole chain and by the fast path, and what is expected: each (channel, slot, frequency)."""

    scenario: Scenario
    chain: np.ndarray
    fast: np.ndarray
    expected: np.ndarray

    def relative(self, path, channel):
        """Density of slots that both paths have, over what is expected: (slot, frequency)."""
        whole = ~(np.isnan(self.chain) | np.isnan(self.fast)).any(axis=(0, 2))
        return (path / self.expected)[channel, whole]


def coil(frequency_hz):
    """Counts per pT of a coil that falls off below 0.3 Hz and lags."""
    return 50 / (1 - 0.3j / np.maximum(frequency_hz, 0.1)) * np.exp(-0.02j * frequency_hz)


def scenario_of(name):
    drawn = draw_scenario(name, NIGHT, 5)
    if name == "comb":
        return dataclasses.replace(drawn, lines=(*drawn.lines, STRONG_LINE), steps=JUMPS)
    if name == "gaps":
        missing = np.zeros((2, SLOTS), dtype=bool)
        missing[:, GAP] = True
        return dataclasses.replace(drawn, missing=missing, defects=(CLIPPED, STUCK, CUT), steps=())
    return dataclasses.replace(drawn, steps=())


def counts_of(scenario):
    return coil_counts(scenario, coil(frame_frequencies()), np.random.default_rng(5), full_scale=FULL_SCALE)


@pytest.fixture(scope="module")
def both():
    """Night of a scenario's name, by both paths."""

    @functools.cache
    def night(name):
        scenario = scenario_of(name)
        per_count = 1 / np.abs(coil(FREQUENCY_HZ))
        chain = [amplitude_density(counts, band=BAND, pt_per_count=per_count) for counts in counts_of(scenario)]
        fast = measured_density(scenario, FREQUENCY_HZ, np.random.default_rng(0))
        return Both(scenario, np.array(chain), fast, expected_density(scenario, FREQUENCY_HZ))

    return night


@pytest.mark.parametrize("channel", [0, 1])
@pytest.mark.parametrize("name", NAMES)
class TestBothPathsHave:
    def test_the_same_level_at_every_frequency(self, both, name, channel):
        night = both(name)
        chain, fast = (
            np.median(night.relative(path, channel), axis=0).astype(float) for path in (night.chain, night.fast)
        )
        for by_chain, by_fast in zip(np.array_split(chain, 20), np.array_split(fast, 20), strict=True):
            assert np.median(by_chain) == pytest.approx(np.median(by_fast), rel=0.03)

    def test_the_same_level_at_every_time(self, both, name, channel):
        night = both(name)
        chain, fast = (
            20 * np.log10(np.median(night.relative(path, channel), axis=1)) for path in (night.chain, night.fast)
        )
        assert np.median(np.abs(chain - fast)) < 0.4
        hourly = [uniform_filter1d(level, 36)[18::36] for level in (chain, fast)]
        np.testing.assert_allclose(*hourly, atol=0.4)

    def test_the_same_scatter(self, both, name, channel):
        night = both(name)
        scatter_db = [20 * np.log10(night.relative(path, channel)).std() for path in (night.chain, night.fast)]
        np.testing.assert_allclose(scatter_db, 2.9, atol=0.25)
        assert scatter_db[0] == pytest.approx(scatter_db[1], abs=0.1)

    def test_the_same_slots_but_for_the_edges_of_what_was_lost(self, both, name, channel):
        night = both(name)
        lost = [np.isnan(path[channel]).all(axis=1) for path in (night.chain, night.fast)]
        dead = night.chain[channel].max(axis=1) < 1e-9  # what is stuck has no field, in real counts, too
        assert np.all(lost[1] | ~(lost[0] | dead))
        assert (lost[1] & ~(lost[0] | dead)).sum() <= 2 * len(night.scenario.defects)

    def test_the_same_relief(self, both, name, channel):
        night = both(name)
        relief = [20 * np.log10(np.nanmedian(path[channel, DARK], axis=0)) for path in (night.chain, night.fast)]
        assert np.corrcoef(*relief)[0, 1] > 0.98


def test_fringes_are_at_the_same_place_all_night(both):
    night = both("fringes")
    channel = int(np.argmax(night.scenario.fringes.gain))
    bare = expected_density(dataclasses.replace(night.scenario, fringes=None), FREQUENCY_HZ)[channel, DARK]
    pictures = [np.log10(path[channel, DARK] / bare) for path in (night.chain, night.fast, night.expected)]
    smooth = [uniform_filter1d(uniform_filter1d(picture, 30, axis=0), 5, axis=1) for picture in pictures]
    relations = np.corrcoef([picture[::30].ravel() for picture in smooth])
    assert relations[0, 2] > 0.9  # the chain's with what is expected ...
    assert relations[0, 2] == pytest.approx(relations[1, 2], abs=0.03)  # ... as well as the fast path's


def test_polarisation_of_the_counts_is_what_was_drawn():
    scenario = dataclasses.replace(scenario_of("fringes"), lines=(), sferics_pt=np.zeros(SLOTS))
    segments = counts_of(scenario).reshape(2, SLOTS, SLOT_SAMPLES)[:, DARK, : 2 * 4096].reshape(2, -1, 4096)
    spectra = fft.rfft(segments * np.hanning(4097)[:-1].astype(np.float32), axis=2)[:, :, 21:431]
    cross, *own = (np.mean(a * b.conj(), axis=0) for a, b in (spectra, (spectra[0],) * 2, (spectra[1],) * 2))
    parts = power_parts(scenario, FREQUENCY_HZ)
    power = parts.total()[:, DARK]
    said = np.mean(coherence(scenario, parts)[DARK] * np.sqrt(power[0] * power[1]), axis=0)
    said /= np.sqrt(np.mean(power[0], axis=0) * np.mean(power[1], axis=0))
    found = cross / np.sqrt(own[0].real * own[1].real)
    assert np.abs(said).max() > 0.2
    along = np.vdot(said, found) / np.vdot(said, said)
    assert abs(along) == pytest.approx(1, abs=0.05)
    assert np.angle(along) == pytest.approx(0, abs=0.05)
    assert np.abs(found - said).mean() < 2 / np.sqrt(spectra.shape[1])


class TestLines:
    def test_of_a_comb_are_as_high_as_expected(self, both):
        night = both("comb")
        comb = [line for line in night.scenario.lines if np.ptp(line.frequency_hz) == 0]
        assert len(comb) >= 6
        for line in comb:
            place = np.abs(FREQUENCY_HZ - line.frequency_hz[0]).argmin()
            root_mean_square = [
                np.sqrt(np.mean(path[line.channel, :, place].astype(float) ** 2))
                for path in (night.chain, night.fast, night.expected)
            ]
            assert root_mean_square[0] == pytest.approx(root_mean_square[2], rel=0.05)
            assert root_mean_square[1] == pytest.approx(root_mean_square[2], rel=0.05)

    def test_that_are_strong_hardly_scatter_in_either_path(self, both):
        night = both("comb")
        for path in (night.chain, night.fast):
            decibels = 20 * np.log10(path[1])
            assert decibels[:, 135 - 21].std() < 0.5
            assert np.median(decibels[:, 150 - 21 : 160 - 21].std(axis=0)) > 2.4


def test_lightning_makes_the_same_rows(both):
    night = both("storm")
    loud = night.scenario.sferics_pt > 1.0
    assert loud.sum() > 20
    high = FREQUENCY_HZ > 4
    level = [np.sqrt((path[..., high].astype(float) ** 2).mean(axis=2)) for path in (night.chain, night.expected)]
    ratio = level[0][:, loud] / level[1][:, loud]
    assert np.median(ratio) == pytest.approx(1, abs=0.15)
    assert np.quantile(ratio, 0.1) > 0.5
    assert np.corrcoef(*[row.ravel() for row in np.log(level)])[0, 1] > 0.9


def test_pearls_are_as_bright_at_the_same_place(both):
    night = both("pearls")
    assert night.scenario.pearls
    for pearl in night.scenario.pearls:
        bright = np.argwhere(
            (np.abs(FREQUENCY_HZ - pearl.frequency_hz[:, None]) < pearl.width_hz) & (pearl.height_db[:, None] > 4)
        )
        if len(bright):
            slot, place = bright.T
            powers = [(path[:, slot, place].astype(float) ** 2).mean() for path in (night.chain, night.expected)]
            assert powers[0] == pytest.approx(powers[1], rel=0.3)


@pytest.mark.parametrize("jump", JUMPS)
def test_a_jump_of_the_level_is_of_the_same_order(both, jump):
    night = both("comb")
    slot = int(jump.second) // 100
    power = [(path[jump.channel, slot, 20:200].astype(float) ** 2).mean() for path in (night.chain, night.expected)]
    before = (night.expected[jump.channel, slot - 1, 20:200] ** 2).mean()
    assert power[0] > 3 * before
    assert abs(np.log10(power[0] / power[1])) < 1


def test_a_clipped_stretch_is_of_the_same_order(both):
    night = both("gaps")
    slot = CLIPPED.second // 100
    ratio = np.median(night.chain[0, slot] / night.expected[0, slot])
    assert 0.1 < ratio < 10
    assert np.median(night.chain[0, slot + 1] / night.expected[0, slot + 1]) == pytest.approx(1, abs=0.5)


def test_counts_are_what_the_digitiser_would_write(both):
    scenario = both("gaps").scenario
    counts = counts_of(scenario)
    assert counts.dtype == np.int32
    here = np.s_[CLIPPED.second * 100 : (CLIPPED.second + CLIPPED.length_s) * 100]
    assert np.all(counts[0, here] == FULL_SCALE)
    here = np.s_[STUCK.second * 100 : (STUCK.second + STUCK.length_s) * 100]
    assert np.ptp(counts[1, here]) == 0
    gone = counts == MISSING
    assert gone[:, GAP.start * SLOT_SAMPLES : GAP.stop * SLOT_SAMPLES].all()
    assert gone[0, CUT.second * 100 : (CUT.second + CUT.length_s) * 100].all()
    assert gone.sum() == 2 * 20 * SLOT_SAMPLES + CUT.length_s * 100
    assert np.abs(np.where(gone, 0, counts)).max() == FULL_SCALE
