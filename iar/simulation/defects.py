"""What is wrong with the hour files of a simulated night: what is missing, and what is not as it should be."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from iar.night import CHANNELS, SLOT_S, SLOTS


@dataclass(frozen=True)
class Defect:
    """Something wrong with what the digitiser wrote: its kind, channel, first second of the night and length, s.

    ``clipped``: at full scale; ``stuck``: the same count again and again; ``cut``: the hour file ends there;
    ``garbled``: one line that is no integer.
    """

    kind: Literal["clipped", "stuck", "cut", "garbled"]
    channel: int
    second: int
    length_s: int


def draw_gaps(rng: np.random.Generator, *, often: bool) -> npt.NDArray[np.bool_]:
    """Missing slots, bool, shape (channel, slot)."""
    missing = np.zeros((len(CHANNELS), SLOTS), dtype=bool)
    for _ in range(rng.integers(2, 8) if often else rng.random() < 0.1):
        start, length = rng.integers(SLOTS), int(rng.choice([1, 3, 36, 72]))
        channels: slice | int = slice(None) if rng.random() < 0.6 else int(rng.integers(len(CHANNELS)))
        missing[channels, start : start + length] = True
    return missing


def draw_defects(rng: np.random.Generator) -> tuple[Defect, ...]:
    """One of each kind, most often: none of them in the last hour, so that a cut file is short and not absent."""
    lengths = {"clipped": (1, 20), "stuck": (100, 900), "cut": (10, 3000), "garbled": (1, 2)}
    defects = []
    for kind, bounds in lengths.items():
        if rng.random() < 0.8:
            channel, hour, length_s = int(rng.integers(2)), int(rng.integers(23)), int(rng.integers(*bounds))
            second = 3600 * (hour + 1) - length_s if kind == "cut" else 3600 * hour + int(rng.integers(2600))
            defects.append(Defect(kind, channel, second, length_s))  # type: ignore[arg-type]
    return tuple(defects)


def lost_slots(missing: npt.NDArray[np.bool_], defects: tuple[Defect, ...]) -> npt.NDArray[np.bool_]:
    """Slots of a channel of which nothing can be used: bool, shape (channel, slot)."""
    lost = missing.copy()
    for defect in defects:
        if defect.kind in {"cut", "stuck"}:
            lost[defect.channel, defect_slots(defect)] = True
    return lost


def defect_slots(defect: Defect) -> slice:
    """Slots that a defect touches."""
    return slice(defect.second // SLOT_S, -(-(defect.second + defect.length_s) // SLOT_S))
