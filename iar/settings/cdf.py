"""CDF files, through `cdflib`, which believes what a file says of itself: here it gives up where that leads nowhere."""

from pathlib import Path
from typing import Any

from iar.errors import InputError

MOST_READS = 10_000
"""Reads that any file may take, and one more for each `BYTES_A_READ` of it: a list that a damaged file joins to itself
would be followed for ever."""
BYTES_A_READ = 8
MOST_DIMENSIONS = 10
"""Of the format itself: CDF Internal Format Description, version 3.8."""


class _Bounded:
    """A file that can be read so many times and no more."""

    def __init__(self, file: Any, most: int) -> None:
        self._file = file
        self._left = most

    def read(self, size: int = -1) -> bytes:
        """Bytes of the file; a ValueError where it was read too often."""
        self._left -= 1
        if self._left < 0:
            raise ValueError("what it says of itself goes round in circles")
        content: bytes = self._file.read(size)
        return content

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


def open_cdf(path: Path) -> Any:
    """The file as `cdflib.CDF`, which raises whatever comes over a damaged one; an InputError without cdflib."""
    file = _reader()(str(path))
    size = Path(file.file).stat().st_size  # of what is unpacked
    file._f = _Bounded(file._f, MOST_READS + size // BYTES_A_READ)  # it has no other door
    return file


def _reader() -> type:
    """Reader of cdflib that refuses a file with more dimensions than there can be, which it would count one by one."""
    try:
        from cdflib import CDF
    except ImportError:
        raise InputError("CDF files are read by cdflib: pip install -e '.[cdf]'") from None

    class Reader(CDF):  # type: ignore[misc]  # it has no types
        def _read_gdr(self, byte_loc: int) -> Any:
            self._check_dimensions(byte_loc + 56)
            return super()._read_gdr(byte_loc)

        def _read_gdr2(self, byte_loc: int) -> Any:
            self._check_dimensions(byte_loc + 36)
            return super()._read_gdr2(byte_loc)

        def _check_dimensions(self, place: int) -> None:
            self._f.seek(place)
            said = int.from_bytes(self._f.read(4), "big", signed=True)
            if said > MOST_DIMENSIONS:
                raise ValueError(f"it says it has {said} dimensions, of {MOST_DIMENSIONS} that a CDF can have")

    return Reader
