"""Faults of an archive: what is sealed and not whole. Found, listed as CSV, and opened so that it is made anew."""

import csv
import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from iar.archive.manifest import DamagedManifest
from iar.archive.reader import Reader
from iar.archive.store import Archive
from iar.errors import InputError
from iar.records.table import read_table
from iar.stages.pipeline import PIPELINE, redone_with
from iar.upkeep.damage import sealed_damage
from iar.upkeep.lost_counts import unseal_counts, waiting_sources

MANIFEST = "manifest"
"""Stage of a fault of the manifest itself: then it is not known what is sealed."""
STAGES = tuple(stage.name for stage in PIPELINE)
COLUMNS = ("night", "stage", "fault")


@dataclass(frozen=True)
class Fault:
    """What is wrong with one stage of a night, in words; `stage` is one of the archive's, or ``manifest``."""

    night: dt.date
    stage: str
    fault: str

    def __str__(self) -> str:
        return f"{self.night}: {self.fault}"


@dataclass(frozen=True)
class Unsealed:
    """What was opened of a night: stages that will be made anew, and files that `iar ingest` must read for that.

    `left` says why a fault was left as it is.
    """

    night: dt.date
    stages: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    left: str = ""

    def __str__(self) -> str:
        if self.left:
            return f"{self.night}: left as it is: {self.left}"
        how = f"`iar ingest` of {', '.join(self.sources)}, then `iar process`" if self.sources else "`iar process`"
        return f"{self.night}: unsealed {', '.join(self.stages)}: {how} makes them anew"


def find_faults(store: Reader) -> list[Fault]:
    """What is wrong with each night that has a manifest, in order; empty if all is whole."""
    return [fault for night in store.nights() for fault in night_faults(store, night)]


def night_faults(store: Reader, night: dt.date) -> list[Fault]:
    """What is wrong with a night, stage by stage; what is sealed anew while it is looked at is looked at again."""
    while True:
        try:
            manifest = store.look(night)
        except OSError as error:
            return [Fault(night, MANIFEST, str(error))]
        if isinstance(manifest, DamagedManifest):
            return [Fault(night, MANIFEST, manifest.fault)]
        faults = [Fault(night, stage, fault) for stage, fault in sealed_damage(store, manifest)]
        if manifest.sealed_samples is not None:
            return [Fault(night, "counts", _waiting(waiting_sources(manifest))), *faults]
        if not faults or store.manifest(night) == manifest:
            return faults


def _waiting(sources: Sequence[str]) -> str:
    if sources:
        return f"counts wait for `iar ingest` of {', '.join(sources)}, whose samples were lost"
    return "counts are being written, or their ingest was killed: the next `iar ingest`, of any file, seals them"


def write_faults(faults: Iterable[Fault], file: Path) -> None:
    """Write faults as CSV with the header ``night,stage,fault``; without any, the header alone.

    Raises
    ------
    InputError
        If something else than such a list is there: it may be a part of an archive, and stays as it is.
    """
    if file.exists() and not _is_list(file):
        raise InputError(f"{file} is there and is no list of damaged nights ({','.join(COLUMNS)}): name another file")
    unfinished = file.with_name(f".{file.name}")  # a backfill may be reading the last one
    with unfinished.open("w", encoding="utf-8", newline="") as out:
        lines = csv.writer(out, lineterminator="\n")
        lines.writerow(COLUMNS)
        lines.writerows((fault.night, fault.stage, " ".join(fault.fault.split())) for fault in faults)
    unfinished.replace(file)


def _is_list(file: Path) -> bool:
    """Whether a file has been written by `write_faults`."""
    header = f"{','.join(COLUMNS)}\n".encode()
    if not file.is_file():
        return False
    with file.open("rb") as there:
        return there.read(len(header)) == header


def read_faults(file: Path) -> list[Fault]:
    """Faults that `write_faults` wrote, or a person: in the order of the file.

    Raises
    ------
    InputError
        If the table cannot be read, or has no row, see `iar.records.table.read_table`; if a night is no date or a stage
        none of the archive's: it says in which line.
    """
    faults = []
    for row in read_table(file, COLUMNS):
        stage = row.fields["stage"]
        if stage not in {MANIFEST, *STAGES}:
            raise InputError(f"{row.where}: stage {stage!r} is none of {MANIFEST}, {', '.join(STAGES)}")
        faults.append(Fault(row.night, stage, row.fields["fault"]))
    return faults


def unseal_faults(store: Archive, faults: Iterable[Fault]) -> list[Unsealed]:
    """Open the damaged stages of the nights in `faults`, and all that was made from them, so that they are made anew.

    Each night is locked and looked at again: what is whole by now stays sealed, what is damaged by now is opened too.
    Only manifests are written, so nothing is lost that can be read.
    """
    opened = [_unseal_night(store, night) for night in sorted({fault.night for fault in faults})]
    return [one for one in opened if one is not None]


def _unseal_night(store: Archive, night: dt.date) -> Unsealed | None:
    with store.locked(night):
        damaged = {fault.stage: fault.fault for fault in night_faults(store, night)}
        if not damaged:
            return None
        if MANIFEST in damaged:
            advice = "bring it back from a copy, or remove it and ingest all files of the night"
            return Unsealed(night, left=f"{damaged[MANIFEST]}: {advice}")
        manifest = store.manifest(night)
        if manifest.sealed_samples is not None:
            return Unsealed(night, left=damaged["counts"])
        redone = {later for stage in damaged for later in redone_with(stage)}
        stages = tuple(stage for stage in STAGES if stage in redone & manifest.stages.keys())
        if "counts" not in damaged:
            store.unseal(night, stages)
            return Unsealed(night, stages)
        sources = unseal_counts(store, manifest)
        if not sources:
            return Unsealed(night, left=f"{damaged['counts']}: which of its files is concerned cannot be told; "
                            "remove its manifest and ingest all files of the night")  # fmt: skip
        return Unsealed(night, stages, sources)
