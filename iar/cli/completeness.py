"""The command that tells what an archive can see."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import typer

from iar.cli.options import ArchiveUrl, BundleFolder, ChampionOf, FirstOfAll, LastOfAll, ProcessingFile, Workers
from iar.cli.ranges import within, work_on
from iar.errors import InputError
from iar.terminal import end, formatted, say

if TYPE_CHECKING:
    from iar.completeness.shares import Share
    from iar.results.completeness import Completeness

app = typer.Typer()


@app.command()
def completeness(  # noqa: PLR0913, PLR0917 - options of a command, all named
    archive: ArchiveUrl,
    first_night: FirstOfAll = None,
    last_night: LastOfAll = None,
    injections: Annotated[
        int, typer.Option(metavar="N", min=1, max=100_000, help="Fans that are laid and looked for.")
    ] = 200,
    json_file: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="File to write all of it to, too.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Picture to draw (PNG, SVG, PDF), too.")
    ] = None,
    over_counts: Annotated[
        float,
        typer.Option(metavar="SHARE", min=0, max=1, help="Share laid over counts, through the whole chain."),
    ] = 0.1,
    seed: Annotated[int, typer.Option(metavar="N", min=0, help="The same seed lays the same fans.")] = 0,
    workers: Workers = None,
    bundle: BundleFolder = None,
    registry: ChampionOf = None,
    processing: ProcessingFile = None,
) -> None:
    """Measure what would have been found. By fans laid over the archive's own noise; each night gets its limit."""
    from iar.archive.snapshot import Snapshot
    from iar.archive.store import Archive
    from iar.results.completeness import completeness_of, completeness_report, keep_report, write_report
    from iar.results.completeness_picture import check_completeness_files, draw_completeness
    from iar.results.trials import night_trial, plan
    from iar.settings import load_processing
    from iar.stages.network import name_network
    from iar.stages.process import sealed_nights

    check_completeness_files(json_file, out)
    settings, network, store = load_processing(processing), name_network(bundle, registry), Archive(archive)
    asked = within(store.nights(), first_night, last_night)
    before = Snapshot(archive, asked)
    todo = plan(before, sealed_nights(before, asked, "fringes"), injections, seed, over_counts)
    hands = workers if store.shareable else 1
    tried, failed = work_on("injecting", night_trial(before, settings, network, seed), todo, hands)
    if not tried:
        raise InputError(f"nothing could be tried in {archive}: {failed[0]}")
    found = completeness_of(tried, before.station.latitude_deg)
    report = completeness_report(found, before, network=network, processing=settings, seed=seed)
    kept = keep_report(store, found, report)
    if json_file is not None:
        write_report(report, json_file)
    if out is not None:
        draw_completeness(report, out)
    _tell(found, report)
    written = "".join(f"; wrote {file}" for file in (json_file, out) if file is not None)
    say(f"laid {len(found.laid)} fan(s) over {archive}, {kept}{written}")
    end(failed)


def _tell(found: "Completeness", report: "dict[str, Any]") -> None:
    """Print the shares, what noise alone gives, and the limits."""
    from iar.results.completeness_picture import alarms_in_words

    say("fans             laid  found  share  95 % interval  error of spacing  over its sigma")
    for share in found.classes:
        _tell_share(share)
    for line in alarms_in_words(report):
        say(f"without a fan: {line}")
    limits_db = np.array(list(found.limits_db.values()))
    known = limits_db[np.isfinite(limits_db)]
    if len(known):
        low, middle, high = np.quantile(known, (0.1, 0.5, 0.9))
        say(f"detection limit: {middle:.1f} dB in the median night, {low:.1f} to {high:.1f} dB in eight of ten")
    if len(known) < len(limits_db):
        say(f"detection limit not known, or deeper than any fan that was laid: {len(limits_db) - len(known)} night(s)")


def _tell_share(share: "Share") -> None:
    interval = f"{share.low:>6.0%} to {share.high:>3.0%}"
    errors = f"{formatted(share.error, '.2%'):>16}  {formatted(share.sigma_factor, '.2f'):>14}"
    say(f"{share.label:<15}  {share.fans:>4}  {share.found:>5}  {share.share:>5.0%}  {interval:>13}  {errors}")
