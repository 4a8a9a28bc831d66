"""Commands that work on nights: simulate, ingest, process."""

from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from iar.cli.options import (
    ArchiveUrl,
    BundleFolder,
    ChampionOf,
    FirstNight,
    FirstOfAll,
    LastOfAll,
    ProcessingFile,
    StationName,
    Workers,
)
from iar.cli.ranges import asked_nights, sealed_among
from iar.errors import InputError
from iar.night import parse_night
from iar.terminal import (
    bytes_bar,
    end,
    run_with_bar,
    say,
    tell_account,
    tell_band,
    tell_left,
    tell_passed_over,
    tell_problems,
)

if TYPE_CHECKING:
    from iar.archive.store import Archive
    from iar.records.finding import Found
    from iar.records.record import Recognise
    from iar.stages.intake import Intake

_FEW_NIGHTS_BYTES = 400_000_000

app = typer.Typer()


@app.command()
def simulate(  # noqa: PLR0913, PLR0917 - options of a command, all named
    first_night: FirstNight,
    nights: Annotated[int, typer.Option(min=1, max=36_600, help="Number of nights.")],
    out: Annotated[Path, typer.Option(help="Folder to write to; made if it is not there.")],
    seed: Annotated[int, typer.Option(min=0, help="The same seed writes the same bytes.")] = 0,
    scenario: Annotated[
        str,
        typer.Option(
            help="quiet, fringes, faint, comb, storm, pearls, gaps, mixed, wide-quiet, wide-ladder, wide-faint, "
            "wide-comb, wide-storm, wide-pearls, wide-patches, wide or both."
        ),
    ] = "mixed",
    ionosphere: Annotated[str, typer.Option(help="chapman: a layer of the season; iri: needs PyIRI.")] = "chapman",
    station: StationName = None,
    workers: Workers = None,
) -> None:
    """Write simulated hour files, and the truth about them."""
    from iar.results.simulate import check_folder, check_station, nights_from, simulate_night, write_truth
    from iar.simulation.fringes import parse_ionosphere
    from iar.simulation.scenario import draw_scenario
    from iar.stages.station import choose_station

    asked = nights_from(parse_night(first_night), nights)
    where = choose_station(station)
    check_station(where)
    draw = partial(
        draw_scenario, position=(where.latitude_deg, where.longitude_deg), ionosphere=parse_ionosphere(ionosphere)
    )
    drawn = [draw(scenario, night, seed) for night in asked]
    check_folder(out, asked, where)
    out.mkdir(parents=True, exist_ok=True)
    truth = write_truth(drawn, out, where)  # first: hour files with a truth beside them may be written over
    outcomes = run_with_bar("simulating", partial(simulate_night, station=where, out=out, seed=seed), drawn, workers)
    failed = {o.job.night: f"{o.job.night}: {o.error}" for o in outcomes if o.error is not None}
    whole = [s for s in drawn if s.night not in failed]
    if failed:
        write_truth(whole, out, where)
    files = sum(len(o.result or ()) for o in outcomes)
    say(f"simulated {len(whole)} night(s), {files} hour files in {out}; the truth is in {truth}")
    end(list(failed.values()))


@app.command()
def ingest(  # noqa: PLR0913, PLR0917 - options of a command, all named
    source: Annotated[list[Path], typer.Argument(metavar="FILES", help="Hour files, folders, tars or zips of them.")],
    archive: ArchiveUrl,
    station: StationName = None,
    settle_s: Annotated[
        float, typer.Option(min=0, help="Files written less than this ago wait for the next pass.")
    ] = 60,
    workers: Workers = None,
    processing: ProcessingFile = None,
    list_files: Annotated[bool, typer.Option("--list", help="What became of each file, a line each.")] = False,
) -> None:
    """Put hour files into the archive. Those that are there already are left alone."""
    from iar.records.finding import find_records
    from iar.settings import load_processing
    from iar.stages.creation import create_archive
    from iar.stages.ingest import station_format
    from iar.stages.spectra import check_band
    from iar.stages.station import carried_band, choose_station
    from iar.stages.taking_in import close_intake

    where = choose_station(station, archive)
    spectra = load_processing(processing).spectra
    recognise = station_format(where)
    found = find_records(source, recognise, settle_s=settle_s)
    if not (found.seen or found.tars):
        names = ", ".join(map(str, source))
        hint = "" if station else f"; --station names another station than {where.name}"
        raise InputError(f"no {where.format} records in {names} ({found.ignored} other files){hint}")
    store = create_archive(archive, where, spectra)
    if processing is not None:
        check_band(store, spectra)
    hands = workers if store.shareable else 1
    intake = _ingest_files(store, found, hands)
    for tar in found.tars:
        intake.add(_ingest_tar(store, tar, recognise, hands))
    if not (found.seen or intake.usable or intake.unusable):
        raise InputError(f"no {where.format} records in {', '.join(map(str, found.tars))}")
    failures = close_intake(store, intake)
    quarantined = len(store.quarantine())
    more = f"; {quarantined} file(s) in quarantine" if quarantined else ""
    say(f"ingested {intake.files} file(s) of {intake.nights} night(s) into {archive}{more}")
    tell_band(carried_band(where, store.frequency_hz), float(store.frequency_hz[-1]), where.rate_hz)
    tell_passed_over(intake.passed_over, where.format)
    tell_left(len(intake.young), f"younger than {settle_s:g} s; --settle-s 0 takes them now")
    tell_left(intake.changing, "they changed while they were read")
    tell_account(intake.account(), each_file=list_files)
    tell_problems(intake.problems)
    end(failures)


