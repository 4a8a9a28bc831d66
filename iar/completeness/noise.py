"""Hours without fringes: a night as it is, its day in the place of its night, and a surrogate that has no tracks."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from iar.fringes.interference import standing_lines
from iar.fringes.judging import Measured, Rules
from iar.night import SLOTS

_SHORT_SLOTS = 9
"""Slots over which a pixel's noise is averaged: what a person's eye, and every estimator here, does."""


@dataclass(frozen=True)
class Noise:
    """What decides how deep a fan must be to be found in a night.

    `scatter_db` is how far the residual of both channels, averaged over a quarter of an hour, scatters in the median
    frequency of the dark part, dB; `effort` the share of the dark part with samples, 0 to 1; `lines` how many stand
    still in it.
    """

    scatter_db: float
    effort: float
    lines: int


def night_noise(night: Measured, rules: Rules) -> Noise:
    """Noise of a night's dark part; its scatter is NaN where there are no samples."""
    night = night.carried
    residual = night.residual(rules)[:, night.dark]
    effort = float(night.effort[:, night.dark].max(axis=0).mean()) if night.dark.any() else 0.0
    lines = sum(len(standing_lines(one, night.frequency_hz)) for one in residual)
    return Noise(_scatter(residual), effort, lines)


def _scatter(residual: npt.NDArray[np.float32]) -> float:
    """Robust scatter of the averaged residual about its median over the dark part, dB."""
    there = np.asarray(~np.isnan(residual).any(axis=2))
    weight = there.sum(axis=0)
    total = np.where(there[:, :, None], residual, 0).sum(axis=0)
    blocks = len(weight) // _SHORT_SLOTS
    if not blocks:
        return float("nan")
    count = weight[: blocks * _SHORT_SLOTS].reshape(blocks, -1).sum(axis=1)
    mean = total[: blocks * _SHORT_SLOTS].reshape(blocks, _SHORT_SLOTS, -1).sum(axis=1)[count > 0]
    if not len(mean):
        return float("nan")
    mean /= count[count > 0, None]
    return float(np.median(1.4826 * np.median(np.abs(mean - np.median(mean, axis=0)), axis=0)))


def by_day(night: Measured) -> Measured:
    """The night with its day in the place of its dark part; dark slots that no daylight comes to have no samples."""
    half = SLOTS // 2
    density, effort = np.roll(night.density, half, axis=1), np.roll(night.effort, half, axis=1)
    lit = ~np.roll(night.dark, half)
    return replace(night, density=np.where(lit[:, None], density, np.float32(np.nan)), effort=np.where(lit, effort, 0))


def shuffled(night: Measured, rng: np.random.Generator) -> Measured:
    """Surrogate of a night: the slots of its dark part in another order, so that no track survives."""
    order = np.arange(len(night.dark))
    (dark,) = np.nonzero(night.dark)
    order[dark] = rng.permutation(dark)
    return replace(night, density=night.density[:, order], effort=night.effort[:, order])
