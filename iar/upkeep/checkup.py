"""Is everything fit to run? Findings in words, for ``iar doctor``, and what would mend them."""

import os
import platform
import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.metadata import PackageNotFoundError, entry_points, metadata, requires, version
from pathlib import Path

from fsspec.implementations.local import LocalFileSystem
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from iar.archive.leftovers import Leftover, find_leftovers, held_leases, remove_leftover
from iar.archive.place import filesystem
from iar.archive.reader import Reader
from iar.archive.store import Archive
from iar.detection.bundle import load_bundle
from iar.errors import InputError
from iar.stages.ingest import ingest_night, unsealed_jobs
from iar.upkeep.faults import Fault, find_faults, unseal_faults
from iar.workers.scheduler import SCHEDULER
from iar.workers.versions import OURS, worker_versions

DELICATE = ("prefect", "fastapi", "sqlalchemy", "xarray", "zarr", "keras")
"""Packages of which other versions are known to break something: those that our own requirements leave out."""
DISTRIBUTION = "iar-coil"
"""Name that we are installed by."""
MIN_FREE_BYTES = 2 * 1024**3
CHECKUPS = "iar.checkups"
"""Entry points of packages that stand above this one: functions without arguments that return findings."""
_MOST_LISTED = 20


@dataclass(frozen=True)
class Mended:
    """What was done about a finding, and what is left to be done by a person."""

    did: tuple[str, ...] = ()
    left: tuple[str, ...] = ()


@dataclass(frozen=True)
class Finding:
    """What was looked at, whether it is good, and what was seen.

    Where something can be done about it, `remedy` says what `mend` would do. It looks again before it does.
    """

    what: str
    good: bool
    detail: str
    remedy: str = ""
    mend: Callable[[], Mended] | None = None


def check_machine() -> list[Finding]:
    """Findings about Python, packages, the shipped bundle and the disk."""
    return [_check_python(), *map(_check_version, DELICATE), _check_bundle(), _check_disk(Path.cwd())]


def check_workers() -> list[Finding]:
    """Findings about the Dask workers that the environment names, if it names any."""
    address = os.environ.get(SCHEDULER)
    return [_look(f"Dask workers of {address}", partial(_tell_workers, address))] if address else []


def check_above() -> list[Finding]:
    """Findings of packages that stand above this one."""
    return [finding for checkup in entry_points(group=CHECKUPS) for finding in checkup.load()()]


def check_archive(url: str) -> list[Finding]:
    """Findings about an archive: what is sealed is there, nobody left anything behind, there is room."""
    store = Archive(url)
    fs, root = filesystem(url)
    room = [_check_disk(Path(root))] if isinstance(fs, LocalFileSystem) else []
    return [_check_faults(store), _check_leftovers(store), *_check_leases(store), *room]


def _check_faults(store: Archive) -> Finding:
    what, nights, faults = f"archive {store.url}", len(store.nights()), find_faults(store)
    quarantine = _look("quarantine", lambda: str(len(store.quarantine())))
    lines = [*map(str, faults), *([] if quarantine.good else [quarantine.detail])]
    if not lines:
        return Finding(what, True, f"{nights} nights, all readable")
    if not faults:
        return Finding(what, False, lines[0])
    damaged = len({fault.night for fault in faults})
    remedy = f"unseal what is damaged of {damaged} night(s), so that it is made anew, and seal what killed runs left"
    return Finding(what, False, _joined(lines), remedy, partial(_mend_faults, store, faults))


def _mend_faults(store: Archive, faults: Sequence[Fault]) -> Mended:
    """Seal what killed ingests left, as the next one would; then open what is damaged."""
    sealed = []
    for job in unsealed_jobs(store):
        ingest_night(store, job)
        sealed.append(f"{job.night}: sealed what was sealed before an ingest was killed")
    opened = unseal_faults(store, faults)
    return Mended(
        (*sealed, *(str(one) for one in opened if not one.left)),
        tuple(str(one) for one in opened if one.left or one.sources),
    )


def _check_leftovers(store: Reader) -> Finding:
    found = find_leftovers(store)
    what = f"temporary files in {store.url}"
    if not found:
        return Finding(what, True, "none was left behind")
    detail = f"killed runs left {len(found)}, such as {found[0].path}"
    return Finding(what, False, detail, f"remove {len(found)} temporary file(s)", partial(_mend_leftovers, found))


def _mend_leftovers(found: Iterable[Leftover]) -> Mended:
    return Mended((f"removed {sum(map(remove_leftover, found))} temporary file(s)",))


def _check_leases(store: Reader) -> list[Finding]:
    nights = held_leases(store)
    if not nights:
        return []
    detail = f"{_joined(list(map(str, nights)))}: at work, or killed; then the next run takes over after a minute"
    return [Finding(f"leases in {store.url}", True, detail)]


def _tell_workers(address: str) -> str:
    """How many workers there are; an InputError if some are not made as we are."""
    there = worker_versions(address)
    others = [f"{worker}: {made_by}" for worker, made_by in there.items() if made_by != OURS]
    if others:
        raise InputError(f"{OURS} is here; {_joined(others)}")
    return f"{len(there)}, all with {OURS}"


def _check_python() -> Finding:
    wanted, found = metadata(DISTRIBUTION)["Requires-Python"], platform.python_version()
    return Finding("Python", SpecifierSet(wanted).contains(found, prereleases=True), f"{found}, wanted {wanted}")


def _check_version(name: str) -> Finding:
    """Whether a package is there, in a version that our own requirements allow."""
    wanted = next(need.specifier for need in map(Requirement, requires(DISTRIBUTION) or ()) if need.name == name)
    try:
        found = version(name)
    except PackageNotFoundError:
        return Finding(name, False, "not installed")
    return Finding(name, wanted.contains(found, prereleases=True), f"{found}, wanted {wanted}")


def _check_bundle() -> Finding:
    return _look("shipped bundle", lambda: f"{load_bundle().card.name}, digest {load_bundle().digest}")


def _check_disk(folder: Path) -> Finding:
    free = shutil.disk_usage(folder).free
    return Finding(
        "disk",
        free >= MIN_FREE_BYTES,
        f"{free / 1024**3:.0f} GiB free at {folder}, {MIN_FREE_BYTES / 1024**3:.0f} wanted",
    )


def _look(what: str, tell: Callable[[], str]) -> Finding:
    try:
        return Finding(what, True, tell())
    except (ValueError, OSError, ImportError) as error:
        return Finding(what, False, str(error))


def _joined(lines: Sequence[str]) -> str:
    """Lines as one; of very many the first."""
    more = [f"and {len(lines) - _MOST_LISTED} more"] if len(lines) > _MOST_LISTED else []
    return "; ".join([*lines[:_MOST_LISTED], *more])
