"""Folds that never split neighbouring nights: a month belongs to one fold as a whole."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from iar.errors import InputError

FOLDS = 5
"""Folds unless told otherwise: the dissertation compared 2, 5 and 10 (its chapter 5.3)."""

Indices = npt.NDArray[np.intp]


def check_folds(months: int, k: int) -> None:
    """Raise an InputError if that many months do not make `k` folds."""
    if not 2 <= k <= months:
        raise InputError(f"{k} folds of {months} months: k must be from 2 to the number of months")


def month_folds(month: npt.NDArray[np.str_], k: int = FOLDS, *, seed: int) -> Iterator[tuple[Indices, Indices]]:
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


def summarise(scores: Sequence[Mapping[str, float]]) -> dict[str, tuple[float, float]]:
    """Mean and spread over folds of each loss and metric; folds where one is NaN had nothing to judge and do not count.

    The spread is the standard deviation of a sample (n - 1), NaN of fewer than two folds.
    """
    summary = {}
    for name in scores[0]:
        values = np.array([score[name] for score in scores if not np.isnan(score[name])])
        mean = float(np.mean(values)) if len(values) else float("nan")
        summary[name] = mean, float(np.std(values, ddof=1)) if len(values) > 1 else float("nan")
    return summary
