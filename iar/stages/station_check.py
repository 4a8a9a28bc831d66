"""What a station's settings make of a few of its files, before anything is ingested: streams, rates, level, hints."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from iar.errors import InputError
from iar.fringes.judging import LEAST_BAND_HZ
from iar.night import MISSING, ORIENTATIONS, SLOT_SAMPLES, Counts, nights_touched
from iar.records.finding import Found, find_records
from iar.records.record import RecordFile, same_rate
from iar.settings import FlatResponse, Station
from iar.spectra.band import Band
from iar.spectra.density import amplitude_density
from iar.stages.ingest import read_counts, station_format
from iar.stages.station import carried_band, station_pt_per_count

MOST_FILES = 4
"""Files of a stream that are read: hours, most often."""
LEVEL_HZ = (0.9, 1.1)
PLAUSIBLE_PT = (0.05, 20.0)
"""Density of the field at 1 Hz, pT/sqrt(Hz): a tenth of the quieter and twenty times the louder of two real coils.

The hours of the Sierra Nevada that Salinas et al. 2022 published (doi:10.1016/j.cageo.2022.105148) have medians of
1.04 (NS) and 0.50 (EW); storms and lightning raise it, nothing natural lowers it that far.
"""
MOST_RISE = 0.3
"""Exponent of the density from 1 to 4 Hz above which it rises: the field's falls, as f to -0.6 or steeper."""
MOST_CLIPPED = 1e-3
"""Share of samples at full scale that a storm may bring."""
SAME_SIGNAL = 0.98
"""Correlation above which two coils that stand across each other are no longer two."""


@dataclass(frozen=True)
class StreamLook:
    """What was found of one stream, or of one channel of files without: and how loud it is.

    `level_pt` is the median density around 1 Hz, pT/sqrt(Hz), NaN where no slot is whole; `rise` the exponent of the
    density from 1 to 4 Hz; `hints` are what a person should look at.
    """

    channel: str
    stream: str
    files: int
    first: np.datetime64
    last: np.datetime64
    rate_hz: float
    present: float
    level_pt: float
    rise: float
    hints: tuple[str, ...]


@dataclass(frozen=True)
class StationLook:
    """What was found in all files: streams, hints that concern both coils, files that gave nothing, with the reason.

    `night` is the first that they touch.
    """

    night: dt.date
    streams: tuple[StreamLook, ...]
    hints: tuple[str, ...]
    unusable: tuple[str, ...]
    passed_over: int


def look_at(station: Station, paths: Sequence[Path]) -> StationLook:
    """Read a few files as the station's settings say, and tell what they hold.

    Raises
    ------
    InputError
        If there is no record of the station's format among them, or its format is not there.
    """
    found = find_records(list(paths), station_format(station))
    unusable = [f"{one.place}: {one.reason}" for one in found.unusable]
    unusable += [f"{tar}: an archive of many files: unpack a few of them to have them looked at" for tar in found.tars]
    streams: dict[tuple[int, str], list[RecordFile]] = {}
    for record in found.records:
        streams.setdefault((record.channel, record.stream), []).append(record)
    if not (streams or unusable):
        raise InputError(f"no {station.format} records in {', '.join(map(str, paths))}{_others(found)}")
    looks, read = [], dict[int, tuple[np.datetime64, Counts]]()
    for (channel, stream), records in sorted(streams.items(), key=lambda item: item[0]):
        counts, unread = _read_some(station, records)
        unusable += unread
        if len(counts):
            looks.append(_look(station, channel, stream, records, counts))
            read.setdefault(channel, (records[0].start, counts))
    night = min((_first_night(station, record) for record in found.records), default=station.first_night)
    return StationLook(
        night, tuple(looks), tuple(_both_hints(station, looks, read)), tuple(dict.fromkeys(unusable)), found.ignored
    )


def _others(found: Found) -> str:
    reasons = dict.fromkeys(one.reason for one in found.passed_over)
    return f": {'; '.join(list(reasons)[:3])}" if reasons else ""


def _read_some(station: Station, records: Sequence[RecordFile]) -> tuple[Counts, list[str]]:
    """Counts of the first files of a stream at 100 Hz, one after the other, and files that gave none, with the reason.

    A gap between two files is not seen: it is the level that is asked for.
    """
    parts, unread = [], []
    for record in records[:MOST_FILES]:
        try:
            counts, _ = read_counts(record, record.source.read(), full_scale=station.full_scale_counts)
        except (OSError, ValueError) as error:
            unread.append(f"{record.source.place}: {error}")
        else:
            parts.append(counts[: len(counts) - len(counts) % SLOT_SAMPLES])
    return np.concatenate([*parts, np.empty(0, dtype=np.int32)]), unread


def _look(station: Station, channel: int, stream: str, records: Sequence[RecordFile], counts: Counts) -> StreamLook:
    band, rate_hz = Band(), records[0].rate_hz
    night = _first_night(station, records[0])
    calibration = station_pt_per_count(station.model_copy(update={"rate_hz": rate_hz}), night, band.frequency_hz)
    density = amplitude_density(counts, band=band, pt_per_count=calibration[channel])
    level_pt, at_4_hz = _level(density, band, *LEVEL_HZ), _level(density, band, 3.6, 4.4)
    last = records[-1]
    look = StreamLook(
        channel=station.channels[channel],
        stream=stream,
        files=len({record.source.place for record in records}),
        first=records[0].start,
        last=last.start + np.timedelta64(round(last.samples / last.rate_hz * 1e3), "ms"),
        rate_hz=rate_hz,
        present=float(np.mean(counts != MISSING)),
        level_pt=level_pt,
        rise=float(np.log(at_4_hz / level_pt) / np.log(4)) if level_pt > 0 and at_4_hz > 0 else np.nan,
        hints=(),
    )
    return replace(look, hints=tuple(_hints(station, channel, look, counts)))


