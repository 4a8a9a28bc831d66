"""How long it takes to learn what an archive can see: fans laid over quiet nights, by two workers."""

import datetime as dt
import resource
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.archives import chunks_of, ingested, link
from benchmarks.line import Line
from iar.archive.snapshot import Snapshot
from iar.archive.store import Archive
from iar.results.completeness import completeness_of
from iar.results.simulate import simulate_night
from iar.results.trials import night_trial, plan
from iar.settings import Processing, Station
from iar.simulation.scenario import draw_scenario
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
        start, before_s = time.perf_counter(), _processor_s()
        todo = plan(before, NIGHTS, fans, 0)
        tried = [one.result for one in run_jobs(night_trial(before, Processing(), None, 0), todo, workers=WORKERS)]
        completeness_of([one for one in tried if one is not None], archive.station.latitude_deg)
        taken_s, busy_s = time.perf_counter() - start, (_processor_s() - before_s) / WORKERS
    name = f"completeness, {WHOLE} fans (scaled from {fans}), two workers"
    for what, seconds, why in ((name, taken_s, BUSY_WHY), (f"{name}, processor time of each", busy_s, "")):
        yield Line(what, seconds * WHOLE / fans, "s", WHOLE_S, "what was asked for", more_is_better=False, why=why)


def _processor_s() -> float:
    """Processor time of this process and of those it started that have ended, s."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def _quiet_archive(folder: Path) -> Archive:
    """Archive of adjacent nights without fringes that share one simulated night's counts, taken to their verdicts."""
    simulate_night(draw_scenario("quiet", FIRST, 7), Station(), folder, seed=7)
    archive = ingested(folder, folder / "archive")
    manifest = archive.manifest(FIRST)
    for night in NIGHTS[1:]:
        link(chunks_of(archive, "counts/counts", FIRST), chunks_of(archive, "counts/counts", night))
        with archive.locked(night):
            archive.replace_manifest(manifest.model_copy(update={"night": night}))
    for night in NIGHTS:
        process_night(archive, night, Setup())
    return archive
