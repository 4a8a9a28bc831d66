"""A random sample of an archive's nights, so that what people say of them holds for all nights."""

import datetime as dt
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

QUARTERS = ("DJF", "MAM", "JJA", "SON")
"""Quarters of the year by their months: strata alike in length, whose names say the same of either hemisphere.

`iar.night.SEASONS` are others: Lloyd's, by which results are told apart, three and of the hemisphere.
"""
SAMPLE_NIGHTS = 300
"""Nights that are drawn: three hours of judging at 100 nights an hour."""


def quarter_of(night: dt.date) -> str:
    """Quarter of the year.

    >>> quarter_of(dt.date(2014, 12, 31)), quarter_of(dt.date(2014, 3, 1))
    ('DJF', 'MAM')
    """
    return QUARTERS[night.month % 12 // 3]


def draw_sample(
    verdict: npt.NDArray[np.str_], seasons: npt.NDArray[np.str_], size: int, seed: int
) -> npt.NDArray[np.intp]:
    """Places of the nights drawn, in the order of judging.

    As many of each verdict, or all there are; within a verdict the seasons come in proportion, from the first night
    on, so that one may stop anywhere: of each verdict and season a random part has been judged then. Nothing in the
    order tells a night's verdict.

    Parameters
    ----------
    verdict, seasons
        Of each night, shape (night,).
    size
        Nights to draw at most.
    """
    rng = np.random.default_rng(seed)
    rank = np.empty(len(verdict))
    for name, quarter in sorted(set(zip(verdict.tolist(), seasons.tolist(), strict=True))):
        members = rng.permutation(np.flatnonzero((verdict == name) & (seasons == quarter)))
        rank[members] = (np.arange(len(members)) + rng.random(len(members))) / len(members)
    names = sorted(set(verdict.tolist()))
    quotas = even_quotas([int(np.sum(verdict == name)) for name in names], size)
    drawn = [_first(np.flatnonzero(verdict == name), rank, quota) for name, quota in zip(names, quotas, strict=True)]
    places = np.concatenate([np.empty(0, dtype=np.intp), *drawn])
    turn = [(np.arange(len(part)) + rng.random(len(part))) / max(len(part), 1) for part in drawn]
    return places[np.argsort(np.concatenate([np.empty(0), *turn]), kind="stable")]


def even_quotas(there: Sequence[int], size: int) -> list[int]:
    """As much of each kind as of any other, `size` in all, and no more than there are.

    >>> even_quotas([500, 10, 500], 100)
    [45, 10, 45]
    """
    quotas, left = [0] * len(there), size
    for done, place in enumerate(sorted(range(len(there)), key=lambda place: there[place])):
        quotas[place] = min(there[place], left // (len(there) - done))
        left -= quotas[place]
    return quotas


def _first(members: npt.NDArray[np.intp], rank: npt.NDArray[np.float64], number: int) -> npt.NDArray[np.intp]:
    return members[np.argsort(rank[members], kind="stable")[:number]]
