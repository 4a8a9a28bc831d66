"""What is known of detection limits: each night's, and whether they were measured as the nights were looked at."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from iar.archive.manifest import Manifest, signature_of
from iar.archive.reader import Reader
from iar.errors import DamagedArchiveError

LIMIT = "detection_limit_db"
"""Where the seal of a night's fringes notes its detection limit, dB; None where no fan that was laid is deep enough."""


def read_limit_db(store: Reader, night: dt.date) -> float:
    """Detection limit of a night, dB; NaN where it is not known, or was measured before its fringes were found anew."""
    return noted_limit_db(store.sealed_manifest(night, "fringes"))


def noted_limit_db(manifest: Manifest) -> float:
    """Detection limit that a manifest notes, dB; NaN where it notes none."""
    seal = manifest.stages.get("fringes")
    limit_db = None if seal is None else seal.note.get(LIMIT)
    return float("nan") if limit_db is None else float(limit_db)


def limit_words(limit_db: float) -> str:
    """Detection limit in a sentence; empty where it is not known.

    >>> limit_words(1.62)
    'nine of ten fans deeper than 1.6 dB would have been found'
    """
    return "" if np.isnan(limit_db) else f"nine of ten fans deeper than {limit_db:.1f} dB would have been found"


def measured_with(report: Mapping[str, Any]) -> str:
    """What tells the network and the settings that a completeness is true of from any others, see `looked_with`."""
    return signature_of([report["network"]["digest"], report["settings"]])


def looked_with(manifest: Manifest) -> str | None:
    """What tells the network and the settings of a night's verdict from any others; None of a night without one."""
    probability, fringes = (manifest.stages.get(stage) for stage in ("probability", "fringes"))
    if probability is None or fringes is None:
        return None
    return signature_of([probability.note.get("digest"), fringes.note.get("settings")])


def completeness_caution(store: Reader, nights: Sequence[dt.date]) -> str:
    """Line that says of how many of these nights the archive's completeness is not true, or that it cannot be read.

    Empty where it is true of all, or nobody has measured it.
    """
    return kept_completeness(store, (looked_with(store.look(night)) for night in nights))[1]


def kept_completeness(store: Reader, looked: Iterable[str | None]) -> tuple[dict[str, Any] | None, str]:
    """What `iar completeness` measured last, None if nothing can be read; and that line, see `completeness_caution`.

    `looked` is what `looked_with` says of each night.
    """
    try:
        report = store.completeness()
    except DamagedArchiveError as error:
        return None, str(error)
    return report, "" if report is None else stale_words(report, looked)


def stale_words(report: Mapping[str, Any], looked: Iterable[str | None]) -> str:
    """Line that says of how many nights a completeness is not true, empty of none; `looked` as of `looked_with`."""
    ours, judged = measured_with(report), [one for one in looked if one is not None]
    others = sum(one != ours for one in judged)
    if not others:
        return ""
    network = f"{report['network']['name']} {report['network']['digest'][:12]}"
    return (
        f"completeness was measured with network {network}; {others} of {len(judged)} night(s) were judged with "
        "another network or other settings: `iar completeness` measures it anew"
    )
