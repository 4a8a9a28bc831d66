"""Completeness of an archive: fans laid over its own hours without any, and how many of them come back.

Nights with the verdict ``no_fringes`` or ``interference`` carry the fans; where they are few, hours by day do, too.
Every night of the range then has its detection limit noted beside the seal of its fringes, where it stays until they
are found anew.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from iar import __version__
from iar.archive.reader import Reader
from iar.archive.store import Archive
from iar.archive.whole import replace_json
from iar.completeness.limit import Curve, fit_curve
from iar.completeness.noise import Noise
from iar.completeness.recovery import Recovered
from iar.completeness.shares import (
    DEEP_DB,
    DEPTH_EDGES_DB,
    SPACING_EDGES_HZ,
    Share,
    by_edges,
    by_hour,
    counted_share,
    share_of,
)
from iar.detection.bundle import load_bundle
from iar.night import SEASONS, season_of
from iar.results.limits import LIMIT, looked_with, measured_with
from iar.results.trials import Laid, NightTried
from iar.settings import Processing
from iar.stages.network import network_folder

WAYS = ("spectra", "counts")
"""What a fan is laid over; over counts it goes through the whole chain."""


@dataclass(frozen=True)
class Completeness:
    """What an archive can see.

    `shares` by ``depth``, and of the fans from `DEEP_DB` on by ``spacing``, ``season``, ``hour``, and the ``way`` they
    went; `alarms` of the trials without a fan, ``day`` and ``shuffled``: how many were called ``fringes``. `limits_db`
    of each night, dB, NaN where no fan that was laid is deep enough.
    """

    tried: tuple[NightTried, ...]
    shares: dict[str, tuple[Share, ...]]
    alarms: dict[str, Share]
    curve: Curve | None
    limits_db: dict[dt.date, float]

    @property
    def laid(self) -> list[Laid]:
        """All fans, night by night."""
        return [one for night in self.tried for one in night.laid]

    @property
    def classes(self) -> list[Share]:
        """Shares of the classes that have fans, kind by kind; without the hours, which are many."""
        return [one for kind, shares in self.shares.items() if kind != "hour" for one in shares if one.fans]


@dataclass(frozen=True)
class Kept:
    """Nights that got a detection limit; that were processed `anew` meanwhile; that were judged with `others`."""

    nights: int
    anew: int
    others: int

    def __str__(self) -> str:
        """In words."""
        words = [f"{self.nights} night(s) have a detection limit"]
        words += [f"{self.anew} processed anew meanwhile"] * bool(self.anew)
        words += [f"{self.others} judged with another network or other settings"] * bool(self.others)
        return ", ".join(words)


def completeness_of(tried: Sequence[NightTried], latitude_deg: float) -> Completeness:
    """Completeness from what came of each night."""
    nights = sorted(tried, key=lambda one: one.night)
    laid = [one for night in nights for one in night.laid]
    fans = [one.fan for one in laid]
    curve = fit_curve(
        np.array([fan.depth_db for fan in fans]), [one.noise for one in laid], np.array([fan.found for fan in fans])
    )
    limits_db = {one.night: curve.limit_db(one.noise) if curve else float("nan") for one in nights}
    return Completeness(tuple(nights), _shares(laid, latitude_deg), _alarms(nights), curve, limits_db)


def _shares(laid: Sequence[Laid], latitude_deg: float) -> dict[str, tuple[Share, ...]]:
    fans, deep = [one.fan for one in laid], [one for one in laid if one.fan.depth_db >= DEEP_DB]
    seen = [one.fan for one in deep]
    season = [season_of(one.night.month, latitude_deg) for one in deep]
    return {
        "depth": by_edges(fans, DEPTH_EDGES_DB, "dB", lambda one: one.depth_db),
        "spacing": by_edges(seen, SPACING_EDGES_HZ, "Hz", lambda one: one.spacing_hz),
        "season": tuple(
            share_of(name, [fan for fan, there in zip(seen, season, strict=True) if there == name]) for name in SEASONS
        ),
        "hour": by_hour(seen),
        "way": tuple(share_of(way, [fan for fan in seen if fan.over_counts == (way == "counts")]) for way in WAYS),
    }


def _alarms(nights: Sequence[NightTried]) -> dict[str, Share]:
    """False alarms; a trial whose hours have no data is none."""
    verdicts = {
        "day": [one.day_verdict for one in nights],
        "shuffled": [one.surrogate_verdict for one in nights],
    }
    looked = {kind: [name for name in names if name not in {None, "no_data"}] for kind, names in verdicts.items()}
    return {kind: counted_share(kind, len(names), names.count("fringes")) for kind, names in looked.items()}


def completeness_report(
    found: Completeness, store: Reader, *, network: str | None, processing: Processing, seed: int
) -> dict[str, Any]:
    """All of it as JSON can hold it, with the network and the settings that it is true of."""
    bundle = load_bundle(network_folder(network))
    return {
        "station": store.station.name,
        "software": f"iar {__version__}",
        "network": {"name": bundle.card.name, "digest": bundle.digest, "threshold": bundle.card.threshold},
        "settings": processing.fringes.model_dump(mode="json"),
        "seed": seed,
        "first_night": str(found.tried[0].night),
        "last_night": str(found.tried[-1].night),
        "deep_db": DEEP_DB,
        "shares": {name: [_plain(share) for share in shares] for name, shares in found.shares.items()},
        "false_alarms": {name: _plain(share) for name, share in found.alarms.items()},
        "curve": None if found.curve is None else asdict(found.curve),
        "nights": {
            str(one.night): _plain(one.noise) | {LIMIT: _rounded(found.limits_db[one.night])} for one in found.tried
        },
        "injections": [
            {"night": str(one.night), "by_day": one.day} | _plain(one.noise) | _plain(one.fan) for one in found.laid
        ],
    }


def keep_report(store: Archive, found: Completeness, report: dict[str, Any]) -> Kept:
    """Keep a report in the archive, and the detection limit of each night beside the seal of its fringes.

    A night that was judged with another network, or other settings, than the fans were gets no limit: it would not be
    true of its verdict.
    """
    anew, others, ours = 0, 0, measured_with(report)
    for one in found.tried:
        if looked_with(store.look(one.night)) != ours:
            others += 1
        elif not store.add_to_seal(one.night, "fringes", one.signature, {LIMIT: _rounded(found.limits_db[one.night])}):
            anew += 1
    store.keep_completeness(report)
    return Kept(len(found.tried) - anew - others, anew, others)


def write_report(report: dict[str, Any], path: Path) -> None:
    """Write a report to a file."""
    from fsspec.implementations.local import LocalFileSystem  # noqa: PLC0415 - for a file alone

    replace_json(LocalFileSystem(), str(path), report)


def _plain(found: Share | Noise | Recovered) -> dict[str, Any]:
    """Values by name as JSON can hold them: rounded, None where there is nothing."""
    values = {name: round(value, 4) if isinstance(value, float) else value for name, value in asdict(found).items()}
    return {name: None if isinstance(value, float) and np.isnan(value) else value for name, value in values.items()}


def _rounded(limit_db: float) -> float | None:
    return None if np.isnan(limit_db) else round(limit_db, 2)
