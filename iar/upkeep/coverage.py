"""What an archive holds: effort, stages and verdict of each night, and the holes."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from iar.archive.manifest import Manifest
from iar.archive.reader import Reader
from iar.night import night_range

COMPLETE = 0.999
"""Effort from which a night counts as whole."""


@dataclass(frozen=True)
class NightCoverage:
    """Coverage of one night: effort by channel (0 to 1), sealed stages, verdict, number of files with problems."""

    night: dt.date
    effort: dict[str, float]
    stages: tuple[str, ...]
    verdict: str | None
    problems: int


@dataclass(frozen=True)
class Hole:
    """Nights in a row, both ends included, in which something is missing.

    `channel` is None where nothing is there of any; `effort` is the mean of the nights.
    """

    first: dt.date
    last: dt.date
    channel: str | None
    effort: float

    @property
    def lost_nights(self) -> float:
        """Nights' worth of data that is missing; of one channel, where only one is named."""
        return ((self.last - self.first).days + 1) * (1 - self.effort)

    def __str__(self) -> str:
        """Tell it in words: ``2014-01-12 to 2014-01-15: nothing``, ``2014-01-20: EW 45%``."""
        nights = str(self.first) if self.first == self.last else f"{self.first} to {self.last}"
        if self.channel is None:
            return f"{nights}: nothing"
        digits = 0 if 0.005 <= self.effort < 0.995 else 2  # of a hole, never "100%" nor "0%"
        return f"{nights}: {self.channel} {f'{self.effort:.{digits}%}' if self.effort else 'nothing'}"


def read_coverage(archive: Reader) -> list[NightCoverage]:
    """Coverage of each night that has a manifest, in order."""
    return [manifest_coverage(manifest, archive.channels) for manifest in archive.manifests()]


def night_coverage(archive: Reader, night: dt.date) -> NightCoverage:
    """Coverage of one night."""
    return manifest_coverage(archive.manifest(night), archive.channels)


def find_holes(coverage: list[NightCoverage]) -> list[dt.date]:
    """Nights between the first and the last that are missing, or not whole in some channel."""
    if not coverage:
        return []
    whole = {c.night for c in coverage if min(c.effort.values(), default=0) >= COMPLETE}
    return [night for night in night_range(coverage[0].night, coverage[-1].night) if night not in whole]


def hole_ranges(coverage: list[NightCoverage]) -> list[Hole]:
    """Those nights as ranges of one channel each, or of all where nothing is there, in order."""
    effort = {c.night: c.effort for c in coverage if any(c.effort.values())}
    holes = find_holes(coverage)
    empty = [(night, 0.0) for night in holes if night not in effort]
    ranges = list(_ranges(None, empty))
    for channel in coverage[0].effort if coverage else ():
        part = [(n, effort[n][channel]) for n in holes if n in effort and effort[n][channel] < COMPLETE]
        ranges += [*_ranges(channel, [p for p in part if p[1]]), *_ranges(channel, [p for p in part if not p[1]])]
    return sorted(ranges, key=lambda hole: (hole.first, hole.channel or ""))


def _ranges(channel: str | None, nights: list[tuple[dt.date, float]]) -> Iterator[Hole]:
    """Holes of nights that follow each other."""
    for _, group in groupby(enumerate(nights), key=lambda item: item[1][0].toordinal() - item[0]):
        run = [night for _, night in group]
        yield Hole(run[0][0], run[-1][0], channel, round(sum(effort for _, effort in run) / len(run), 6))


def manifest_coverage(manifest: Manifest, channels: tuple[str, ...]) -> NightCoverage:
    """Coverage that a manifest tells of; a DamagedArchiveError if it leaves out what its seals should say."""
    return NightCoverage(
        night=manifest.night,
        effort=manifest.noted("counts", "effort") if manifest.is_sealed("counts") else dict.fromkeys(channels, 0.0),
        stages=tuple(manifest.stages),
        verdict=manifest.noted("fringes", "name") if manifest.is_sealed("fringes") else None,
        problems=sum(bool(source.problems) for source in manifest.sources),
    )
