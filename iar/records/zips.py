"""Members of a zip, read one after the other: nothing is unpacked to disk."""

import calendar
import stat
import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path

from iar.records.compression import DAMAGE
from iar.records.finding import LARGEST_BYTES, FileSource, Found, PassedOver, Unusable, as_utf8
from iar.records.members import TarMember

_ENCRYPTED = 0x1
_SENSELESS = (zipfile.BadZipFile, ArithmeticError, LookupError, RuntimeError, ValueError, struct.error)
"""What `zipfile` raises over headers that make no sense, methods that it lacks, and checksums that are wrong."""

_DAMAGE: tuple[type[Exception], ...] = (*_SENSELESS, *DAMAGE)


def is_zip(path: Path) -> bool:
    """Whether the path names a zip."""
    return path.name.endswith(".zip")


def read_zip(path: Path) -> Iterator[tuple[TarMember | Found, int]]:
    """Members, and what is to be reported of those that are none of use, with the bytes that were read up to there.

    The list of members stands at the end of a zip: of one that is cut, nothing can be read. A member that is damaged
    costs no other.
    """
    try:
        with path.open("rb") as file, zipfile.ZipFile(file) as opened:
            for member in opened.infolist():
                if not member.is_dir():
                    yield _read_member(opened, member, path), max(member.header_offset + member.compress_size, 0)
    except _SENSELESS as error:
        reason = f"damaged archive, what came out of it may be wrong or incomplete: {error}"
        yield Found(unusable=[Unusable(str(path), reason, FileSource.of(path))]), 0


def _read_member(opened: zipfile.ZipFile, member: zipfile.ZipInfo, path: Path) -> TarMember | Found:
    kind, source = stat.S_IFMT(member.external_attr >> 16), _member(member, path, b"")
    if kind == stat.S_IFLNK:
        return Found(unusable=[Unusable(source.place, "a symbolic link, which is not followed", source)])
    if kind not in {0, stat.S_IFREG}:
        return Found(passed_over=[PassedOver(source.place, "neither a file nor a folder")])
    if member.flag_bits & _ENCRYPTED:
        return Found(unusable=[Unusable(source.place, "it is encrypted", source)])
    if member.file_size > LARGEST_BYTES:
        return source
    try:
        return _member(member, path, opened.read(member))
    except _DAMAGE as error:
        if isinstance(error, OSError) and error.errno is not None:  # the disk's
            raise
        return Found(unusable=[Unusable(source.place, f"damaged, it cannot be unpacked: {error}", source)])


def _member(member: zipfile.ZipInfo, path: Path, content: bytes) -> TarMember:
    """What is to be known of a member. Its time is that of some clock, without a zone, and serves to know it again."""
    seconds = calendar.timegm((*member.date_time, 0, 0, 0)) if 1 <= member.date_time[1] <= 12 else 0
    return TarMember(path, as_utf8(member.filename), member.file_size, seconds * 10**9, content)
