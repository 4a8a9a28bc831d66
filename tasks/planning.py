"""What there is to do: read from the manifests, packed into batches."""

import datetime as dt
from collections import Counter
from pathlib import Path

from prefect.logging import get_run_logger

from iar.archive.reader import Reader
from iar.archive.snapshot import Snapshot
from iar.archive.store import Archive
from iar.night import last_whole_night, night_range, nights_within
from iar.records.finding import find_records
from iar.settings import load_processing
from iar.stages.creation import create_archive
from iar.stages.ingest import station_format
from iar.stages.intake import Intake
from iar.stages.network import network_folder
from iar.stages.process import sealed_nights, undone_nights
from iar.stages.spectra import check_band
from iar.stages.stage import Setup
from iar.stages.station import choose_station
from iar.stages.taking_in import plan_intake
from iar.upkeep.faults import read_faults, unseal_faults
from tasks.behaviour import Batch, compute_task, pack

BATCHES = 100
"""Batches that a long run is cut into: enough to spread and to see progress, few enough for the server."""
LEAST_NIGHTS = 10
"""Nights of a batch, where there are as many: three tasks cost Prefect 0.6 s, a night's work is more than one."""
REVISITED = dt.timedelta(days=3)
"""Late hours are looked for this far back."""


@compute_task
def plan_hours(inbox: str, archive: str, station: str | None, settle_s: float) -> tuple[list[Batch], Intake]:
    """Batches of nights with their records, for the files in a folder; makes the archive if it is not there.

    The intake is what `tasks.ingest.close_hours` tells in the end; a yearly tar is a failure in it.
    """
    settings = choose_station(station, archive)
    found = find_records([Path(inbox)], station_format(settings), settle_s=settle_s)
    if found.young:
        get_run_logger().info(f"left {len(found.young)} file(s) for the next run: younger than {settle_s:g} s")
    store = create_archive(archive, settings, load_processing().spectra)
    jobs, intake = plan_intake(store, found)
    for (stream, reason), files in Counter((other.stream, other.reason) for other in intake.passed_over).items():
        get_run_logger().info(f"passed over {f'stream {stream} in ' if stream else ''}{files} file(s): {reason}")
    intake.failures += [f"{path}: a yearly tar is not for the inbox: use `iar ingest`" for path in found.tars]
    return pack(archive, jobs, batches=BATCHES), intake


@compute_task
def choose_nights(
    archive: str, first_night: dt.date | None, last_night: dt.date | None, listed: list[dt.date] | None = None
) -> list[dt.date]:
    """Nights that a run is for: those listed; else from the first to the last, by default the last whole one.

    Without a first night they begin three days before the last; and those before them that have counts and no verdict
    come along: late hours took it from them.
    """
    if listed is not None:
        return sorted(set(listed))
    store = Reader(archive)
    last = last_night or last_whole_night(dt.datetime.now(dt.UTC), store.station.boundary_hour)
    nights = night_range(first_night or last - REVISITED, last)
    if first_night is not None:
        return nights
    return [*_unjudged(archive, [night for night in store.nights() if night < nights[0]]), *nights]


@compute_task
def plan_nights(
    archive: str, nights: list[dt.date], network: str | None = None, pictures: str | None = None
) -> list[Batch]:
    """Batches of those of the nights that have counts and are not done, or whose picture is not in its folder."""
    return _undone(archive, nights, network, pictures)


@compute_task
def plan_span(
    archive: str,
    first_night: dt.date | None,
    last_night: dt.date | None,
    network: str | None = None,
    from_file: str | None = None,
) -> list[Batch]:
    """Batches of the nights from the first to the last, by default of the archive, that have counts and are not done.

    With a file of faults, of those nights only that it lists. Their damaged stages are unsealed, so that they are not
    done; what cannot be made anew from the archive is a batch of failures, which say what to do.
    """
    store = Archive(archive)
    listed = read_faults(Path(from_file)) if from_file else None
    nights = nights_within(
        store.nights() if listed is None else [fault.night for fault in listed], first_night, last_night
    )
    unsealed = unseal_faults(store, [fault for fault in listed or () if fault.night in nights])
    failures = tuple(str(one) for one in unsealed if one.left or one.sources)
    batches = _undone(archive, nights, network)
    return [*batches, Batch(archive, (), failures)] if failures else batches


def _unjudged(archive: str, nights: list[dt.date]) -> list[dt.date]:
    """Those of the nights that have counts and no verdict; of a damaged manifest, `check_archive` tells."""
    before = Snapshot(archive, nights)
    judged = set(sealed_nights(before, nights, "fringes"))
    return [night for night in sealed_nights(before, nights, "counts") if night not in judged]


def _undone(archive: str, nights: list[dt.date], network: str | None, pictures: str | None = None) -> list[Batch]:
    before, settings = Snapshot(archive, nights), load_processing()
    check_band(before, settings.spectra)
    there = sealed_nights(before, nights, "counts")
    undone = set(undone_nights(before, there, Setup(settings, network_folder(network))))
    if pictures is not None:
        undone |= {night for night in there if not (Path(pictures) / f"{night}.png").exists()}
    return pack(archive, [night for night in there if night in undone], batches=BATCHES, least=LEAST_NIGHTS)
