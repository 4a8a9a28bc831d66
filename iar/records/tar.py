"""Records in yearly tars and zips, as they stream by: nothing is unpacked to disk."""

import tarfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Self

from iar.records.compression import DAMAGE, open_unpacked
from iar.records.finding import LARGEST_BYTES, FileSource, Found, PassedOver, Unusable, as_utf8
from iar.records.members import TarMember, Waiting
from iar.records.record import Recognise
from iar.records.zips import is_zip, read_zip

_DAMAGE: tuple[type[Exception], ...] = (tarfile.TarError, *DAMAGE)


def stream_tar(path: Path, recognise: Recognise) -> Iterator[Found]:
    """Members of a yearly tar or zip, one `Found` each, in its order; nothing is unpacked to disk.

    A member's name never becomes a path: only its last part is used, as a name. Links are not followed, but reported,
    and so are sparse members: their map of holes may say anything, such as a petabyte in a kilobyte. A tar that is
    damaged gives what comes before the damage, then says so; a checksum that is wrong is reported at the end, where it
    stands. Behind the mark of its end another may follow, as where two were joined: it is read as well.
    """
    waiting, source = Waiting(recognise), FileSource.of(path)
    try:
        for one, position in read_zip(path) if is_zip(path) else _read_tar(path):
            if isinstance(one, TarMember):
                yield from waiting.take(one, position)
            else:
                yield replace(one, position=position)
    except _DAMAGE as error:
        reason = f"damaged archive, what came out of it may be wrong or incomplete: {error}"
        disk_failed = isinstance(error, OSError) and error.errno is not None  # what gzip says has no number
        yield Found(unusable=[Unusable(str(path), reason, None if disk_failed else source)])
    yield from waiting.give_up()


def _read_tar(path: Path) -> Iterator[tuple[TarMember | Found, int]]:
    """Members, and what is to be reported of those that are none of use, with the bytes that were read up to there."""
    with path.open("rb") as file:
        stream = open_unpacked(file, path.name)
        with _StrictTarFile.open(fileobj=stream, mode="r|", ignore_zeros=True) as tar:
            for member in tar:
                if member.islnk() or member.issym() or member.issparse():
                    yield _refuse(member, path), file.tell()
                elif member.isfile():
                    yield _read_member(tar, member, path), file.tell()
                elif not member.isdir():
                    source = _member(member, path, b"")
                    yield Found(passed_over=[PassedOver(source.place, "neither a file nor a folder")]), file.tell()
        while stream.read(1 << 20):  # to the end, where the checksum is
            pass


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


def _refuse(member: tarfile.TarInfo, path: Path) -> Found:
    """A link is reported, since its content has gone by, or was never in the tar; and so is a sparse member."""
    source = _member(member, path, b"")
    if member.issparse():
        reason = "a sparse member, which is not read: pack it without --sparse"
    else:
        kind = "hard" if member.islnk() else "symbolic"
        reason = f"a {kind} link to {as_utf8(member.linkname)}, which is not followed"
    return Found(unusable=[Unusable(source.place, reason, source)])


def _read_member(tar: tarfile.TarFile, member: tarfile.TarInfo, path: Path) -> TarMember:
    stream = tar.extractfile(member) if member.size <= LARGEST_BYTES else None
    return _member(member, path, stream.read() if stream is not None else b"")


def _member(member: tarfile.TarInfo, path: Path, content: bytes) -> TarMember:
    """What is to be known of a member; a time that no clock shows is 0, as tarfile has it for what is no number."""
    mtime_ns = member.mtime * 1e9
    known = -(2**63) < mtime_ns < 2**63
    return TarMember(path, as_utf8(member.name), member.size, int(mtime_ns) if known else 0, content)
