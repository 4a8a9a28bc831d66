"""The manifest of a night: what it was made from, and which stages are sealed.

It is written after the data, to a temporary name that is then renamed (or in one atomic PUT), so a stage that it names
is whole on disk. It holds no clock time: the same sources and settings give the same bytes, whoever made them and
however often; when it was written is the modification time of the file itself.
"""

import datetime as dt
import hashlib
import json
import posixpath
from collections.abc import Collection, Mapping
from contextlib import suppress
from fnmatch import fnmatchcase
from typing import Any

from fsspec import AbstractFileSystem
from pydantic import BaseModel, ConfigDict, ValidationError

from iar.archive.whole import replace_json
from iar.errors import DamagedArchiveError, first_fault

FORMAT = 1
"""Number that a manifest states, for readers of later forms of it."""
MOST_MTIMES = 8
"""Modification times that are remembered of one content, the newest: copies in folders, and files touched."""


class SourceEntry(BaseModel):
    """One channel of a file that the night was made from, or that could not be read.

    `size` is in bytes, `mtime_ns` the time of its last modification, ns since 1970, `digest` that of its content, empty
    where it has to be read (again). Its `span` of the night's samples at 100 Hz begins at `first_sample`, of which so
    many `samples` were there; both are 0 where it gave none. `problems` are pairs of kind and detail.
    `older_mtimes_ns` are the modification times that copies of it had, or that it had before it was touched; newest
    first.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    size: int
    mtime_ns: int
    digest: str
    channel: int
    first_sample: int
    span: int
    samples: int
    problems: tuple[tuple[str, str], ...] = ()
    older_mtimes_ns: tuple[int, ...] = ()

    @property
    def identity(self) -> tuple[str, int, int, int]:
        """What tells whether a channel of a file was seen before: name, size, modification time, channel."""
        return self.name, self.size, self.mtime_ns, self.channel

    @property
    def mtimes_ns(self) -> tuple[int, ...]:
        """All modification times that are known of this content, the newest first."""
        return self.mtime_ns, *self.older_mtimes_ns

    def also_of(self, mtime_ns: int) -> "SourceEntry":
        """Return this entry with one more modification time known; the order in which they come leaves no trace.

        Copies that have the same time are told apart by their number: so a time may stand twice.
        """
        newest, *older = sorted([*self.mtimes_ns, mtime_ns], reverse=True)[:MOST_MTIMES]
        return self.model_copy(update={"mtime_ns": newest, "older_mtimes_ns": tuple(older)})

    @property
    def unreadable(self) -> bool:
        """Whether it gave no samples at all."""
        return any(kind == "unreadable" for kind, _ in self.problems)


class StageEntry(BaseModel):
    """A sealed stage: the signature of its inputs and settings, and what there is to say about the result."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    signature: str
    software: str
    note: dict[str, Any] = {}


class Manifest(BaseModel):
    """Everything that is known of one night.

    `sealed_samples` is there only while counts that were sealed are written over: which of them were sealed, as
    `presence.pack_presence` says it. A run that is killed there leaves what undoes it: counts only ever gain samples.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: int = FORMAT
    night: dt.date
    sources: tuple[SourceEntry, ...] = ()
    stages: dict[str, StageEntry] = {}
    sealed_samples: str | None = None

    def is_sealed(self, stage: str, signature: str | None = None) -> bool:
        """Whether `stage` is whole, and, where a signature is given, made from just that."""
        entry = self.stages.get(stage)
        return entry is not None and signature in {None, entry.signature}

    def noted(self, stage: str, key: str) -> Any:
        """What the seal of a stage notes under `key`.

        Raises
        ------
        DamagedArchiveError
            If it notes nothing there, or the stage is not sealed.
        """
        entry = self.stages.get(stage)
        if entry is None or key not in entry.note:
            raise DamagedArchiveError(f"manifest of night {self.night} is damaged: {stage} says nothing of its {key!r}")
        return entry.note[key]

    def with_stage(self, stage: str, entry: StageEntry) -> "Manifest":
        """Return this manifest with `stage` sealed."""
        stages = dict(sorted({**self.stages, stage: entry}.items()))
        return self.model_copy(update={"stages": stages})

    def without_stages(self, stages: Collection[str]) -> "Manifest":
        """Return this manifest with these stages not sealed."""
        return self.model_copy(update={"stages": {name: e for name, e in self.stages.items() if name not in stages}})

    def opened(self, stages: Collection[str], sealed_samples: str | None = None) -> "Manifest":
        """Return this manifest with these stages not sealed, as it is before their arrays are written over.

        Where counts are among them, `sealed_samples` says which samples were sealed so far. Itself if none is sealed.
        """
        if not self.stages.keys() & set(stages):
            return self
        update = {"sealed_samples": sealed_samples or self.sealed_samples}
        return self.without_stages(stages).model_copy(update=update)

    def with_sources(self, sources: list[SourceEntry]) -> "Manifest":
        """Return this manifest with its sources replaced, in the order of their places in the night."""
        ordered = sorted(sources, key=lambda s: (s.first_sample, s.channel, s.name))
        return self.model_copy(update={"sources": tuple(ordered)})


class DamagedManifest(Manifest):
    """A manifest that cannot be read, as who looks at many nights gets it: it seals nothing, and `fault` says why not.

    Who works on the night itself gets the error instead; so nobody writes over it.
    """

    fault: str


def signature_of(*inputs: Any) -> str:
    """Short digest of anything JSON can hold: equal for equal inputs, in any process."""
    text = json.dumps(inputs, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def manifest_path(night: dt.date) -> str:
    """Place of a night's manifest below the archive's root."""
    return f"manifest/{night.year}/{night.isoformat()}.json"


def lock_path(root: str, night: dt.date) -> str:
    """Place of the night's lock, a hidden file beside its manifest."""
    return posixpath.join(root, f"manifest/{night.year}/.{night.isoformat()}.lock")


