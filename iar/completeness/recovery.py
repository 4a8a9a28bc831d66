"""A fan laid over a night without any, and whether it is found."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from iar.completeness.injections import Fan
from iar.fringes.judging import Measured, Rules, judge_probability
from iar.fringes.spacing import Spacing
from iar.fringes.verdict import Verdict
from iar.simulation.injection import laid_over

RIGHT = 0.1
"""Relative error of a spacing that counts as right: half a step between fans that differ by one of ten harmonics."""
HOUR_SLOTS = 36

Look: TypeAlias = Callable[[npt.NDArray[np.float32]], npt.NDArray[np.uint8]]
"""Density (channel, slot, frequency) to a network's packed probability (slot, frequency)."""


@dataclass(frozen=True)
class Judge:
    """All that decides what is found: the network, the probability that a ridge reaches, and the rules."""

    look: Look
    threshold: float
    rules: Rules

    def __call__(self, night: Measured) -> tuple[Spacing, Verdict]:
        """Spacing and verdict of a night, as those of the archive come about."""
        estimates, verdict = judge_probability(
            self.look(night.density), night, threshold=self.threshold, rules=self.rules
        )
        return estimates.spacing, verdict


@dataclass(frozen=True)
class Recovered:
    """What became of one fan.

    `over_counts`: the fan was laid over counts and went through the whole chain. `called`: the night is called
    ``fringes``. `found`: it is, and the spacings reported in the fan's slots are right in the median. `slots` are
    those of the fan, `right_slots` those with a right spacing; `hours` and `right_hours` the same by hour UTC, (24,).
    `error` is the median error of the spacing where it is right, over the spacing, without its sign; `sigma_factor`
    the error of which 68 % are smaller, over the reported standard error: 1 where that is true. NaN where nothing is
    right.
    """

    depth_db: float
    spacing_hz: float
    offset: float
    bend: float
    coils: int
    over_counts: bool
    called: bool
    found: bool
    slots: int
    right_slots: int
    hours: tuple[int, ...]
    right_hours: tuple[int, ...]
    error: float
    sigma_factor: float


def recover(
    night: Measured, fan: Fan, judge: Judge, *, boundary_hour: int, density: npt.NDArray[np.float32] | None = None
) -> Recovered:
    """Lay a fan over a night and look for it.

    Parameters
    ----------
    night
        Without fringes of its own.
    boundary_hour
        UTC hour at which the night begins, whole hours.
    density
        Of the night with the fan, where it was laid over the counts already; else it is laid over the night's density.
    """
    over_counts = density is not None
    if density is None:
        density = laid_over(night.density, fan.ladder, night.frequency_hz)
    spacing, verdict = judge(replace(night, density=density))
    seen = fan.on & np.isfinite(night.density).any(axis=(0, 2))
    error = (spacing.delta_f_hz - fan.ladder.delta_f_hz) / fan.ladder.delta_f_hz
    answered = seen & np.isfinite(error)
    right = answered & (np.abs(np.where(answered, error, np.inf)) < RIGHT)
    sigma = spacing.delta_f_sigma_hz / fan.ladder.delta_f_hz
    return Recovered(
        depth_db=fan.depth_db,
        spacing_hz=fan.spacing_hz,
        offset=fan.offset,
        bend=fan.ladder.bend,
        coils=int(np.count_nonzero(np.array(fan.ladder.gain) > 0)),
        over_counts=over_counts,
        called=verdict.name == "fringes",
        found=bool(verdict.name == "fringes" and answered.any() and np.median(np.abs(error[answered])) < RIGHT),
        slots=int(seen.sum()),
        right_slots=int(right.sum()),
        hours=_by_hour(seen, boundary_hour),
        right_hours=_by_hour(right, boundary_hour),
        error=float(np.median(np.abs(error[right]))) if right.any() else float("nan"),
        sigma_factor=float(np.quantile(np.abs(error[right]) / sigma[right], 0.6827)) if right.any() else float("nan"),
    )


def _by_hour(slots: npt.NDArray[np.bool_], boundary_hour: int) -> tuple[int, ...]:
    """How many of these slots lie in each hour UTC."""
    return tuple(int(n) for n in np.roll(slots.reshape(-1, HOUR_SLOTS).sum(axis=1), boundary_hour))
