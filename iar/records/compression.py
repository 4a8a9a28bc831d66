"""Compressed files, by the end of their name: unpacked in memory, never to disk.

Gzip goes through ISA-L, which unpacks it two to three times as fast as zlib does; where there is no wheel of it,
zlib does the work. Zstandard goes through Arrow's library, which is there anyway.
"""

import bz2
import gzip
import io
import lzma
import zlib
from pathlib import PurePath
from typing import Any, BinaryIO, cast

import pyarrow as pa

try:
    from isal import igzip, igzip_lib
except ImportError:  # no wheel for this machine
    igzip = igzip_lib = None  # type: ignore[assignment]

SUFFIXES = (".gz", ".bz2", ".xz", ".zst")
"""Ends of the names of compressed files."""
DAMAGE: tuple[type[Exception], ...] = (EOFError, OSError, zlib.error, lzma.LZMAError)
"""What reading a damaged one raises; an OSError that has a number is the disk's."""
if igzip_lib is not None:
    DAMAGE = (*DAMAGE, cast("type[Exception]", igzip_lib.IsalError))


def is_compressed(name: str) -> bool:
    """Whether a file of this name is compressed."""
    return name.endswith(SUFFIXES)


def unpacked_name(name: str) -> str:
    """Name of a file, and if it is compressed that of what is in it behind a slash, as for a member of a tar.

    A compressed tar keeps its own name.

    >>> unpacked_name("CH1_2014_01_10_22.dat.gz"), unpacked_name("CH1_2014_01_10_22.dat")
    ('CH1_2014_01_10_22.dat.gz/CH1_2014_01_10_22.dat', 'CH1_2014_01_10_22.dat')
    """
    inside = PurePath(name).stem
    return f"{name}/{inside}" if is_compressed(name) and not inside.endswith(".tar") else name


def open_unpacked(file: BinaryIO, name: str) -> BinaryIO:
    """Stream of what is in a compressed file of this name; of another name, the file itself."""
    if name.endswith((".gz", ".tgz")):
        opened: Any = gzip.GzipFile if igzip is None else igzip.IGzipFile
        return cast("BinaryIO", opened(fileobj=file))
    if name.endswith((".bz2", ".tbz2")):
        return cast("BinaryIO", bz2.BZ2File(file))
    if name.endswith((".xz", ".txz")):
        return cast("BinaryIO", lzma.LZMAFile(file))
    if name.endswith((".zst", ".tzst")):
        return cast("BinaryIO", pa.CompressedInputStream(pa.PythonFile(file, mode="r"), "zstd"))
    return file


def unpack(content: bytes, name: str, *, most: int) -> bytes:
    """All bytes of what is in a compressed file of this name; of another name, its own.

    Raises
    ------
    ValueError
        If it is damaged, or what is in it is more than `most` bytes: that is then not unpacked.
    """
    if not is_compressed(name):
        return content
    try:
        unpacked = open_unpacked(io.BytesIO(content), name).read(most + 1)
    except DAMAGE as error:
        raise ValueError(f"damaged, it cannot be unpacked: {error}") from None
    if len(unpacked) > most:
        raise ValueError(f"it unpacks to more than {most} bytes, which is the most that is read")
    return unpacked
