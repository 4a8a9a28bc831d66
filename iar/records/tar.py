"""Records in yearly tars, as they stream by: nothing is unpacked to disk."""

import gzip
import tarfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Self

from iar.records.finding import LARGEST_BYTES, FileSource, Found, PassedOver, Unusable, as_utf8, check_size
from iar.records.record import Recognise

SMALL_BYTES = 4096
"""Members of a tar up to this size are kept, for the members that need them."""
MOST_SMALL = 20_000
"""Small members that are kept: the last ones, 80 MB at most."""
MOST_WAITING = 64
"""Members of a tar that wait at once for a small one: 120 MB of hours of int16."""


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
        return as_utf8(f"{self.tar.name}/{PurePosixPath(self.member).name}")

    @property
    def place(self) -> str:
        """Path of the tar, and the member in it."""
        return f"{self.tar}:{self.member}"

    def read(self) -> bytes:
        """All its bytes; a ValueError if they are too many."""
        check_size(self.size)
        return self.content

    def read_beside(self, name: str) -> bytes:
        """All bytes of a small member of the same folder; a FileNotFoundError if it has not come by."""
        if name not in self.beside:
            raise FileNotFoundError(name)
        return self.beside[name]


def stream_tar(path: Path, recognise: Recognise) -> Iterator[Found]:
    """Members of a yearly tar, one `Found` each, in its order; nothing is unpacked to disk.

    A member's name never becomes a path: only its last part is used, as a name. Links are not followed, but told, and
    so are sparse members: their map of holes may say anything, such as a petabyte in a kilobyte. A tar that is
    damaged gives what comes before the damage, then says so; a checksum that is wrong is told at the end, where it
    stands. Behind the mark of its end another may follow, as where two were joined: it is read as well.
    """
    waiting, source = _Waiting(recognise), FileSource.of(path)
    try:
        with path.open("rb") as file:
            stream = file if path.suffix == ".tar" else gzip.GzipFile(fileobj=file)
            with _StrictTarFile.open(fileobj=stream, mode="r|", ignore_zeros=True) as tar:
                for member in tar:
                    if member.islnk() or member.issym() or member.issparse():
                        yield _refuse(member, path, file.tell())
                    elif member.isfile():
                        yield from waiting.take(_read_member(tar, member, path), file.tell())
                    elif not member.isdir():
                        yield _pass_over(member, path, file.tell())
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
        """Next header; a ReadError if its fields make no sense, or too many headers only lead to the next.

        That there is none is in order behind the mark of an end, a block of zeros, and nowhere else.
        """
        try:
            info = super().fromtarfile(tar)
        except tarfile.EOFHeaderError:  # type: ignore[attr-defined]
            cls._marked(tar, True)
            raise
        except tarfile.EmptyHeaderError:  # type: ignore[attr-defined]
            if getattr(tar, "ended", False):
                raise
            raise tarfile.ReadError("empty header") from None
        except (ArithmeticError, LookupError, RecursionError, ValueError) as error:
            raise tarfile.ReadError(f"bad header: {error}") from None
        cls._marked(tar, False)
        return info

    @staticmethod
    def _marked(tar: tarfile.TarFile, ended: bool) -> None:
        if isinstance(tar, _StrictTarFile):
            tar.ended = ended

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
        """Header from a block; a ReadError if it is none."""
        try:
            return super().frombuf(buf, encoding, errors)
        except (tarfile.InvalidHeaderError, tarfile.TruncatedHeaderError) as error:  # type: ignore[attr-defined]
            raise tarfile.ReadError(str(error)) from None


class _StrictTarFile(tarfile.TarFile):
    """A tar that knows whether the last block that was read for a header was the mark of its end."""

    tarinfo = _StrictTarInfo
    ended = False


def _refuse(member: tarfile.TarInfo, path: Path, position: int) -> Found:
    """A link is told, since its content has gone by, or was never in the tar; and so is a sparse member."""
    source = _member(member, path, b"")
    if member.issparse():
        reason = "a sparse member, which is not read: pack it without --sparse"
    else:
        kind = "hard" if member.islnk() else "symbolic"
        reason = f"a {kind} link to {as_utf8(member.linkname)}, which is not followed"
    return Found(unusable=[Unusable(source.place, reason, source)], position=position)


def _pass_over(member: tarfile.TarInfo, path: Path, position: int) -> Found:
    source = _member(member, path, b"")
    return Found(passed_over=[PassedOver(source.place, "neither a file nor a folder")], position=position)


def _read_member(tar: tarfile.TarFile, member: tarfile.TarInfo, path: Path) -> TarMember:
    stream = tar.extractfile(member) if member.size <= LARGEST_BYTES else None
    return _member(member, path, stream.read() if stream is not None else b"")


def _member(member: tarfile.TarInfo, path: Path, content: bytes) -> TarMember:
    """What is to be known of a member; a time that no clock shows is 0, as tarfile has it for what is no number."""
    mtime_ns = member.mtime * 1e9
    known = -(2**63) < mtime_ns < 2**63
    return TarMember(path, as_utf8(member.name), member.size, int(mtime_ns) if known else 0, content)
