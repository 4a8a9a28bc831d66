"""Where fringes are looked for: spectra may reach farther than what the network has learnt from."""

from typing import Any

import numpy as np

from iar.stages.night_view import NightView
from iar.stages.stage import Setup

NOTE = "searched_hz"


def searched_bins(night: NightView, setup: Setup) -> int:
    """Number of frequencies, from the first, in which the settings have fringes looked for; one at least."""
    return _bins(night, setup.processing.detection.high_hz)


def sealed_bins(night: NightView, stage: str) -> int:
    """The same, as a stage was sealed; all where it is not, or an earlier version sealed it."""
    entry = night.manifest.stages.get(stage)
    return _bins(night, np.inf if entry is None else entry.note.get(NOTE, np.inf))


def searched_input(night: NightView, setup: Setup) -> tuple[Any, ...]:
    """What a signature takes of it: nothing where it leaves no frequency out, so that seals of before stay valid."""
    bins = searched_bins(night, setup)
    return () if bins == len(night.store.frequency_hz) else (bins,)


def searched_note(night: NightView, setup: Setup) -> dict[str, float]:
    """What a seal notes of it: the last frequency, Hz."""
    return {NOTE: float(night.store.frequency_hz[searched_bins(night, setup) - 1])}


def _bins(night: NightView, high_hz: float) -> int:
    return max(int(np.searchsorted(night.store.frequency_hz, high_hz, side="right")), 1)
