"""What the network's verdicts are worth on real nights: precision and recall, from a stratified random sample.

Strata are verdict and season. Within a verdict the share of nights that have fringes is the stratified mean
``p = sum_h W_h x_h / n_h``, ``W_h = N_h / sum N``, of N_h nights of which n_h were judged and x_h have fringes. Its
variance is taken as ``p (1 - p) / n_eff`` with ``1 / n_eff = sum_h W_h^2 (1 - n_h / N_h) / n_h``: Cochran, Sampling
Techniques (1977), theorem 5.3, with the share of the whole verdict in place of each season's. That overstates it, but
does not become nothing where all judged nights of a small stratum are alike. A season of which nothing was judged yet
is taken to be like the others. The interval is that of Jeffreys, of the beta distribution with ``n_eff p + 1/2`` and
``n_eff (1 - p) + 1/2`` (Brown, Cai, DasGupta 2001, doi:10.1214/ss/1009213286).

Precision is that share among nights called fringes. Recall is ``A / (A + B)``: A nights with fringes among those called
so, B among all others, each verdict's share times its nights; its interval has the quantiles of draws from those beta
distributions.
"""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.special import betaincinv

CALLED = "fringes"
_DRAWS = 5_000
_TAILS = (0.025, 0.975)

Counts = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Strata:
    """Verdict of each stratum, its nights in the archive, those judged (without unsure ones), those with fringes there.

    All of shape (stratum,).
    """

    verdict: npt.NDArray[np.str_]
    nights: Counts
    judged: Counts
    fringes: Counts


@dataclass(frozen=True)
class Interval:
    """A share and its 95 % interval, NaN where nothing is known."""

    share: float
    low: float
    high: float

    @property
    def width(self) -> float:
        """From its lower to its upper end."""
        return self.high - self.low


UNKNOWN = Interval(float("nan"), float("nan"), float("nan"))


@dataclass(frozen=True)
class Worth:
    """Of nights called fringes those that are, and of nights with fringes those called so."""

    precision: Interval
    recall: Interval


@dataclass(frozen=True)
class _Part:
    """A verdict: its nights, the share of them with fringes, the judged nights that this is worth; inf if all were."""

    nights: float
    share: float
    effective: float

    def interval(self) -> Interval:
        """Interval of Jeffreys; up to the end where all are alike."""
        if not np.isfinite(self.effective):
            return Interval(self.share, self.share, self.share)
        low, high = (float(end) for end in betaincinv(*self._shape, np.array(_TAILS)))
        return Interval(self.share, 0.0 if self.share == 0 else low, 1.0 if self.share == 1 else high)

    def draws(self, rng: np.random.Generator) -> Counts:
        """Nights with fringes, as they may be, shape (draw,)."""
        share = rng.beta(*self._shape, _DRAWS) if np.isfinite(self.effective) else np.full(_DRAWS, self.share)
        return self.nights * share

    @property
    def _shape(self) -> tuple[float, float]:
        return self.effective * self.share + 0.5, self.effective * (1 - self.share) + 0.5


def measure_worth(strata: Strata) -> Worth:
    """Precision and recall of the archive that the strata are of; NaN until some of each verdict were judged."""
    parts = {name: _part(strata, strata.verdict == name) for name in sorted(set(strata.verdict.tolist()))}
    called = parts.get(CALLED)
    return Worth(called.interval() if called else UNKNOWN, _recall(parts))


def worth_after(strata: Strata, more: Counts) -> Worth:
    """What would be known if `more` nights of each stratum, shape (stratum,), were judged and were as those before."""
    share = np.array([_part(strata, strata.verdict == name).share for name in strata.verdict.tolist()])
    more = np.where(np.isfinite(share), np.minimum(more, strata.nights - strata.judged), 0)
    fringes = strata.fringes + more * np.nan_to_num(share)
    return measure_worth(replace(strata, judged=strata.judged + more, fringes=fringes))


def _part(strata: Strata, members: npt.NDArray[np.bool_]) -> _Part:
    nights = strata.nights[members].sum()
    seen = members & (strata.judged > 0)
    if not seen.any():
        return _Part(nights, float("nan"), float("nan"))
    there, judged = strata.nights[seen], strata.judged[seen]
    weight = there / there.sum()
    share = float(np.clip(weight @ (strata.fringes[seen] / judged), 0, 1))
    spread = float(weight**2 @ ((1 - judged / there) / judged))
    return _Part(nights, share, 1 / spread if spread > 0 else float("inf"))


def _recall(parts: dict[str, _Part]) -> Interval:
    if CALLED not in parts or any(np.isnan(part.share) for part in parts.values()):
        return UNKNOWN
    found = parts[CALLED].nights * parts[CALLED].share
    missed = sum(part.nights * part.share for name, part in parts.items() if name != CALLED)
    if found + missed == 0:
        return UNKNOWN
    rng = np.random.default_rng(0)  # the same labels say the same
    drawn = {name: part.draws(rng) for name, part in parts.items()}
    all_found = drawn.pop(CALLED)
    shares = all_found / (all_found + sum(drawn.values(), np.zeros(_DRAWS)))
    low, high = (float(end) for end in np.quantile(shares, _TAILS))
    return Interval(found / (found + missed), 0.0 if found == 0 else low, 1.0 if missed == 0 else high)