def unsealed_path(root: str, night: dt.date) -> str:
    """Place of the mark of a night whose manifest has `sealed_samples`: such nights are found without reading all."""
    return posixpath.join(root, f"manifest/.unsealed/{night.isoformat()}")


def unsealed_nights(fs: AbstractFileSystem, root: str) -> list[dt.date]:
    """Nights whose counts are being written over, or were when a run was killed, in order."""
    return sorted(_found(fs, root, ".unsealed/????-??-??"))


def leased_nights(fs: AbstractFileSystem, root: str) -> list[dt.date]:
    """Nights whose lock lies there, in order: on a folder that says nothing, elsewhere somebody holds it, or did."""
    return sorted(_found(fs, root, "*/.????-??-??.lock"))


def read_manifest(fs: AbstractFileSystem, root: str, night: dt.date) -> Manifest:
    """Manifest of `night`, empty if none was ever written; a DamagedArchiveError with its place if it is damaged."""
    path = posixpath.join(root, manifest_path(night))
    try:
        text = fs.cat_file(path)
    except FileNotFoundError:
        return Manifest(night=night)
    return parse_manifest(text, path)


def read_manifests(fs: AbstractFileSystem, root: str) -> list[Manifest]:
    """Every manifest, in the order of nights, read many at a time; errors as of `read_manifest`."""
    paths = [posixpath.join(root, manifest_path(night)) for night in nights_with_manifest(fs, root)]
    return [parse_manifest(_raised(text), path) for path, text in zip(paths, _cat(fs, paths), strict=True)]


def parse_manifest(text: bytes, path: str) -> Manifest:
    """Manifest that a file's text says; a DamagedArchiveError with its place if it says none, or that of another night.

    A copy under another name would be written back to the night that it says.
    """
    try:
        manifest = Manifest.model_validate_json(text)
    except ValidationError as error:
        raise DamagedArchiveError(f"manifest {path} is damaged: {first_fault(error)}") from None
    if manifest.format != FORMAT:
        raise DamagedArchiveError(f"manifest {path} has format {manifest.format}: this version reads {FORMAT}")
    if manifest.night != _night_at(path):
        raise DamagedArchiveError(f"manifest {path} is damaged: it says that it is of night {manifest.night}")
    return manifest


def write_manifest(fs: AbstractFileSystem, root: str, manifest: Manifest) -> None:
    """Replace the night's manifest as a whole: readers see the old one or the new one.

    The mark of an unsealed night comes before its manifest and goes after it, so a kill leaves one too many, not less.
    """
    sealed, mark = manifest.sealed_samples is None, unsealed_path(root, manifest.night)
    content = manifest.model_dump(mode="json", exclude={"sealed_samples"} if sealed else set[str]())
    if not sealed:
        fs.makedirs(posixpath.dirname(mark), exist_ok=True)
        fs.pipe_file(mark, b"")
    replace_json(fs, posixpath.join(root, manifest_path(manifest.night)), content)
    if sealed:
        with suppress(FileNotFoundError):
            fs.rm_file(mark)


def nights_with_manifest(fs: AbstractFileSystem, root: str, years: Collection[int] | None = None) -> list[dt.date]:
    """Nights that have a manifest, in order; where only some years matter, no more than those are listed."""
    folders = ["*"] if years is None else [str(year) for year in sorted(set(years))]
    return sorted(night for folder in folders for night in _found(fs, root, f"{folder}/????-??-??.json"))


def find_manifests(fs: AbstractFileSystem, root: str) -> dict[dt.date, tuple[str, Mapping[str, Any]]]:
    """Path of each manifest, and what the file system knows of it, by night."""
    return _found(fs, root, "*/????-??-??.json")


def read_texts(fs: AbstractFileSystem, paths: Mapping[dt.date, str]) -> dict[dt.date, bytes | Exception]:
    """Text of each manifest, read many at a time; where one could not be read, the error instead."""
    return dict(zip(paths, _cat(fs, list(paths.values())), strict=True))


def _cat(fs: AbstractFileSystem, paths: list[str]) -> list[bytes | Exception]:
    """Contents of many files at a time, in order; `cat` would take a path with ``[`` in it for a pattern."""
    return list(fs.cat_ranges(paths, None, None)) if paths else []


def _raised(text: bytes | Exception) -> bytes:
    """Content of a file; its error, if that came instead."""
    if isinstance(text, Exception):
        raise text
    return text


def _found(fs: AbstractFileSystem, root: str, pattern: str) -> dict[dt.date, tuple[str, Mapping[str, Any]]]:
    """Path and details of the files below ``manifest`` that are named after nights: ``2014-99-99.json`` is not ours.

    The pattern is one of names: in the root itself ``[`` and ``*`` are letters.
    """
    found = {}
    folder, _, name = pattern.rpartition("/")
    place = posixpath.join(root, "manifest")
    below = (
        fs.find(place, maxdepth=2, detail=True)
        if folder == "*"
        else fs.find(f"{place}/{folder}", maxdepth=1, detail=True)
    )
    for path, details in below.items():
        night = _night_at(path) if fnmatchcase(posixpath.basename(path), name) else None
        if night is not None:
            found[night] = path, details
    return found


def _night_at(path: str) -> dt.date | None:
    """Night that a file is named after, its manifest or the mark of an unsealed one; None if it is none."""
    try:
        return dt.date.fromisoformat(posixpath.basename(path).lstrip(".")[:10])
    except ValueError:
        return None
