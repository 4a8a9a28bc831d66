"""The nights of an archive with labels: those that are there, read when they are looked at."""

import datetime as dt
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Sequence
from functools import cached_property
from os import PathLike, fspath

import pandas as pd
import xarray as xr

from iar.archive.layout import Dimension, station_dimensions
from iar.archive.manifest import Manifest
from iar.archive.reader import Reader
from iar.archive.snapshot import Snapshot
from iar.errors import InputError, NightNotSealedError
from iar.library.sealed import Sealed, sealed_variable
from iar.night import NIGHT_SAMPLES, parse_night, slot_times
from iar.results.export import Source, Wanted, night_tables
from iar.settings import Station
from iar.stages.fringes import sealed_verdict
from iar.stages.pipeline import PIPELINE, layout_of
from iar.stages.stage import Stage
from iar.stages.station import station_dark
from iar.upkeep.coverage import NightCoverage, manifest_coverage

Night = str | dt.date


def open(url: str | PathLike[str]) -> "Nights":
    """Open an archive to look at its nights; nothing of them is read before it is asked for.

    Parameters
    ----------
    url
        A folder, or whatever fsspec understands, such as ``s3://bucket/eskdalemuir``.

    Raises
    ------
    InputError
        If there is no archive, or it cannot be read.
    """
    return Nights(fspath(url))


