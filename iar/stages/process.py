"""A night from its counts to its verdict."""

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial

from iar.archive.manifest import DamagedManifest
from iar.archive.reader import Reader
from iar.archive.store import Archive
from iar.errors import DamagedArchiveError, NightNotSealedError
from iar.fringes.verdict import Verdict
from iar.settings import Processing
from iar.stages.fringes import sealed_verdict
from iar.stages.network import network_folder
from iar.stages.night_view import NightView, open_night
from iar.stages.pipeline import computed, redone_with
from iar.stages.stage import Setup, Stage

BY_DEFAULT = computed()


@dataclass(frozen=True)
class NightResult:
    """What processing did for one night: the stages that ran, and the verdict."""

    night: dt.date
    ran: tuple[str, ...]
    verdict: Verdict


def process_night(archive: Archive, night: dt.date, setup: Setup) -> NightResult:
    """Take a night from counts to verdict, running only the stages whose signature is not sealed.

    Raises
    ------
    NightNotSealedError
        If the night has no counts.
    """
    with open_night(archive, night) as view:
        ran = [stage.name for stage in BY_DEFAULT if view.make(stage, setup, redone_with(stage.name))]
        return NightResult(night, tuple(ran), sealed_verdict(view.manifest))


def run_stages(archive: Archive, night: dt.date, setup: Setup, stages: Iterable[Stage]) -> tuple[str, ...]:
    """Run those of some stages whose signature is not sealed, in order; returns their names.

    Raises
    ------
    NightNotSealedError
        If what the first of them is made from is not sealed.
    """
    with open_night(archive, night) as view:
        return tuple(stage.name for stage in stages if view.make(stage, setup, redone_with(stage.name)))


def night_work(archive: Archive, processing: Processing, network: str | None) -> Callable[[dt.date], NightResult]:
    """`process_night` as the work on one night, for any worker that sees what `archive` and `network` name.

    Without a network it is the one that the worker's own package ships: ours may lie elsewhere.
    """
    return partial(_process_by_name, archive, processing, network)


def _process_by_name(archive: Archive, processing: Processing, network: str | None, night: dt.date) -> NightResult:
    return process_night(archive, night, Setup(processing, network_folder(network)))


def undone_nights(store: Reader, nights: Iterable[dt.date], setup: Setup) -> list[dt.date]:
    """Those of `nights` with a stage that is not sealed with the signature it would have now, in order."""
    return [night for night in nights if not _is_done(store, night, setup)]


def _is_done(store: Reader, night: dt.date, setup: Setup) -> bool:
    """Whether nothing is left to do for a night."""
    try:
        view = NightView(store, night)
        return all(view.manifest.is_sealed(stage.name, stage.signature(view, setup)) for stage in BY_DEFAULT)
    except (NightNotSealedError, DamagedArchiveError):  # an earlier stage is missing, so this one is
        return False


def sealed_nights(store: Reader, nights: list[dt.date], stage: str) -> list[dt.date]:
    """Those of `nights` that have sealed `stage`, in order; a damaged one stays, for who works on it to report."""
    there = set(store.nights({night.year for night in nights}))
    seen = (store.look(night) for night in nights if night in there)
    return [one.night for one in seen if one.is_sealed(stage) or isinstance(one, DamagedManifest)]
