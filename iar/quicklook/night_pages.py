"""Pages of an archive: overview, months, nights, climatology; with their pictures and tables."""

import datetime as dt
import re
from dataclasses import dataclass
from functools import partial
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from iar.archive.manifest import SourceEntry, signature_of
from iar.errors import InputError
from iar.fringes.climatology import HOURS, NightFringes
from iar.night import RATE_HZ, parse_night, parse_span
from iar.quicklook.answers import answer_file, asked, freshness, render
from iar.quicklook.drawings import Drawings
from iar.quicklook.holdings import Holdings, NightLine, Shelf
from iar.results.climatology import write_climatology
from iar.results.export import export_nights
from iar.results.limits import limit_words
from iar.results.picture import Look, calendar_picture, night_picture, span_picture
from iar.results.products import PRODUCTS, export_product
from iar.schumann.table import mode_medians
from iar.stages.harmonics import has_harmonics
from iar.stages.pc1 import has_pc1
from iar.stages.polarisation import is_polarised
from iar.stages.schumann import has_resonances, read_resonances
from iar.upkeep.coverage import find_holes

LAST_NIGHTS = 14
_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
_PNG, _CSV = "image/png", "text/csv; charset=utf-8"


@dataclass(frozen=True)
class NightRow:
    """A night in a list, with its median spacing and the standard error of that, Hz, where it has fringes."""

    line: NightLine
    spacing: NightFringes | None
    trouble: str = ""


@dataclass(frozen=True)
class MonthCell:
    """A month in the list of all: nights with a manifest, and with fringes."""

    month: str
    nights: int
    fringes: int


