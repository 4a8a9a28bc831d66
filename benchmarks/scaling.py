"""What a second worker brings: nights a minute of two beside those of one, once all have started."""

import datetime as dt
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from distributed import Client

from benchmarks.archives import ingested_alike
from benchmarks.line import Line
from iar.archive.store import Archive
from iar.stages.classical import CLASSICAL
from iar.stages.pipeline import redone_with
from iar.stages.process import process_night, run_stages
from iar.stages.spectra import SPECTRA
from iar.stages.stage import Setup
from iar.workers.cluster import local_cluster

FIRST = dt.date(2014, 1, 10)
NIGHTS = [FIRST + dt.timedelta(days=i) for i in range(16)]
ROUNDS = 3


def lines() -> Iterator[Line]:
    """Both counts of workers in turn, the best of some rounds each: what else the machine does hits both alike."""
    with TemporaryDirectory() as folder, local_cluster(2) as cluster, Client(cluster) as client:
        archive = ingested_alike("fringes", NIGHTS, Path(folder))
        hands = sorted(client.nthreads())
        for name, work in (("spectra, classical", _without_network), ("process", _whole)):
            rates: dict[int, list[float]] = {1: [], 2: []}
            _nights_a_minute(client, partial(work, archive), archive, hands)  # each has started, and loaded the network
            for _ in range(ROUNDS):
                for workers, found in rates.items():
                    found.append(_nights_a_minute(client, partial(work, archive), archive, hands[:workers]))
            best = {workers: max(found) for workers, found in rates.items()}
            yield Line(f"{name}, two workers", best[2], "nights/min", best[1], "one worker")


def _nights_a_minute(client: Any, work: Callable[[dt.date], object], archive: Archive, hands: list[str]) -> float:
    """Pace of the workers `hands` over nights of which only the counts are sealed."""
    for night in NIGHTS:
        archive.unseal(night, redone_with(SPECTRA.name))
    start = time.perf_counter()
    futures = client.map(work, NIGHTS, workers=hands, pure=False)
    client.gather(futures)
    return 60 * len(NIGHTS) / (time.perf_counter() - start)


def _without_network(archive: Archive, night: dt.date) -> None:
    run_stages(archive, night, Setup(), [SPECTRA, CLASSICAL])


def _whole(archive: Archive, night: dt.date) -> None:
    process_night(archive, night, Setup())
