"""When a stage has to run, and how its result is sealed: the same for every stage."""

import datetime as dt
from collections.abc import Callable
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from iar.archive.manifest import signature_of
from iar.archive.store import Archive
from iar.errors import DamagedArchiveError

VERSION = {"spectra": 2, "classical": 2, "probability": 1, "fringes": 3}
"""Raised when the code of a stage changes its result: part of every signature.

Counts have none: their signature is of the samples themselves, so another decoder tells itself by what it reads.
"""

REDONE_WITH = {
    "counts": ("counts", "spectra", "classical", "probability", "fringes"),
    "spectra": ("spectra", "classical", "probability", "fringes"),
    "classical": ("classical",),
    "probability": ("probability", "fringes"),
    "fringes": ("fringes",),
}
"""Stages that are no longer whole once a stage is written anew: itself, and all that were made from it."""

Settings = TypeVar("Settings", bound=BaseModel)
Computed = tuple[dict[str, Any], dict[str, Any]]
"""Arrays by path, and what the manifest notes beside the seal."""


def stage_signature(archive: Archive, night: dt.date, stage: str, before: str, *settings: Any) -> str:
    """Signature of `stage`, which reads what the stage `before` sealed, with these settings.

    Raises
    ------
    NightNotSealedError
        If the stage before is not sealed.
    """
    manifest = archive.sealed_manifest(night, before)
    return signature_of(stage, VERSION[stage], manifest.stages[before].signature, *settings)


def sealed_settings(archive: Archive, night: dt.date, stage: str, kind: type[Settings]) -> Settings:
    """Settings of that `kind` that a night's `stage` was sealed with.

    Raises
    ------
    NightNotSealedError
        If it is not sealed.
    DamagedArchiveError
        If the manifest does not say them, or says others than there can be.
    """
    told = archive.sealed_manifest(night, stage).noted(stage, "settings")
    try:
        return kind.model_validate(told)
    except ValidationError as error:
        fault = f"settings of {stage}: {error.errors()[0]['msg']}"
        raise DamagedArchiveError(f"manifest of night {night} is damaged: {fault}") from None


def run_stage(
    archive: Archive, night: dt.date, stage: str, signature: Callable[[], str], compute: Callable[[], Computed]
) -> bool:
    """Compute, write and seal a stage unless it is sealed with just that signature; returns whether it had to run.

    The night is locked from the look at its manifest to the seal, so two runs over the same night take turns, and the
    second finds it done.
    """
    with archive.locked(night):
        wanted = signature()
        if archive.manifest(night).is_sealed(stage, wanted):
            return False
        arrays, note = compute()
        archive.unseal(night, REDONE_WITH[stage])  # nobody reads a night that is half old and half new
        archive.write(night, arrays)
        archive.seal(night, stage, wanted, note)
        return True
