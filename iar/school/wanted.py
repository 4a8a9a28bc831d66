"""Which examples are wanted: nights of all sources, by what kind of night they are, as often as they are wanted."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

import numpy as np

from iar.archive.labels import Region
from iar.archive.reader import Reader
from iar.errors import InputError
from iar.labels.lessons import Lessons
from iar.learning.examples import LABELLED, example_nights
from iar.learning.sources import ExampleSources
from iar.school.curation import good_nights
from iar.school.drawn_files import find_drawn
from iar.school.lessons import read_lessons
from iar.settings import SpectraSettings

SEEN_HZ = SpectraSettings().frequency_hz
"""Frequencies of examples: spectra may reach farther than what a network sees."""
Kind = Literal["drawn", "classical", "judged", "empty", "unlabelled", "laid", "simulated"]


@dataclass(frozen=True)
class Wanted:
    """One example to be made: its row, its night, what kind of night that is, and where its fringes are drawn.

    People saw fringes in a night that is `judged`, and none in one that is `empty`; over a night that is `laid` those
    of the simulation are laid. Of the network's lines in a judged night those of `deleted` harmonics are none, nor is
    anything in `regions`.
    """

    row: int
    night: dt.date
    kind: Kind
    drawn: Path | None = None
    deleted: tuple[int, ...] = ()
    regions: tuple[Region, ...] = ()

    @property
    def scenario(self) -> str:
        """Scenario of the example."""
        return LABELLED if self.kind in {"judged", "empty"} else self.kind


def wanted_examples(sources: ExampleSources, lessons: Lessons | None = None) -> list[Wanted]:
    """All that is to be made; what cannot be is reported by the first, real ones."""
    if sources.labels is not None and lessons is None:
        lessons = read_lessons(str(sources.archive), sources.labels)
    apart = set(lessons.held_back) if lessons else set()
    chosen = [one for one in _real_nights(sources, lessons) if one[1] not in apart]
    nights = example_nights(sources.simulated) if sources.simulated else []
    chosen += [("simulated", night, None) for night in nights]
    marked = _marks(lessons) if lessons else {}
    return [
        Wanted(row, night, kind, drawn, *marked.get((kind, night), ()))
        for row, (kind, night, drawn) in enumerate(chosen)
    ]


def _marks(lessons: Lessons) -> dict[tuple[str, dt.date], tuple[tuple[int, ...], tuple[Region, ...]]]:
    """What people marked over judged nights: harmonics that are none, and regions of interference."""
    return {("judged", night): (lessons.deleted[night], lessons.regions[night]) for night in lessons.fringes}


def _real_nights(sources: ExampleSources, lessons: Lessons | None) -> Iterator[tuple[Kind, dt.date, Path | None]]:
    """Kind, date and drawing of each real night, as often as it is wanted."""
    rng = np.random.default_rng([sources.seed, 3])
    listed: set[dt.date] = set()
    if sources.drawn is not None:
        files = find_drawn(Path(sources.drawn))
        nights = _chosen(list(files), sources.drawn_examples, rng)
        listed |= set(nights)
        yield from (("drawn", night, files[night]) for night in nights)
    if sources.curated is not None:
        nights = _chosen(good_nights(Path(sources.curated)), sources.curated_examples, rng)
        listed |= set(nights)
        yield from (("classical", night, None) for night in nights)
    if lessons is not None:
        nights = _taught(lessons, sources.labels_examples, rng)
        listed |= set(nights)
        yield from (("judged" if night in lessons.fringes else "empty", night, None) for night in nights)
    if sources.unlabelled_first is not None and sources.unlabelled_last is not None:
        nights = _nights_with_spectra(sources, sources.unlabelled_first, sources.unlabelled_last)
        yield from (("unlabelled", night, None) for night in nights if night not in listed)
    if sources.laid_first is not None and sources.laid_last is not None:
        nights = _nights_with_spectra(sources, sources.laid_first, sources.laid_last)
        yield from (("laid", night, None) for night in _chosen(nights, sources.laid_examples, rng))


def _taught(lessons: Lessons, count: int | None, rng: np.random.Generator) -> list[dt.date]:
    """Nights of the lessons, as many as are wanted; else each as often as people say so."""
    if not lessons.nights:
        raise InputError(
            f"labels {lessons.version} teach nothing: {len(lessons.held_back)} night(s) are kept apart to judge by, "
            f"{lessons.stale} label(s) stale, {lessons.unsure} night(s) unsure, {lessons.trackless} without lines"
        )
    if count is not None:
        return _chosen(list(lessons.nights), count, rng)
    return [night for night, people in lessons.nights.items() for _ in range(people)]


def _nights_with_spectra(sources: ExampleSources, first: dt.date, last: dt.date) -> list[dt.date]:
    """Nights of the range whose spectra are sealed; an InputError if there are none."""
    archive = opened_archive(str(sources.archive))
    nights = [night for night in archive.nights() if first <= night <= last]
    nights = [night for night in nights if archive.manifest(night).is_sealed("spectra")]
    if not nights:
        raise InputError(f"no night from {first} to {last} has sealed spectra in {sources.archive}")
    return nights


def _chosen(nights: list[dt.date], count: int | None, rng: np.random.Generator) -> list[dt.date]:
    """As many nights as examples are wanted: each as often as any other, or once more; all once if that is not said."""
    if count is None:
        return nights
    often, more = divmod(count, len(nights))
    drawn = rng.choice(len(nights), more, replace=False)
    return sorted([*nights * often, *(nights[i] for i in drawn)])


@lru_cache(maxsize=1)
def opened_archive(url: str) -> Reader:
    """The archive at `url`; an InputError if its frequencies do not begin with those of the simulation."""
    archive = Reader(url)
    if not np.array_equal(archive.frequency_hz[: len(SEEN_HZ)], SEEN_HZ):
        there = archive.frequency_hz
        raise InputError(
            f"{url} has {len(there)} frequencies from {there[0]:.3f} to {there[-1]:.3f} Hz, examples are made of "
            f"{len(SEEN_HZ)} from {SEEN_HZ[0]:.3f} to {SEEN_HZ[-1]:.3f} Hz"
        )
    return archive
