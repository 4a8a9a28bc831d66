"""Nights whose spacing is written by hand."""

import datetime as dt

import numpy as np

from iar.archive.store import Archive
from iar.night import SLOTS


def put_night(archive: Archive, night: dt.date, spacing_hz: float | None, reason: str = "by hand") -> None:
    """A sealed night: the same spacing from 22 to 24 h UTC, with an error of a hundredth; None is no fringes."""
    delta_f_hz = np.full(SLOTS, np.nan, dtype=np.float32)
    delta_f_hz[360:432] = np.nan if spacing_hz is None else spacing_hz
    archive.write(night, {"fringes/delta_f_hz": delta_f_hz, "fringes/delta_f_sigma_hz": 0.01 * delta_f_hz})
    name = "no_fringes" if spacing_hz is None else "fringes"
    archive.seal(night, "counts", "by hand", {"effort": {"NS": 1.0, "EW": 0.45}})
    archive.seal(night, "fringes", "by hand", {"name": name, "reason": reason})
