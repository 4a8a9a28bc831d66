"""Which records lie in the files and folders that a person names. Whatever lies there leaves a trace."""

import errno
import os
import stat
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from iar.errors import InputError, printable
from iar.records.compression import SUFFIXES, is_compressed, unpack, unpacked_name
from iar.records.record import (
    ChangedFileError,
    FileBesideError,
    OtherStreamError,
    Recognise,
    RecordFile,
    Source,
    check_start,
)

TRUTH = "truth.nc"
"""What `iar simulate` writes beside its hour files: it is no record, and nobody need hear of it."""
NO_RECORD = "no record of the station's format"
"""Why a file of another format is passed over."""
SEEN = "a folder that was looked at already, by another way"
LARGEST_BYTES = 2**30
"""Largest file that is read, into memory: a thousand times an hour, and a day at 1 kHz as text."""


@dataclass(frozen=True)
class FileSource:
    """A file of its own, as it was when it was looked at."""

    path: Path
    size: int
    mtime_ns: int

    @classmethod
    def of(cls, path: Path) -> Self:
        """The file as it is now."""
        state = path.stat()
        return cls(path, state.st_size, state.st_mtime_ns)

    @property
    def name(self) -> str:
        """Name of the file, without its folder; of one that is compressed also of what is in it."""
        return as_utf8(unpacked_name(self.path.name))

    @property
    def place(self) -> str:
        """Path of the file."""
        return str(self.path)

    def read(self) -> bytes:
        """All its bytes, unpacked if it is compressed.

        Raises
        ------
        ChangedFileError
            If they are not those that were looked at.
        ValueError
            If they are too many, or damaged so that they cannot be unpacked.
        """
        check_size(self.size)
        content = self.path.read_bytes()
        state = self.path.stat()
        if (len(content), state.st_size, state.st_mtime_ns) != (self.size, self.size, self.mtime_ns):
            raise ChangedFileError(f"{self.path} is being written")
        return unpack(content, self.path.name, most=LARGEST_BYTES)

    def read_beside(self, name: str) -> bytes:
        """All bytes of the file `name` in the same folder; a FileNotFoundError if there is no regular one.

        Beside a compressed file that one may be compressed, too.
        """
        for beside in (name, *(name + end for end in SUFFIXES if is_compressed(self.path.name))):
            path = self.path.with_name(beside)
            if path.is_file():  # to read from a pipe would wait for ever
                return unpack(path.read_bytes(), beside, most=LARGEST_BYTES)
        raise FileNotFoundError(name)


@dataclass(frozen=True)
class Unusable:
    """A file that looks like a record but cannot be used, or a damaged tar, and why.

    Without a `source` it is the disk that failed, and not the file: that is worth another try.

    `needs` names the file beside it without which it is of no use.
    """

    place: str
    reason: str
    source: Source | None = None
    needs: str = ""


@dataclass(frozen=True)
class PassedOver:
    """Something that is no record, and why it is taken for none; or a `stream` of a file that is no coil's."""

    place: str
    reason: str
    stream: str = ""


@dataclass
class Found:
    """Records, tars of them, and what else there was: each file is in one of them.

    `young` are places of records that may still be written, `changing` of those that were written meanwhile;
    `position` is how many bytes of a tar were read.
    """

    records: list[RecordFile] = field(default_factory=list)
    tars: list[Path] = field(default_factory=list)
    unusable: list[Unusable] = field(default_factory=list)
    young: list[str] = field(default_factory=list)
    changing: list[str] = field(default_factory=list)
    passed_over: list[PassedOver] = field(default_factory=list)
    position: int = 0

    @property
    def ignored(self) -> int:
        """Number of files that are no records."""
        return len(self.passed_over)

    @property
    def seen(self) -> bool:
        """Whether there was any file of the format."""
        return bool(self.records or self.unusable or self.young or self.changing)

    def add(self, source: Source, recognise: Recognise, *, settled: bool = True) -> None:
        """Sort `source` into one of them; an InputError if files of this format cannot be read here at all."""
        try:
            records = recognise(source)
            for record in records:
                check_start(record)
        except InputError:
            raise
        except ChangedFileError:
            self.changing.append(source.place)
        except OtherStreamError as error:
            self.passed_over.append(PassedOver(source.place, printable(str(error))))
        except (ValueError, OSError) as error:
            needs = error.name if isinstance(error, FileBesideError) else ""
            self._sort(source, settled, (), Unusable(source.place, printable(str(error)), source, needs))
        else:
            self._sort(source, settled, records, None)

    def _sort(self, source: Source, settled: bool, records: Sequence[RecordFile], unusable: Unusable | None) -> None:
        if not (records or unusable) and Path(source.place).name == TRUTH:
            return
        if not (records or unusable):
            self.passed_over.append(PassedOver(source.place, NO_RECORD))
        elif not settled:
            self.young.append(source.place)
        elif unusable:
            self.unusable.append(unusable)
        else:
            self.records.extend(records)


