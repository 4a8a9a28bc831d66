"""Sealed counts: what is said of them in the manifest, and whether they are still that."""

import datetime as dt
import hashlib

import numpy as np
import numpy.typing as npt
from zarr.codecs import BloscCodec

from iar.archive.layout import ArraySpec, Layout, filled_chunks
from iar.archive.manifest import Manifest, SourceEntry, StageEntry, signature_of
from iar.archive.presence import unpack_presence
from iar.archive.reader import Reader
from iar.archive.store import stage_entry
from iar.errors import DamagedArchiveError
from iar.night import HOUR_SAMPLES, MISSING, NIGHT_SAMPLES, RATE_HZ, SLOT_SAMPLES, Counts
from iar.stages.stage import Stage

PATH = "counts/counts"
COUNTS_CHUNK = HOUR_SAMPLES
COUNTS_COMPRESSOR = BloscCodec(cname="zstd", clevel=3, shuffle="bitshuffle", blocksize=4 * COUNTS_CHUNK)
"""An hour in one block: 2 to 7 % smaller than in Blosc's own blocks, at no cost, and 23 to 31 % smaller than Steim-2.

Level 9 takes 1 to 2 % less room and 20 times as long; PCodec 4 to 8 % less, but is in no Zarr specification, as little
as a delta, which takes 1 % less of one coil and 14 % more of another (`benchmarks/archive.py`).
"""

_ARRAYS = {
    PATH: ArraySpec(
        ("channel", "sample"), "int32", int(MISSING),
        {"long_name": "digitiser counts", "units": "1", "sampling_rate_hz": RATE_HZ, "_FillValue": int(MISSING)},
        {"channel": 1, "sample": COUNTS_CHUNK},
        COUNTS_COMPRESSOR,
    ),
}  # fmt: skip
COUNTS: Stage = Stage(
    name="counts",
    made_from=(),
    version=0,
    layout=Layout(_ARRAYS),
)


def counts_seal(counts: Counts, archive: Reader) -> StageEntry:
    """Seal of a night's counts, shape (channel, sample); its signature is of the samples, whatever they came from.

    So a file that adds no sample leaves every later stage as it is, and another version of a decoder that reads other
    samples does not.
    """
    digest = counts_digest(counts)
    note = {
        "effort": channel_effort(counts, archive),
        "digest": digest,
        "edges": edge_digests(counts),
        "chunks": {PATH: filled_chunks(counts, (1, COUNTS_CHUNK), int(MISSING))},
    }
    return stage_entry(signature_of("counts", digest), note)


def counts_digest(counts: Counts) -> str:
    """Digest of the samples, the same on every machine."""
    return hashlib.sha256(np.ascontiguousarray(counts, "<i4").data).hexdigest()[:32]


def edge_digests(counts: Counts) -> dict[str, str | None]:
    """Digests of the first and the last slot, which the neighbours' spectra reach into; None where no sample is."""
    edges = {"first": counts[:, :SLOT_SAMPLES], "last": counts[:, -SLOT_SAMPLES:]}
    return {name: counts_digest(edge) if (edge != MISSING).any() else None for name, edge in edges.items()}


def channel_effort(counts: Counts, archive: Reader) -> dict[str, float]:
    """Share of the night's samples that are there, by channel."""
    share = (counts != MISSING).mean(axis=1)
    return {name: round(float(value), 6) for name, value in zip(archive.channels, share, strict=True)}


def sealed_counts(archive: Reader, manifest: Manifest) -> Counts:
    """Counts of the sources that are sealed; what a killed run left beside them, or in their gaps, does not count.

    Raises
    ------
    DamagedArchiveError
        If they are no longer what was sealed.
    """
    if manifest.sealed_samples is not None:  # a run was killed while it wrote them anew, or damage was unsealed
        sealed = unpack_presence(manifest.sealed_samples, (len(archive.channels), NIGHT_SAMPLES))
        counts = np.where(sealed, _read_hours(archive, manifest.night, sealed), MISSING)
        lost = int(np.count_nonzero(sealed & (counts == MISSING)))
        _check(archive, manifest, f"counts lack {lost} samples that were sealed" if lost else None)
        return counts
    counts = np.full((len(archive.channels), NIGHT_SAMPLES), MISSING)
    if manifest.is_sealed("counts"):
        stored = archive.read(manifest.night, PATH)
        for s in manifest.sources:
            counts[source_part(s)] = stored[source_part(s)]
        _check(archive, manifest, counts_fault(counts, archive, manifest))
    return counts


def _read_hours(archive: Reader, night: dt.date, wanted: npt.NDArray[np.bool_]) -> Counts:
    """Counts of the hours in which any sample is wanted, the others missing: their chunks may be damaged."""
    counts = np.full(wanted.shape, MISSING)
    for channel, hour in hours_of(wanted):
        counts[channel, hour] = archive.read(night, PATH, channel=channel, part=hour)
    return counts


def hours_of(wanted: npt.NDArray[np.bool_]) -> list[tuple[int, slice]]:
    """Chunks, as channel and range of samples, that hold any of the samples wanted, shape (channel, sample)."""
    chunks = wanted.reshape(len(wanted), -1, COUNTS_CHUNK).any(axis=2)
    return [(int(c), slice(h * COUNTS_CHUNK, (h + 1) * COUNTS_CHUNK)) for c, h in np.argwhere(chunks).tolist()]


def counts_fault(counts: Counts, archive: Reader, manifest: Manifest) -> str | None:
    """In what the counts of a night differ from what its manifest says of each file and of the whole; None if nowhere.

    A seal of before there was a digest is held to the number of samples only.
    """
    for s in manifest.sources:
        there, listed = int(np.count_nonzero(counts[source_part(s)] != MISSING)), min(s.samples, s.span)
        if there < listed:
            return f"counts hold {there} samples of {s.name}, the manifest says {listed}"
    sealed, found = manifest.stages["counts"].note, counts_seal(counts, archive).note
    if sealed.get("effort", found["effort"]) != found["effort"]:
        return f"counts hold {found['effort']} of the night, the manifest says {sealed['effort']}"
    if sealed.get("digest", found["digest"]) != found["digest"]:
        return "counts are not the samples that were sealed"
    return None


def source_part(source: SourceEntry) -> tuple[int, slice]:
    """Channel and samples of a night that a file covers."""
    return source.channel, slice(source.first_sample, source.first_sample + source.span)


def _check(archive: Reader, manifest: Manifest, fault: str | None) -> None:
    if fault is not None:
        raise DamagedArchiveError(
            f"counts/counts of night {manifest.night} in {archive.url} is damaged: {fault}; "
            f"`iar doctor --archive {archive.url} --mend` opens it, and says which files to ingest anew"
        )
