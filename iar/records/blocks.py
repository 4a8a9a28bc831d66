"""Blocks of miniSEED: where each lies, whose it is, and when it says that it begins; and stretches of them.

ObsPy reads the samples. It takes the time of a stretch from its first block and the others from the rate, so that a
clock which drifts is never seen, and it stops where bytes are no block: so the fixed headers are read here as well
(SEED 2.4, chapter 8, https://www.fdsn.org/pdf/SEEDManual_V2.4.pdf).
"""

import datetime as dt
import re
import struct
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from iar.night import YEARS

HEAD = re.compile(rb"[\d \0]{6}[DRQM][ \0]")
SHORTEST, LONGEST = 2**7, 2**20
"""Bytes of the blocks that libmseed reads."""
ALIGNED = 64
"""Blocks begin at multiples of that many bytes, also behind damage."""
_FIXED = 48
_MOST_EXTRAS = 16
_LOOKED_BACK = 16
"""Stretches, the last ones, that a block is tried to go on with: as many as streams are mixed in a file."""
_EPOCH = dt.date(1970, 1, 1).toordinal()
_NS = 10**9
_MANY = 8
"""Blocks of one layout from which on they are read together."""
_TOGETHER = 512
"""Blocks that are read together at most: damage among them costs little then."""
_LAYOUTS = {b"\0\x30\x03\xe8\0\0": b"", b"\0\x30\x03\xe8\0\x38": b"\x03\xe9\0\0"}
"""What nearly all files have behind the fixed header: blockette 1000 alone, or 1001 after it, big-endian."""
_HEADER = np.dtype({
    "names": ["number", "kind", "stream", "year", "day", "hour", "minute", "second", "fraction", "samples", "factor",
              "multiplier", "activity", "correction", "layout", "power", "extra", "microseconds"],
    "formats": ["6u1", "2u1", "12u1", ">u2", ">u2", "u1", "u1", "u1", ">u2", ">u2", ">i2",
                ">i2", "u1", ">i4", "6u1", "u1", "4u1", "i1"],
    "offsets": [0, 6, 8, 20, 22, 24, 25, 26, 28, 30, 32, 34, 36, 40, 46, 54, 56, 61],
})  # fmt: skip


class Block(NamedTuple):
    """A block: its number and place in the file, bytes, stream, begin in ns since 1970, samples and rate."""

    number: int
    place: int
    size: int
    stream: str
    start_ns: int
    samples: int
    rate_hz: float


@dataclass(frozen=True)
class BadBytes:
    """Bytes of a file that are no block."""

    number: int
    place: int
    size: int
    zero: bool

    def __str__(self) -> str:
        """Tell where, and how much."""
        what = "zero bytes" if self.zero else "bytes that are no whole block"
        return f"block {self.number} (byte {self.place}): {self.size} {what}"


@dataclass
class Stretch:
    """Blocks of a stream that follow each other within half a sample of the rate, from `start_ns` on.

    `drifts` says that it goes on where another ended, by a clock that has by then gone more than half a sample off the
    rate.
    """

    stream: str
    rate_hz: float
    start_ns: int
    samples: int = 0
    blocks: list[Block] = field(default_factory=list)
    drifts: bool = False

    @property
    def end_ns(self) -> int:
        """Time at which the next sample is expected."""
        return self.start_ns + round(self.samples * _NS / self.rate_hz)

    def blocks_between(self, begin_ns: int, end_ns: int) -> tuple[int, int]:
        """First of the blocks that reach into a time, and the first behind it."""
        first = bisect_right(self.blocks, begin_ns, key=lambda block: block.start_ns)
        return max(first - 1, 0), bisect_left(self.blocks, end_ns, key=lambda block: block.start_ns)

    def add(self, block: Block) -> None:
        """Take in the next block."""
        self.blocks.append(block)
        self.samples += block.samples


def read_blocks(content: bytes) -> tuple[list[Block], list[BadBytes]]:
    """Whole blocks of a file, in its order, and the bytes between them that are none."""
    blocks: list[Block] = []
    bad: list[BadBytes] = []
    place = 0
    while place < len(content):
        block = _read_block(content, place, len(blocks) + len(bad) + 1)
        if block is not None:
            blocks += [block, *_read_alike(content, block)]
            place = blocks[-1].place + block.size
            continue
        after = _next_head(content, place)
        bad.append(BadBytes(len(blocks) + len(bad) + 1, place, after - place, not any(content[place:after])))
        place = after
    return blocks, bad


