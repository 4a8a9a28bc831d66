"""The report of a range of nights: one page with what was there, what was found in it, and how wide the fringes lie."""

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from iar import __version__
from iar.archive.reader import Reader
from iar.archive.snapshot import Snapshot
from iar.columns import night_table
from iar.errors import DamagedArchiveError, InputError, NightNotSealedError
from iar.fringes.climatology import NightFringes, night_fringes
from iar.fringes.verdict import Verdict
from iar.harmonics.table import TABLE as HARMONIC_TABLE
from iar.night import CHANNELS, HARMONICS, night_range
from iar.pc1.table import TABLE as PC1_TABLE
from iar.results.export import night_tables
from iar.results.limits import completeness_caution, limit_words, read_limit_db
from iar.results.other_pictures import resonance_plot
from iar.results.outfile import check_out_file
from iar.results.page import Page, PageTable, Section, Tile, chart, decimals, photograph
from iar.results.picture import calendar_plot, night_plot, span_plot
from iar.schumann.table import mode_medians
from iar.stages.fringes import read_verdict
from iar.stages.harmonics import has_harmonics, read_harmonics
from iar.stages.pc1 import has_pc1, read_pc1
from iar.stages.schumann import has_resonances, read_resonances
from iar.upkeep.coverage import NightCoverage, hole_ranges, manifest_coverage

SUFFIXES = (".html",)
MOST_PICTURES = 31
"""Nights that are drawn one by one: a month of them, 5 MB."""
MOST_ROWS = 200
"""Of a table of holes or of files."""
HARMONIC_COLUMNS = (
    ("frequency_hz", "frequency, Hz"),
    ("width_hz", "width, Hz"),
    ("q", "Q"),
    *((f"depth_{channel.lower()}_db", f"depth in {channel}, dB") for channel in CHANNELS),
    *((f"amplitude_{channel.lower()}_pt", f"amplitude in {channel}, pT/√Hz") for channel in CHANNELS),
)
HOUR_COLUMNS = ["delta_f_hz", "delta_f_sigma_hz", *(f"f{n}_hz" for n in range(1, HARMONICS + 1))]


@dataclass(frozen=True)
class ReportedNight:
    """A night in the report: verdict and spacing; medians of each hour UTC that has a spacing, and its slots.

    `limit_db` is its detection limit, dB, NaN where it is not known.
    """

    verdict: Verdict
    spacing: NightFringes
    by_hour: pd.DataFrame
    limit_db: float

    @property
    def night(self) -> dt.date:
        """Date of its evening."""
        return self.spacing.night


def write_nights_report(
    archive: Reader,
    nights: Sequence[dt.date],
    out: Path,
    *,
    span: tuple[dt.date, dt.date],
    report: Callable[[int, int], None] = lambda _done, _of: None,
) -> list[str]:
    """Write the report of `nights`, which have a verdict, to `out`; they are those of a `span` of nights.

    `report` is called with the number of nights that were read or drawn, and how many there will be.

    Returns
    -------
    What was wrong with nights that are left out, in words.

    Raises
    ------
    InputError
        If `out` is no HTML file in a folder that exists, or no night can be read.
    """
    check_nights_report_file(out)
    reported, failed = [], []
    steps = len(nights) + min(len(nights), MOST_PICTURES)
    for done, night in enumerate(nights, start=1):
        try:
            reported.append(_read(archive, night))
        except (DamagedArchiveError, NightNotSealedError) as error:
            failed.append(f"{night}: {error}")
        report(done, steps)
    if not reported:
        raise InputError(f"nothing to report: {'; '.join(failed)}")
    pictured = []
    for done, one in enumerate(reported[:MOST_PICTURES], start=len(nights) + 1):
        pictured.append(_night(archive, one))
        report(done, steps)
    out.write_text(_page(archive, reported, span, pictured).render(), encoding="utf-8")
    return failed


def check_nights_report_file(path: Path) -> None:
    """Raise an InputError unless a report can be written to `path`: looked at before any work."""
    check_out_file(path, SUFFIXES)


def _read(archive: Reader, night: dt.date) -> ReportedNight:
    (table,) = night_tables(archive, night)
    there = table[table["delta_f_hz"].notna()]
    hours = there.groupby(there["time"].dt.floor("h"))[HOUR_COLUMNS]
    by_hour = hours.median()
    by_hour.insert(0, "slots", hours.size())
    verdict, spacing = read_verdict(archive, night), (table[name].to_numpy() for name in HOUR_COLUMNS[:2])
    fringes = night_fringes(night, verdict.name, *spacing, boundary_hour=archive.station.boundary_hour)
    return ReportedNight(verdict, fringes, by_hour, read_limit_db(archive, night))


