"""Occurrence corrected by completeness: how often there are fringes, from how often they are found.

Of N nights a share q is called ``fringes``. With the share c of fans that are called so, and the share f of hours
without any that are, the occurrence is p = (q - f) / (c - f) (Rogan and Gladen 1978,
https://doi.org/10.1093/oxfordjournals.aje.a112510). Its interval has the binomial errors of all three, after Lang and
Reiczigel 2014, https://doi.org/10.1016/j.prevetmed.2013.09.015.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from iar.fringes.climatology import Z_95, Climatology, NightFringes
from iar.night import SEASONS, season_of

CORRECTED = ("occurrence_corrected", "occurrence_corrected_low", "occurrence_corrected_high")
"""Columns of a climatology that is corrected: share of the nights with fringes, found or not; ends of its interval."""
FEWEST_LAID = 10
"""Fans of a season below which nights of that season are not corrected."""

Values = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Sight:
    """What was called ``fringes``: of the fans `laid` in a season those `called`, of `trials` without any `alarms`."""

    laid: Mapping[str, int]
    called: Mapping[str, int]
    trials: int
    alarms: int


def corrected(found: Climatology, nights: Sequence[NightFringes], sight: Sight, latitude_deg: float) -> Climatology:
    """Climatology of these nights with the columns `CORRECTED` by month and year; NaN where too few fans were laid."""
    seasons = list(SEASONS)
    there = [one for one in nights if one.verdict != "no_data"]
    counted = pd.DataFrame(
        {
            "month": [one.night.month for one in there],
            "year": [one.night.year for one in there],
            "season": [season_of(one.night.month, latitude_deg) for one in there],
            "fringes": [one.verdict == "fringes" for one in there],
        }
    )
    laid, called = (np.array([float(counts.get(name, 0)) for name in seasons]) for counts in (sight.laid, sight.called))

    def add(table: pd.DataFrame) -> pd.DataFrame:
        """Table with the columns."""
        groups = counted.groupby([str(table.index.name), "season"])["fringes"]
        some, of = (
            counts.unstack(fill_value=0).reindex(index=table.index, columns=seasons, fill_value=0).to_numpy(float)
            for counts in (groups.sum(), groups.size())
        )
        shares = _together(of, *corrected_share(some, of, called, laid, sight.alarms, sight.trials))
        return table.assign(**dict(zip(CORRECTED, shares, strict=True)))

    return replace(found, by_month=add(found.by_month), by_year=add(found.by_year))


def corrected_share(
    some: Values, of: Values, called: Values, laid: Values, alarms: float, trials: float
) -> tuple[Values, Values, Values]:
    """Occurrence and the ends of its 95 % interval, 0 to 1, of the same shape; NaN where it cannot be known.

    Parameters
    ----------
    some, of
        Nights that were called ``fringes``, and nights looked at.
    called, laid
        Fans that were, and fans that were laid.
    alarms, trials
        Hours without any that were, and such hours.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        share = (some / of - alarms / trials) / (called / laid - alarms / trials)
        nights, fans, hours = of + Z_95**2, laid + 2, trials + 2
        q, c, f = (some + Z_95**2 / 2) / nights, (called + 1) / fans, (alarms + 1) / hours
        middle = (q - f) / (c - f)
        of_c, of_f = c * (1 - c) / fans, f * (1 - f) / hours
        shift = 2 * Z_95**2 * (middle * of_c - (1 - middle) * of_f)
        half = Z_95 / (c - f) * np.sqrt(q * (1 - q) / nights + middle**2 * of_c + (1 - middle) ** 2 * of_f)
        known = (of > 0) & (laid >= FEWEST_LAID) & (trials > 0) & (c > f)
    share, low, high = (
        np.where(known, np.clip(one, 0, 1), np.nan) for one in (share, middle + shift - half, middle + shift + half)
    )
    return share, low, high


def _together(nights: Values, share: Values, low: Values, high: Values) -> tuple[Values, Values, Values]:
    """Occurrence of groups of nights of several seasons, from that of each: (group, season) to (group,).

    Seasons differ in both, how often there are fringes and how often they are found: each is corrected by itself. The
    interval of the sum is after Zou and Donner 2008, https://doi.org/10.1002/sim.3095.
    """
    there = nights.sum(axis=1)
    weight = nights / np.where(there > 0, there, np.nan)[:, None]

    def add(values: Values) -> Values:
        """Sum over seasons that have nights."""
        return np.asarray(np.where(nights > 0, values, 0).sum(axis=1))

    middle = add(weight * share)
    below, above = (np.sqrt(add((weight * (share - end)) ** 2)) for end in (low, high))
    known = there > 0
    middle, low, high = (np.where(known, one, np.nan) for one in (middle, middle - below, middle + above))
    return middle, low, high
