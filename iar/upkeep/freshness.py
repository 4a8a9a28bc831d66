"""How long ago the last sample of an archive was taken."""

import datetime as dt

from iar.archive.manifest import Manifest
from iar.archive.reader import Reader
from iar.night import NIGHT_SAMPLES, RATE_HZ

AHEAD = dt.timedelta(days=1)
"""A recorder's clock may be ahead by that much; what lies farther in the future has a wrong time."""


def last_sample_time(archive: Reader, now: dt.datetime | None = None) -> dt.datetime | None:
    """Time just after the last sealed sample of any channel, UTC; None if there is none.

    Nights whose manifest cannot be read do not count, nor do those over a day after `now`: a file of 2031 would make a
    station that has been silent since seem to be heard for years.
    """
    for night in reversed(archive.nights()):
        until = data_until(archive.look(night), archive.station.boundary_hour)
        if until is not None and (now is None or until <= now + AHEAD):
            return until
    return None


def data_until(manifest: Manifest, boundary_hour: int) -> dt.datetime | None:
    """Time just after the last sealed sample of any channel of a night, UTC; None if none is sealed."""
    ends = [source.first_sample + source.span for source in manifest.sources if source.samples]
    if not ends or not manifest.is_sealed("counts"):
        return None
    start = dt.datetime.combine(manifest.night, dt.time(boundary_hour), dt.UTC)
    return start + dt.timedelta(seconds=min(max(ends), NIGHT_SAMPLES) / RATE_HZ)


def silence_h(archive: Reader, now: dt.datetime) -> float | None:
    """Hours from the last sealed sample to `now`; 0 where the recorder's clock is ahead, None if there is no sample."""
    last = last_sample_time(archive, now)
    return None if last is None else max((now - last).total_seconds() / 3600, 0.0)
