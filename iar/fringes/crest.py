"""The shape of a night's fringes over one spacing, and where its crest lies.

All harmonics and slots of a night are laid over each other, each at its place and with its depth: so the shape is known
far better than any single crest. A Fourier series through it serves to follow the tracks. The crest itself is where
two half parabolas, as steep as they like on either side, meet: a series of few terms rounds a crest off that
rises slowly and falls steeply, and so shifts it.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

PROFILE_BINS = 64
TERMS = 8
COEFFICIENT = 0.35
"""Standard deviation of the second coefficient of a shape, as a share of the first; of the k-th (2/k)^1.5 of it."""
LEVEL = 0.4
"""Share of the height, from the crest down, through which the half parabolas are laid."""
SHARE_OF_PARABOLAS = 0.75
"""Weight of their crest in the mean with that of the series, which is better where the crest is smooth."""
MIN_POINTS = 6
UNKNOWN_SIGMA = 0.02
"""Standard error of a crest that no half parabolas fit, in spacings."""

Values = npt.NDArray[np.float64]
Pixels = npt.NDArray[np.floating]

_PLACES = (np.arange(PROFILE_BINS) + 0.5) / PROFILE_BINS - 0.5
_TRIALS = np.linspace(-0.08, 0.08, 81)
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
    counts = weight * depth * (np.abs(away) <= 0.5)
    total = np.bincount(place, (counts * level).ravel(), PROFILE_BINS)
    information = np.bincount(place, (counts * depth).ravel(), PROFILE_BINS)
    return np.asarray(total / np.maximum(information, 1e-9)), np.asarray(information, dtype=np.float64)


def fit_shape(profile: Values, information: Values, *, variance: float, terms: int) -> npt.NDArray[np.complex128]:
    """Fourier coefficients of a profile by least squares; the higher ones are thought to be small."""
    number = np.arange(1, terms + 1)
    angle = 2 * np.pi * np.outer(_PLACES, number)
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
        From `fit_shape`.
    variance
        Of a pixel of weight and depth 1.
    """
    shape = shape_of(coefficients)
    series = float(_GRID[:-1][shape.height[:-1].argmax()])
    low = shape.height[:-1].max() - LEVEL * shape.height_db
    beyond = (_GRID[:-1] - series + 0.5) % 1 - 0.5
    beyond = beyond[shape.height[:-1] < low]
    away = (_PLACES - series + 0.5) % 1 - 0.5
    near = (away >= beyond[beyond < 0].max(initial=-0.5)) & (away <= beyond[beyond > 0].min(initial=0.5))
    if near.sum() < MIN_POINTS:
        return series, UNKNOWN_SIGMA
    shift, sigma = _meeting(away[near], profile[near], information[near] / variance)
    return series + SHARE_OF_PARABOLAS * shift, float(np.hypot(sigma, shift / 2))


def _meeting(away: Values, profile: Values, information: Values) -> tuple[float, float]:
    """Where two half parabolas meet that fit a profile, and its standard error: mean over what fits."""
    beyond = away - _TRIALS[:, None]
    square = beyond**2
    columns = np.stack([np.ones_like(square), np.where(beyond < 0, square, 0), np.where(beyond > 0, square, 0)], axis=2)
    normal = np.einsum("tpi,p,tpj->tij", columns, information, columns) + 1e-9 * np.eye(3)
    right = np.einsum("tpi,p->ti", columns, information * profile)
    solved = np.linalg.solve(normal, right[:, :, None])[:, :, 0]
    gain = (solved * right).sum(axis=1) / 2
    likely = np.exp(gain - gain.max()) * ((solved[:, 1] < 0) & (solved[:, 2] < 0))
    if not likely.any():
        return 0.0, UNKNOWN_SIGMA
    likely /= likely.sum()
    mean = float(likely @ _TRIALS)
    return mean, float(np.sqrt(likely @ (_TRIALS - mean) ** 2))