def join_blocks(blocks: Sequence[Block]) -> list[Stretch]:
    """Stretches of blocks with samples, in the order of time."""
    stretches: list[Stretch] = []
    latest: dict[tuple[str, float], list[Stretch]] = {}
    for block in blocks:
        if not (block.samples and block.rate_hz > 0):
            continue
        own = latest.setdefault((block.stream, block.rate_hz), [])
        if own and _goes_on(own[-1], block):  # as nearly all do
            own[-1].add(block)
            continue
        stretch = next((one for one in reversed(own[-_LOOKED_BACK:-1]) if _goes_on(one, block)), None)
        if stretch is None:
            stretch = Stretch(block.stream, block.rate_hz, block.start_ns, drifts=bool(own) and _drifts(own[-1], block))
            own.append(stretch)
            stretches.append(stretch)
        stretch.add(block)
    return sorted(stretches, key=lambda one: one.start_ns)


def _goes_on(stretch: Stretch, block: Block) -> bool:
    return abs(block.start_ns - stretch.end_ns) * block.rate_hz <= _NS / 2


def _drifts(stretch: Stretch, block: Block) -> bool:
    """Whether a block follows the last of a stretch by its own time, within half a sample."""
    last = stretch.blocks[-1]
    return abs(block.start_ns - last.start_ns - round(last.samples * _NS / last.rate_hz)) * block.rate_hz <= _NS / 2


def _read_block(content: bytes, place: int, number: int) -> Block | None:
    """Block at a place; None if none begins there, its header makes no sense, or it is cut."""
    if not HEAD.match(content, place) or place + _FIXED > len(content):
        return None
    order = next((one for one in "><" if _is_time(content, place, one)), None)
    if order is None:
        return None
    size, rate_hz, microseconds = _extras(content, place, order)
    size = size or _next_head(content, place) - place
    if not SHORTEST <= size <= LONGEST or place + size > len(content):
        return None
    samples, factor, multiplier, activity = struct.unpack_from(f"{order}HhhB", content, place + 30)
    (correction,) = struct.unpack_from(f"{order}i", content, place + 40)
    start_ns = _start_ns(content, place, order) + 1000 * microseconds
    if not activity & 2:  # else the time has been corrected already
        start_ns += correction * 100_000
    stream = _stream_name(content[place + 8 : place + 20])
    return Block(number, place, size, stream, start_ns, samples, rate_hz or _rate_hz(factor, multiplier))


