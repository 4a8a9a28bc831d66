"""Which records lie in the files, folders and yearly archives that a person names."""

import gzip
import tarfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Self

from iar.errors import InputError
from iar.records import bgs, sierra_nevada
from iar.records.record import Format, RecordFile, Source

FORMATS: dict[str, Format] = {"bgs": bgs.recognise, "sierra-nevada": sierra_nevada.recognise}


@dataclass(frozen=True)
class FileSource:
    """A file of its own."""

    path: Path
    size: int
    mtime_ns: int

    @property
    def name(self) -> str:
        """Name of the file, without its folder."""
        return self.path.name

    @property
    def place(self) -> str:
        """Path of the file."""
        return str(self.path)

    def read(self) -> bytes:
        """All its bytes."""
        return self.path.read_bytes()

    def read_beside(self, name: str) -> bytes:
        """All bytes of the file `name` in the same folder."""
        return self.path.with_name(name).read_bytes()


@dataclass(frozen=True)
class TarMember:
    """A member of a tar archive, read while the archive streams by."""

    archive: Path
    member: str
    size: int
    mtime_ns: int
    content: bytes = field(repr=False)

    @property
    def name(self) -> str:
        """Name of the archive and of the member."""
        return f"{self.archive.name}/{Path(self.member).name}"

    @property
    def place(self) -> str:
        """Path of the archive, and the member in it."""
        return f"{self.archive}:{self.member}"

    def read(self) -> bytes:
        """All its bytes."""
        return self.content

    def read_beside(self, name: str) -> bytes:
        """Never there: a stream knows no neighbours."""
        raise FileNotFoundError(name)


@dataclass
class Found:
    """Records and tar archives of them, and files that look like records but cannot be used: place and reason."""

    records: list[RecordFile] = field(default_factory=list)
    archives: list[Path] = field(default_factory=list)
    unusable: list[tuple[str, str]] = field(default_factory=list)
    ignored: int = 0

    def add(self, source: Source, recognise: Format) -> None:
        """Sort `source` into one of the three."""
        try:
            record = recognise(source)
        except (ValueError, OSError) as error:
            self.unusable.append((source.place, str(error)))
            return
        if record is None:
            self.ignored += 1
        else:
            self.records.append(record)


def get_format(name: str) -> Format:
    """Format of that name; an InputError that lists the known ones."""
    if name not in FORMATS:
        raise InputError(f"format {name!r} is none of {', '.join(FORMATS)}")
    return FORMATS[name]


def is_tar(path: Path) -> bool:
    """Whether the path names a (compressed) tar archive."""
    return path.name.endswith((".tar", ".tar.gz", ".tgz"))


def find_records(paths: list[Path], recognise: Format) -> Found:
    """Records in files and folders (searched to the bottom), in the order of time; tar archives are listed, unread.

    Raises
    ------
    InputError
        If a path does not exist.
    """
    found = Found()
    for path in paths:
        if not path.exists():
            raise InputError(f"{path} does not exist")
        files = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
        for file in files:
            if is_tar(file):
                found.archives.append(file)
                continue
            try:
                state = file.stat()
            except FileNotFoundError:  # a live feed renames its temporary files
                found.ignored += 1
            else:
                found.add(FileSource(file, state.st_size, state.st_mtime_ns), recognise)
    found.records.sort(key=lambda record: (record.start, record.channel, record.source.name))
    return found


def stream_tar(path: Path, recognise: Format) -> Iterator[Found]:
    """Members of a yearly archive, one `Found` each, in the order of the archive; nothing is unpacked to disk.

    A member's name never becomes a path: only its last part is used, as a name. An archive that is damaged gives what
    comes before the damage, then says so; a checksum that is wrong is told at the end, where it stands.
    """
    opened = path.open if path.suffix == ".tar" else partial(gzip.open, path)
    try:
        with opened("rb") as stream:
            with tarfile.open(fileobj=stream, mode="r|", tarinfo=_StrictTarInfo) as tar:
                for member in tar:
                    if member.isfile():
                        yield _find_member(tar, member, path, recognise)
            while stream.read(1 << 20):  # to the end, where the checksum is
                pass
    except (tarfile.TarError, EOFError, OSError, zlib.error) as error:
        yield Found(unusable=[(str(path), f"damaged archive, what came out of it may be wrong or incomplete: {error}")])


class _StrictTarInfo(tarfile.TarInfo):
    """A header that is damaged or missing is an error, where tarfile takes it for the end."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
        try:
            return super().frombuf(buf, encoding, errors)
        except (tarfile.InvalidHeaderError, tarfile.TruncatedHeaderError, tarfile.EmptyHeaderError) as error:  # type: ignore[attr-defined]
            raise tarfile.ReadError(str(error)) from None


def _find_member(tar: tarfile.TarFile, member: tarfile.TarInfo, path: Path, recognise: Format) -> Found:
    found = Found()
    stream = tar.extractfile(member)
    content = stream.read() if stream is not None else b""
    found.add(TarMember(path, member.name, member.size, int(member.mtime * 1e9), content), recognise)
    return found
