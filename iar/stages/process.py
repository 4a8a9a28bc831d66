"""A night from its counts to its verdict."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from iar.archive.store import Archive
from iar.detection.bundle import SHIPPED, bundle_digest
from iar.errors import DamagedArchiveError, NightNotSealedError
from iar.fringes.verdict import Verdict
from iar.settings import Processing
from iar.stages.detection import classical_signature, probability_signature, run_classical, run_probability
from iar.stages.fringes import fringes_signature, read_verdict, run_fringes
from iar.stages.network import network_folder
from iar.stages.spectra import run_spectra, spectra_signature


@dataclass(frozen=True)
class NightResult:
    """What processing did for one night: the stages that ran, and the verdict."""

    night: dt.date
    ran: tuple[str, ...]
    verdict: Verdict


def process_night(archive: Archive, night: dt.date, processing: Processing, bundle: Path = SHIPPED) -> NightResult:
    """Take a night from counts to verdict, running only the stages whose signature is not sealed.

    Raises
    ------
    NightNotSealedError
        If the night has no counts.
    """
    ran = [
        name
        for name, did in (
            ("spectra", run_spectra(archive, night, processing)),
            ("classical", run_classical(archive, night, processing)),
            ("probability", run_probability(archive, night, bundle)),
            ("fringes", run_fringes(archive, night, processing)),
        )
        if did
    ]
    return NightResult(night, tuple(ran), read_verdict(archive, night))


def night_work(archive: Archive, processing: Processing, network: str | None) -> Callable[[dt.date], NightResult]:
    """`process_night` as the work on one night, for any worker that sees what `archive` and `network` name.

    Without a network it is the one that the worker's own package ships: ours may lie elsewhere.
    """
    return partial(_process_by_name, archive, processing, network)


def _process_by_name(archive: Archive, processing: Processing, network: str | None, night: dt.date) -> NightResult:
    return process_night(archive, night, processing, network_folder(network))


def undone_nights(archive: Archive, nights: list[dt.date], processing: Processing, bundle: Path) -> list[dt.date]:
    """Those of `nights` with a stage that is not sealed with the signature it would have now, in order."""
    digest = bundle_digest(bundle)
    return [night for night in nights if not _is_done(archive, night, processing, digest)]


def _is_done(archive: Archive, night: dt.date, processing: Processing, digest: str) -> bool:
    """Whether nothing is left to do for a night."""
    try:
        manifest = archive.manifest(night)
        return (
            manifest.is_sealed("spectra", spectra_signature(archive, night, processing.spectra))
            and manifest.is_sealed("classical", classical_signature(archive, night, processing.classical))
            and manifest.is_sealed("probability", probability_signature(archive, night, digest))
            and manifest.is_sealed("fringes", fringes_signature(archive, night, processing.fringes))
        )
    except (NightNotSealedError, DamagedArchiveError):  # an earlier stage is missing, so this one is
        return False


def sealed_nights(archive: Archive, nights: list[dt.date], stage: str) -> list[dt.date]:
    """Those of `nights` that have sealed `stage`, in order; a damaged one stays, for who works on it to report."""
    there = set(archive.nights({night.year for night in nights}))
    return [night for night in nights if night in there and _may_be_sealed(archive, night, stage)]


def _may_be_sealed(archive: Archive, night: dt.date, stage: str) -> bool:
    try:
        return archive.manifest(night).is_sealed(stage)
    except DamagedArchiveError:
        return True
