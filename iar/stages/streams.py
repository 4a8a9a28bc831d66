"""Whose samples these are: records of the archive's own streams are used, those of any other skipped and reported."""

from collections.abc import Sequence
from dataclasses import replace

from iar.archive.store import Archive
from iar.records.finding import Found, PassedOver, Unusable
from iar.records.record import RecordFile, same_rate


def choose_streams(archive: Archive, found: Found) -> Found:
    """What was found, with records of one stream for each channel.

    Which stream that is the station says; if it does not, the first of the station's rate that came into the archive.
    It is chosen first, and its rate judged afterwards: of another rate it cannot be used.
    """
    named = [record for record in found.records if record.stream]
    if not named:
        return found
    kept = _kept_streams(archive, named)
    chosen, passed, unusable = [], list(found.passed_over), list(found.unusable)
    taken: dict[tuple[str, int], str] = {}
    for record in found.records:
        place, channel = record.source.place, archive.channels[record.channel]
        wanted = kept.get(channel, record.stream)
        wanted = taken.setdefault((place, record.channel), record.stream) if archive.station.streams else wanted
        if record.stream and record.stream != wanted:
            passed.append(PassedOver(place, f"the stream of {channel} is {wanted}", record.stream))
        elif record.stream and not _fits(record, archive):
            reason = f"{record.stream} has {record.rate_hz:g} samples a second, expected {archive.station.rate_hz:g}"
            unusable.append(Unusable(place, f"{reason} (the station's rate_hz)", record.source))
        else:
            chosen.append(record)
    others = {(record.source.place, other) for record in named for other in record.others}
    passed += [PassedOver(place, "it is no coil's", stream) for place, stream in sorted(others)]
    return replace(found, records=chosen, passed_over=passed, unusable=unusable)


def _kept_streams(archive: Archive, named: Sequence[RecordFile]) -> dict[str, str]:
    """Stream of each channel that has one; the first record that fits decides where none is known."""
    if archive.station.streams:
        return {}
    kept = archive.streams()
    new: dict[str, str] = {}
    for record in named:
        channel = archive.channels[record.channel]
        if channel not in kept and _fits(record, archive):
            new.setdefault(channel, record.stream)
    return archive.keep_streams(new) if new else kept


def _fits(record: RecordFile, archive: Archive) -> bool:
    return same_rate(record.rate_hz, archive.station.rate_hz)
