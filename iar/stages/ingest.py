"""Records to counts: every file of a night merged into its samples."""

import datetime as dt
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt

from iar.archive.manifest import Manifest, SourceEntry, signature_of
from iar.archive.presence import pack_presence, unpack_presence
from iar.archive.store import Archive, stage_entry
from iar.night import MISSING, NIGHT_SAMPLES, RATE_HZ, night_start, nights_touched
from iar.records.finding import stream_tar
from iar.records.merging import clip_to_night, first_sample, merge_record
from iar.records.record import Format, Problem, RecordFile, Source, inspect_counts
from iar.settings import Station
from iar.stages.sealing import REDONE_WITH
from iar.workers import run_jobs

Counts = npt.NDArray[np.int32]
PENDING_NIGHTS = 2
"""Nights of a tar archive whose text is held at once: 170 MB each."""


@dataclass(frozen=True)
class NightRecords:
    """The records of one night, unread: the job of an ingest. Its text is its night."""

    night: dt.date
    records: tuple[RecordFile, ...]

    def __str__(self) -> str:
        return str(self.night)


@dataclass(frozen=True)
class IngestReport:
    """What ingest did for one night: places of the files it read, and what was wrong with them (place, problem)."""

    night: dt.date
    read: tuple[str, ...]
    problems: tuple[tuple[str, Problem], ...]

    @property
    def unreadable(self) -> list[str]:
        """Files that gave no samples, with the reason."""
        return [f"{place}: {problem.detail}" for place, problem in self.problems if problem.kind == "unreadable"]


def ingest_night(archive: Archive, job: NightRecords) -> IngestReport:
    """Put the records of a night that are new or changed into its counts; what was sealed first stays.

    The entry of a file that was read stays in the manifest, since its samples do, until a newer file of that name holds
    all of them; the entry of an unreadable file gives way to the next of its name.
    """
    night = job.night
    with archive.locked(night):
        manifest = archive.manifest(night)
        read = [entry for entry in manifest.sources if entry.digest]  # without one, the disk failed, not the file
        known = {_identity(entry) for entry in read}
        fresh = [record for record in job.records if _identity(record.source) not in known]
        if not fresh and manifest.sealed_samples is None:
            return IngestReport(night, (), ())
        station = archive.station
        counts = _sealed_counts(archive, manifest)
        sealed = counts != MISSING
        entries = list(manifest.sources)
        problems = []
        for record in fresh:
            entry, found = _ingest_record(record, counts, night, station)
            if not any(_is_same_content(entry, old) for old in entries):
                entries = [old for old in entries if not _supersedes(entry, old)] + [entry]
            problems += [(record.source.place, problem) for problem in found]
        if entries != list(manifest.sources) or manifest.sealed_samples is not None:
            _seal_counts(archive, manifest.with_sources(entries), counts, sealed)
        return IngestReport(night, tuple(record.source.place for record in fresh), tuple(problems))


def _seal_counts(archive: Archive, manifest: Manifest, counts: Counts, sealed: npt.NDArray[np.bool_]) -> None:
    """Write the counts, then their manifest; the night is locked, `sealed` are the samples that were sealed before."""
    if (counts != MISSING).any():
        archive.unseal(manifest.night, REDONE_WITH["counts"], pack_presence(sealed))
        archive.write(manifest.night, {"counts/counts": counts})
        effort = {"effort": channel_effort(counts, archive)}
        entry = stage_entry(counts_signature(manifest), effort)
        manifest = manifest.without_stages(REDONE_WITH["counts"]).with_stage("counts", entry)
        manifest = manifest.model_copy(update={"sealed_samples": None})
    archive.replace_manifest(manifest)  # sources and seal in one write


def counts_signature(manifest: Manifest) -> str:
    """Signature of a night's counts: the contents of its readable sources and their places."""
    return signature_of(
        "counts", sorted({(s.digest, s.channel, s.first_sample) for s in manifest.sources if not s.unreadable})
    )


def _identity(file: Source | SourceEntry) -> tuple[str, int, int]:
    """What tells whether a file was seen before."""
    return file.name, file.size, file.mtime_ns


def _is_same_content(new: SourceEntry, old: SourceEntry) -> bool:
    """Whether a file is only an old one touched, or a copy of it in another folder."""
    return bool(new.digest) and (new.name, new.digest, new.first_sample) == (old.name, old.digest, old.first_sample)


