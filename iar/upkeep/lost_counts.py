"""Counts of which a part was lost on disk: what can be read stays, and the files of the rest are read again."""

import numpy as np

from iar.archive.manifest import Manifest, SourceEntry
from iar.archive.presence import pack_presence
from iar.archive.store import Archive
from iar.errors import DamagedArchiveError
from iar.night import MISSING, NIGHT_SAMPLES, Counts
from iar.stages.counts import COUNTS, PATH, hours_of, source_part
from iar.stages.pipeline import redone_with

LOST = "lost"
"""Kind of problem of a file whose samples were lost in the archive."""


def unseal_counts(store: Archive, manifest: Manifest) -> tuple[str, ...]:
    """Open a night's counts so that the next ingest reads the files anew whose samples were lost; returns their names.

    What can be read stays sealed, as after an ingest that was killed: nothing but the manifest is written, who calls
    has the lock. Without a name nothing was done: every file's samples are there, and yet not those that were sealed.
    """
    counts = _readable_counts(store, manifest)
    entries = [_entry_of_what_is_left(entry, counts) for entry in manifest.sources]
    lost = tuple(new.name for new, old in zip(entries, manifest.sources, strict=True) if new is not old)
    if lost:
        opened = manifest.with_sources(entries).without_stages(redone_with(COUNTS.name))
        presence = pack_presence(counts != MISSING)
        store.replace_manifest(opened.model_copy(update={"sealed_samples": presence}))
    return lost


def waiting_sources(manifest: Manifest) -> list[str]:
    """Files of which samples were lost, and that were not read again since."""
    return [entry.name for entry in manifest.sources if any(kind == LOST for kind, _ in entry.problems)]


def _entry_of_what_is_left(entry: SourceEntry, counts: Counts) -> SourceEntry:
    """Entry of a file, without its digest if samples of it were lost: then it is read again."""
    left = int(np.count_nonzero(counts[source_part(entry)] != MISSING))
    lost = min(entry.samples, entry.span) - left
    if lost <= 0:
        return entry
    problems = (*entry.problems, (LOST, f"{lost} samples were lost in the archive: ingest it again"))
    return entry.model_copy(update={"digest": "", "samples": left, "problems": problems})


def _readable_counts(store: Archive, manifest: Manifest) -> Counts:
    """Counts of the night's sources, shape (channel, sample), missing where a chunk cannot be read."""
    counts = np.full((len(store.channels), NIGHT_SAMPLES), MISSING)
    covered = np.zeros(counts.shape, dtype=bool)
    for entry in manifest.sources:
        covered[source_part(entry)] = True
    for channel, hour in hours_of(covered):
        try:
            counts[channel, hour] = store.read(manifest.night, PATH, channel=channel, part=hour)
        except (DamagedArchiveError, OSError):
            continue
    return np.where(covered, counts, MISSING)
