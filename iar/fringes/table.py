"""The table of a range of nights: one row a slot."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from iar.fringes.spacing import Spacing
from iar.night import HARMONICS, SLOTS, slot_times

COLUMNS = (
    "time", "night", "verdict", "delta_f_hz", "delta_f_sigma_hz", "phi", "harmonics", "confidence",
    *(f"f{n}_hz" for n in range(1, HARMONICS + 1)),
)  # fmt: skip
MORE_COLUMNS = (
    "source", "matched_delta_f_hz", "matched_score", "autocorrelation_delta_f_hz", "autocorrelation",
    "model_delta_f_hz", "peak_per_m3", "peak_sigma_per_m3", "fof2_mhz", "fof2_sigma_mhz", "number_probability",
    *(f"f{n}_sigma_hz" for n in range(1, HARMONICS + 1)),
)  # fmt: skip
"""What may follow: who found them, other estimators, what a model of the ionosphere says, how sure harmonics are."""
SURE_COLUMNS = MORE_COLUMNS[MORE_COLUMNS.index("number_probability") :]
UNITS = (
    {"delta_f_hz": "Hz", "delta_f_sigma_hz": "Hz", "phi": "1", "harmonics": "1", "confidence": "1"}
    | {f"f{n}_hz": "Hz" for n in range(1, HARMONICS + 1)}
    | {"matched_delta_f_hz": "Hz", "matched_score": "1", "autocorrelation_delta_f_hz": "Hz", "autocorrelation": "1"}
    | {"model_delta_f_hz": "Hz", "peak_per_m3": "m-3", "peak_sigma_per_m3": "m-3"}
    | {"fof2_mhz": "MHz", "fof2_sigma_mhz": "MHz", "number_probability": "1"}
    | {f"f{n}_sigma_hz": "Hz" for n in range(1, HARMONICS + 1)}
)
"""Unit of each measured column, as CF writes it."""
MEANINGS = {
    "time": "start of the slot of 100 s, UTC",
    "night": "date of the night's evening",
    "verdict": "verdict of the night",
    "delta_f_hz": "spacing of fringes",
    "delta_f_sigma_hz": "standard error of the spacing",
    "phi": "offset of the fringes: f_n = (n + phi) delta_f",
    "harmonics": "number of harmonics that were seen: those whose frequencies follow",
    "confidence": "confidence in the spacing, 0 to 1",
    **{f"f{n}_hz": f"frequency of harmonic {n}, as measured" for n in range(1, HARMONICS + 1)},
    "source": "who found the fringes",
    "matched_delta_f_hz": "spacing by the matched filter alone",
    "matched_score": "share of the residual's variance that the matched filter explains",
    "autocorrelation_delta_f_hz": "spacing by autocorrelation, which takes combs for fringes, too",
    "autocorrelation": "coefficient of autocorrelation at that spacing",
    "model_delta_f_hz": "spacing by time of flight through a model of the ionosphere",
    "peak_per_m3": "peak electron density that the model needs for the measured spacing: an estimate by that model",
    "peak_sigma_per_m3": "its standard error by that of the spacing alone",
    "fof2_mhz": "critical frequency of that density",
    "fof2_sigma_mhz": "its standard error by that of the spacing alone",
    "number_probability": "probability that harmonics have the right number",
    **{f"f{n}_sigma_hz": f"standard error of the frequency of harmonic {n}" for n in range(1, HARMONICS + 1)},
}


def night_table(
    night: dt.date,
    verdict: str,
    spacing: Spacing,
    *,
    boundary_hour: int,
    more: Mapping[str, str | npt.NDArray[Any]] | None = None,
) -> pd.DataFrame:
    """Table of one night, 864 rows, the columns of `COLUMNS`; empty (NaN) where there is nothing.

    With `more`, columns by their names, those of `MORE_COLUMNS` follow, empty where it has none.
    """
    columns: dict[str, Any] = {
        "time": slot_times(night, boundary_hour),
        "night": night.isoformat(),
        "verdict": verdict,
        "delta_f_hz": spacing.delta_f_hz,
        "delta_f_sigma_hz": spacing.delta_f_sigma_hz,
        "phi": spacing.phi,
        "harmonics": spacing.harmonics,
        "confidence": spacing.confidence,
    }
    columns |= {f"f{n}_hz": spacing.frequency_hz[:, n - 1] for n in range(1, HARMONICS + 1)}
    if more is not None:
        columns |= {name: more.get(name, np.full(SLOTS, np.nan)) for name in MORE_COLUMNS}
    return pd.DataFrame(columns)