def _read_alike(content: bytes, block: Block) -> list[Block]:
    """Blocks behind one that are of its size and layout, read together; none if there are few, or it is unusual."""
    size, begin = block.size, block.place + block.size
    layout = content[block.place + 46 : block.place + 52]
    if layout not in _LAYOUTS or begin + _MANY * size > len(content):
        return []
    if any(content[place + 46 : place + 52] != layout for place in range(begin, begin + _MANY * size, size)):
        return []
    most = min((len(content) - begin) // size, _TOGETHER)
    headers = np.ndarray(most, _HEADER, content, begin, (size,))
    whole = _are_whole(headers, layout, content[block.place + 54])
    if not whole.all():
        headers = headers[: int(whole.argmin())]
    streams = headers["stream"].tobytes()
    columns = (headers[name].tolist() for name in ("samples", "factor", "multiplier"))
    starts_ns = _starts_ns(headers, timed=bool(_LAYOUTS[layout])).tolist()
    return [
        Block(
            block.number + i, block.place + i * size, size, _stream_name(streams[12 * i - 12 : 12 * i]),
            start_ns, samples, _rate_hz(factor, multiplier),
        )
        for i, (start_ns, samples, factor, multiplier) in enumerate(zip(starts_ns, *columns, strict=True), 1)
    ]  # fmt: skip


def _are_whole(headers: npt.NDArray[np.void], layout: bytes, power: int) -> npt.NDArray[np.bool_]:
    """Whether each header is one of that layout and size, and says a time: as `HEAD` and `_is_time` have it."""
    number, kind = headers["number"], headers["kind"]
    whole = (((number >= ord("0")) & (number <= ord("9"))) | (number == ord(" ")) | (number == 0)).all(axis=1)
    whole &= np.isin(kind[:, 0], list(b"DRQM")) & np.isin(kind[:, 1], list(b" \0")) & (headers["power"] == power)
    for name, expected in (("layout", layout), ("extra", _LAYOUTS[layout])):
        whole &= (headers[name][:, : len(expected)] == list(expected)).all(axis=1)
    whole &= (headers["year"] >= YEARS[0]) & (headers["year"] <= YEARS[1])
    whole &= (headers["day"] >= 1) & (headers["day"] <= 366)
    return np.asarray(whole & (headers["hour"] < 24) & (headers["minute"] < 60) & (headers["second"] <= 60))


def _starts_ns(headers: npt.NDArray[np.void], *, timed: bool) -> npt.NDArray[np.int64]:
    """Time of the first sample that each header says, ns since 1970; `timed` where microseconds are among them."""
    years = (headers["year"].astype(np.int64) - 1970).astype("M8[Y]")
    days = years.astype("M8[D]").astype(np.int64) + headers["day"] - 1
    seconds = ((days * 24 + headers["hour"]) * 60 + headers["minute"]) * 60 + headers["second"]
    tenths = headers["fraction"] + np.where(headers["activity"] & 2, 0, headers["correction"].astype(np.int64))
    start_ns: npt.NDArray[np.int64] = seconds * _NS + tenths * 100_000
    return start_ns + headers["microseconds"].astype(np.int64) * 1000 if timed else start_ns


@lru_cache(maxsize=64)
def _stream_name(codes: bytes) -> str:
    """Network, station, location and channel, of the 12 bytes that hold them in another order."""
    parts = (codes[10:], codes[:5], codes[5:7], codes[7:10])
    return ".".join(part.decode("ascii", "replace").strip(" \0") for part in parts)


def _is_time(content: bytes, place: int, order: str) -> bool:
    year, day, hour, minute, second = struct.unpack_from(f"{order}HHBBB", content, place + 20)
    return bool(YEARS[0] <= year <= YEARS[1] and 1 <= day <= 366 and hour < 24 and minute < 60 and second <= 60)


def _start_ns(content: bytes, place: int, order: str) -> int:
    year, day, hour, minute, second, fraction = struct.unpack_from(f"{order}HHBBBxH", content, place + 20)
    days = dt.date(year, 1, 1).toordinal() - _EPOCH + day - 1
    return int((((days * 24 + hour) * 60 + minute) * 60 + second) * _NS + fraction * 100_000)


def _extras(content: bytes, place: int, order: str) -> tuple[int, float, int]:
    """Size, rate and microseconds that the blockettes 1000, 100 and 1001 say; 0 where there is none."""
    size, rate_hz, microseconds = 0, 0.0, 0
    (at,) = struct.unpack_from(f"{order}H", content, place + 46)
    for _ in range(_MOST_EXTRAS):
        if at < _FIXED or place + at + 8 > len(content):
            break
        kind, after = struct.unpack_from(f"{order}HH", content, place + at)
        if kind == 1000:
            size = 1 << min(content[place + at + 6], 30)
        elif kind == 1001:
            (microseconds,) = struct.unpack_from("b", content, place + at + 5)
        elif kind == 100:
            (rate_hz,) = struct.unpack_from(f"{order}f", content, place + at + 4)
        if after <= at:
            break
        at = after
    return size, rate_hz if 0 < rate_hz < 1e9 else 0.0, microseconds


@lru_cache(maxsize=64)
def _rate_hz(factor: int, multiplier: int) -> float:
    """Samples a second as the fixed header says them; 0 where it says none."""
    if not (factor and multiplier):
        return 0.0
    rate = float(factor) if factor > 0 else -1 / factor
    return rate * multiplier if multiplier > 0 else -rate / multiplier


def _next_head(content: bytes, place: int) -> int:
    """Place of the next header behind `place`, or the end."""
    for found in HEAD.finditer(content, place + ALIGNED):
        at = found.start()
        if at % ALIGNED == 0 and at + _FIXED <= len(content) and any(_is_time(content, at, order) for order in "><"):
            return at
    return len(content)
