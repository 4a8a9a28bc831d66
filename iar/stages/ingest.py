"""Records to counts: every file of a night merged into its samples."""

import datetime as dt
import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from iar.archive.manifest import Manifest, SourceEntry
from iar.archive.presence import pack_presence
from iar.archive.store import Archive
from iar.errors import printable
from iar.night import MISSING, NIGHT_SAMPLES, RATE_HZ, Counts, night_start, nights_touched
from iar.records.formats import get_format
from iar.records.merging import Overlap, clip_to_night, first_sample, merge_record
from iar.records.record import ChangedFileError, Expectation, Problem, Recognise, RecordFile, inspect_counts
from iar.records.resampling import resample_counts, resampled_length
from iar.settings import Station
from iar.stages.counts import COUNTS, PATH, counts_seal, sealed_counts
from iar.stages.intake import IngestReport
from iar.stages.jitter import mark_jitter
from iar.stages.pipeline import redone_with


@dataclass(frozen=True)
class NightRecords:
    """The records of one night, unread: the job of an ingest. Its text is its night."""

    night: dt.date
    records: tuple[RecordFile, ...]

    def __str__(self) -> str:
        return str(self.night)


def station_format(station: Station) -> Recognise:
    """Format of a station's files, which knows what the station says of them; an InputError if it is not there."""
    expected = Expectation(
        rate_hz=station.rate_hz,
        channels=station.channels_in_file,
        streams=station.streams,
        boundary_hour=station.boundary_hour,
        value_per_count=station.value_per_count,
        table=station.table,
        unit=station.unit,
    )
    return partial(get_format(station.format), expected=expected)


def ingest_night(archive: Archive, job: NightRecords) -> IngestReport:
    """Put the records of a night that are new or changed into its counts; what was sealed first stays.

    A file that was only touched or copied is read once more, to see that, and never again. Of files with the same
    name, size and time of modification, in several folders, as many are known as were read.

    The entry of a file that was read stays in the manifest, since its samples do, until a newer file of that name holds
    all of them; the entry of an unreadable file gives way to the next of its name.
    """
    with archive.locked(job.night):
        manifest = archive.manifest(job.night)
        read = [entry for entry in manifest.sources if entry.digest]  # without one, the disk failed, not the file
        known = Counter((entry.name, entry.size, mtime, entry.channel) for entry in read for mtime in entry.mtimes_ns)
        there = Counter(map(_record_identity, job.records))
        fresh = [record for record in job.records if there[_record_identity(record)] > known[_record_identity(record)]]
        if not fresh and manifest.sealed_samples is None:
            if not job.records:
                archive.replace_manifest(manifest)  # takes away the mark, which a run killed at its very end left
            return IngestReport(job.night, (), ())
        counts = sealed_counts(archive, manifest)
        sealed = counts != MISSING
        entries, report = _ingest_records(fresh, counts, manifest, archive.station)
        if entries != list(manifest.sources) or manifest.sealed_samples is not None:
            _seal_counts(archive, manifest.with_sources(entries), counts, sealed)
        return report


def _ingest_records(
    records: Sequence[RecordFile], counts: Counts, manifest: Manifest, station: Station
) -> tuple[list[SourceEntry], IngestReport]:
    """Read records into the counts of their night; returns all the night's entries, and what there is to tell."""
    entries, problems, places, changing = list(manifest.sources), [], {}, []
    read: list[str] = []
    before = Counter((entry.digest, entry.name, entry.channel, mtime) for entry in entries for mtime in entry.mtimes_ns)
    for record in records:
        try:
            entry, found = _ingest_record(record, counts, manifest.night, station)
        except ChangedFileError:
            changing.append(record.source.place)
            continue
        places[entry.identity] = record.source.place
        read.append(record.source.place)
        copy = (entry.digest, entry.name, entry.channel, entry.mtime_ns)
        before[copy] -= 1  # one that was read before, beside others of its name, size and time
        entries, news = _take_in(entry, found, entries, known=before[copy] >= 0)
        problems += [(record.source.place, problem) for problem in news]
    marked = mark_jitter(entries, round(station.jitter_s * RATE_HZ))
    for old, new in zip(entries, marked, strict=True):
        place = places.get(new.identity, new.name)
        problems += [(place, Problem("jitter", detail)) for kind, detail in set(new.problems) - set(old.problems)]
    once = tuple(dict.fromkeys(read))  # a file of two channels is one file
    return marked, IngestReport(manifest.night, once, tuple(problems), tuple(changing))


def _take_in(
    entry: SourceEntry, found: list[Problem], entries: list[SourceEntry], *, known: bool
) -> tuple[list[SourceEntry], list[Problem]]:
    """Entries of the night with that of one more file among them, and what of its problems there is to tell.

    That a file holds its own samples once more is no duplicate. `known` says that this very time of it is known.
    """
    new = [problem for problem in found if problem.kind != "duplicate"]
    if any(_is_same_content(entry, old) for old in entries):
        if known:
            return entries, new
        return [old.also_of(entry.mtime_ns) if _is_same_content(entry, old) else old for old in entries], new
    replaced = [old for old in entries if _supersedes(entry, old)]
    news = new if any(not old.unreadable for old in replaced) else found
    entry = entry.model_copy(update={"problems": _as_pairs(news)})
    return [*(old for old in entries if old not in replaced), entry], news


