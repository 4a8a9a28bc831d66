"""Which records lie in the files, folders and yearly tars that a person names."""

import gzip
import tarfile
import time
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Self

from iar.errors import InputError
from iar.records.record import ChangedFileError, FileBesideError, Recognise, RecordFile, Source, check_start

SMALL_BYTES = 4096
"""Members of a tar up to this size are kept, for the members that need them."""
MOST_SMALL = 20_000
"""Small members that are kept: the last ones, 80 MB at most."""
MOST_WAITING = 64
"""Members of a tar that wait at once for a small one: 120 MB of hours of int16."""
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
        """Name of the file, without its folder."""
        return _as_utf8(self.path.name)

    @property
    def place(self) -> str:
        """Path of the file."""
        return str(self.path)

    def read(self) -> bytes:
        """All its bytes; a ChangedFileError if they are not those that were looked at, a ValueError if too many."""
        _check_size(self.size)
        content = self.path.read_bytes()
        state = self.path.stat()
        if (len(content), state.st_size, state.st_mtime_ns) != (self.size, self.size, self.mtime_ns):
            raise ChangedFileError(f"{self.path} is being written")
        return content

    def read_beside(self, name: str) -> bytes:
        """All bytes of the file `name` in the same folder; a FileNotFoundError if there is no regular one."""
        beside = self.path.with_name(name)
        if not beside.is_file():  # to read from a pipe would wait for ever
            raise FileNotFoundError(name)
        return beside.read_bytes()


@dataclass(frozen=True)
class TarMember:
    """A member of a tar, read while that streams by, and the small members that it needs."""

    tar: Path
    member: str
    size: int
    mtime_ns: int
    content: bytes = field(repr=False)
    beside: Mapping[str, bytes] = field(default_factory=dict, repr=False)

    @property
    def name(self) -> str:
        """Name of the tar and of the member."""
        return _as_utf8(f"{self.tar.name}/{PurePosixPath(self.member).name}")

    @property
    def place(self) -> str:
        """Path of the tar, and the member in it."""
        return f"{self.tar}:{self.member}"

    def read(self) -> bytes:
        """All its bytes; a ValueError if they are too many."""
        _check_size(self.size)
        return self.content

    def read_beside(self, name: str) -> bytes:
        """All bytes of a small member of the same folder; a FileNotFoundError if it has not come by."""
        if name not in self.beside:
            raise FileNotFoundError(name)
        return self.beside[name]


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


@dataclass
class Found:
    """Records, tars of them, and what else there was.

    `young` are places of records that may still be written, `changing` of those that were written meanwhile; `ignored`
    counts the files of no known format; `position` is how many bytes of a tar were read.
    """

    records: list[RecordFile] = field(default_factory=list)
    tars: list[Path] = field(default_factory=list)
    unusable: list[Unusable] = field(default_factory=list)
    young: list[str] = field(default_factory=list)
    changing: list[str] = field(default_factory=list)
    ignored: int = 0
    position: int = 0

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
        except (ValueError, OSError) as error:
            needs = error.name if isinstance(error, FileBesideError) else ""
            self._sort(source, settled, (), Unusable(source.place, str(error), source, needs))
        else:
            self._sort(source, settled, records, None)

    def _sort(self, source: Source, settled: bool, records: Sequence[RecordFile], unusable: Unusable | None) -> None:
        if not (records or unusable):
            self.ignored += 1
        elif not settled:
            self.young.append(source.place)
        elif unusable:
            self.unusable.append(unusable)
        else:
            self.records.extend(records)


def is_tar(path: Path) -> bool:
    """Whether the path names a tar, compressed or not."""
    return path.name.endswith((".tar", ".tar.gz", ".tgz"))


