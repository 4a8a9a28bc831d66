"""Fans laid over an archive's own noise: planned, looked for night by night, and reported."""

import datetime as dt

from prefect.artifacts import create_markdown_artifact, create_table_artifact

from iar.archive.reader import Reader
from iar.archive.snapshot import Snapshot
from iar.archive.store import Archive
from iar.night import nights_within
from iar.results.completeness import completeness_of, completeness_report, keep_report
from iar.results.completeness_picture import alarms_in_words
from iar.results.trials import NightTried, night_trial, plan
from iar.settings import load_processing
from iar.stages.process import sealed_nights
from tasks.behaviour import Batch, check_failures, compute_task, gpu_task, pack, run_batch
from tasks.pages import link, picture
from tasks.planning import BATCHES


@compute_task
def plan_trials(
    archive: str,
    first_night: dt.date | None,
    last_night: dt.date | None,
    injections: int,
    seed: int,
    over_counts: float,
) -> list[Batch]:
    """Batches of what is to be done with each night of a range that has a verdict."""
    asked = nights_within(Reader(archive).nights(), first_night, last_night)
    before = Snapshot(archive, asked)
    nights = sealed_nights(before, asked, "fringes")
    return pack(archive, plan(before, nights, injections, seed, over_counts), batches=BATCHES)


@gpu_task
def try_nights(batch: Batch, network: str | None, seed: int) -> Batch:
    """What came of each night of the batch, as a batch of that; by the network of that name or the shipped one."""
    tried = list[NightTried]()
    trial = night_trial(Reader(batch.archive), load_processing(), network, seed)
    done = run_batch(batch, lambda asked: tried.append(trial(asked)))
    return Batch(batch.archive, tuple(tried), done.failures)


@compute_task
def publish_completeness(archive: str, network: str | None, seed: int, batches: list[Batch]) -> int:
    """Keep shares and limits in the archive, and tell them as artifacts; returns how many nights have a limit then.

    Raises
    ------
    RuntimeError
        If a night could not be tried: after everything else was done.
    """
    store, tried = Archive(archive), [one for batch in batches for one in batch.jobs]
    if not tried:
        check_failures(batches)
    found = completeness_of(tried, store.station.latitude_deg)
    report = completeness_report(found, store, network=network, processing=load_processing(), seed=seed)
    kept = keep_report(store, found, report)
    rows = [
        {"fans": one.label, "laid": one.fans, "found": one.found, "95 % interval": f"{one.low:.0%} to {one.high:.0%}"}
        for one in found.classes
    ]
    create_table_artifact(rows, key="completeness", description=f"{len(found.laid)} fans laid; {kept}")
    page, curve = link("Completeness", "completeness"), picture("Completeness", "completeness.png")
    create_markdown_artifact(
        "\n\n".join([page, curve, *alarms_in_words(report)]), key="detection-limits", description=str(kept)
    )
    check_failures(batches)
    return kept.nights