def is_tar(path: Path) -> bool:
    """Whether the path names a tar, compressed or not, or a zip."""
    return path.name.endswith((".tar", ".tgz", ".tbz2", ".txz", ".tzst", ".zip", *(f".tar{end}" for end in SUFFIXES)))


def find_records(paths: list[Path], recognise: Recognise, *, settle_s: float = 0.0) -> Found:
    """Records in files and folders (searched to the bottom), in the order of time; tars are listed, unread.

    Links to folders are followed, and each folder is looked at once, however many ways lead there. A file that was
    written less than `settle_s` before or after now may still be written, and is `young`. One from farther in the
    future has a wrong clock, and would stay young for ever.

    Raises
    ------
    InputError
        If a path does not exist, or is neither a regular file nor a folder.
    """
    found, now_ns = Found(), time.time_ns()
    for path in paths:
        if not path.exists():
            raise InputError(f"{path} does not exist")
        if not (path.is_dir() or path.is_file()):
            raise InputError(f"{path} is neither a file nor a folder")
    for file in walk_files(paths):
        if isinstance(file, PassedOver):
            found.passed_over.append(file)
        elif isinstance(file, Unusable):
            found.unusable.append(file)
        elif is_tar(file.path):
            found.tars.append(file.path)
        else:
            settled = abs(now_ns - file.mtime_ns) >= settle_s * 1e9
            found.add(file, recognise, settled=settled)
    found.records.sort(key=lambda record: (record.start, record.channel, record.source.name))
    return found


def walk_files(paths: Sequence[Path]) -> Iterator[FileSource | PassedOver | Unusable]:
    """Each file at these paths and below, in order; what is none, or cannot be looked at, with its reason.

    A path that lies in another, or a folder that several links lead to, is not looked at again: a folder that was met
    before is passed over, a file is left out, since it is there already.
    """
    folders: set[tuple[int, int]] = set()
    files: set[Path] = set()
    for path in paths:
        for one in _walk(path, folders) if path.is_dir() else [_look(path)]:
            if isinstance(one, FileSource):
                if one.path.absolute() in files:
                    continue
                files.add(one.path.absolute())
            yield one


def _walk(folder: Path, seen: set[tuple[int, int]]) -> Iterator[FileSource | PassedOver | Unusable]:
    """Each entry below a folder that is none itself; `seen` are the folders that were looked at."""
    closed: list[OSError] = []
    if not _is_first(folder, seen):
        yield PassedOver(str(folder), SEEN)
        return
    for place, names, files in os.walk(folder, followlinks=True, onerror=closed.append):
        again = [name for name in names if not _is_first(Path(place, name), seen)]
        names[:] = sorted(set(names) - set(again))
        yield from (PassedOver(str(Path(place, name)), SEEN) for name in sorted(again))
        yield from (_look(Path(place, name)) for name in sorted(files))
    for error in closed:
        yield Unusable(str(error.filename), f"a folder that cannot be looked into: {error.strerror}")


def _is_first(folder: Path, seen: set[tuple[int, int]]) -> bool:
    """Whether a folder was not met before; one that cannot be asked is reported when it is walked."""
    try:
        state = folder.stat()
    except OSError:
        return True
    key = (state.st_dev, state.st_ino)
    first = key not in seen
    seen.add(key)
    return first


def _look(path: Path) -> FileSource | PassedOver | Unusable:
    """File as it is now, or why there is none."""
    try:
        state = path.stat()
    except OSError as error:
        if error.errno in {errno.ENOENT, errno.ELOOP}:  # a live feed renames its temporary files
            reason = "a link that leads nowhere" if path.is_symlink() else "it went while it was looked at"
            return PassedOver(str(path), reason)
        return Unusable(str(path), f"it cannot be looked at: {error.strerror}")
    if not stat.S_ISREG(state.st_mode):  # to read from a pipe would wait for ever
        return PassedOver(str(path), "neither a file nor a folder")
    return FileSource(path, state.st_size, state.st_mtime_ns)


def as_utf8(name: str) -> str:
    r"""Name as the lists of an archive can hold it: a byte that is no UTF-8 stands as ``\udcff``, for 0xff."""
    return name.encode("utf-8", "backslashreplace").decode("utf-8")


def check_size(size: int) -> None:
    """Raise a ValueError if a file of `size` bytes is too large to be read."""
    if size > LARGEST_BYTES:
        raise ValueError(f"{size} bytes: at most {LARGEST_BYTES} are read")
