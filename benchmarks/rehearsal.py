"""A rehearsal of the backfill: every night of nine years, from spectra to table, on this machine.

``python -m benchmarks.rehearsal --folder F`` makes 2313 nights of spectra by the simulator's fast path (kept in the
folder, so that it is done once), takes them through detection, inference and fringes by `iar backfill`, with a Prefect
server of its own on SQLite, and exports the table; ``--text-nights 60`` goes from hour files instead. ``--overhead N``
holds `iar backfill` against `iar process` on N nights, and one core against all. Each part is a command of its own,
timed as a whole, its processes watched for the memory that they hold together. The figures go to
``benchmarks/results/`` as JSON, with the machine's description.
"""

import argparse
import datetime as dt
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import psutil

from benchmarks.line import Line
from benchmarks.machine import keep, result_file, stamp
from iar.archive.rounding import round_mantissa
from iar.archive.store import Archive, stage_entry
from iar.night import night_range
from iar.settings import Processing, Station
from iar.simulation.defects import lost_slots
from iar.simulation.density import measured_density
from iar.simulation.scenario import draw_scenario
from iar.stages.creation import create_archive
from iar.stages.night_view import NightView
from iar.stages.pipeline import redone_with
from iar.stages.spectra import SPECTRA
from iar.stages.stage import Setup
from iar.workers.cluster import available_cores
from iar.workers.jobs import run_jobs

FIRST = dt.date(2012, 9, 2)
SEED = 2313
AFTER_SPECTRA = redone_with(SPECTRA.name)[1:]
LOOK_S = 0.5


@dataclass(frozen=True)
class Part:
    """What one command took: wall and processor time, memory of all its processes at their most."""

    name: str
    nights: int
    seconds: float
    cpu_seconds: float
    peak_mb: float

    def __str__(self) -> str:
        pace = 60 * self.nights / self.seconds
        return (
            f"{self.name:<44}{self.nights:>6} nights {self.seconds:9.1f} s {pace:9.1f} nights/min "
            f"{self.cpu_seconds:9.1f} CPU s {self.peak_mb:8.0f} MB"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, required=True, help="for archives and hour files; 20 GB free")
    parser.add_argument("--nights", type=int, default=2313, help="nights of spectra; 0: none")
    parser.add_argument("--text-nights", type=int, default=0, help="nights of hour files, 75 MB each")
    parser.add_argument("--overhead", type=int, default=0, help="nights for Prefect beside `iar process`")
    parser.add_argument("--rounds", type=int, default=2, help="times that the overhead is measured")
    asked = parser.parse_args()
    results = stamp()
    if asked.nights:
        results["from spectra"] = from_spectra(asked.folder / "spectra", asked.nights)
    if asked.overhead:
        parts = overhead(asked.folder / "overhead", asked.overhead, asked.rounds)
        results["overhead"] = {"parts": [asdict(part) for part in parts]}
    if asked.text_nights:
        results["from text"] = from_text(asked.folder / "text", asked.text_nights)
    out = result_file("rehearsal")
    keep(results, out)
    print(f"wrote {out}")


def from_spectra(folder: Path, count: int) -> dict[str, object]:
    """The whole range by `iar backfill`; then the table."""
    nights = night_range(FIRST, FIRST + dt.timedelta(days=count - 1))
    archive = archive_of_spectra(folder / "archive", nights)
    unseal(archive, nights)
    span = ["--archive", archive.url, "--first-night", str(nights[0]), "--last-night", str(nights[-1])]
    with prefect_server(folder / "prefect") as environ:
        parts = [timed("backfill from spectra", count, ["iar", "backfill", *span], environ)]
        size = sum(path.stat().st_size for path in (folder / "prefect").glob("prefect.db*"))
    parts.append(timed("export to Parquet", count, ["iar", "export", *span, "--out", str(folder / "fringes.parquet")]))
    parts.append(timed("backfill over sealed nights", count, ["iar", "backfill", *span]))
    print(f"server's database: {size / 1e6:.1f} MB")
    return {"parts": [asdict(part) for part in parts], "database_bytes": size, "archive_bytes": bytes_in(folder)}


COMMANDS = {
    "process": ["iar", "process"],
    "backfill": ["iar", "backfill"],
    "backfill, one core": ["taskset", "-c", "0", "iar", "backfill"],
}


def overhead(
    folder: Path, count: int, rounds: int, *, commands: Sequence[str] = tuple(COMMANDS), tell: bool = True
) -> list[Part]:
    """The same nights by each of the commands in turn, with a server that the flow reports to."""
    nights = night_range(FIRST, FIRST + dt.timedelta(days=count - 1))
    archive = archive_of_spectra(folder / "archive", nights)
    span = ["--archive", archive.url, "--first-night", str(nights[0]), "--last-night", str(nights[-1])]
    parts = []
    with prefect_server(folder / "prefect") as environ:
        for _ in range(rounds):
            for name in commands:
                unseal(archive, nights)
                parts.append(timed(name, count, [*COMMANDS[name], *span], environ, tell=tell))
    return parts


def lines(nights: int = 120) -> Iterator[Line]:
    """What Prefect costs: the same nights of spectra by both commands, their starts counted in."""
    with TemporaryDirectory() as folder:
        parts = overhead(Path(folder), nights, 1, commands=("process", "backfill"), tell=False)
    process, backfill = (60 * part.nights / part.seconds for part in parts)
    yield Line(
        f"iar backfill with a server, {nights} nights of spectra", backfill, "nights/min", process, "iar process",
        why="ten seconds of it are the start of Prefect and its runs; over 2313 nights both differ by 3.5 % "
        "(rehearsal of 2026-11-22)",
    )  # fmt: skip
    yield Line(
        "iar backfill with a server, memory of all processes", parts[1].peak_mb, "MB", parts[0].peak_mb, "iar process",
        more_is_better=False, why="the flow and its tasks are processes of their own",
    )  # fmt: skip


