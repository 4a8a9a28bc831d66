"""How long ago the last sample of an archive was taken."""

import datetime as dt

import numpy as np

from iar.archive.store import Archive
from iar.errors import DamagedArchiveError
from iar.night import RATE_HZ, night_start


def last_sample_time(archive: Archive) -> dt.datetime | None:
    """Time just after the last sealed sample of any channel, UTC; None if there is none.

    Nights whose manifest cannot be read do not count.
    """
    for night in reversed(archive.nights()):
        try:
            manifest = archive.manifest(night)
        except DamagedArchiveError:
            continue
        ends = [source.first_sample + source.span for source in manifest.sources if source.samples]
        if ends and manifest.is_sealed("counts"):
            end = night_start(night, archive.station.boundary_hour) + np.timedelta64(max(ends) * 1000 // RATE_HZ, "ms")
            return end.astype("datetime64[ms]").astype(dt.datetime).replace(tzinfo=dt.UTC)  # type: ignore[no-any-return]
    return None


def silence_h(archive: Archive, now: dt.datetime) -> float | None:
    """Hours from the last sealed sample to `now`; 0 where the recorder's clock is ahead, None if there is no sample."""
    last = last_sample_time(archive)
    return None if last is None else max((now - last).total_seconds() / 3600, 0.0)