def _page(
    archive: Reader, reported: Sequence[ReportedNight], span: tuple[dt.date, dt.date], pictured: Sequence[Section]
) -> Page:
    station, (first, last) = archive.station, span
    asked = night_range(first, last)
    before = Snapshot(archive.url, asked)
    manifests = [before.manifest(night) for night in before.nights() if first <= night <= last]
    coverage = [manifest_coverage(manifest, archive.channels) for manifest in manifests]
    files = [
        (str(manifest.night), source.name, kind, detail)
        for manifest in manifests
        for source in manifest.sources
        for kind, detail in source.problems
    ]
    networks = {m.noted("probability", "bundle") for m in manifests if m.is_sealed("probability")}
    caution = completeness_caution(before, [one.night for one in reported])
    return Page(
        title=f"Fringes at {station.name}, {first} to {last}",
        lead="Ionospheric Alfvén resonances: bands between 0.5 and 10 Hz at f_n = (n + phi) delta_f. Their spacing "
        "delta_f tells the density of the plasma above the station.",
        tiles=list(_tiles(reported, coverage, len(asked))),
        about={
            "station": f"{station.name}, {station.latitude_deg:g}° N, {station.longitude_deg:g}° E, "
            f"channels {', '.join(station.channels)}",
            "night": f"from {station.boundary_hour:02d} UTC to {station.boundary_hour:02d} UTC, named by its evening",
            "network": ", ".join(sorted(networks)),
            "software": f"iar {__version__}",
            **({"detection limits": caution} if caution else {}),
        },
        sections=[_overview(archive, reported, span), _coverage(archive, coverage, files), *pictured],
    )


def _tiles(reported: Sequence[ReportedNight], coverage: Sequence[NightCoverage], asked: int) -> Iterator[Tile]:
    verdicts = pd.Series([one.verdict.name for one in reported]).value_counts()
    spacings = np.array([one.spacing.delta_f_hz for one in reported if one.verdict.name == "fringes"])
    yield Tile(f"{verdicts.get('fringes', 0)} of {len(reported)}", "nights with fringes")
    if len(spacings):
        yield Tile(f"{np.median(spacings):.3f} Hz", "spacing, median of nights")
    if "interference" in verdicts:
        yield Tile(str(verdicts["interference"]), "nights with lines of machines and no fringes")
    known = [one.limit_db for one in reported if np.isfinite(one.limit_db)]
    if known:
        yield Tile(
            f"{np.median(known):.1f} dB",
            "detection limit of the median night: nine of ten fans as deep as that are found",
        )
    effort = sum(float(np.mean(list(c.effort.values()))) for c in coverage) / asked
    yield Tile(f"{effort:.1%}", f"of the samples of {asked} nights are there")


def _overview(archive: Reader, reported: Sequence[ReportedNight], span: tuple[dt.date, dt.date]) -> Section:
    plot, _ = span_plot(archive, *span)
    left = len(reported) - MOST_PICTURES
    more = f" The first {MOST_PICTURES} are drawn below; `iar plot` draws the other {left}." if left > 0 else ""
    return Section(
        "Nights",
        f"A row of the picture is a night; its colour is the spacing in each slot of 100 s.{more}",
        (chart(plot(), "Spacing of each night by the hour", "Spacing of all nights by the hour, UTC."),),
        (
            PageTable(
                "Spacing and standard error are medians of the slots that have a spacing. Limit: nine of ten fans "
                "deeper than that would have been found; a dash where `iar completeness` has not measured it.",
                ("night", "verdict", "spacing, Hz", "± Hz", "limit, dB", "why"),
                tuple(_row(one) for one in reported),
                words=True,
            ),
        ),
    )


def _row(one: ReportedNight) -> tuple[str, ...]:
    spacing = one.spacing
    return (str(one.night), one.verdict.name.replace("_", " "), _number(spacing.delta_f_hz), _number(spacing.sigma_hz),
            _number(one.limit_db, 1), one.verdict.reason)  # fmt: skip


def _coverage(archive: Reader, coverage: list[NightCoverage], files: Sequence[tuple[str, ...]]) -> Section:
    holes = [(str(hole),) for hole in hole_ranges(coverage)]
    holes_caption = f"Holes{_only(holes)}, each with what is there of its nights."
    files_caption = f"Files with problems{_only(files)}; what is sound in them was taken."
    tables = (
        PageTable(holes_caption, ("hole",), tuple(holes[:MOST_ROWS]), words=True),
        PageTable(files_caption, ("night", "file", "problem", "detail"), tuple(files[:MOST_ROWS]), words=True),
    )
    there = tuple(table for table in tables if table.rows)
    whole = " Between the first night and the last nothing is missing, and no file is damaged."
    words = f"Share of the samples that are there.{'' if there else whole}"
    if len(coverage) == 1:  # a calendar of one day says nothing
        return Section("Coverage", words, (), there)
    calendar = chart(calendar_plot(archive, coverage)(), "Calendar", "Calendar of coverage and verdicts.")
    return Section("Coverage", words, (calendar,), there)


