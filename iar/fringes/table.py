"""The table of a range of nights: one row a slot."""

import datetime as dt

import numpy as np
import numpy.typing as npt
import pandas as pd

from iar.fringes.spacing import HARMONICS, Spacing
from iar.night import slot_times

COLUMNS = (
    "time", "night", "verdict", "delta_f_hz", "delta_f_sigma_hz", "phi", "harmonics", "confidence",
    *(f"f{n}_hz" for n in range(1, HARMONICS + 1)),
)  # fmt: skip


def night_table(night: dt.date, verdict: str, spacing: Spacing, *, boundary_hour: int) -> pd.DataFrame:
    """Table of one night, 864 rows, the columns of `COLUMNS`; empty (NaN) where there is nothing."""
    columns: dict[str, npt.NDArray[np.generic] | str] = {
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
