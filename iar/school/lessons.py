"""What people said of an archive's nights, as lessons: which nights, and the masks that they teach."""

import datetime as dt

import numpy as np
import numpy.typing as npt

from iar.archive.labels import LabelBook
from iar.archive.reader import Reader
from iar.labels.current import spectra_of
from iar.labels.lessons import Lessons, choose_lessons
from iar.labels.versions import at_version, version_of
from iar.learning.sources import LATEST
from iar.simulation.truth import fringe_mask
from iar.stages.fringes import read_spacing, sealed_verdict

Mask = npt.NDArray[np.bool_]


def present_version(url: str) -> str:
    """Version of the labels that are in the archive at `url` now."""
    return version_of(LabelBook(url).read())


def read_lessons(url: str, version: str = LATEST) -> Lessons:
    """Lessons in the labels of the archive at `url`, by what its nights are now.

    Raises
    ------
    InputError
        If there is no archive, or its labels were never at that version.
    """
    archive, book = Reader(url), LabelBook(url)
    labels, sample = at_version(book.read(), version), book.sample()
    return choose_lessons(
        labels,
        version=version_of(labels),
        station=archive.station.name,
        spectra=spectra_of(archive),
        tracked=lambda night: _tracked(archive, night),
        held_back={one.night for one in sample.nights} if sample else set(),
    )


def track_mask(archive: Reader, night: dt.date, frequency_hz: npt.NDArray[np.float64]) -> tuple[Mask, Mask]:
    """Fringes along the network's own lines, and the slots that have any: of the others nobody knows.

    Both bool, shape (slot, frequency); `frequency_hz` are those of the examples, Hz.
    """
    tracks = read_spacing(archive, night).frequency_hz.astype(np.float64)
    mask = fringe_mask(tracks, frequency_hz)
    return mask, np.broadcast_to(mask.any(axis=1, keepdims=True), mask.shape)


def _tracked(archive: Reader, night: dt.date) -> bool:
    manifest = archive.look(night)
    return manifest.is_sealed("fringes") and sealed_verdict(manifest).name == "fringes"
