"""Two networks beside each other on the same nights, by what people said of these.

Each night is right or wrong for either network. Of weighted nights ``w`` that count as ``n_eff = (sum w)^2 / sum w^2``,
the shares won (right for the first alone), lost (right for the second alone) and alike have the Dirichlet distribution
with ``n_eff p + 1/2``, of Jeffreys' prior: the difference of both shares right is won less lost, its interval the
quantiles of draws. So the nights that both have right or wrong, which are most, do not blur it.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

_DRAWS = 20_000
_TAILS = (0.025, 0.975)

Nights = npt.NDArray[np.bool_]
Weights = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Paired:
    """Nights, weighted shares of them right for two networks, and the 95 % interval of the difference.

    All NaN where there are no nights.
    """

    nights: int
    first: float
    second: float
    low: float
    high: float

    @property
    def lost(self) -> bool:
        """Whether the first has fewer right, and the interval says that this is no chance."""
        return self.high < 0


@dataclass(frozen=True)
class Beside:
    """Of nights with fringes those called so, of nights without those not called so, by two networks."""

    found: Paired
    quiet: Paired

    @property
    def lost(self) -> bool:
        """Whether the first is worse in either."""
        return self.found.lost or self.quiet.lost


def beside(fringes: Nights, first: Nights, second: Nights, weight: Weights) -> Beside:
    """Two networks on the same nights, all of shape (night,).

    Parameters
    ----------
    fringes
        Whether people saw some.
    first, second
        Whether the networks call the night so.
    weight
        Nights of the archive that each stands for.
    """
    sides = [
        paired(first[side] == fringes[side], second[side] == fringes[side], weight[side])
        for side in (fringes, ~fringes)
    ]
    return Beside(*sides)


def paired(first: Nights, second: Nights, weight: Weights) -> Paired:
    """Shares of nights that are right for two networks, and their difference; all of shape (night,)."""
    if not len(weight):
        return Paired(0, *[float("nan")] * 4)
    share = weight / weight.sum()
    won, lost = float(share @ (first & ~second)), float(share @ (second & ~first))
    effective = 1 / float(share @ share)
    shape = effective * np.array([won, lost, max(1 - won - lost, 0)]) + 0.5
    drawn = np.random.default_rng(0).dirichlet(shape, _DRAWS)  # the same labels say the same
    low, high = (float(end) for end in np.quantile(drawn[:, 0] - drawn[:, 1], _TAILS))
    return Paired(len(weight), float(share @ first), float(share @ second), low, high)
