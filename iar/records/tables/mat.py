"""Variables of MATLAB files of version 4 to 7, by the layout that MathWorks publishes (MAT-File Format).

SciPy reads them, too, but believes the sizes that a file tells: over a damaged one of version 5 it can end the whole
process. Here a size that reaches beyond the file is an error like any other, and what nobody asks for is not unpacked.
"""

import struct
import zlib
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import islice
from typing import Any

import numpy as np
import numpy.typing as npt

from iar.records.finding import LARGEST_BYTES

HEADER = 128
MATRIX, COMPRESSED, CHARACTERS = 14, 15, 4
STORED = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8", 12: "i8", 13: "u8"}
"""How numbers lie in the file, by the type of a data element."""
CLASSES = {6: "f8", 7: "f4", 8: "i1", 9: "u1", 10: "i2", 11: "u2", 12: "i4", 13: "u4", 14: "i8", 15: "u8"}
"""What an array is, by its class; doubles that are small integers lie there as such."""
LETTERS = {1: "latin-1", 2: "latin-1", 4: "utf-16", 16: "utf-8", 17: "utf-16", 18: "utf-32"}
TYPES_4 = range(2000)
"""Types of variables of version 4 of machines with IEEE numbers: the thousands say which end of a number is first."""
STORED_4 = ("f8", "f4", "i4", "i2", "u2", "u1")
"""How numbers lie in a file of version 4, by the third digit of its type."""
_HEAD_BYTES = 1024
_HEAD_4 = "iiiii"  # type, rows, columns, whether complex, bytes of the name
_COMPLEX = 0x0800

Values = npt.NDArray[Any]
Get = Callable[[], Values]


def list_variables(content: bytes) -> Mapping[str, Get]:
    """What reads each variable of a file, by its name: numbers, or texts, one a row.

    Raises
    ------
    ValueError
        If it is no such file, or damaged; also from the functions, of a variable that holds something else.
    """
    if 0 in content[:4]:  # no text: the type of the first variable
        return dict(_variables_4(content))
    if len(content) < HEADER or content[126:128] not in {b"IM", b"MI"}:
        raise ValueError("no mat file: it has no header")
    order = "<" if content[126:128] == b"IM" else ">"
    return dict(_variables_5(memoryview(content)[HEADER:], order))


def _variables_4(content: bytes) -> Iterator[tuple[str, Get]]:
    begin, size = 0, struct.calcsize(_HEAD_4)
    while begin < len(content):
        if len(content) - begin < size:
            raise _cut(begin, size, len(content) - begin)
        order = "<" if struct.unpack_from("<i", content, begin)[0] in TYPES_4 else ">"
        kind, rows, columns, imaginary, letters = struct.unpack_from(order + _HEAD_4, content, begin)
        number, form = kind // 10 % 10, kind % 10
        plain = kind in TYPES_4 and number < len(STORED_4) and form < 3 and imaginary in {0, 1}
        if not plain or min(rows, columns, letters - 1) < 0:
            raise ValueError(f"no whole mat file: no head of a variable at byte {begin}")
        dtype = np.dtype(order + STORED_4[number])
        first = begin + size + letters
        length = rows * columns * dtype.itemsize * (1 + imaginary)
        if first + length > len(content):
            raise _cut(begin, size + letters + length, len(content) - begin)
        name = content[begin + size : first].rstrip(b"\0").decode("latin-1")
        numbers = content[first : first + length]
        yield name, partial(_array_4, numbers, name, dtype, (rows, columns), ("", "c", "s")[form] + "i" * imaginary)
        begin = first + length


def _array_4(content: bytes, name: str, dtype: np.dtype[Any], shape: tuple[int, int], form: str) -> Values:
    if form not in {"", "c"}:
        raise ValueError(f"{name} is sparse or complex: expected numbers")
    values = np.frombuffer(content, dtype).reshape(shape, order="F")
    if form == "":
        return values
    if ((values < 0) | (values > 255) | (values != np.floor(values))).any():
        raise ValueError(f"{name} is no text: letters are 0 to 255")
    return _rows(values.astype("u1").tobytes(order="F").decode("latin-1"), shape, name)


