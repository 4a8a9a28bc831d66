"""What a yearly tar costs before its nights are known: unpacked and parsed, as it streams by."""

import gzip
import io
import tarfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import numpy as np

from benchmarks.line import Line, beside
from iar.night import HOUR_SAMPLES
from iar.records import bgs, compression
from iar.records.record import Expectation
from iar.records.tar import stream_tar

HOURS = 12
"""As text of ten characters a line, as the observatory writes them: 43 MB."""
RECOGNISE = partial(bgs.recognise, expected=Expectation(100.0, 1))


def lines() -> Iterator[Line]:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "ESKINDCOIL_2014.tar.gz"
        megabytes = _write_year(path)
        for ours, peer, peer_is in (
            (_unpack, _with_zlib(_unpack), "zlib, in the same place"),
            (_parse, _with_zlib(_parse), "zlib, in the same place"),
            (_parse, _parse_plainly, "tarfile, np.loadtxt"),
        ):
            name = "unpacking a tar.gz of hours" if ours is _unpack else "unpacking and parsing a tar.gz of hours"
            ours_s, peer_s = beside(partial(ours, path), partial(peer, path), 3)
            yield Line(
                name, megabytes / ours_s.best_s, "MB/s", megabytes / peer_s.best_s, peer_is, spread=ours_s.spread
            )


def _write_year(path: Path) -> float:
    """Tar of hours at `path`; returns how many megabytes of text are in it."""
    rng, size = np.random.default_rng(0), 0
    with tarfile.open(path, "w:gz", compresslevel=6) as tar:
        for hour in range(HOURS):
            counts = np.cumsum(rng.integers(-200, 200, HOUR_SAMPLES)) + 10_000_000
            text = "\n".join(f"{value:9d}" for value in counts).encode() + b"\n"
            member = tarfile.TarInfo(
                f"2014/{bgs.file_name(0, np.datetime64('2014-01-10') + np.timedelta64(hour, 'h'))}"
            )
            member.size = len(text)
            size += len(text)
            tar.addfile(member, io.BytesIO(text))
    return size / 1e6


def _unpack(path: Path) -> None:
    for _ in stream_tar(path, RECOGNISE):
        pass


def _parse(path: Path) -> None:
    for found in stream_tar(path, RECOGNISE):
        for record in found.records:
            record.decode(record.source.read())


def _with_zlib(work: Callable[[Path], None]) -> Callable[[Path], None]:
    def slowly(path: Path) -> None:
        with patch.object(compression, "igzip", None):
            work(path)

    return slowly


def _parse_plainly(path: Path) -> None:
    with gzip.open(path) as file, tarfile.open(fileobj=file, mode="r|") as tar:
        for member in tar:
            content = tar.extractfile(member)
            if content is not None:
                np.loadtxt(content, dtype=np.int32)