class NightPages:
    """Answers about the archive on a shelf; each runs in a thread of its own."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._drawings = Drawings()

    @property
    def routes(self) -> list[Route]:
        """Where each page is."""
        return [
            Route("/", self.overview),
            Route("/calendar.png", self.calendar),
            Route("/climatology", self.climatology),
            Route("/climatology.png", self.climatology_picture),
            Route("/climatology.csv", self.climatology_table),
            Route("/months/{month}.png", self.month_picture),
            Route("/months/{month}", self.month),
            Route("/years/{year}.png", self.year_picture),
            Route("/nights", self.find_night),
            Route("/nights/{night}.png", self.night_picture),
            Route("/nights/{night}.csv", self.night_table),
            Route("/nights/{night}/{product}.png", self.product_picture),
            Route("/nights/{night}/{product}.csv", self.product_table),
            Route("/nights/{night}", self.night),
        ]

    def overview(self, _request: Request) -> Response:
        """Station, freshness, the last nights, all months, the calendar."""
        held = self._shelf.look()
        now = dt.datetime.now(dt.UTC)
        until = held.data_until(now)
        fresh, age = freshness(until, now)
        coverage = [line.coverage for line in held.lines.values()]
        return render(
            "overview.html", station=held.archive.station, held=held, fresh=fresh, freshness=age, until=until,
            rows=self._rows(held, held.nights[: -LAST_NIGHTS - 1 : -1]), years=_years(held),
            holes=len(find_holes(coverage)), quarantine=len(held.archive.quarantine()), limit_db=held.limit_db,
        )  # fmt: skip

    def month(self, request: Request) -> Response:
        """All nights of a month."""
        held, month = self._shelf.look(), request.path_params["month"]
        months = list(dict.fromkeys(f"{night:%Y-%m}" for night in held.nights))
        if not _MONTH.fullmatch(month) or month not in months:
            raise HTTPException(404, f"no night of {month!r} is in the archive")
        judged = any(f"{night:%Y-%m}" == month for night in held.judged)
        nights = [night for night in held.nights if f"{night:%Y-%m}" == month]
        before, after = _neighbours(months, month)
        return render(
            "month.html", station=held.archive.station, month=month, rows=self._rows(held, nights),
            before=before, after=after, judged=judged,
        )  # fmt: skip

    def month_picture(self, request: Request) -> Response:
        """Spacings of a month at a glance, as PNG."""
        return self._span_picture(request, request.path_params["month"])

    def year_picture(self, request: Request) -> Response:
        """Spacings of a year at a glance, as PNG."""
        return self._span_picture(request, request.path_params["year"])

    def _span_picture(self, request: Request, name: str) -> Response:
        held = self._shelf.look()
        first, last = asked(parse_span, name)
        judged = [night for night in held.judged if first <= night <= last]
        if not judged:
            raise HTTPException(404, f"no night of {name} has a verdict yet: there is nothing to draw")
        digests = tuple(held.lines[night].digest for night in judged)
        write = partial(span_picture, held.archive, first, last)
        return answer_file(request, self._drawings.get(("span", name, digests), ".png", write), _PNG)

    def find_night(self, request: Request) -> Response:
        """Way to the night that a form asks for."""
        night = asked(parse_night, request.query_params.get("night", ""))
        return RedirectResponse(f"/nights/{night}", 303)

    def night(self, request: Request) -> Response:
        """Picture of a night, its verdict, what it was made from."""
        held, line = self._judged(request)
        manifest = held.archive.sealed_manifest(line.night, "fringes")
        station = held.archive.station
        start = dt.datetime.combine(line.night, dt.time(station.boundary_hour), dt.UTC)
        before, after = _neighbours(held.judged, line.night)
        spacing = self._shelf.fringes(held, line.night)
        return render(
            "night.html", station=station, line=line, spacing=spacing, before=before, after=after,
            hours=_hours_in_order(spacing, station.boundary_hour), stages=manifest.stages,
            sources=[(source, start + _seconds(source.first_sample)) for source in manifest.sources],
            problems=[source for source in manifest.sources if source.problems], channels=station.channels,
            length=_length, limit=limit_words(line.limit_db),
            modes=mode_medians(read_resonances(held.archive, line.night)) if has_resonances(manifest) else [],
            polarised=is_polarised(manifest), harmonics=has_harmonics(manifest), pc1=has_pc1(manifest),
        )  # fmt: skip

    def night_picture(self, request: Request) -> Response:
        """Picture of a night as PNG."""
        held, line = self._judged(request)
        write = partial(night_picture, held.archive, line.night)
        return answer_file(request, self._drawings.get((line.night, line.digest), ".png", write), _PNG)

    def night_table(self, request: Request) -> Response:
        """Table of a night's slots as CSV."""
        held, line = self._judged(request)
        write = partial(export_nights, held.archive, [line.night])
        content = self._drawings.get(("csv", line.night, line.digest), ".csv", write)
        return answer_file(request, content, _CSV, **_named(f"{held.archive.station.name}-{line.night}.csv"))

    def product_picture(self, request: Request) -> Response:
        """Picture of a night's polarisation, harmonics, Pc1 or Schumann resonances as PNG."""
        held, line = self._judged(request)
        name = _product(request)
        write = partial(night_picture, held.archive, line.night, look=Look(name))
        return answer_file(request, self._drawings.get((name, line.night, line.digest), ".png", write), _PNG)

    def product_table(self, request: Request) -> Response:
        """Table of a night's polarisation, harmonics, Pc1 or Schumann resonances as CSV."""
        held, line = self._judged(request)
        name = _product(request)
        write = partial(export_product, held.archive, [line.night], product=PRODUCTS[name])
        content = self._drawings.get((name, "csv", line.night, line.digest), ".csv", write)
        return answer_file(request, content, _CSV, **_named(f"{held.archive.station.name}-{line.night}-{name}.csv"))

    def calendar(self, request: Request) -> Response:
        """Calendar of the archive as PNG."""
        held = self._shelf.look()
        if not held.lines:
            raise HTTPException(404, "no night is in the archive yet: there is nothing to draw")
        coverage = [line.coverage for line in held.lines.values()]
        write = partial(calendar_picture, held.archive, coverage)
        return answer_file(request, self._drawings.get(("calendar", held.digest), ".png", write), _PNG)

    def climatology(self, _request: Request) -> Response:
        """Spacing and occurrence over all nights."""
        held = self._shelf.look()
        report, caution = held.completeness()
        found, failed = self._shelf.climatology(held, None if caution else report)
        rows = [] if found is None else found.by_month.reset_index().to_dict("records")
        return render(
            "climatology.html",
            station=held.archive.station,
            found=found,
            months=rows,
            failed=failed,
            caution=caution,
            corrected=bool(rows) and "occurrence_corrected" in rows[0],
        )

    def climatology_picture(self, request: Request) -> Response:
        """Picture of it as PNG."""
        return answer_file(request, self._climatology_file(".png"), _PNG)

    def climatology_table(self, request: Request) -> Response:
        """Table of it as CSV."""
        return answer_file(request, self._climatology_file(".csv"), _CSV, **_named("climatology.csv"))

    def _climatology_file(self, suffix: str) -> bytes:
        held = self._shelf.look()
        report, caution = held.completeness()
        trusted = None if caution else report
        found, _ = self._shelf.climatology(held, trusted)
        if found is None:
            raise HTTPException(404, "no night has a verdict yet: there is no climatology")
        station, there = held.archive.station.name, found  # mypy forgets inside a lambda what was looked at
        key = ("climatology", suffix, held.digest, signature_of(trusted))
        return self._drawings.get(key, suffix, lambda path: write_climatology(there, station, path))

    def _judged(self, request: Request) -> tuple[Holdings, NightLine]:
        """Night that the address names, which has a verdict; else a 404 or what keeps it from being read."""
        night = asked(parse_night, request.path_params["night"])
        held = self._shelf.look()
        line = held.line(night)
        held.archive.sealed_manifest(night, "fringes")
        return held, line

    def _rows(self, held: Holdings, nights: list[dt.date]) -> list[NightRow]:
        return [self._row(held, night) for night in nights]

    def _row(self, held: Holdings, night: dt.date) -> NightRow:
        line = held.lines[night]
        if line.coverage.verdict != "fringes":
            return NightRow(line, None)
        try:
            return NightRow(line, self._shelf.fringes(held, night))
        except (InputError, OSError) as error:
            return NightRow(line, None, str(error))


