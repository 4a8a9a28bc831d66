"""Which nights are worth a person's time most: those on which what looked at them disagrees, or is unsure.

Five signs, each from 0 to 1: how far matched filter and published detector are from the network about whether there are
fringes; how near the network was to the other verdict; how near its confidence is to a half; and how high the night's
detection limit is among the others'. The doubt is the mean of those that are known.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from iar.archive.reader import Reader
from iar.detection.classical import LINE
from iar.fringes.spacing import MIN_RIDGES
from iar.stages.station import station_dark

Slots = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Signs:
    """Dark slots in which each detector sees fringes: `network`, `matched` filter, `published`; None where not stored.

    `needed` are those of the verdict `fringes`; `confidence` is the network's median, `limit_db` the detection limit,
    dB: NaN where there is none.
    """

    network: int
    matched: int | None
    published: int | None
    needed: int
    confidence: float
    limit_db: float


def read_signs(archive: Reader, night: dt.date, limit_db: float) -> Signs:
    """Signs of a night with a verdict; its detection limit is known to who asks.

    Raises
    ------
    DamagedArchiveError
        If its arrays cannot be read.
    """
    manifest, dark = archive.manifest(night), station_dark(archive.station, night)
    note = manifest.stages["fringes"].note
    confidence = archive.read(night, "fringes/confidence")[dark]
    sure = confidence[np.isfinite(archive.read(night, "fringes/delta_f_hz")[dark])]
    matched = published = None
    if "matched_delta_f_hz" in note.get("estimators", ()):
        matched = int(np.isfinite(archive.read(night, "fringes/matched_delta_f_hz")[dark]).sum())
    if manifest.is_sealed("classical"):
        published = _slots_with_lines(archive.read(night, "detection/classical")[dark] == LINE)
    return Signs(
        network=len(sure),
        matched=matched,
        published=published,
        needed=int(note["settings"]["min_slots"]),
        confidence=float(np.median(sure)) if len(sure) else float("nan"),
        limit_db=limit_db,
    )


def doubts(signs: Sequence[Signs]) -> npt.NDArray[np.float64]:
    """Doubt of each night, 0 to 1, shape (night,)."""
    says = np.array(
        [[_says(slots, one.needed) for slots in (one.network, one.matched, one.published)] for one in signs]
    )
    says = says.reshape(-1, 3)
    confidence = np.array([one.confidence for one in signs])
    parts = np.stack([
        *np.abs(says[:, 1:] - says[:, :1]).T,
        4 * says[:, 0] * (1 - says[:, 0]),
        np.nan_to_num(1 - np.abs(2 * confidence - 1)),  # who sees nothing is not asked how sure it is
        _ranks(np.array([one.limit_db for one in signs])),
    ])  # fmt: skip
    return np.asarray(np.nanmean(parts, axis=0))


def _says(slots: int | None, needed: int) -> float:
    """From 0, no slot, to 1; a half where they are just enough for a verdict."""
    return float("nan") if slots is None else slots / (slots + needed)


def _ranks(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Share of the known values below each, the equal ones half; NaN where it is not known."""
    return np.asarray((pd.Series(values).rank() - 0.5) / max(int(np.isfinite(values).sum()), 1))


def _slots_with_lines(line: Slots) -> int:
    """Slots with as many lines as a spacing takes; `line` says where one is, shape (slot, frequency)."""
    begins = line & ~np.pad(line, ((0, 0), (1, 0)))[:, :-1]
    return int((begins.sum(axis=1) >= MIN_RIDGES).sum())
