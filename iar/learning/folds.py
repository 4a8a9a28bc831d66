"""Folds that never split neighbouring nights: a month belongs to one fold as a whole."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from iar.errors import InputError

Indices = npt.NDArray[np.intp]


def check_folds(months: int, k: int) -> None:
    """Raise an InputError if that many months do not make `k` folds."""
    if not 2 <= k <= months:
        raise InputError(
            f"{k} folds of {months} months: there may be from 2 to as many as months; more nights have more"
        )


def month_folds(month: npt.NDArray[np.str_], k: int, *, seed: int) -> Iterator[tuple[Indices, Indices]]:
    """Indices of training and held-out nights, `k` times.

    Parameters
    ----------
    month
        Month of each night, shape (night,).
    k
        Number of folds, at least 2 and at most the number of months, which leaves out one month at a time.

    Raises
    ------
    InputError
        If there are fewer months than folds.
    """
    from sklearn.model_selection import GroupKFold

    check_folds(len(np.unique(month)), k)
    yield from GroupKFold(k, shuffle=True, random_state=seed).split(month, groups=month)
