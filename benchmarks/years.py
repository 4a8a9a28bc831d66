"""All 2313 nights of Eskdalemuir, from yearly tar.gz to verdicts: a few nights of real line length, scaled."""

import datetime as dt
import gzip
import os
import resource
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.line import Line, once_s
from iar.results.simulate import simulate_night
from iar.settings import Station
from iar.simulation.scenario import draw_scenario

ALL_NIGHTS, ASKED_MIN = 2313, 60.0
NIGHT = dt.date(2014, 1, 10)
OFFSET = 10_000_000
"""What is added to each count, so that a line has ten bytes, as the observatory's have."""
WITH_ZLIB = "import iar.records.compression as c; c.igzip = None; "


@dataclass(frozen=True)
class _Cost:
    """Seconds on the clock, and of all cores together."""

    wall_s: float
    cpu_s: float


def lines(nights: int = 20) -> Iterator[Line]:
    with TemporaryDirectory() as name:
        folder = Path(name)
        tar = _write_year(folder, nights)
        peer_s = once_s(lambda: _load_plainly(tar, 6)) / 6 * 48 * nights  # a few hours of all
        zlib, ours = _whole(folder / "zlib", tar, WITH_ZLIB), _whole(folder / "ours", tar)
    to_all = ALL_NIGHTS / nights / 60
    what = f"2313 nights from tar.gz to verdicts, by {nights}"
    for value_s, peer_min, peer_is in (
        (ours.wall_s, ASKED_MIN, "what was asked for, on 2 cores"),
        (ours.wall_s, zlib.wall_s * to_all, "zlib in the place of ISA-L"),
        (ours.wall_s, peer_s / 2 * to_all, "unpacking and np.loadtxt alone, halved for 2 cores"),
        (ours.cpu_s / 2, ASKED_MIN, "what was asked for; ours is its time of both cores, whatever else they do"),
    ):
        yield Line(what, value_s * to_all, "min", peer_min, peer_is, more_is_better=False)


def _write_year(folder: Path, nights: int) -> Path:
    """Tar of the hours of a simulated night, under the names of so many."""
    hours = folder / "hours"
    hours.mkdir()
    simulate_night(draw_scenario("fringes", NIGHT, 7), Station(), hours, seed=7)
    texts = {}
    for path in sorted(hours.glob("*.dat")):
        counts = np.loadtxt(path, dtype=np.int64) + OFFSET
        texts[path.name] = "".join(f"{value:9d}\n" for value in counts)
        path.write_text(texts[path.name])
    tar = folder / "ESKINDCOIL_2014.tar.gz"
    with tarfile.open(tar, "w:gz", compresslevel=6) as out:
        for number in range(nights):
            for path in sorted(hours.glob("*.dat")):
                out.add(path, f"2014/{_later(path.name, number)}")
    return tar


def _later(name: str, nights: int) -> str:
    """Name of the same hour some nights later."""
    channel, *parts = name.removesuffix(".dat").split("_")
    hour = dt.datetime(*map(int, parts)) + dt.timedelta(days=nights)  # type: ignore[misc,arg-type]  # noqa: DTZ001
    return f"{channel}_{hour:%Y_%m_%d_%H}.dat"


def _whole(archive: Path, tar: Path, before: str = "") -> _Cost:
    """Cost of the two commands of a user, each in a process of its own."""
    cpu_s = _children_s()
    wall_s = once_s(
        lambda: [
            _run(f"{before}from iar.cli import main; main()", *arguments)
            for arguments in (
                ("ingest", str(tar), "--archive", str(archive), "--settle-s", "0", "--workers", "2"),
                ("process", "--archive", str(archive), "--workers", "2"),
            )
        ]
    )
    return _Cost(wall_s, _children_s() - cpu_s)


def _run(code: str, *arguments: str) -> None:
    subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-c", code, *arguments], check=True, stdout=subprocess.DEVNULL, env=os.environ
    )


def _children_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _load_plainly(tar: Path, hours: int) -> None:
    with gzip.open(tar) as file, tarfile.open(fileobj=file, mode="r|") as members:
        for _, member in zip(range(hours), members, strict=False):
            content = members.extractfile(member)
            if content is not None:
                np.loadtxt(content, dtype=np.int32)
