"""Is everything fit to run? Findings in words, for ``iar doctor``."""

import datetime as dt
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np
from packaging.version import Version

from iar.archive.store import Archive
from iar.detection.bundle import load_bundle
from iar.errors import DamagedArchiveError
from iar.stages.counts import counts_fault

PYTHONS = ((3, 11), (3, 13))
LIMITS: dict[str, tuple[str, str | None]] = {
    "prefect": ("3.7.1", None),
    "fastapi": ("0", "0.151"),
    "sqlalchemy": ("0", "2.1"),
    "xarray": ("2026.2", None),
    "zarr": ("3.1", None),
    "keras": ("3.9", None),
}
"""Versions whose neighbours are known to break something: lowest allowed, first not allowed."""
MIN_FREE_BYTES = 2 * 1024**3


@dataclass(frozen=True)
class Finding:
    """What was looked at, whether it is good, and what was seen."""

    what: str
    good: bool
    told: str


def check_machine() -> list[Finding]:
    """Findings about Python, packages, the shipped bundle and the disk."""
    return [_check_python(), *(_check_version(name) for name in LIMITS), _check_bundle(), _check_disk(Path.cwd())]


def check_archive(url: str) -> list[Finding]:
    """Findings about an archive: it opens, its manifests read, what they seal is there."""
    store = Archive(url)
    nights = store.nights()
    faults = [f"{night}: {fault}" for night in nights for fault in [_night_fault(store, night)] if fault]
    quarantine = _look("quarantine", lambda: str(len(store.quarantine())))
    faults += [] if quarantine.good else [quarantine.told]
    told = f"{len(nights)} nights, all readable" if not faults else "; ".join(faults)
    return [Finding(f"archive {url}", not faults, told)]


def _night_fault(store: Archive, night: dt.date) -> str | None:
    """What is wrong with the sealed stages of a night: they cannot be read, or hold less than their manifest says."""
    try:
        manifest = store.manifest(night)
        stages = manifest.stages
        if manifest.sealed_samples is not None:
            return (
                "counts are being written, or their ingest was killed: the next `iar ingest`, of any file, seals them"
            )
        for stage in stages.keys() & SEALED_BY.keys():
            store.read(night, SEALED_BY[stage])
        if "counts" in stages:
            fault = counts_fault(store.read(night, "counts/counts"), store, manifest)
            if fault is not None:
                return fault
        if {"counts", "spectra"} <= stages.keys() and np.isnan(store.read(night, "spectra/effort")).any():
            return "spectra are sealed but not there"
    except (DamagedArchiveError, OSError) as error:
        return str(error)
    return None


SEALED_BY = {
    "spectra": "spectra/density",
    "classical": "detection/classical",
    "probability": "detection/probability",
    "fringes": "fringes/delta_f_hz",
}
"""One array of each stage, to look whether it can be read."""


def _check_python() -> Finding:
    low, high = PYTHONS
    told = f"{sys.version.split()[0]}, {'.'.join(map(str, low))} to {'.'.join(map(str, high))} wanted"
    return Finding("Python", low <= sys.version_info[:2] <= high, told)


def _check_version(name: str) -> Finding:
    low, stop = LIMITS[name]
    try:
        found = version(name)
    except PackageNotFoundError:
        return Finding(name, False, "not installed")
    good = Version(found) >= Version(low) and (stop is None or Version(found) < Version(stop))
    wanted = f">= {low}" if stop is None else f"< {stop}"
    return Finding(name, good, f"{found}, {wanted} wanted")


def _check_bundle() -> Finding:
    return _look("shipped bundle", lambda: f"{load_bundle().card.name}, digest {load_bundle().digest}")


def _check_disk(folder: Path) -> Finding:
    free = shutil.disk_usage(folder).free
    return Finding("disk", free >= MIN_FREE_BYTES, f"{free / 1024**3:.0f} GiB free at {folder}, 2 wanted")


def _look(what: str, tell: Callable[[], str]) -> Finding:
    try:
        return Finding(what, True, tell())
    except (ValueError, OSError, ImportError) as error:
        return Finding(what, False, str(error))
