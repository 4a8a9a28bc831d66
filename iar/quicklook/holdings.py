"""What the archive holds now: a short line of each night, read anew only where its manifest changed."""

import datetime as dt
import hashlib
import math
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from statistics import median
from typing import Any

from iar.archive.manifest import manifest_path, parse_manifest, signature_of
from iar.archive.reader import Reader
from iar.archive.watch import Changes, Watch
from iar.errors import InputError, NightNotSealedError
from iar.fringes.climatology import Climatology, NightFringes
from iar.labels.current import signatures
from iar.results.climatology import archive_climatology, read_fringes
from iar.results.limits import kept_completeness, looked_with, noted_limit_db
from iar.settings import Station
from iar.upkeep.coverage import NightCoverage, manifest_coverage
from iar.upkeep.freshness import AHEAD, data_until


@dataclass(frozen=True)
class NightLine:
    """What a list of nights shows of one.

    `reason` is that of the verdict, `limit_db` the detection limit, NaN where it is not known, `looked_with` the
    network and settings of the verdict as `iar.results.limits` tells them, `signatures` those of its spectra and of the
    network's work, `data_until` the end of the last samples, UTC, None where none are sealed; `digest` tells this
    manifest from any other.
    """

    coverage: NightCoverage
    reason: str
    limit_db: float
    looked_with: str | None
    signatures: tuple[str, str]
    data_until: dt.datetime | None
    digest: str

    @property
    def night(self) -> dt.date:
        """Date of its evening."""
        return self.coverage.night


@dataclass(frozen=True)
class Holdings:
    """An archive at one moment: its nights in order, and the manifests that cannot be read, each with its error."""

    archive: Reader
    lines: Mapping[dt.date, NightLine]
    damaged: Mapping[dt.date, str]

    def line(self, night: dt.date) -> NightLine:
        """Line of a night.

        Raises
        ------
        NightNotSealedError
            If nothing of the night is there.
        InputError
            If its manifest cannot be read.
        """
        if night in self.damaged:
            raise InputError(self.damaged[night])
        if night not in self.lines:
            raise NightNotSealedError(f"night {night} is not in the archive: nothing of it is there")
        return self.lines[night]

    @cached_property
    def nights(self) -> list[dt.date]:
        """Nights with a manifest that can be read."""
        return list(self.lines)

    @cached_property
    def judged(self) -> list[dt.date]:
        """Nights with a verdict."""
        return [night for night, line in self.lines.items() if line.coverage.verdict is not None]

    @cached_property
    def verdicts(self) -> Counter[str]:
        """Number of nights of each verdict."""
        return Counter(line.coverage.verdict for line in self.lines.values() if line.coverage.verdict is not None)

    def data_until(self, now: dt.datetime) -> dt.datetime | None:
        """End of the last samples that are sealed, UTC; those of the future have a wrong time, and do not count."""
        ends = (line.data_until for line in self.lines.values() if line.data_until is not None)
        return max((end for end in ends if end <= now + AHEAD), default=None)

    @cached_property
    def limit_db(self) -> float | None:
        """Median detection limit of the nights that have one, dB; None where none has."""
        known = [line.limit_db for line in self.lines.values() if not math.isnan(line.limit_db)]
        return median(known) if known else None

    def completeness(self) -> tuple[dict[str, Any] | None, str]:
        """What `iar completeness` measured last, None if nothing; and what keeps it from being true, else empty."""
        return kept_completeness(self.archive, (line.looked_with for line in self.lines.values()))

    @cached_property
    def digest(self) -> str:
        """What tells this state of the archive from any other."""
        return signature_of([line.digest for line in self.lines.values()])


class Shelf:
    """The archive at a URL, which may not be there yet, as many threads look at it."""

    def __init__(self, url: str) -> None:
        """Look at `url`; an InputError if nothing here can read such a URL."""
        self.url = url
        self._watch = Watch(url)
        self._lock = threading.Lock()
        self._held: Holdings | None = None
        self._fringes: dict[dt.date, tuple[str, NightFringes]] = {}
        self._reading = threading.Lock()

    def look(self) -> Holdings:
        """Return what the archive holds now.

        Raises
        ------
        InputError
            If there is no archive, or it cannot be reached or read.
        """
        with self._lock:
            held, self._held = self._held, None  # whatever fails now, the next look reads everything
            if held is None:
                self._watch = Watch(self.url)
            changes = self._watch.look()
            if held is None or changes.remade:
                held = Holdings(Reader(self.url), {}, {})
            self._held = _updated(held, changes) if changes else held
            return self._held

    def fringes(self, held: Holdings, night: dt.date) -> NightFringes:
        """Spacing of a night with a verdict; that of a night that did not change is remembered.

        Raises
        ------
        NightNotSealedError
            If the night has no verdict.
        DamagedArchiveError
            If it cannot be read.
        """
        digest = held.lines[night].digest
        known = self._fringes.get(night)
        if known is None or known[0] != digest:
            known = digest, read_fringes(held.archive, night)
            self._fringes[night] = known
        return known[1]

    def climatology(self, held: Holdings, report: Mapping[str, Any] | None) -> tuple[Climatology | None, list[str]]:
        """Climatology of all nights with a verdict, None where there are none; and what cannot be read, in words.

        It is corrected by `report`, a completeness that is true of the nights, where there is one.
        """
        read, failed = [], []
        with self._reading:  # a second reader finds all of it remembered
            for night in held.judged:
                try:
                    read.append(self.fringes(held, night))
                except (InputError, OSError) as error:
                    failed.append(f"{night}: {error}")
        return (archive_climatology(held.archive, read, report) if read else None), failed


def _updated(before: Holdings, changes: Changes) -> Holdings:
    lines = {night: line for night, line in before.lines.items() if night not in changes.gone}
    damaged = {night: damage for night, damage in before.damaged.items() if night not in changes.gone}
    for night, text in changes.texts.items():
        lines.pop(night, None)
        damaged.pop(night, None)
        try:
            lines[night] = _line(night, text, before.archive.station)
        except FileNotFoundError:
            continue  # it went since it was listed
        except (InputError, OSError) as error:
            damaged[night] = str(error)
    return Holdings(before.archive, dict(sorted(lines.items())), damaged)


def _line(night: dt.date, text: bytes | Exception, station: Station) -> NightLine:
    """Line of a night from its manifest; raises what kept the manifest from being read."""
    if isinstance(text, Exception):
        raise text
    manifest = parse_manifest(text, manifest_path(night))
    return NightLine(
        coverage=manifest_coverage(manifest, station.channels),
        reason=manifest.noted("fringes", "reason") if manifest.is_sealed("fringes") else "",
        limit_db=noted_limit_db(manifest),
        looked_with=looked_with(manifest),
        signatures=signatures(manifest),
        data_until=data_until(manifest, station.boundary_hour),
        digest=hashlib.sha256(text).hexdigest()[:16],
    )