def _variables_5(content: memoryview, order: str) -> Iterator[tuple[str, Get]]:
    for kind, element in _elements(content, order):
        if kind == MATRIX:
            name = _name(element, order)
            yield name, partial(_array_5, element, name, order)
        elif kind == COMPRESSED:
            name = _name(memoryview(_unpacked(element, _HEAD_BYTES))[8:], order)
            yield name, partial(_packed_array, element, name, order)


def _elements(content: memoryview, order: str) -> Iterator[tuple[int, memoryview]]:
    """Type and content of each data element in a row."""
    begin = 0
    while begin < len(content):
        if len(content) - begin < 8:
            raise _cut(begin, 8, len(content) - begin)
        kind, size = struct.unpack_from(order + "II", content, begin)
        first = begin + 8
        if kind >> 16:  # four bytes at most lie within the tag
            kind, size, first = kind & 0xFFFF, kind >> 16, begin + 4
        if first + size > (len(content) if first == begin + 8 else begin + 8):
            raise _cut(begin, size, len(content) - first)
        yield kind, content[first : first + size]
        begin = max(first + size, begin + 8)
        begin += -begin % 8 if kind != COMPRESSED else 0


def _name(matrix: memoryview, order: str) -> str:
    """Name of an array: its third element, after flags and dimensions."""
    parts = list(islice(_elements(matrix, order), 3))
    if len(parts) < 3:
        raise ValueError("no whole mat file: an array without a name")
    return bytes(parts[2][1]).decode("latin-1")


def _packed_array(packed: memoryview, name: str, order: str) -> Values:
    content = _unpacked(packed, LARGEST_BYTES + 1)
    if len(content) > LARGEST_BYTES:
        raise ValueError(f"{name} unpacks to more than {LARGEST_BYTES} bytes, which is the most that is read")
    ((kind, matrix), *_) = _elements(memoryview(content), order)
    if kind != MATRIX:
        raise ValueError(f"no whole mat file: an element of type {kind}, expected {MATRIX}")
    return _array_5(matrix, name, order)


def _unpacked(packed: memoryview, most: int) -> bytes:
    try:
        return zlib.decompressobj().decompress(packed, most)
    except zlib.error as error:
        raise ValueError(f"no whole mat file: {error}") from None


def _array_5(matrix: memoryview, name: str, order: str) -> Values:
    parts = list(islice(_elements(matrix, order), 4))
    if len(parts) < 4:
        raise ValueError(f"no whole mat file: {name} has no values")
    (_, flags), (_, sizes), _, (kind, content) = parts
    if len(flags) != 8 or len(sizes) % 4:
        raise ValueError(f"no whole mat file: {name} has {len(flags)} bytes of flags, {len(sizes)} of its shape")
    (flag,) = struct.unpack_from(order + "I", flags)
    shape = tuple(int(size) for size in np.frombuffer(sizes, order + "i4"))
    is_text = flag & 0xFF == CHARACTERS
    known = LETTERS if is_text else STORED
    if (flag & 0xFF not in CLASSES and not is_text) or flag & _COMPLEX or kind not in known or min(shape) < 0:
        raise ValueError(f"{name} is of class {flag & 0xFF}, type {kind}: expected real numbers, or a text")
    if is_text:
        coding = LETTERS[kind]
        coding += {"<": "-le", ">": "-be"}[order] if coding in {"utf-16", "utf-32"} else ""
        return _rows(bytes(content).decode(coding), shape, name)
    dtype = np.dtype(order + STORED[kind])
    values = np.frombuffer(content, dtype, len(content) // dtype.itemsize)
    if len(values) != np.prod(shape, dtype=object):
        raise ValueError(f"no whole mat file: {name} has {len(values)} values, its shape is {shape}")
    return values.astype(CLASSES[flag & 0xFF]).reshape(shape, order="F")


def _rows(text: str, shape: tuple[int, ...], name: str) -> Values:
    """Texts of the rows of an array of letters."""
    if len(shape) != 2 or len(text) != shape[0] * shape[1]:
        raise ValueError(f"no whole mat file: {name} has {len(text)} letters, its shape is {shape}")
    return np.array([text[row :: shape[0]] for row in range(shape[0])], dtype=str)


def _cut(begin: int, size: int, left: int) -> ValueError:
    return ValueError(f"no whole mat file: {size} bytes at byte {begin}, {max(left, 0)} are left")