def _seal_counts(archive: Archive, manifest: Manifest, counts: Counts, sealed: npt.NDArray[np.bool_]) -> None:
    """Write the counts, then their manifest; the night is locked, `sealed` are the samples that were sealed before.

    Counts only ever gain samples: where none came, they and all that was made from them stay as they are.
    """
    if manifest.sealed_samples is not None or ((counts != MISSING) & ~sealed).any():
        redone = redone_with(COUNTS.name)
        archive.unseal(manifest.night, redone, pack_presence(sealed))
        archive.write(manifest.night, {PATH: counts}, COUNTS.layout)
        manifest = manifest.without_stages(redone).with_stage(COUNTS.name, counts_seal(counts, archive))
        manifest = manifest.model_copy(update={"sealed_samples": None})
    archive.replace_manifest(manifest)  # sources and seal in one write


def _record_identity(record: RecordFile) -> tuple[str, int, int, int]:
    return record.source.name, record.source.size, record.source.mtime_ns, record.channel


def _is_same_content(new: SourceEntry, old: SourceEntry) -> bool:
    """Whether a file is only an old one touched, or a copy of it in another folder."""
    same_place = (new.name, new.channel, new.first_sample) == (old.name, old.channel, old.first_sample)
    return bool(new.digest) and new.digest == old.digest and same_place


def _supersedes(new: SourceEntry, old: SourceEntry) -> bool:
    """Whether the file behind `new` makes the entry `old` needless: it grew, or was mended."""
    if (new.name, new.channel) != (old.name, old.channel):
        return False
    inside = new.first_sample <= old.first_sample and old.first_sample + old.span <= new.first_sample + new.span
    agrees = all(kind != "conflict" for kind, _ in new.problems)
    return old.unreadable or (inside and agrees)


def _ingest_record(
    record: RecordFile, night_counts: Counts, night: dt.date, station: Station
) -> tuple[SourceEntry, list[Problem]]:
    """Read one record into the night; returns its manifest entry and what was wrong.

    Raises
    ------
    ChangedFileError
        If it is being written.
    """
    place = first_sample(record.start, night_start(night, station.boundary_hour))
    digest, present = "", 0
    first, span = clip_to_night(place, resampled_length(record.samples, record.rate_hz), NIGHT_SAMPLES)
    try:
        content = record.source.read()
        digest = hashlib.sha256(content).hexdigest()[:32]
        counts, problems = read_counts(record, content, full_scale=station.full_scale_counts)
        first, span = clip_to_night(place, len(counts), NIGHT_SAMPLES)
        jitter = round(station.jitter_s * RATE_HZ)
        problems += _overlap_problems(merge_record(night_counts[record.channel], counts, place, jitter=jitter))
        inside = counts[first - place : first - place + span]  # the rest is of the night before or after
        present = int((inside != MISSING).sum())
    except ChangedFileError:
        raise
    except (OSError, ValueError) as error:
        problems = [Problem("unreadable", printable(str(error)))]
    source = record.source
    entry = SourceEntry(
        name=source.name,
        size=source.size,
        mtime_ns=source.mtime_ns,
        digest=digest,
        channel=record.channel,
        first_sample=first,
        span=span if present else 0,
        samples=present,
        problems=_as_pairs(problems),
    )
    return entry, problems


def read_counts(record: RecordFile, content: bytes, *, full_scale: int) -> tuple[Counts, list[Problem]]:
    """Counts of a record at 100 Hz, shape (sample,), and what is wrong with it.

    Raises
    ------
    ValueError
        If it holds no samples.
    """
    native, problems = record.decode(content)
    problems = [*record.problems, *problems]
    problems += inspect_counts(native, expected=record.samples, full_scale=full_scale)  # a filter would hide clipping
    return resample_counts(native[: record.samples], record.rate_hz), problems


def _overlap_problems(overlap: Overlap) -> list[Problem]:
    if overlap.differing:
        return [Problem("conflict", f"{overlap.differing} samples differ from those sealed before, which stay")]
    if overlap.same:
        return [Problem("duplicate", f"{overlap.same / RATE_HZ:g} s were there before, with the same content")]
    return []


def _as_pairs(problems: Sequence[Problem]) -> tuple[tuple[str, str], ...]:
    return tuple((problem.kind, problem.detail) for problem in problems)


def unsealed_jobs(archive: Archive) -> list[NightRecords]:
    """Nights whose counts a killed run left unsealed, without records: to ingest them seals what was sealed before."""
    return [NightRecords(night, ()) for night in archive.unsealed_nights()]


def group_by_night(records: Sequence[RecordFile], boundary_hour: int) -> list[NightRecords]:
    """Records of each night, in order; a record across the boundary belongs to both nights."""
    nights: dict[dt.date, list[RecordFile]] = {}
    for record in records:
        for night in nights_touched(record.start, resampled_length(record.samples, record.rate_hz), boundary_hour):
            nights.setdefault(night, []).append(record)
    return [NightRecords(night, tuple(nights[night])) for night in sorted(nights)]