class Nights:
    """The nights of one archive, as they were when it was first looked at: open it again to see what came since.

    What is read of a night is what its manifest seals; where that cannot be read, or not all of it is there, a
    DamagedArchiveError says so, and no NaN takes its place.
    """

    def __init__(self, url: str) -> None:
        self._found = Reader(url)

    @property
    def url(self) -> str:
        """Where it lies."""
        return self._found.url

    @property
    def station(self) -> Station:
        """Station with the settings the archive was made with."""
        return self._found.station

    @cached_property
    def _archive(self) -> Snapshot:
        return Snapshot(self.url, self._found.nights())

    @cached_property
    def _seen(self) -> list[NightCoverage]:
        """What each manifest tells, in order."""
        manifests = (self._archive.manifest(night) for night in self._archive.nights())
        return [manifest_coverage(manifest, self.station.channels) for manifest in manifests]

    @cached_property
    def nights(self) -> pd.DataFrame:
        """A row for each night that is there, by date, with verdict, reason, effort, stages and bad files.

        A night without a verdict yet has a missing one; ``problems`` counts the files with which something was wrong.
        """
        rows = [
            {"verdict": seen.verdict, "reason": self._reason(seen)}
            | {f"effort_{channel}": share for channel, share in seen.effort.items()}
            | {"stages": seen.stages, "problems": seen.problems}
            for seen in self._seen
        ]
        return pd.DataFrame(rows, _dates([seen.night for seen in self._seen]))

    @property
    def density(self) -> xr.DataArray:
        """Amplitude density, pT/sqrt(Hz), (night, channel, slot, frequency), of nights with spectra; not yet read."""
        return self.stage("spectra")["density"]

    @property
    def probability(self) -> xr.DataArray:
        """Probability of fringe, 0 to 1, (night, slot, frequency), of the nights that have one; not yet read."""
        return self.stage("probability")["probability"]

    @property
    def spacing(self) -> xr.Dataset:
        """Spacing of fringes with all that goes with it, (night, slot), of the nights with a verdict; not yet read."""
        return self.stage("fringes")

    def stage(self, name: str) -> xr.Dataset:
        """Arrays of one stage over the nights that have sealed it; not yet read.

        Parameters
        ----------
        name
            ``counts``, ``spectra``, ``classical``, ``probability``, ``fringes`` or another of the pipeline.

        Raises
        ------
        InputError
            If there is no such stage.
        """
        stage = _stage(name)
        return self._dataset(stage, [seen.night for seen in self._seen if name in seen.stages])

    def night(self, night: Night) -> xr.Dataset:
        """All that is sealed of one night, along ``time``; not yet read.

        Where two stages have arrays of the same name, those of the later one begin with its own: ``schumann_q``.
        Its coordinate ``dark`` says in which slots fringes are looked for, its attributes the verdict with its reason.

        Parameters
        ----------
        night
            Date of its evening, such as ``2014-01-10``.

        Raises
        ------
        InputError
            If it is no date.
        NightNotSealedError
            If nothing of it is there.
        """
        day = _date(night)
        manifest = self._archive.manifest(day)
        made = (self._dataset(stage, [day]).isel(night=0) for stage in PIPELINE if manifest.is_sealed(stage.name))
        parts = list(_told_apart(made))
        if not parts:
            raise NightNotSealedError(f"night {day} is not in {self.url}: it holds {self._span}")
        boundary = self.station.boundary_hour
        time = ("slot", slot_times(day, boundary).astype("datetime64[ns]"), {"long_name": "start of the slot, UTC"})
        whole = xr.merge(parts, compat="identical", join="exact", combine_attrs="drop")
        whole = whole.assign_coords(slot=time, dark=("slot", station_dark(self.station, day)))
        return whole.rename(slot="time").assign_attrs(self._about(manifest))

    def table(
        self,
        first: Night | None = None,
        last: Night | None = None,
        *,
        all_columns: bool = False,
        source: Source = "network",
    ) -> pd.DataFrame:
        """Table of the nights with a verdict, a row for each slot, as `iar export` writes it.

        Parameters
        ----------
        first, last
            Nights, both included; from the first to the last that is there where nothing is said.
        all_columns
            Whether the other estimators and the model of the ionosphere follow.
        source
            ``network`` or ``classical``: whose fringes.

        Raises
        ------
        InputError
            If no night of them has a verdict, or there is no such source.
        """
        wanted = Wanted((source,), more=all_columns)
        low, high = dt.date.min if first is None else _date(first), dt.date.max if last is None else _date(last)
        asked = [seen.night for seen in self._seen if seen.verdict is not None and low <= seen.night <= high]
        if not asked:
            raise InputError(f"no night from {low} to {high} has a verdict in {self.url}: it holds {self._span}")
        tables = [table for night in asked for table in night_tables(self._archive, night, wanted)]
        return pd.concat(tables, ignore_index=True)

    def __len__(self) -> int:
        return len(self._seen)

    def __repr__(self) -> str:
        counted = Counter(seen.verdict or "without verdict" for seen in self._seen)
        verdicts = ", ".join(f"{number} {name}" for name, number in counted.most_common())
        return f"<iar archive of {self.station.name} at {self.url}: {self._span}; {verdicts or 'nothing'}>"

    @property
    def _span(self) -> str:
        """Its nights in words."""
        if not self._seen:
            return "no night"
        return f"{len(self._seen)} night(s) from {self._seen[0].night} to {self._seen[-1].night}"

    def _reason(self, seen: NightCoverage) -> str | None:
        return None if seen.verdict is None else sealed_verdict(self._archive.manifest(seen.night)).reason

    @cached_property
    def _dimensions(self) -> dict[str, Dimension]:
        return station_dimensions(self.station, self._found.frequency_hz) | dict(layout_of().dimensions)

    def _dataset(self, stage: Stage, nights: Sequence[dt.date]) -> xr.Dataset:
        """Arrays of a stage over nights that have sealed it, with their coordinates."""
        sizes = {"sample": NIGHT_SAMPLES} | {name: len(one.values) for name, one in self._dimensions.items()}
        arrays = {
            path.rpartition("/")[2]: sealed_variable(Sealed(self._archive, nights, stage.name, path, spec), sizes)
            for path, spec in stage.layout.arrays.items()
        }
        used = {dim for spec in stage.layout.arrays.values() for dim in spec.dims} & self._dimensions.keys()
        labels = {name: xr.Variable(name, self._dimensions[name].values, self._dimensions[name].attrs) for name in used}
        date = xr.Variable("night", _dates(nights), {"long_name": "date of the night's evening"})
        return xr.Dataset(arrays, {"night": date} | labels, {"station": self.station.name, "stage": stage.name})

    def _about(self, manifest: Manifest) -> dict[str, str | float]:
        """What a night says of itself."""
        station = self.station
        place = {"latitude_deg": station.latitude_deg, "longitude_deg": station.longitude_deg}
        about = {"station": station.name, "night": str(manifest.night)} | place
        if manifest.is_sealed("fringes"):
            verdict = sealed_verdict(manifest)
            about |= {"verdict": verdict.name, "reason": verdict.reason}
        return about


def _told_apart(parts: Iterable[xr.Dataset]) -> Iterator[xr.Dataset]:
    """Stages of one night; one of whose names another has already gets its own before all of them."""
    taken: set[Hashable] = set()
    for part in parts:
        names = {name: f"{part.attrs['stage']}_{name}" for name in part.data_vars}
        one = part if taken.isdisjoint(names) else part.rename(names)
        taken.update(one.data_vars)
        yield one


def _date(night: Night) -> dt.date:
    return parse_night(night) if isinstance(night, str) else night


def _dates(nights: Sequence[dt.date]) -> pd.DatetimeIndex:
    return pd.DatetimeIndex([str(night) for night in nights], name="night")


def _stage(name: str) -> Stage:
    for stage in PIPELINE:
        if stage.name == name:
            return stage
    raise InputError(f"stage {name!r} is none of {', '.join(stage.name for stage in PIPELINE)}")