def _first_night(station: Station, record: RecordFile) -> dt.date:
    return next(nights_touched(record.start, 1, station.boundary_hour))


def _level(density: npt.NDArray[np.float32], band: Band, low_hz: float, high_hz: float) -> float:
    """Median density between two frequencies over all slots; NaN where there is none."""
    near = density[:, (band.frequency_hz >= low_hz) & (band.frequency_hz <= high_hz)]
    there = near[np.isfinite(near)]
    return float(np.median(there)) if there.size else np.nan


def _hints(station: Station, channel: int, look: StreamLook, counts: Counts) -> Iterator[str]:
    """What is odd about one stream, in words."""
    if not same_rate(look.rate_hz, station.rate_hz):
        yield f"its files have {look.rate_hz:g} samples a second, the station says {station.rate_hz:g} (rate_hz)"
    if station.unit == "V" and not station.calibrations and station.response == FlatResponse():
        where = "; files of ISEE hold their own: calibrations: [{file: ...}]" if station.format == "isee" else ""
        yield f"its coil is taken for {station.response.volts_per_nt:g} V/nT at all frequencies (response){where}"
    numbered = look.stream.rpartition(".")[2].isdigit()  # a logger's channel, such as .10128..1, is no direction
    if not numbered and ORIENTATIONS.get(look.stream[-1:], channel) != channel:
        yield f"the last letter of {look.stream} says that it is the other coil: are streams, or coils, swapped?"
    if look.present < 0.5:
        yield f"only {look.present:.0%} of the samples are there"
    there = counts[counts != MISSING]
    if there.size and there.min() == there.max():
        yield f"all samples are {there[0]}: is the coil connected?"
        return
    clipped = float(np.mean(np.abs(there) >= station.full_scale_counts)) if there.size else 0.0
    if clipped > MOST_CLIPPED:
        yield f"{clipped:.1%} of the samples are at full_scale_counts, {station.full_scale_counts}"
    band = Band()
    low_hz, high_hz = carried_band(station.model_copy(update={"rate_hz": look.rate_hz}), band.frequency_hz)
    if high_hz - low_hz < LEAST_BAND_HZ:
        yield (
            f"{look.rate_hz:g} samples a second carry {low_hz:.1f} to {high_hz:.1f} Hz: fringes are looked for in a "
            f"band of at least {LEAST_BAND_HZ:g} Hz"
        )
    yield from _level_hints(look)


def _level_hints(look: StreamLook) -> Iterator[str]:
    """What is odd about the density of one stream."""
    low_pt, high_pt = PLAUSIBLE_PT
    if np.isnan(look.level_pt):
        yield "nowhere are 100 s in a row without a gap: its level is not known, give longer files"
    if not low_pt <= look.level_pt <= high_pt and look.level_pt > 0:
        too_loud = look.level_pt > high_pt
        times = look.level_pt / high_pt if too_loud else low_pt / look.level_pt
        yield (
            f"{look.level_pt:.3g} pT/√Hz at 1 Hz is {times:.2g} times {'above' if too_loud else 'below'} what is "
            f"plausible ({low_pt:g} to {high_pt:g}): are unit, volts_per_count and response right?"
        )
    if look.rise > MOST_RISE:
        yield (
            f"density rises as f to {look.rise:.1f} from 1 to 4 Hz, that of the field falls: "
            "does the response lack the coil's own rise?"
        )


def _both_hints(
    station: Station, looks: Sequence[StreamLook], read: dict[int, tuple[np.datetime64, Counts]]
) -> Iterator[str]:
    """What is odd about both coils together, in words."""
    for name in station.channels:
        streams = [look.stream for look in looks if look.channel == name]
        if len(streams) > 1:
            listed = ", ".join(streams)
            yield f"{name} has {len(streams)} streams, {listed}: the first is taken; `streams` names another"
        if not streams:
            yield f"nothing of {name} is there"
    if len(read) < 2:
        return
    (first, ns), (second, ew) = read[0], read[1]
    alike = _likeness(ns, ew) if first == second else 0.0
    if abs(alike) > SAME_SIGNAL:
        turned = ", one of them turned round" if alike < 0 else ""
        yield f"both coils hold the same signal{turned} (correlation {alike:.3f}): are two files of one coil given?"


def _likeness(first: Counts, second: Counts) -> float:
    """Correlation of the steps from sample to sample of two coils that begin together; 0 where there are too few."""
    length = min(len(first), len(second))
    both = np.stack([first[:length], second[:length]])
    steps = np.diff(both[:, (both != MISSING).all(axis=0)].astype(np.float64), axis=1)
    if steps.shape[1] < SLOT_SAMPLES or not steps.std(axis=1).all():
        return 0.0
    return float(np.asarray(np.corrcoef(steps))[0, 1])