@app.command()
def process(  # noqa: PLR0913, PLR0917 - options of a command, all named
    archive: ArchiveUrl,
    first_night: FirstOfAll = None,
    last_night: LastOfAll = None,
    workers: Workers = None,
    scheduler: Annotated[
        str | None,
        typer.Option(help="A running Dask scheduler, such as tcp://host:8786; IAR_DASK_SCHEDULER names one, too."),
    ] = None,
    bundle: BundleFolder = None,
    registry: ChampionOf = None,
    processing: ProcessingFile = None,
    profile: Annotated[
        Path | None,
        typer.Option(help="Where the time went, as a picture (PNG, SVG, PDF) or a tree of calls (HTML); one process."),
    ] = None,
) -> None:
    """Take nights from counts to their verdicts. Spectra, detection, fringes; no server is needed."""
    from iar.archive.snapshot import Snapshot, shared_archive
    from iar.archive.store import Archive
    from iar.results.profiling import profiled
    from iar.settings import load_processing
    from iar.stages.fringes import read_verdict
    from iar.stages.network import name_network, network_folder
    from iar.stages.process import night_work, undone_nights
    from iar.stages.spectra import check_band
    from iar.stages.stage import Setup
    from iar.workers.scheduler import choose_scheduler

    address, settings = choose_scheduler(scheduler, workers), load_processing(processing)
    if profile is not None:
        _check_profile(profile, workers, address)
    network = name_network(bundle, registry)
    store = shared_archive(archive) if address else Archive(archive)
    check_band(store, settings.spectra)
    asked = asked_nights(store, first_night, last_night)
    before = Snapshot(archive, asked)
    nights = sealed_among(before, asked, "counts")
    todo = undone_nights(before, nights, Setup(settings, network_folder(network)))
    hands, work = workers if store.shareable and profile is None else 1, night_work(store, settings, network)
    with nullcontext() if profile is None else profiled(profile, todo):
        outcomes = {o.job: o for o in run_with_bar("processing", work, todo, hands, address)}
    failed = [f"{night}: {outcomes[night].error}" for night in todo if outcomes[night].error is not None]
    for night in nights:
        result = outcomes[night].result if night in outcomes else None
        if result is not None or night not in outcomes:
            verdict = read_verdict(before, night) if result is None else result.verdict
            say(f"{night}  {verdict.name:<12}  {verdict.reason}")
    more = f"; {len(failed)} failed" if failed else ""
    say(f"processed {len(todo) - len(failed)} night(s) of {archive}; {len(nights) - len(todo)} were done already{more}")
    end(failed)


def _check_profile(profile: Path, workers: int | None, address: str | None) -> None:
    """Raise an InputError if the file cannot be written, or the nights would be worked on elsewhere."""
    from iar.results.profiling import check_profile_file

    check_profile_file(profile)
    if address is not None or (workers or 1) > 1:
        where = address or f"{workers} others"
        raise InputError(f"--profile watches this process, and the work would be done by {where}")


def _ingest_files(store: "Archive", found: "Found", workers: int | None) -> "Intake":
    """Ingest the records of files and folders, night by night."""
    from iar.stages.ingest import ingest_night
    from iar.stages.taking_in import plan_intake

    jobs, intake = plan_intake(store, found)
    for outcome in run_with_bar("ingesting", partial(ingest_night, store), jobs, workers):
        if outcome.result is not None:
            intake.reports.append(outcome.result)
        else:
            intake.failures.append(f"{outcome.job}: {outcome.error}")
            intake.lose(outcome.job.records, str(outcome.error))
    return intake


def _ingest_tar(store: "Archive", path: Path, recognise: "Recognise", workers: int | None) -> "Intake":
    """Ingest a yearly tar; one of a few nights only is not worth other processes."""
    from iar.stages.ingest_tar import ingest_tar
    from iar.workers.cluster import available_cores

    size = path.stat().st_size
    hands = workers or (available_cores() if size > _FEW_NIGHTS_BYTES else 1)
    with bytes_bar(path.name, size) as progress:
        return ingest_tar(store, path, recognise, workers=hands, progress=progress)