def _supersedes(new: SourceEntry, old: SourceEntry) -> bool:
    """Whether the file behind `new` makes the entry `old` needless: it grew, or was mended."""
    if new.name != old.name:
        return False
    inside = new.first_sample <= old.first_sample and old.first_sample + old.span <= new.first_sample + new.span
    agrees = all(kind != "conflict" for kind, _ in new.problems)
    return old.unreadable or (inside and agrees)


def _sealed_counts(archive: Archive, manifest: Manifest) -> Counts:
    """Counts of the sources that are sealed; what a killed run left beside them, or in their gaps, does not count."""
    counts = np.full((len(archive.channels), NIGHT_SAMPLES), MISSING)
    if manifest.sealed_samples is not None:  # a run was killed while it wrote them anew
        sealed = unpack_presence(manifest.sealed_samples, counts.shape)
        return np.where(sealed, archive.read(manifest.night, "counts/counts"), MISSING)
    if not manifest.is_sealed("counts"):
        return counts
    stored = archive.read(manifest.night, "counts/counts")
    for s in manifest.sources:
        part = (s.channel, slice(s.first_sample, s.first_sample + s.span))
        counts[part] = stored[part]
    return counts


def _ingest_record(
    record: RecordFile, night_counts: Counts, night: dt.date, station: Station
) -> tuple[SourceEntry, list[Problem]]:
    """Read one record into the night; returns its manifest entry and what was wrong."""
    place = first_sample(record.start, night_start(night, station.boundary_hour))
    digest, present = "", 0
    first, span = clip_to_night(place, record.samples, NIGHT_SAMPLES)
    try:
        content = record.source.read()
        digest = hashlib.sha256(content).hexdigest()[:32]
        counts, problems = record.decode(content)
        problems += inspect_counts(counts, expected=record.samples, full_scale=station.full_scale_counts)
        counts = counts[: record.samples]
        first, span = clip_to_night(place, len(counts), NIGHT_SAMPLES)
        conflicts = merge_record(night_counts[record.channel], counts, place)
        if conflicts > station.jitter_s * RATE_HZ:
            problems.append(Problem("conflict", f"{conflicts} samples differ from those sealed before, which stay"))
        present = int((counts != MISSING).sum())
    except (OSError, ValueError) as error:
        problems = [Problem("unreadable", str(error))]
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
        problems=tuple((p.kind, p.detail) for p in problems),
    )
    return entry, problems


def channel_effort(counts: Counts, archive: Archive) -> dict[str, float]:
    """Share of the night's samples that are there, by channel."""
    share = (counts != MISSING).mean(axis=1)
    return {name: round(float(value), 6) for name, value in zip(archive.channels, share, strict=True)}


def group_by_night(records: Sequence[RecordFile], boundary_hour: int) -> list[NightRecords]:
    """Records of each night, in order; a record across the boundary belongs to both nights."""
    nights: dict[dt.date, list[RecordFile]] = {}
    for record in records:
        for night in nights_touched(record.start, record.samples, boundary_hour):
            nights.setdefault(night, []).append(record)
    return [NightRecords(night, tuple(nights[night])) for night in sorted(nights)]


def ingest_tar(archive: Archive, path: Path, recognise: Format) -> tuple[list[IngestReport], list[tuple[str, str]]]:
    """Ingest a yearly archive as it streams by; returns the reports, and what could not be used (place, reason)."""
    reports: list[IngestReport] = []
    unusable: list[tuple[str, str]] = []
    pending: dict[dt.date, list[RecordFile]] = {}

    def ingest_pending(keep: int) -> None:
        jobs = [NightRecords(night, tuple(pending.pop(night))) for night in sorted(pending)[: len(pending) - keep]]
        for outcome in run_jobs(partial(ingest_night, archive), jobs, workers=1):
            if outcome.result is None:
                unusable.append((f"{path}, night {outcome.job}", str(outcome.error)))
            else:
                reports.append(outcome.result)

    for found in stream_tar(path, recognise):
        unusable += found.unusable
        for job in group_by_night(found.records, archive.station.boundary_hour):
            pending.setdefault(job.night, []).extend(job.records)
        if len(pending) > PENDING_NIGHTS:
            ingest_pending(PENDING_NIGHTS)
    ingest_pending(0)
    return reports, unusable
