"""A spectrogram of any grid of time and frequency on another: even slots, even frequencies.

Where the grid is finer than the one that is wanted, power is averaged over the pixels of it that a new pixel covers;
where it is coarser, dB are interpolated between the middles of its pixels. What is on the grid already stays, bit by
bit.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from iar.spectra.background import DEAD_PT

Picture = npt.NDArray[np.float32]
Edges = npt.NDArray[np.float64]
Law = Callable[[npt.NDArray[Any]], npt.NDArray[Any]]

_NEAR = 1e-3
"""Share of a pixel within which edges are the same."""


class Scale(NamedTuple):
    """To what scale values go for a mean, and back; to what scale for a straight line, and back."""

    meant: Law
    unmeant: Law
    lined: Law
    unlined: Law


def _log(density: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Logarithm, of a dead channel's 0 also; NaN stays."""
    return np.asarray(np.log(np.maximum(density, np.float32(DEAD_PT))))


DENSITY = Scale(np.square, np.sqrt, _log, np.exp)
"""Of amplitude densities: the power has a mean, and dB a line."""
SHARE = Scale(np.asarray, np.asarray, np.asarray, np.asarray)
"""Of probabilities and the like: the values themselves."""


def pixel_edges(middle: Edges) -> Edges:
    """Edges of pixels halfway between their middles, and as far beyond the first and the last; shape (pixel + 1,).

    >>> pixel_edges(np.array([1.0, 2.0, 4.0]))
    array([0.5, 1.5, 3. , 5. ])
    """
    between = (middle[1:] + middle[:-1]) / 2
    return np.concatenate([[2 * middle[0] - between[0]], between, [2 * middle[-1] - between[-1]]])


def without_holes(density: Picture) -> Picture:
    """Spectra with a straight line in dB over frequencies that are missing between others; shape (..., frequency).

    What is missing at the ends of a spectrum stays missing, and with it the whole spectrum: no background can be fitted
    to a part.
    """
    out = density.copy()
    rows, there = out.reshape(-1, out.shape[-1]), np.isfinite(out).reshape(-1, out.shape[-1])
    column = np.arange(out.shape[-1])
    holed = there[:, 0] & there[:, -1] & ~there.all(axis=1)
    for row in np.flatnonzero(holed):
        known = there[row]
        rows[row, ~known] = np.exp(np.interp(column[~known], column[known], _log(rows[row, known])))
    rows[~(there.all(axis=1) | holed)] = np.nan
    return out


def onto_grid(values: Picture, edges: Edges, new_edges: Edges, *, axis: int, scale: Scale = DENSITY) -> Picture:
    """Values on new pixels along an axis.

    Parameters
    ----------
    values
        Amplitude density of any unit, or what `scale` says; NaN where there is none.
    edges
        Of its pixels along the axis, rising, shape (pixel + 1,).
    new_edges
        Of the pixels that are wanted, rising and within those, shape (new pixel + 1,); beyond the ends nothing is
        known.
    axis
        Which one.
    scale
        On what scale means and lines are taken: `DENSITY` or `SHARE`.

    Returns
    -------
    float32. A new pixel is NaN where its middle lies in one that is.
    """
    same = len(edges) == len(new_edges) and np.allclose(edges, new_edges, rtol=0, atol=_NEAR * np.diff(edges).min())
    if same:
        return values
    rows = np.moveaxis(values, axis, 0)
    middle = (new_edges[1:] + new_edges[:-1]) / 2
    home = np.clip(np.searchsorted(edges, middle, side="right") - 1, 0, len(rows) - 1)
    coarse = np.diff(edges)[home] > np.diff(new_edges) * (1 + _NEAR)
    out = np.empty((len(middle), *rows.shape[1:]), dtype=np.float32)
    out[coarse] = scale.unlined(_interpolated(scale.lined(rows), edges, middle[coarse], home[coarse]))
    with np.errstate(invalid="ignore"):  # 0/0 is NaN: nothing is known
        out[~coarse] = scale.unmeant(_averaged(scale.meant(rows.astype(np.float64)), edges, new_edges)[~coarse])
    out[np.isnan(rows[home])] = np.nan
    return np.moveaxis(out, 0, axis)


def _interpolated(level: Picture, edges: Edges, middle: Edges, home: npt.NDArray[np.intp]) -> Picture:
    """Between the middles of the pixels; beside one that is missing, the value of the pixel itself."""
    old = (edges[1:] + edges[:-1]) / 2
    neighbour = np.clip(np.where(middle >= old[home], home + 1, home - 1), 0, len(level) - 1)
    span = np.where(neighbour == home, 1.0, old[neighbour] - old[home])
    share = ((middle - old[home]) / span).reshape(-1, *[1] * (level.ndim - 1))
    here, beside = level[home], level[neighbour]
    return np.asarray(here + share * (np.where(np.isnan(beside), here, beside) - here))


def _averaged(amount: npt.NDArray[np.float64], edges: Edges, new_edges: Edges) -> npt.NDArray[np.float64]:
    """Mean over the part of each new pixel that is known."""
    width = np.diff(edges).reshape(-1, *[1] * (amount.ndim - 1))
    there = np.isfinite(amount)
    total = _integral(np.where(there, amount, 0) * width, edges, new_edges)
    return np.asarray(np.diff(total, axis=0) / np.diff(_integral(there * width, edges, new_edges), axis=0))


def _integral(amount: npt.NDArray[np.float64], edges: Edges, at: Edges) -> npt.NDArray[np.float64]:
    """Sum of the amounts of all pixels below each place, of the one that it lies in a share; shape (place, ...)."""
    total = np.concatenate([np.zeros((1, *amount.shape[1:])), np.cumsum(amount, axis=0)])
    place = np.interp(at, edges, np.arange(len(edges), dtype=np.float64))
    below = np.minimum(place.astype(np.intp), len(amount) - 1)
    share = (place - below).reshape(-1, *[1] * (amount.ndim - 1))
    return np.asarray(total[below] + share * amount[below])
