"""Folds that never split neighbouring nights: a month belongs to one fold as a whole."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from iar.errors import InputError

Indices = npt.NDArray[np.intp]


def month_folds(month: npt.NDArray[np.str_], k: int, *, seed: int) -> Iterator[tuple[Indices, Indices]]:
    """Indices of training and held-out nights, `k` times.

    Parameters
    ----------
    month
        Month of each night, shape (night,).
    k
        Number of folds, at least 2 and at most the number of months.

    Raises
    ------
    InputError
        If there are fewer months than folds.
    """
    from sklearn.model_selection import GroupKFold

    months = len(np.unique(month))
    if not 2 <= k <= months:
        raise InputError(f"{k} folds of {months} months: k must be from 2 to the number of months")
    yield from GroupKFold(k, shuffle=True, random_state=seed).split(month, groups=month)
