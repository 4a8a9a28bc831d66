"""What an archive holds: effort, stages and verdict of each night, and the holes."""

import datetime as dt
from dataclasses import dataclass

from iar.archive.store import Archive
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


def read_coverage(archive: Archive) -> list[NightCoverage]:
    """Coverage of each night that has a manifest, in order."""
    return [night_coverage(archive, night) for night in archive.nights()]


def find_holes(coverage: list[NightCoverage]) -> list[dt.date]:
    """Nights between the first and the last that are missing, or not whole in some channel."""
    if not coverage:
        return []
    whole = {c.night for c in coverage if min(c.effort.values(), default=0) >= COMPLETE}
    return [night for night in night_range(coverage[0].night, coverage[-1].night) if night not in whole]


def night_coverage(archive: Archive, night: dt.date) -> NightCoverage:
    """Coverage of one night."""
    manifest = archive.manifest(night)
    counts, fringes = manifest.stages.get("counts"), manifest.stages.get("fringes")
    return NightCoverage(
        night=night,
        effort=counts.note["effort"] if counts else dict.fromkeys(archive.channels, 0.0),
        stages=tuple(manifest.stages),
        verdict=fringes.note["name"] if fringes else None,
        problems=sum(bool(source.problems) for source in manifest.sources),
    )