def _only(rows: Sequence[object]) -> str:
    return f", the first {MOST_ROWS} of {len(rows)}" if len(rows) > MOST_ROWS else ""


def _night(archive: Reader, one: ReportedNight) -> Section:
    title = f"{one.night}: {one.verdict.name.replace('_', ' ')}"
    picture = photograph(
        night_plot(archive, one.night)(), f"Night of {one.night}",
        "From above: elevation of the sun; density of each channel, fringes found in white; the residual of both "
        "above their background, in which the fan itself is seen; share of samples there; "
        "spacing with its standard error. The bar marks the dark part, in which fringes are looked for.",
    )  # fmt: skip
    figures, tables = [picture], [*_hours(one)]
    if has_resonances(archive.manifest(one.night)):
        figures.append(
            chart(resonance_plot(archive, one.night)(), "Schumann resonances", "Schumann resonances, each ten minutes.")
        )
        tables.append(_modes(archive, one.night))
    tables += [*_harmonics(archive, one.night), *_pc1(archive, one.night)]
    sentences = [one.verdict.reason, limit_words(one.limit_db)]
    text = " ".join(f"{words[:1].upper()}{words[1:]}." for words in sentences if words)
    return Section(title, text, tuple(figures), tuple(tables))


def _modes(archive: Reader, night: dt.date) -> PageTable:
    """Medians of each coil and mode."""
    rows = tuple(
        (
            one.channel,
            str(one.mode),
            _number(one.frequency_hz),
            _number(one.amplitude_pt),
            _number(one.q),
            str(one.intervals),
        )
        for one in mode_medians(read_resonances(archive, night))
    )
    head = ("coil", "mode", "frequency, Hz", "amplitude, pT/√Hz", "Q", "intervals")
    return PageTable("Schumann resonances: medians of the ten minutes without a flag.", head, rows)


def _harmonics(archive: Reader, night: dt.date) -> tuple[PageTable, ...]:
    """Medians of each harmonic, where there are some."""
    if not has_harmonics(archive.manifest(night)):
        return ()
    found = night_table(HARMONIC_TABLE, read_harmonics(archive, night))
    medians = found.groupby("harmonic")[[name for name, _ in HARMONIC_COLUMNS]].median()
    rows = tuple((str(number), *(_number(value) for value in row)) for number, *row in medians.itertuples())
    head = ("harmonic", *(words for _, words in HARMONIC_COLUMNS))
    return (PageTable("Harmonics: medians of the slots in which each was seen.", head, rows),)


def _pc1(archive: Reader, night: dt.date) -> tuple[PageTable, ...]:
    """Pc1 events, where there are some."""
    if not has_pc1(archive.manifest(night)):
        return ()
    found = night_table(PC1_TABLE, read_pc1(archive, night))
    rows = tuple(
        (f"{one['time']:%H:%M}", f"{one['duration_s'] / 60:.0f}", f"{one['low_hz']:.2f} to {one['high_hz']:.2f}",
         _number(one["peak_db"], 1), _number(one["power_pt2"]), _number(one["ellipticity"], 2))
        for one in found.to_dict("records")
    )  # fmt: skip
    head = ("from (UTC)", "minutes", "band, Hz", "peak, dB", "power, pT²", "ellipticity")
    return (PageTable("Pc1 events.", head, rows),)


def _hours(one: ReportedNight) -> tuple[PageTable, ...]:
    """Medians of each hour; harmonics that were seen in none have no column."""
    seen = one.by_hour.dropna(axis="columns", how="all")
    if seen.empty:
        return ()
    harmonics = [name for name in seen.columns if name.startswith("f")]
    rows = tuple(
        (f"{hour:%H:%M}", f"{row['slots']:.0f}", *(_number(row[name]) for name in seen.columns[1:]))
        for hour, row in seen.iterrows()
        if isinstance(hour, pd.Timestamp)
    )
    head = ("hour (UTC)", "slots", "spacing, Hz", "± Hz", *(f"{name.removesuffix('_hz')}, Hz" for name in harmonics))
    return (PageTable("Medians of the slots of each hour that have a spacing.", head, rows),)


def _number(value: float, digits: int = 3) -> str:
    return decimals(None if np.isnan(value) else float(value), digits)
