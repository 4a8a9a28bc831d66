"""What a stage was made from, as one short digest."""

import datetime as dt
from typing import Any

from iar.archive.manifest import signature_of
from iar.archive.store import Archive

VERSION = {"spectra": 1, "classical": 1, "probability": 1, "fringes": 1}
"""Raised when the code of a stage changes its result: part of every signature."""


def stage_signature(archive: Archive, night: dt.date, stage: str, before: str, *settings: Any) -> str:
    """Signature of `stage`, which reads what the stage `before` sealed, with these settings.

    Raises
    ------
    NightNotSealedError
        If the stage before is not sealed.
    """
    manifest = archive.sealed_manifest(night, before)
    return signature_of(stage, VERSION[stage], manifest.stages[before].signature, *settings)
