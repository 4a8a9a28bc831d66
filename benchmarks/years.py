"""All 2313 nights of Eskdalemuir, from yearly tar.gz to verdicts: a few nights of real line length, scaled."""

import datetime as dt
import gzip
import os
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.line import Line, once_s, processor_s
from iar.results.simulate import simulate_night
from iar.settings import Station
from iar.simulation.scenario import draw_scenario

ALL_NIGHTS, ASKED_MIN = 2313, 60.0
FIRST_NIGHTS = 2
"""One alone starts no workers, whose start would then be counted for each of all nights."""
NIGHT = dt.date(2014, 1, 10)
OFFSET = 1_000_000
"""What is added to each count: of so many digits are the observatory's, whose lines have ten bytes."""
RUNS = {"zlib": "import iar.records.compression as c; c.igzip = None; ", "ours": ""}
PLAIN_HOURS = 6
WHY = "time on the clock counts whatever else the machine does; the last of these lines counts this work alone."


@dataclass(frozen=True)
class _Cost:
    """Seconds on the clock, and of all cores together."""

    wall_s: float
    cpu_s: float


def lines(nights: int = 20) -> Iterator[Line]:
    with TemporaryDirectory() as name:
        folder = Path(name)
        few, year = (_write_year(folder / f"{number}", number) for number in (FIRST_NIGHTS, FIRST_NIGHTS + nights))
        hours_s = once_s(lambda: _load_plainly(few, PLAIN_HOURS))
        start = _whole(folder / "start", few)
        zlib, ours = (_scaled(start, _whole(folder / name, year, code), nights) for name, code in RUNS.items())
    what = f"2313 nights from tar.gz to verdicts, by {nights}"
    for value, peer, peer_is in (
        (ours.wall_s, 60 * ASKED_MIN, "what was asked for, on 2 cores"),
        (ours.wall_s, zlib.wall_s, "zlib in the place of ISA-L"),
        (
            ours.wall_s,
            hours_s * 48 / PLAIN_HOURS * ALL_NIGHTS / 2,
            "unpacking and np.loadtxt alone, halved for 2 cores",
        ),
        (ours.cpu_s / 2, 60 * ASKED_MIN, "what was asked for; ours is its time of both cores, whatever else they do"),
    ):
        yield Line(what, value / 60, "min", peer / 60, peer_is, more_is_better=False, why=WHY)


def _scaled(start: "_Cost", whole: "_Cost", nights: int) -> "_Cost":
    """Cost of all nights by that of the first, which is mostly the start of processes, and of so many more."""
    more = (ALL_NIGHTS - FIRST_NIGHTS) / nights
    return _Cost(*(few + (all_ - few) * more for few, all_ in zip(astuple(start), astuple(whole), strict=True)))


def _write_year(folder: Path, nights: int) -> Path:
    """Tar of the hours of a simulated night, under the names of so many; each hour is packed once, by zlib at 6."""
    hours, tar = folder / "hours", folder / "ESKINDCOIL_2014.tar.gz"
    hours.mkdir(parents=True)
    simulate_night(draw_scenario("fringes", NIGHT, 7), Station(), hours, seed=7)
    packed = {}
    for path in sorted(hours.glob("*.dat")):
        text = "".join(f"{value + OFFSET:9d}\n" for value in np.loadtxt(path, dtype=np.int64)).encode()
        packed[path.name] = len(text), gzip.compress(text + bytes(-len(text) % tarfile.BLOCKSIZE), 6)
    with tar.open("wb") as out:
        for number in range(nights):
            for name, (size, content) in packed.items():
                member = tarfile.TarInfo(f"2014/{_later(name, number)}")
                member.size, member.mtime = size, 1_400_000_000
                out.write(gzip.compress(member.tobuf(tarfile.USTAR_FORMAT), 6) + content)
        out.write(gzip.compress(bytes(2 * tarfile.BLOCKSIZE), 6))
    return tar


def _later(name: str, nights: int) -> str:
    """Name of the same hour some nights later."""
    channel, *parts = name.removesuffix(".dat").split("_")
    hour = dt.datetime(*map(int, parts)) + dt.timedelta(days=nights)  # type: ignore[misc,arg-type]  # noqa: DTZ001
    return f"{channel}_{hour:%Y_%m_%d_%H}.dat"


def _whole(archive: Path, tar: Path, before: str = "") -> _Cost:
    """Cost of the two commands of a user, each in a process of its own."""
    cpu_s = processor_s()
    wall_s = once_s(
        lambda: [
            _run(f"{before}from iar.cli import main; main()", *arguments)
            for arguments in (
                ("ingest", str(tar), "--archive", str(archive), "--settle-s", "0", "--workers", "2"),
                ("process", "--archive", str(archive), "--workers", "2"),
            )
        ]
    )
    return _Cost(wall_s, processor_s() - cpu_s)


def _run(code: str, *arguments: str) -> None:
    subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-c", code, *arguments], check=True, capture_output=True, env=os.environ
    )


def _load_plainly(tar: Path, hours: int) -> None:
    with gzip.open(tar) as file, tarfile.open(fileobj=file, mode="r|") as members:
        for _, member in zip(range(hours), members, strict=False):
            content = members.extractfile(member)
            if content is not None:
                np.loadtxt(content, dtype=np.int32)
