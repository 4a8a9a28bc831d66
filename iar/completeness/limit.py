"""The detection limit: how deep a fan must be that nine of ten like it are found in a night.

The chance to be found is a logistic curve over the logarithm of the depth, shifted by the night's scatter, effort and
lines, fitted to all injections by the most likely values under a weak prior (Gelman et al. 2008,
https://doi.org/10.1214/08-AOAS191: without one, a few injections that happen to separate give an infinite slope).
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from iar.completeness.injections import DEPTHS_DB
from iar.completeness.noise import Noise

NINE_OF_TEN = 0.9
FEWEST = 24
"""Injections below which no curve is fitted."""
_PRIOR = np.array([10.0, 10.0, 2.5, 2.5, 0.5])
"""Standard deviations of the coefficients, of the intercept and of what `_row` has."""

Values = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Curve:
    """Logit of the chance to be found.

    ``intercept + depth log(d / dB) + scatter log(s / dB) + effort log(e) + lines log(1 + l)`` for a depth d in noise of
    scatter s, effort e and l standing lines.
    """

    intercept: float
    depth: float
    scatter: float
    effort: float
    lines: float

    def chance(self, depth_db: Values | float, noise: Noise) -> Values:
        """Chance that a fan of that depth is found, 0 to 1; same shape."""
        return np.asarray(1 / (1 + np.exp(-self._shift(noise) - self.depth * np.log(depth_db))))

    def limit_db(self, noise: Noise) -> float:
        """Depth at which nine of ten fans are found, dB.

        NaN where it is deeper than any that was laid, or the noise is not known; nowhere less than the least that was
        laid: what nobody has tried is not given.
        """
        if self.depth <= 0 or not np.isfinite(noise.scatter_db) or noise.effort <= 0:
            return float("nan")
        exponent = (np.log(NINE_OF_TEN / (1 - NINE_OF_TEN)) - self._shift(noise)) / self.depth
        depth_db = float(np.exp(min(exponent, 20.0)))
        return float("nan") if depth_db > DEPTHS_DB[1] else max(depth_db, DEPTHS_DB[0])

    def _shift(self, noise: Noise) -> float:
        return float(np.array(list(asdict(self).values())) @ _row(1.0, noise))


def fit_curve(depth_db: Values, noise: Sequence[Noise], found: npt.NDArray[np.bool_]) -> Curve | None:
    """Curve of injections: depth (injection,), the noise they were laid over, whether they were found.

    Returns
    -------
    None where they are too few, or where all or none of them are found.
    """
    if len(found) < FEWEST or found.all() or not found.any():
        return None
    rows = np.stack([_row(depth, one) for depth, one in zip(depth_db, noise, strict=True)])
    side = np.where(found, 1.0, -1.0)

    def surprise(fit: Values) -> float:
        """Minus the logarithm of likelihood and prior."""
        return float(np.logaddexp(0, -side * (rows @ fit)).sum() + 0.5 * ((fit / _PRIOR) ** 2).sum())

    fit = minimize(surprise, np.zeros(rows.shape[1]), method="BFGS").x
    return Curve(*(float(value) for value in fit))


def _row(depth_db: float, noise: Noise) -> Values:
    """What the coefficients of `Curve` are multiplied with."""
    return np.array(
        [1.0, np.log(depth_db), np.log(noise.scatter_db), np.log(max(noise.effort, 1e-3)), np.log1p(noise.lines)]
    )
