"""A night from its counts to its verdict."""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from iar.archive.store import Archive
from iar.detection.bundle import SHIPPED
from iar.fringes.verdict import Verdict
from iar.settings import Processing
from iar.stages.detection import run_classical, run_probability
from iar.stages.fringes import read_verdict, run_fringes
from iar.stages.spectra import run_spectra


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


def nights_with_counts(archive: Archive, nights: list[dt.date]) -> list[dt.date]:
    """Those of `nights` whose counts are sealed, in order."""
    there = set(archive.nights())
    return [night for night in nights if night in there and archive.manifest(night).is_sealed("counts")]
