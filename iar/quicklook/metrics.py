"""Figures of an archive for a monitoring that asks every minute, in the text of Prometheus.

https://prometheus.io/docs/instrumenting/exposition_formats/
"""

import datetime as dt
import threading
from collections import Counter
from collections.abc import Iterator, Mapping

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from iar.quicklook.holdings import Holdings, NightLine, Shelf
from iar.upkeep.coverage import find_holes
from iar.upkeep.drift import Drift, find_drift
from iar.upkeep.room import Room, find_room

MEDIA = "text/plain; version=0.0.4; charset=utf-8"
_STATES = ("judged", "waiting", "empty", "damaged")


class MetricPages:
    """The page of figures; what takes seconds is found anew only where the archive changed."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._lock = threading.Lock()
        self._known: tuple[str, Drift | None, Room | None] | None = None

    @property
    def routes(self) -> list[Route]:
        """Where it is."""
        return [Route("/metrics", self.metrics)]

    def metrics(self, _request: Request) -> Response:
        """All figures; 503 with a sentence where there is no archive yet."""
        held, now = self._shelf.look(), dt.datetime.now(dt.UTC)
        with self._lock:
            if self._known is None or self._known[0] != held.digest:
                self._known = held.digest, find_drift(held.archive, now.date()), find_room(held.archive.url)
            _, drift, room = self._known
        registry = CollectorRegistry()
        registry.register(_Figures(held, now, drift, room))
        return Response(generate_latest(registry), media_type=MEDIA)


class _Figures(Collector):
    """Figures of one moment."""

    def __init__(self, held: Holdings, now: dt.datetime, drift: Drift | None, room: Room | None) -> None:
        self._held, self._now, self._drift, self._room = held, now, drift, room

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Every figure, with the station; one that is not known is left out."""
        held, drift, room = self._held, self._drift, self._room
        lines, until = list(held.lines.values()), held.data_until(self._now)
        holes = find_holes([line.coverage for line in lines])
        states = Counter({**dict.fromkeys(_STATES, 0), "damaged": len(held.damaged), **Counter(map(_state, lines))})
        yield self._by("nights", "Nights by how far they are.", "state", states)
        yield self._by("verdicts", "Nights by their verdict.", "verdict", held.verdicts)
        yield self._one("holes", "Nights that are missing or not whole.", len(holes))
        yield self._one("quarantined_files", "Files that cannot be used.", len(held.archive.quarantine()))
        end = None if until is None else until.timestamp()
        yield self._one("last_sample_timestamp_seconds", "End of the last samples.", end)
        yield self._one("detection_limit_db", "Median detection limit.", held.limit_db)
        yield self._one("archive_bytes", "What the archive takes.", None if room is None else room.used)
        yield self._one("disk_free_bytes", "What is free on its disk.", None if room is None else room.free)
        shifts = {name: db for name, db in (drift.background_db if drift else {}).items() if db is not None}
        yield self._by("drift_background_db", "Last week's background against the four before.", "channel", shifts)
        chance = None if drift is None else drift.occurrence.p
        yield self._one("drift_occurrence_p", "Chance of last week's share of fringes.", chance)

    def _one(self, name: str, about: str, value: float | None) -> GaugeMetricFamily:
        return self._by(name, about, None, {} if value is None else {"": value})

    def _by(self, name: str, about: str, label: str | None, values: Mapping[str, float]) -> GaugeMetricFamily:
        family = GaugeMetricFamily(f"iar_{name}", about, labels=["station", *([label] if label else [])])
        for value_of, value in values.items():
            family.add_metric([self._held.archive.station.name, *([value_of] if label else [])], float(value))
        return family


def _state(line: NightLine) -> str:
    """How far a night is: its hours are there, it is judged, or nothing of it is sealed."""
    if line.coverage.verdict is not None:
        return "judged"
    return "waiting" if "counts" in line.coverage.stages else "empty"
