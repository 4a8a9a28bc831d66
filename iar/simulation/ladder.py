"""A ladder of fringes whose every property is drawn: where its crests lie, how they are shaped, how deep they are.

The resonator of `iar.simulation.resonator` follows from a profile of the ionosphere, and so all its fringes have one
shape and nearly one offset. Published ones have many. This ladder has what is observed, whatever makes it:
``f_n = delta_f (n + phi + b exp(-(n - 1) / L))``, the spacing of the time of flight, towards which it tends, an
offset, and a bend that decays with the number. The bend is empirical: the height at which a wave turns depends on its
frequency, and so do the phases of both reflections, most of all for the longest waves; what is left far up is the time
of flight alone. A lower boundary with Hall conductance and the air below would give one such bend; observed ones differ
more than its few numbers allow.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from iar.simulation.curves import Curve

LADDER_HARMONICS = 24
"""Harmonics that a ladder may have: eighteen that are seen, and the lower ones that are not."""
_STEPS_OF_ORDER = 5
"""Steps that solve for the order: the bend is so weak that each leaves a sixth of the error, at most."""
_CYCLE = np.linspace(-0.5, 0.5, 500, endpoint=False)

Plane = npt.NDArray[np.float32]
Curves = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Crest:
    """Shape of one fringe over a spacing: 1 on its crest, 0 in the trough.

    `rise` is the share of the spacing from the trough below up to the crest: 0.5 is symmetric, more rises slowly and
    falls steeply. `power` narrows it: 1 is a cosine. A second crest `split` spacings away (0: none) is
    `second` as high.
    """

    rise: float = 0.5
    power: float = 1.0
    split: float = 0.0
    second: float = 0.0

    def height(self, order: npt.NDArray[np.floating]) -> npt.NDArray[np.floating]:
        """Height, 0 to 1, at orders whose whole numbers are the crests; same shape."""
        height = self._single(order)
        return np.maximum(height, self.second * self._single(order - self.split)) if self.split else height

    @property
    def mean(self) -> float:
        """Mean height over a spacing."""
        return float(self.height(_CYCLE).mean())

    def _single(self, order: npt.NDArray[np.floating]) -> npt.NDArray[np.floating]:
        away = (order + self.rise) % 1 - self.rise
        side = np.where(away < 0, away / self.rise, away / (1 - self.rise))
        return np.asarray((0.5 + 0.5 * np.cos(np.pi * side)) ** self.power)


@dataclass(frozen=True)
class Ladder:
    """A fan of fringes without a resonator behind it.

    `delta_f_hz` is the spacing of the time of flight, Hz (slot); `offset` phi (slot), `bend` b and its `decay` L as in
    the module's equation; `depth_db` peak to trough of each harmonic in the stronger channel, dB (slot, harmonic);
    `gain` says how much of the power in each channel is modulated, `lag_rad` is the phase of EW behind NS.
    """

    delta_f_hz: Curve
    offset: Curve
    bend: float
    decay: float
    crest: Crest
    depth_db: Curves
    gain: tuple[float, float]
    lag_rad: float


def ladder_tracks(ladder: Ladder) -> tuple[Curves, Curves]:
    """Frequency (Hz) and depth (dB, from the crest to the trough above it) of each harmonic: (slot, harmonic)."""
    number = np.arange(1.0, ladder.depth_db.shape[1] + 1)
    order = number + ladder.bend * np.exp(-(number - 1) / ladder.decay)
    f_n = ladder.delta_f_hz[:, None] * (order + ladder.offset[:, None])
    crest, depth_db = ladder.crest, ladder.depth_db
    after = np.column_stack([depth_db[:, 1:], np.zeros(len(depth_db))])
    in_trough_db = depth_db + (after - depth_db) * _eased(1 - crest.rise)
    return f_n, depth_db * (1 - crest.mean) + in_trough_db * crest.mean


def ladder_level_db(ladder: Ladder, frequency_hz: npt.NDArray[np.float64]) -> Plane:
    """Level of the modulated power over what it were without the ladder, dB, shape (slot, frequency).

    Its mean over a spacing is zero. Depths between two crests go from one to the other without any slope
    at either, so the maximum stays on the crest.
    """
    order = _orders(ladder, frequency_hz)
    depth_db = np.pad(ladder.depth_db.astype(np.float32), ((0, 0), (1, 1)))  # none at order 0, nor above the last
    below = np.clip(order.astype(np.intp), 0, depth_db.shape[1] - 2)
    here_db, next_db = (np.take_along_axis(depth_db, below + step, axis=1) for step in (0, 1))
    deep_db = here_db + (next_db - here_db) * _eased(np.clip(order - below, 0, 1))
    height = ladder.crest.height(order) - np.float32(ladder.crest.mean)
    return np.asarray(deep_db * height, dtype=np.float32)


def ladder_parts(ladder: Ladder, frequency_hz: npt.NDArray[np.float64]) -> tuple[Plane, Plane]:
    """Power of the resonant part and of the rest, over what it were without the ladder: both (slot, frequency).

    The rest is the power in the troughs. Of a channel that is modulated with a gain g they are g and g plus 1 - g of
    this.
    """
    level_db = ladder_level_db(ladder, frequency_hz)
    total = 10 ** (level_db / 10)
    floor = np.minimum(10 ** (-np.float32(ladder.crest.mean) * ladder.depth_db.max(axis=1) / 10), 1)[:, None]
    rest = np.minimum(floor.astype(np.float32), total)
    return total - rest, rest


def _orders(ladder: Ladder, frequency_hz: npt.NDArray[np.float64]) -> Plane:
    """Order of each frequency, whole on the crests: float32, shape (slot, frequency), not below 0."""
    even = ((1 / ladder.delta_f_hz)[:, None] * frequency_hz - ladder.offset[:, None]).astype(np.float32)
    order: Plane = even
    for _ in range(_STEPS_OF_ORDER if ladder.bend else 0):
        fading = np.exp((1 - np.maximum(order, 0)) / np.float32(ladder.decay))
        order = np.asarray(even - np.float32(ladder.bend) * fading, dtype=np.float32)
    return np.asarray(np.maximum(order, 0), dtype=np.float32)


def _eased(share: Plane | float) -> Plane:
    """Step from 0 to 1 whose slope and curvature are zero at both ends."""
    return np.asarray(share * share * share * (share * (share * 6 - 15) + 10))
