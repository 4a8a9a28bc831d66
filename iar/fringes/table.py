"""The table of a range of nights: one row a slot."""

import datetime as dt
from typing import Any

import pandas as pd

from iar.fringes.spacing import Spacing
from iar.night import HARMONICS, slot_times

COLUMNS = (
    "time", "night", "verdict", "delta_f_hz", "delta_f_sigma_hz", "phi", "harmonics", "confidence",
    *(f"f{n}_hz" for n in range(1, HARMONICS + 1)),
)  # fmt: skip
UNITS = {"delta_f_hz": "Hz", "delta_f_sigma_hz": "Hz", "phi": "1", "harmonics": "1", "confidence": "1"} | {
    f"f{n}_hz": "Hz" for n in range(1, HARMONICS + 1)
}
"""Unit of each measured column, as CF writes it."""


def night_table(night: dt.date, verdict: str, spacing: Spacing, *, boundary_hour: int) -> pd.DataFrame:
    """Table of one night, 864 rows, the columns of `COLUMNS`; empty (NaN) where there is nothing."""
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
    return pd.DataFrame(columns)
