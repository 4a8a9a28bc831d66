"""Schumann resonances of a night: time, and share of sane fits, beside SciPy's leastsq one interval after another."""

from collections.abc import Iterator

import numpy as np
from scipy import optimize

from benchmarks.line import Line, seconds_line
from iar.night import SLOTS
from iar.schumann.averaging import INTERVAL_SLOTS
from iar.schumann.resonances import find_resonances
from iar.settings import SpectraSettings

HZ = SpectraSettings(high_hz=25).frequency_hz
AVERAGES, MODES = 2.89, 3
PEER = "SciPy's leastsq, one interval after the other"
"""What lmfit calls, and so the published way (Salinas et al. 2022): no limits, no weights, the mean of the power."""


def lines() -> Iterator[Line]:
    density = _night(np.random.default_rng(0))
    yield seconds_line(
        "Schumann resonances, a night of both channels",
        lambda: _ours(density), lambda: _peer(density), PEER, rounds=3, peer_rounds=1,
    )  # fmt: skip
    yield Line(
        "Schumann resonances, sane fits", _sane(_ours(density)), "%", _sane(_peer(density)), f"{PEER}; EW has a comb"
    )


def _night(rng: np.random.Generator) -> np.ndarray:
    """Density of a night with three modes; lightning in a slot of twelve, and in EW a comb of 1.416 Hz."""
    turn = np.linspace(0, 2 * np.pi, SLOTS)[:, None]
    bells = [
        a * (1 + 0.3 * np.sin(turn)) / (1 + ((HZ - f - 0.2 * np.cos(turn)) / s) ** 2)
        for a, f, s in ((0.3, 7.85, 1.1), (0.25, 14.2, 1.5), (0.2, 20.4, 1.9))
    ]
    density = (0.1 + sum(bells)) * np.sqrt(rng.gamma(AVERAGES, 1 / AVERAGES, (2, SLOTS, len(HZ))))
    density[:, ::12] = np.hypot(density[:, ::12], 2.0)
    for line_hz in 1.416 * np.arange(5, 17):
        density[1][:, np.abs(HZ - line_hz) < 0.03] += 0.3
    return density.astype(np.float32)


def _ours(density: np.ndarray) -> np.ndarray:
    """Frequencies of the modes, shape (channel, interval, mode)."""
    return find_resonances(density, HZ, averages=AVERAGES).frequency_hz[..., :MODES]


def _peer(density: np.ndarray) -> np.ndarray:
    used = (HZ >= 6.35) & (HZ <= 23.75)
    hz = HZ[used]
    power = density[..., used].astype(np.float64).reshape(2, -1, INTERVAL_SLOTS, len(hz)) ** 2
    start = np.array([0.2, 7.9, 1.4, 0.2, 14.2, 1.4, 0.2, 20.3, 1.4, 0.1, 0.0])

    def misfit(p: np.ndarray, level: np.ndarray) -> np.ndarray:
        bells = [p[i] / (1 + ((hz - p[i + 1]) / p[i + 2]) ** 2) for i in (0, 3, 6)]
        return sum(bells) + p[9] + p[10] * (hz - 15) - level

    fits = [optimize.leastsq(misfit, start, (level,))[0] for level in np.sqrt(power.mean(axis=2)).reshape(-1, len(hz))]
    return np.array(fits)[:, 1:9:3].reshape(2, -1, MODES)


def _sane(frequency_hz: np.ndarray) -> float:
    """Share of fits, %, whose three modes all lie within 0.5 Hz of where they are by turns."""
    near = np.abs(frequency_hz - np.array([7.85, 14.2, 20.4])) < 0.5
    return 100 * float(near.all(axis=-1).mean())
