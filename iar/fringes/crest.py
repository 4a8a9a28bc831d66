"""The shape of a night's fringes over one spacing, and where its crest lies.

All harmonics and slots of a night are laid over each other, each at its place and with its depth: so the shape is known
far better than any single crest. A Fourier series through it serves to follow the tracks. The crest itself is sought
with two kinds of summit, one whose sides bend differently and one that is smooth but leans: a series of few terms
rounds the first off, and so shifts it; sides of their own shift the other. The spectra say which of them it is.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

PROFILE_BINS = 64
TERMS = 8
COEFFICIENT = 0.35
"""Standard deviation of the second coefficient of a shape, as a share of the first; of the k-th (2/k)^1.5 of it."""
LEVEL = 0.5
"""Share of the height, from the crest down, over which a crest is fitted."""
MIN_POINTS = 6
LEAST_HEIGHT = 1e-6
UNKNOWN_SIGMA = 0.05
"""Standard error of a crest that no summit fits, in spacings."""

Values = npt.NDArray[np.float64]
Pixels = npt.NDArray[np.floating]

PLACES = (np.arange(PROFILE_BINS) + 0.5) / PROFILE_BINS - 0.5
_TRIALS = np.linspace(-0.25, 0.25, 101)
_KINKED = np.array([(0.25, 1), (-20, 25), (0, 25), (60, 100), (0, 150)])
"""Mean and standard deviation of what multiplies 1, u^2, |u| u, u^4 and |u| u^3, of fringes of height 1."""
_SMOOTH = np.array([(0.25, 1), (-15, 15), (0, 60), (60, 150), (0, 500)])
"""The same for 1, u^2, u^3, u^4 and u^5."""
_KINKED_BEFORE, _SMOOTH_BEFORE = 0.7, 0.3
"""How likely either is before anything was measured."""
_STEPS = 256
_GRID = np.arange(-_STEPS // 2, _STEPS // 2 + 1) / _STEPS


@dataclass(frozen=True)
class Shape:
    """Shape of a fringe over a spacing, mean 0, at 257 places from -0.5 to 0.5: `height`, and its `slope`."""

    height: Values
    slope: Values

    def at(self, away: npt.NDArray[np.float32]) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """Height and slope at places away from the crest, in spacings; same shape."""
        place = np.clip(np.rint((away + 0.5) * _STEPS), 0, _STEPS).astype(np.int32)
        return self.height.astype(np.float32)[place], self.slope.astype(np.float32)[place]

    @property
    def height_db(self) -> float:
        """Peak to trough."""
        return float(np.ptp(self.height))


def shape_of(coefficients: npt.NDArray[np.complex128]) -> Shape:
    """Shape with the Fourier coefficients c_k: sum of Re c_k cos(2 pi k x) + Im c_k sin(2 pi k x), k from 1 on."""
    rate = 2 * np.pi * np.arange(1, len(coefficients) + 1)
    turns = coefficients.conj() * np.exp(1j * np.outer(_GRID, rate))
    return Shape(turns.real.sum(axis=1), (1j * rate * turns).real.sum(axis=1))


def lay_over(level: Pixels, weight: Pixels, depth: Pixels, away: Pixels) -> tuple[Values, Values]:
    """Mean level over depth at each place of a spacing, and the information in it: both of shape (64,).

    Parameters
    ----------
    level, weight, depth, away
        Of pixels: dB, weight, what the level is divided by, and place within the spacing, -0.5 to 0.5; any one shape.
    """
    place = np.clip(((away + 0.5) * PROFILE_BINS).astype(np.int32), 0, PROFILE_BINS - 1).ravel()
    weighed = weight * depth * (np.abs(away) <= 0.5)
    total = np.bincount(place, (weighed * level).ravel(), PROFILE_BINS)
    information = np.bincount(place, (weighed * depth).ravel(), PROFILE_BINS)
    return np.asarray(total / np.maximum(information, 1e-9)), np.asarray(information, dtype=np.float64)


def lay_over_each(
    level: Pixels, weight: Pixels, depth: Pixels, away: Pixels, number: npt.NDArray[np.int32], harmonics: int
) -> tuple[Values, Values]:
    """The same for each harmonic from 1 to `harmonics` by itself, both of shape (harmonic, 64).

    Parameters
    ----------
    level, weight, depth, away
        As in `lay_over`.
    number
        Harmonic that each pixel is nearest to, same shape.
    """
    place = np.clip(((away + 0.5) * PROFILE_BINS).astype(np.int32), 0, PROFILE_BINS - 1)
    reported = (number >= 1) & (number <= harmonics) & (np.abs(away) <= 0.5)
    cell = ((number - 1) * PROFILE_BINS + place)[reported]
    weighed, shape = (weight * depth)[reported], (harmonics, PROFILE_BINS)
    total = np.bincount(cell, weighed * level[reported], harmonics * PROFILE_BINS).reshape(shape)
    information = np.bincount(cell, weighed * depth[reported], harmonics * PROFILE_BINS).reshape(shape)
    return np.asarray(total / np.maximum(information, 1e-9)), np.asarray(information, dtype=np.float64)


def fit_shape(profile: Values, information: Values, *, variance: float, terms: int) -> npt.NDArray[np.complex128]:
    """Fourier coefficients of a profile by least squares; the higher ones are thought to be small."""
    number = np.arange(1, terms + 1)
    angle = 2 * np.pi * np.outer(PLACES, number)
    columns = np.concatenate([np.ones((PROFILE_BINS, 1)), np.cos(angle), np.sin(angle)], axis=1)
    usual = 0.5 * COEFFICIENT * (2.0 / number) ** 1.5
    wanted = np.where(number == 1, 1e-9, variance / usual**2)
    normal = columns.T @ (information[:, None] * columns) + np.diag(np.concatenate([[1e-9], wanted, wanted]))
    solved = np.linalg.solve(normal, columns.T @ (information * profile))
    return np.asarray(solved[1 : 1 + terms] + 1j * solved[1 + terms :])


def find_crest(
    profile: Values, information: Values, coefficients: npt.NDArray[np.complex128], *, variance: float
) -> tuple[float, float]:
    """Place of the crest in a profile, and its standard error, in spacings.

    Parameters
    ----------
    profile, information
        From `lay_over`.
    coefficients
        From `fit_shape`: which part of the profile is fitted.
    variance
        Of a pixel of weight and depth 1.
    """
    shape = shape_of(coefficients)
    series = float(_GRID[:-1][shape.height[:-1].argmax()])
    low = shape.height[:-1].max() - LEVEL * shape.height_db
    beyond = (_GRID[:-1] - series + 0.5) % 1 - 0.5
    beyond = beyond[shape.height[:-1] < low]
    away = (PLACES - series + 0.5) % 1 - 0.5
    near = (away >= beyond[beyond < 0].max(initial=-0.5)) & (away <= beyond[beyond > 0].min(initial=0.5))
    if near.sum() < MIN_POINTS:
        return series, UNKNOWN_SIGMA
    height_db = max(shape.height_db, LEAST_HEIGHT)
    counted = information[near] * height_db**2 / variance
    shift, sigma = _summit(away[near], profile[near] / height_db, counted)
    return series + shift, sigma


def _summit(away: Values, profile: Values, information: Values) -> tuple[float, float]:
    """Where a profile of height 1 has its summit, and its standard error: mean over what fits, of both kinds."""
    beyond = away - _TRIALS[:, None]
    size = np.abs(beyond)
    kinked = np.stack([np.ones_like(size), size**2, size * beyond, size**4, size**3 * beyond], axis=2)
    smooth = np.stack([np.ones_like(size), beyond**2, beyond**3, beyond**4, beyond**5], axis=2)
    likely = np.stack([
        _evidence(kinked, profile, information, _KINKED, leaning=True) + np.log(_KINKED_BEFORE),
        _evidence(smooth, profile, information, _SMOOTH, leaning=False) + np.log(_SMOOTH_BEFORE),
    ])  # fmt: skip
    if not np.isfinite(likely).any():
        return 0.0, UNKNOWN_SIGMA
    share = np.exp(likely - likely.max()).sum(axis=0)
    share /= share.sum()
    mean = float(share @ _TRIALS)
    return mean, float(np.sqrt(share @ (_TRIALS - mean) ** 2))


def _evidence(columns: Values, profile: Values, information: Values, before: Values, *, leaning: bool) -> Values:
    """Logarithm of how likely a summit at each trial is, whatever multiplies its columns: (trial, place, column)."""
    mean, sigma = before.T
    left = profile - columns @ mean
    weighed = columns * information[:, None]
    normal = np.einsum("tpi,tpj->tij", weighed, columns) + np.diag(sigma**-2.0)
    right = np.einsum("tpi,tp->ti", weighed, left)
    solved = np.linalg.solve(normal, right[:, :, None])[:, :, 0]
    gain = (solved * right).sum(axis=1) / 2 - (information * left**2).sum(axis=1) / 2
    gain -= np.linalg.slogdet(normal)[1] / 2 + np.log(sigma).sum()
    found = solved + mean
    steep = np.abs(found[:, 2]) if leaning else 0.0
    return np.where(found[:, 1] + steep < 0, gain, -np.inf)  # a trough is no summit