def from_text(folder: Path, count: int) -> dict[str, object]:
    """Hour files of the British Geological Survey's form: simulated, ingested, taken to their verdicts."""
    shutil.rmtree(folder, ignore_errors=True)
    archive, last = str(folder / "archive"), FIRST + dt.timedelta(days=count - 1)
    span = ["--archive", archive, "--first-night", str(FIRST), "--last-night", str(last)]
    simulate = ["iar", "simulate", "--first-night", str(FIRST), "--nights", str(count), "--seed", str(SEED)]
    parts = [timed("simulate hour files", count, [*simulate, "--out", str(folder / "hours")])]
    read = bytes_in(folder / "hours")
    parts.append(timed("ingest hour files", count, ["iar", "ingest", str(folder / "hours"), "--archive", archive]))
    shutil.rmtree(folder / "hours")
    with prefect_server(folder / "prefect") as environ:
        parts.append(timed("backfill from counts", count, ["iar", "backfill", *span], environ))
    return {"parts": [asdict(part) for part in parts], "text_bytes": read, "archive_bytes": bytes_in(folder)}


def archive_of_spectra(folder: Path, nights: Sequence[dt.date]) -> Archive:
    """Archive of simulated spectra, made where it is not whole; its counts are sealed, and none of them is there."""
    archive = create_archive(str(folder), Station())
    todo = [night for night in nights if not archive.manifest(night).is_sealed("spectra")]
    start = time.perf_counter()
    failed = [o.error for o in run_jobs(partial(_write_spectra, archive), todo, workers=available_cores()) if o.error]
    if failed:
        raise RuntimeError(failed[0])
    print(f"simulated the spectra of {len(todo)} nights in {time.perf_counter() - start:.0f} s", flush=True)
    return archive


def _write_spectra(archive: Archive, night: dt.date) -> None:
    scenario = draw_scenario("mixed", night, SEED)
    density = measured_density(scenario, archive.frequency_hz, np.random.default_rng([SEED, night.toordinal()]))
    effort = np.where(lost_slots(scenario.missing, scenario.defects), 0, 1).astype(np.float32)
    share = {name: float(effort[i].mean()) for i, name in enumerate(archive.channels)}
    settings = Processing().spectra
    with archive.locked(night):
        counts = stage_entry("simulated", {"effort": share, "edges": {}})
        archive.replace_manifest(archive.manifest(night).with_stage("counts", counts))
        quality = np.zeros(effort.shape, np.uint8)
        arrays = {"spectra/density": round_mantissa(density), "spectra/effort": effort, "spectra/quality": quality}
        archive.write(night, arrays)
        signature = SPECTRA.signature(NightView(archive, night), Setup())
        archive.seal(night, "spectra", signature, {"settings": settings.model_dump()})


def unseal(archive: Archive, nights: Sequence[dt.date]) -> None:
    """Make all that comes after spectra undone."""
    for night in nights:
        archive.unseal(night, AFTER_SPECTRA)


def timed(
    name: str, nights: int, command: Sequence[str], environ: dict[str, str] | None = None, *, tell: bool = True
) -> Part:
    """Run a command of this environment to its end, and watch it."""
    bin_folder = str(Path(sys.executable).parent)
    surroundings = os.environ | {"PATH": f"{bin_folder}{os.pathsep}{os.environ['PATH']}"} | (environ or {})
    start = time.perf_counter()
    with Path(os.devnull).open("wb") as nowhere:
        process = psutil.Popen(command, env=surroundings, stdout=nowhere)
        peak, cpu = 0, {}
        while process.poll() is None:
            held = 0
            for one in [process, *_children(process)]:
                try:
                    held += one.memory_info().rss
                    times = one.cpu_times()
                except psutil.Error:  # it has just ended
                    continue
                cpu[one.pid, one.create_time()] = times.user + times.system
            peak = max(peak, held)
            time.sleep(LOOK_S)
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}")
    part = Part(name, nights, time.perf_counter() - start, sum(cpu.values()), peak / 1e6)
    if tell:
        print(part, flush=True)
    return part


def _children(process: psutil.Process) -> list[psutil.Process]:
    try:
        return process.children(recursive=True)
    except psutil.Error:
        return []


@contextmanager
def prefect_server(home: Path) -> Iterator[dict[str, str]]:
    """Prefect's server on SQLite in `home`, new; gives the environment of commands that use it."""
    shutil.rmtree(home, ignore_errors=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environ = {
        "PREFECT_HOME": str(home), "PREFECT_SERVER_API_PORT": str(port), "DO_NOT_TRACK": "1",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    }  # fmt: skip
    command = [sys.executable, "-m", "service.server", "--host", "127.0.0.1"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    server = subprocess.Popen(command, env=os.environ | environ, **quiet)  # noqa: S603 - our own words
    url = f"http://127.0.0.1:{port}/api"
    try:
        _await_answer(f"{url}/health")
        yield environ | {"PREFECT_API_URL": url}
    finally:
        server.terminate()
        server.wait(60)


def _await_answer(url: str, seconds: float = 120) -> None:
    until = time.monotonic() + seconds
    while True:
        try:
            urllib.request.urlopen(url, timeout=5).close()  # noqa: S310 - loopback
        except (urllib.error.URLError, OSError):
            if time.monotonic() > until:
                raise
            time.sleep(0.5)
        else:
            return


def bytes_in(folder: Path) -> int:
    """Size of all files under a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


if __name__ == "__main__":
    main()
