"""Targets of the files of blocks that ObsPy reads: miniSEED and GCF, as the reader of each calls it."""

import io
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import numpy as np
from obspy import Stream, Trace, UTCDateTime

from tests.fuzz.formats import reading
from tests.fuzz.target import Target

SEED_BLOCK, GCF_BLOCK = 128, 1024
HEADER = 64
"""Bytes of a block that say what it is; the rest are samples."""
ODD_BYTES = (0, 1, 2, 3, 10, 11, 19, 30, 31, 127, 128, 254, 255)
BOTH = {"rate_hz": 100, "channels_in_file": 2, "unit": "nT"}


def _traces(samples: int, kind: type = np.int32, **more: object) -> Stream:
    start = UTCDateTime("2014-01-10T12:00")
    header = {"network": "GB", "station": "ESK", "sampling_rate": 100.0, "starttime": start, **more}
    values = np.cumsum(np.random.default_rng(1).integers(-50, 50, samples)).astype(kind)
    return Stream([Trace(values, {**header, "channel": channel}) for channel in ("HHN", "HHE")])


def _miniseeds() -> Iterator[bytes]:
    written: tuple[tuple[type, dict[str, object]], ...] = (
        (np.int32, {"encoding": "STEIM2", "reclen": 512}),
        (np.int32, {"encoding": "STEIM1", "reclen": 256, "byteorder": "<"}),
        (np.int32, {"encoding": "INT32", "reclen": 256}),
        (np.float32, {"encoding": "FLOAT32", "reclen": 1024}),
    )
    for kind, options in written:
        out = io.BytesIO()
        _traces(900, kind).write(out, format="MSEED", **options)
        yield out.getvalue()
    later = io.BytesIO()
    _traces(300, starttime=UTCDateTime("2014-01-10T12:00:09.005")).write(later, format="MSEED", reclen=4096)
    yield out.getvalue() + bytes(512) + later.getvalue()


def _gcfs() -> Iterator[bytes]:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "written.gcf"
        for samples in (1500, 3000):
            _traces(samples).write(str(path), format="GCF")  # ObsPy writes GCF by name only
            yield path.read_bytes()


def with_odd_headers(content: bytes, random: Random, *, block: int) -> bytes:
    """File in which some bytes of the headers of some blocks are odd ones, and blocks may be gone, or come twice."""
    changed = bytearray(content)
    for _ in range(random.choice((0, 1, 1, 2, 5)) if content else 0):
        place = block * random.randrange(-(-len(changed) // block)) + random.randrange(HEADER)
        if place < len(changed):
            changed[place] = random.choice((*ODD_BYTES, random.randrange(256)))
    if len(changed) > block and random.random() < 0.2:
        begin, end = (block * random.randrange(len(changed) // block) for _ in range(2))
        changed[begin:end] = b"" if random.random() < 0.5 else 2 * changed[begin:end]
    return bytes(changed)


def _bending(block: int) -> Callable[[bytes, Random], bytes]:
    return partial(with_odd_headers, block=block)


TARGETS = {
    "miniseed": Target(
        reading("x.mseed", {"format": "miniseed", **BOTH}),
        _miniseeds,
        (b"000001D ", b"ESK  ", b"HHN", b"HHE", b"\x03\xe8", b"\x03\xe9", b"\0\x64", b"\x07\xde\0\x0a"),
        _bending(SEED_BLOCK),
    ),
    "gcf": Target(
        reading("x.gcf", {"format": "gcf", **BOTH}), _gcfs, (b"\0\x64\x01", b"\0\x64\x04"), _bending(GCF_BLOCK)
    ),
}
