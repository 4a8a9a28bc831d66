"""How far people agree, beyond what chance would give them."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt
from sklearn.metrics import cohen_kappa_score


@dataclass(frozen=True)
class Agreement:
    """Of two people: nights that both judged, share of those judged alike, Cohen's kappa, NaN where there is none."""

    first: str
    second: str
    nights: int
    alike: float
    kappa: float


def kappa(one: npt.NDArray[np.str_], other: npt.NDArray[np.str_]) -> float:
    """Cohen's kappa (doi:10.1177/001316446002000104) of two people's verdicts of the same nights, shape (night,).

    1 if they always agree, 0 if as often as chance would have it; NaN if both only ever said one and the same word.

    >>> kappa(np.array(["a", "a", "b", "b"]), np.array(["a", "b", "b", "b"]))
    0.5
    """
    if len(one) == 0 or len({*one.tolist(), *other.tolist()}) < 2:
        return float("nan")
    return float(cohen_kappa_score(one, other))


def agreements(verdicts: Mapping[str, Mapping[object, str]]) -> list[Agreement]:
    """Agreement of each two people, from each person's verdict by night; of those with a night in common."""
    found = []
    for first, second in combinations(sorted(verdicts), 2):
        common = sorted(verdicts[first].keys() & verdicts[second].keys(), key=str)
        if common:
            one, other = (np.array([verdicts[who][night] for night in common]) for who in (first, second))
            found.append(Agreement(first, second, len(common), float(np.mean(one == other)), kappa(one, other)))
    return found