def _product(request: Request) -> str:
    """Product that the address names; a 404 if it is none."""
    name = str(request.path_params["product"])
    if name not in PRODUCTS:
        raise HTTPException(404, f"product {name!r} is none of {', '.join(PRODUCTS)}")
    return name


def _neighbours(ordered: list[Any], one: Any) -> tuple[Any, Any]:
    """What comes before and after one of them, None at the ends."""
    place = ordered.index(one)
    return ordered[place - 1] if place else None, ordered[place + 1] if place + 1 < len(ordered) else None


def _years(held: Holdings) -> dict[int, list[MonthCell]]:
    """Months of each year, the latest year first."""
    years = sorted({night.year for night in held.nights}, reverse=True)
    cells = {f"{year}-{month:02d}": [0, 0] for year in years for month in range(1, 13)}
    for night, line in held.lines.items():
        cell = cells[f"{night:%Y-%m}"]
        cell[0] += 1
        cell[1] += line.coverage.verdict == "fringes"
    return {year: [MonthCell(m, *cells[m]) for m in cells if m.startswith(f"{year}-")] for year in years}


def _hours_in_order(spacing: NightFringes, boundary_hour: int) -> list[tuple[int, float]]:
    """Hours UTC that have a spacing, from the evening on, with it."""
    hours = [(boundary_hour + i) % HOURS for i in range(HOURS)]
    return [(hour, float(spacing.hourly_hz[hour])) for hour in hours if spacing.hourly_hz[hour] > 0]


def _seconds(samples: int) -> dt.timedelta:
    return dt.timedelta(seconds=samples / RATE_HZ)


def _length(source: SourceEntry) -> str:
    """Length of what a file holds, in words."""
    seconds = source.samples / RATE_HZ
    return f"{seconds / 3600:.2f} h" if seconds >= 360 else f"{seconds:.0f} s"


def _named(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"'}
