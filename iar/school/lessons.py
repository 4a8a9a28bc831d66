"""What people said of an archive's nights, as lessons: which nights, and the masks that they teach."""

import datetime as dt
from collections.abc import Sequence
from functools import cache

import numpy as np
import numpy.typing as npt

from iar.archive.labels import LabelBook, Region
from iar.archive.reader import Reader
from iar.labels.current import signatures
from iar.labels.lessons import Lessons, choose_lessons
from iar.labels.versions import at_version, version_of
from iar.learning.sources import LATEST
from iar.night import slot_middles
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
        seen=cache(lambda night: signatures(archive.look(night))),
        tracked=lambda night: _tracked(archive, night),
        held_back={one.night for one in sample.nights} if sample else set(),
    )


def track_mask(
    archive: Reader,
    night: dt.date,
    frequency_hz: npt.NDArray[np.float64],
    *,
    deleted: Sequence[int] = (),
    regions: Sequence[Region] = (),
) -> tuple[Mask, Mask]:
    """Fringes along the network's own lines, and the slots that have any: of the others nobody knows.

    Both bool, shape (slot, frequency); `frequency_hz` are those of the examples, Hz. Lines of `deleted` harmonics are
    no fringes, nor is anything in `regions`, which is known there.
    """
    tracks = read_spacing(archive, night).frequency_hz.astype(np.float64)
    there = fringe_mask(tracks, frequency_hz).any(axis=1, keepdims=True)
    tracks[:, [harmonic - 1 for harmonic in deleted]] = np.nan
    middle = slot_middles(night, archive.station.boundary_hour)
    apart = np.zeros((len(tracks), len(frequency_hz)), dtype=bool)
    for region in regions:
        band = (frequency_hz >= region.low_hz) & (frequency_hz <= region.high_hz)
        apart |= ((middle >= _utc(region.begin)) & (middle <= _utc(region.end)))[:, None] & band
    return fringe_mask(tracks, frequency_hz) & ~apart, there | apart


def _utc(time: dt.datetime) -> np.datetime64:
    return np.datetime64(time.astimezone(dt.UTC).replace(tzinfo=None))


def _tracked(archive: Reader, night: dt.date) -> bool:
    manifest = archive.look(night)
    return manifest.is_sealed("fringes") and sealed_verdict(manifest).name == "fringes"
