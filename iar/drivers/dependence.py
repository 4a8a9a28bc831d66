"""How occurrence and spacing depend on the sun, the field and the season: nights are the units, never slots.

Slots of a night say the same thing; nights are taken as independent but for runs of a few, which the errors allow for
(Newey and West 1987, https://doi.org/10.2307/1913610).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from iar.errors import InputError
from iar.fringes.climatology import share_interval

STEPS = {"kp_mean": 1.0, "f107_81d": 10.0}
"""Drivers of the models, and the steps that effects are given for: one unit of Kp, ten solar flux units."""
RUN_NIGHTS = 3
"""Nights that a quiet or disturbed time lasts: errors of so many nights in a row may go together."""
NIGHTS_PER_TERM = 10
"""Nights with, and without, that a model needs for each of its terms; Peduzzi et al. 1996."""
_YEAR_DAYS = 365.2425


@dataclass(frozen=True)
class Effect:
    """What a step of a driver does, the other drivers and the season held: value and ends of its 95 % interval.

    Of the occurrence: factor of the odds, and `points`, the mean change of the share; of the spacing: its factor.
    """

    driver: str
    step: float
    factor: float
    low: float
    high: float
    points: float = float("nan")

    @property
    def is_clear(self) -> bool:
        """Whether 1, no effect, lies outside the interval."""
        return not self.low <= 1 <= self.high


def occurrence_by(value: npt.NDArray[np.float64], found: npt.NDArray[np.bool_], edges: Sequence[float]) -> pd.DataFrame:
    """Share of nights with fringes in each class of a driver.

    Parameters
    ----------
    value, found
        The driver, NaN where it was not measured, and whether there were fringes, both (night,).
    edges
        Of the classes; the lower one belongs to a class.

    Returns
    -------
    Columns ``low, high, median, nights, nights_with_fringes, occurrence, occurrence_low, occurrence_high``: Wilson's
    95 % interval.
    """
    classes = np.digitize(value, edges) - 1  # NaN comes behind the last edge
    rows = []
    for place, (low, high) in enumerate(pairwise(edges)):
        there = classes == place
        middle = float(np.median(value[there])) if there.any() else np.nan
        rows.append((low, high, middle, int(there.sum()), int(found[there].sum())))
    table = pd.DataFrame(rows, columns=["low", "high", "median", "nights", "nights_with_fringes"])
    nights, some = (table[name].to_numpy(np.int64) for name in ("nights", "nights_with_fringes"))
    lower, upper = share_interval(some, nights)
    share = some / np.where(nights > 0, nights, np.nan)
    return table.assign(occurrence=share, occurrence_low=lower, occurrence_high=upper)


def classes_of(value: npt.NDArray[np.float64], count: int = 5) -> list[float]:
    """Edges of classes with about as many nights each; fewer where values repeat."""
    there = value[np.isfinite(value)]
    if not len(there):
        return []
    edges = np.unique(np.quantile(there, np.linspace(0, 1, count + 1)))
    return [*edges[:-1].tolist(), float(np.nextafter(edges[-1], np.inf))]


def occurrence_effects(
    drivers: pd.DataFrame, found: npt.NDArray[np.bool_], names: Sequence[str] = tuple(STEPS)
) -> list[Effect]:
    """Effect of each driver on the occurrence, by a logistic regression with the season beside them.

    Parameters
    ----------
    drivers
        Columns `names` by night; nights in which one is NaN are left out.
    found
        Whether a night has fringes, shape (night,).

    Raises
    ------
    InputError
        If there are too few nights with or without fringes for so many terms, or a driver parts them without a rest.
    """
    import statsmodels.api as sm  # noqa: PLC0415 - an extra, slow to import
    from statsmodels.tools.sm_exceptions import PerfectSeparationError  # noqa: PLC0415

    table, there = _terms(drivers, names)
    answer = found[there].astype(np.float64)
    _check_enough(int(min(answer.sum(), len(answer) - answer.sum())), table.shape[1], "nights with and without fringes")
    try:
        fitted = sm.Logit(answer, table).fit(disp=0, maxiter=100, cov_type="HAC", cov_kwds={"maxlags": RUN_NIGHTS})
    except (np.linalg.LinAlgError, PerfectSeparationError) as error:
        raise InputError(f"occurrence: a driver parts the nights without a rest, or two are one ({error})") from None
    chance = fitted.predict(table)
    slope = float((chance * (1 - chance)).mean())
    return _effects(fitted, names, slope)


def spacing_effects(
    drivers: pd.DataFrame, delta_f_hz: npt.NDArray[np.float64], names: Sequence[str] = tuple(STEPS)
) -> list[Effect]:
    """Effect of each driver on the spacing, by a robust regression of its logarithm (Huber's), the season beside them.

    Parameters
    ----------
    drivers
        Columns `names` by night; nights in which one is NaN are left out.
    delta_f_hz
        Median spacing of a night, Hz, NaN without one, shape (night,).

    Raises
    ------
    InputError
        If there are too few nights for so many terms.
    """
    import statsmodels.api as sm  # noqa: PLC0415 - an extra, slow to import

    measured = np.isfinite(delta_f_hz)
    table, there = _terms(drivers[measured], names)
    answer = np.log(delta_f_hz[measured][there])
    _check_enough(len(answer), table.shape[1], "nights with a spacing")
    return _effects(sm.RLM(answer, table).fit(), names)


def _effects(fitted: Any, names: Sequence[str], share_slope: float = float("nan")) -> list[Effect]:
    """Effect of a step of each driver in a fitted model of statsmodels, with the ends of its 95 % interval."""
    effects, ends = [], fitted.conf_int()
    for name in names:
        step, slope = STEPS[name], float(fitted.params[name])
        factor, low, high = (float(np.exp(value * step)) for value in (slope, *ends.loc[name]))
        effects.append(Effect(name, step, factor, low, high, slope * step * share_slope))
    return effects


def _terms(drivers: pd.DataFrame, names: Sequence[str]) -> tuple[pd.DataFrame, npt.NDArray[np.bool_]]:
    """Columns of a model: one, the drivers, the year's wave and its half; and which nights have them all."""
    there = np.isfinite(drivers[list(names)].to_numpy(np.float64)).all(axis=1)
    table = drivers.loc[there, list(names)].astype(np.float64)
    angle = 2 * np.pi * pd.DatetimeIndex(table.index).day_of_year.to_numpy() / _YEAR_DAYS
    waves = {f"{kind}_{n}": wave(n * angle) for n in (1, 2) for kind, wave in (("cos", np.cos), ("sin", np.sin))}
    return table.assign(one=1.0, **waves), there


def _check_enough(fewest: int, terms: int, what: str) -> None:
    if fewest < NIGHTS_PER_TERM * terms:
        raise InputError(f"too few {what}: {fewest}, a model of {terms} terms needs {NIGHTS_PER_TERM * terms}")
