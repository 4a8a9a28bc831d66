"""The verdict of a night, each with its reason: an honest "no" is an answer, "no data" is another."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from iar.fringes.interference import Comb

Name = Literal["no_data", "no_fringes", "fringes", "interference"]


@dataclass(frozen=True)
class Verdict:
    """Name and reason."""

    name: Name
    reason: str


def judge_night(
    delta_f_hz: npt.NDArray[np.float64],
    combs: Mapping[str, Comb],
    dark_effort: float,
    *,
    min_effort: float,
    min_slots: int,
) -> Verdict:
    """Verdict of a night.

    Parameters
    ----------
    delta_f_hz
        Spacing of the dark slots, Hz, shape (slot,), NaN where there is none.
    combs
        Of each channel that has one.
    dark_effort
        Share of the dark part that has samples in at least one channel, 0 to 1; NaN is no data.
    min_effort, min_slots
        Less effort, 0 to 1, is `no_data`; fewer slots with a spacing are no fringes.
    """
    slots = int(np.isfinite(delta_f_hz).sum())
    if not dark_effort >= min_effort:  # also where it is NaN
        return Verdict("no_data", f"{dark_effort:.0%} of the dark part has samples, {min_effort:.0%} are needed")
    described = "; ".join(comb.described(name) for name, comb in combs.items())
    if slots >= min_slots:
        flagged = f"; {described}" if described else ""
        return Verdict(
            "fringes", f"{slots} dark slots have a spacing, median {np.nanmedian(delta_f_hz):.2f} Hz{flagged}"
        )
    if combs:
        return Verdict("interference", described)
    return Verdict("no_fringes", f"{slots} dark slots have a spacing, {min_slots} are needed")