def find_records(paths: list[Path], recognise: Recognise, *, settle_s: float = 0.0) -> Found:
    """Records in files and folders (searched to the bottom), in the order of time; tars are listed, unread.

    A file that was written less than `settle_s` before or after now may still be written, and is `young`. One from
    farther in the future has a wrong clock, and would stay young for ever.

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
        for file in sorted(p for p in path.rglob("*") if not p.is_dir()) if path.is_dir() else [path]:
            if not file.is_file():  # a pipe, or a link that leads nowhere
                found.ignored += 1
                continue
            if is_tar(file):
                found.tars.append(file)
                continue
            try:
                state = file.stat()
            except FileNotFoundError:  # a live feed renames its temporary files
                found.ignored += 1
            else:
                settled = abs(now_ns - state.st_mtime_ns) >= settle_s * 1e9
                found.add(FileSource(file, state.st_size, state.st_mtime_ns), recognise, settled=settled)
    found.records.sort(key=lambda record: (record.start, record.channel, record.source.name))
    return found


def stream_tar(path: Path, recognise: Recognise) -> Iterator[Found]:
    """Members of a yearly tar, one `Found` each, in its order; nothing is unpacked to disk.

    A member's name never becomes a path: only its last part is used, as a name. Links are not followed, but told, and
    so are sparse members: their map of holes may say anything, such as a petabyte in a kilobyte. A tar that is
    damaged gives what comes before the damage, then says so; a checksum that is wrong is told at the end, where it
    stands.
    """
    waiting, source = _Waiting(recognise), FileSource.of(path)
    try:
        with path.open("rb") as file:
            stream = file if path.suffix == ".tar" else gzip.GzipFile(fileobj=file)
            with tarfile.open(fileobj=stream, mode="r|", tarinfo=_StrictTarInfo) as tar:
                for member in tar:
                    if member.islnk() or member.issym() or member.issparse():
                        yield _refuse(member, path, file.tell())
                    elif member.isfile():
                        yield from waiting.take(_read_member(tar, member, path), file.tell())
            while stream.read(1 << 20):  # to the end, where the checksum is
                pass
    except (tarfile.TarError, EOFError, OSError, zlib.error) as error:
        reason = f"damaged archive, what came out of it may be wrong or incomplete: {error}"
        disk_failed = isinstance(error, OSError) and error.errno is not None  # what gzip says has no number
        yield Found(unusable=[Unusable(str(path), reason, None if disk_failed else source)])
    yield from waiting.give_up()


class _Waiting:
    """Members of a tar on their way: some need a small one of their folder, which may come after them."""

    def __init__(self, recognise: Recognise) -> None:
        self._recognise = recognise
        self._position = 0
        self._small: dict[PurePosixPath, bytes] = {}
        self._waiting: list[tuple[PurePosixPath, TarMember]] = []  # what is waited for, and who waits

    def take(self, member: TarMember, position: int) -> Iterator[Found]:
        """What `member` is, unless it has to wait; and who waited for it."""
        self._position = position
        place = PurePosixPath(member.member)
        if member.size <= SMALL_BYTES:
            self._small[place] = member.content
        yield from self._look(member)
        met = [waiter for needed, waiter in self._waiting if needed == place]
        self._waiting = [(needed, waiter) for needed, waiter in self._waiting if needed != place]
        for waiter in met:
            yield from self._look(waiter)
        if len(self._waiting) > MOST_WAITING:
            _, first = self._waiting.pop(0)
            yield self._find(first)
        if len(self._small) > MOST_SMALL:
            del self._small[next(iter(self._small))]

    def give_up(self) -> Iterator[Found]:
        """Those who waited in vain."""
        for _, waiter in self._waiting:
            yield self._find(waiter)

    def _look(self, member: TarMember) -> Iterator[Found]:
        found = self._find(member)
        needs = next((unusable.needs for unusable in found.unusable), "")
        needed = PurePosixPath(member.member).with_name(needs) if needs else None
        if needed in self._small:
            yield self._find(replace(member, beside={needs: self._small[needed]}))
        elif needed is not None:
            self._waiting.append((needed, member))
        else:
            yield found

    def _find(self, member: TarMember) -> Found:
        found = Found(position=self._position)
        found.add(member, self._recognise)
        return found


class _StrictTarInfo(tarfile.TarInfo):
    """A header that is damaged or missing is a ReadError, where tarfile takes it for the end, or stumbles over it."""

    @classmethod
    def fromtarfile(cls, tar: tarfile.TarFile) -> Self:
        """Next header; a ReadError if its fields make no sense, or too many headers only lead to the next."""
        try:
            return super().fromtarfile(tar)
        except (ArithmeticError, LookupError, RecursionError, ValueError) as error:
            raise tarfile.ReadError(f"bad header: {error}") from None

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
        """Header from a block; a ReadError if it is none."""
        try:
            return super().frombuf(buf, encoding, errors)
        except (tarfile.InvalidHeaderError, tarfile.TruncatedHeaderError, tarfile.EmptyHeaderError) as error:  # type: ignore[attr-defined]
            raise tarfile.ReadError(str(error)) from None


def _refuse(member: tarfile.TarInfo, path: Path, position: int) -> Found:
    """A link is told, since its content has gone by, or was never in the tar; and so is a sparse member."""
    source = _member(member, path, b"")
    if member.issparse():
        reason = "a sparse member, which is not read: pack it without --sparse"
    else:
        kind = "hard" if member.islnk() else "symbolic"
        reason = f"a {kind} link to {_as_utf8(member.linkname)}, which is not followed"
    return Found(unusable=[Unusable(source.place, reason, source)], position=position)


def _read_member(tar: tarfile.TarFile, member: tarfile.TarInfo, path: Path) -> TarMember:
    stream = tar.extractfile(member) if member.size <= LARGEST_BYTES else None
    return _member(member, path, stream.read() if stream is not None else b"")


def _member(member: tarfile.TarInfo, path: Path, content: bytes) -> TarMember:
    """What is to be known of a member; a time that no clock shows is 0, as tarfile has it for what is no number."""
    mtime_ns = member.mtime * 1e9
    known = -(2**63) < mtime_ns < 2**63
    return TarMember(path, _as_utf8(member.name), member.size, int(mtime_ns) if known else 0, content)


def _as_utf8(name: str) -> str:
    r"""Name as the lists of an archive can hold it: a byte that is no UTF-8 stands as ``\udcff``, for 0xff."""
    return name.encode("utf-8", "backslashreplace").decode("utf-8")


def _check_size(size: int) -> None:
    """Raise a ValueError if a file of `size` bytes is too large to be read."""
    if size > LARGEST_BYTES:
        raise ValueError(f"{size} bytes: at most {LARGEST_BYTES} are read")
