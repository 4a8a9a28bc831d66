"""How long it takes to learn what an archive can see: fans laid over quiet nights, by two workers."""

import datetime as dt
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.archives import ingested_alike
from benchmarks.line import Line, processor_s
from iar.archive.snapshot import Snapshot
from iar.archive.store import Archive
from iar.results.completeness import completeness_of
from iar.results.trials import night_trial, plan
from iar.settings import Processing
from iar.stages.process import process_night
from iar.stages.stage import Setup
from iar.workers.jobs import run_jobs

FIRST = dt.date(2014, 1, 10)
NIGHTS = [FIRST + dt.timedelta(days=i) for i in range(8)]
WHOLE, WHOLE_S = 200, 600.0
"""Fans that are asked for by default, and the time that was allowed for them, s."""
WORKERS = 2
BUSY_WHY = "others were at work on the same cores: the next line says what it takes where nobody is"
FANS = 40
"""Fans that are laid here: the time is scaled to all of them, the start of the workers included."""


def lines(fans: int = FANS) -> Iterator[Line]:
    """Time of all that `iar completeness` does but its picture: by the clock, and of the processor, over two cores."""
    with TemporaryDirectory() as folder:
        archive = _quiet_archive(Path(folder))
        before = Snapshot(archive.url, NIGHTS)
        start, before_s = time.perf_counter(), processor_s()
        todo = plan(before, NIGHTS, fans, 0)
        tried = [one.result for one in run_jobs(night_trial(before, Processing(), None, 0), todo, workers=WORKERS)]
        completeness_of([one for one in tried if one is not None], archive.station.latitude_deg)
        taken_s, busy_s = time.perf_counter() - start, (processor_s() - before_s) / WORKERS
    name = f"completeness, {WHOLE} fans (scaled from {fans}), two workers"
    for what, seconds, why in ((name, taken_s, BUSY_WHY), (f"{name}, processor time of each", busy_s, "")):
        yield Line(what, seconds * WHOLE / fans, "s", WHOLE_S, "what was asked for", more_is_better=False, why=why)


def _quiet_archive(folder: Path) -> Archive:
    """Archive of nights without fringes, taken to their verdicts."""
    archive = ingested_alike("quiet", NIGHTS, folder)
    for night in NIGHTS:
        process_night(archive, night, Setup())
    return archive
