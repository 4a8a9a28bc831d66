"""Files as they come in, and what is kept of them."""

from pathlib import Path

import numpy as np

from iar.archive.store import Archive
from iar.night import HOUR_SAMPLES
from iar.records import bgs

NOON = np.datetime64("2014-01-10T12:00", "ms")
HOUR = np.timedelta64(1, "h")
SIERRA_INFO = (
    "sampling period (usec): {period}\n1st sample timestamp: 10-01-2014 {start} UTC\nnumber of samples: {samples}\n"
)


def values(seed: int, lines: int = HOUR_SAMPLES) -> np.ndarray:
    return np.random.default_rng(seed).integers(-(10**6), 10**6, lines, dtype=np.int32)


def put(folder: Path, hour: int, content: np.ndarray | bytes, channel: int = 0) -> Path:
    path = folder / bgs.file_name(channel, NOON + hour * HOUR)
    path.write_bytes(content if isinstance(content, bytes) else bgs.encode(content))
    return path


def put_sierra(folder: Path, number: int, start: str, samples: np.ndarray, period: float = 3906.0) -> Path:
    path = folder / f"x_sensor_0_{number:010d}"
    path.write_bytes(samples.astype("<i2").tobytes())
    info = SIERRA_INFO.format(period=period, start=start, samples=len(samples))
    path.with_name(f"{path.name}_info.txt").write_text(info)
    return path


def problems_of(tmp_path: Path) -> dict[str, dict[str, str]]:
    """Problems by file, as the manifests keep them."""
    archive = Archive(str(tmp_path / "archive"))
    sources = [source for night in archive.nights() for source in archive.manifest(night).sources]
    return {source.name: dict(source.problems) for source in sources}
