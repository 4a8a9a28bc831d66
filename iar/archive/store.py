"""Making an archive, and writing whole nights into it."""

import datetime as dt
import reprlib
from collections.abc import Collection, Mapping
from contextlib import AbstractContextManager
from functools import cached_property
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from fsspec import AbstractFileSystem

from iar import __version__
from iar.archive.completeness import keep_completeness
from iar.archive.layout import NO_LAYOUT, Layout, create_arrays, create_layout
from iar.archive.locks import locked
from iar.archive.manifest import Manifest, StageEntry, lock_path, manifest_path, write_manifest
from iar.archive.place import filesystem, naming, open_group, reaching
from iar.archive.quarantine import QuarantineEntry, update_quarantine
from iar.archive.reader import Reader
from iar.archive.streams import keep_streams
from iar.archive.whole import remove_partial
from iar.errors import InputError
from iar.settings import CALIBRATION_FIELDS, SpectraSettings, Station, check_calibrated, under_environment


class Archive(Reader):
    """An archive that nights are written into: locked, written, sealed."""

    _MODE: Literal["r", "r+"] = "r+"

    def locked(self, night: dt.date) -> AbstractContextManager[None]:
        """Hold `night` alone from reading its manifest to sealing it; an InputError for a night without a place."""
        self.index(night)
        return locked(self._fs, lock_path(self._root, night))

    def write(
        self, night: dt.date, arrays: Mapping[str, npt.NDArray[Any]], layout: Layout = NO_LAYOUT
    ) -> dict[str, int]:
        """Write whole nights of arrays, by path such as ``spectra/density``, not yet sealed; who calls has the lock.

        Where the archive has no place for one yet, as one of an earlier version, it is made by its `layout`.

        Returns
        -------
        Chunks of each array that hold anything: for the seal.
        """
        place = self.index(night)
        self._make_places(layout)
        for path, values in arrays.items():
            remove_partial(self._fs, f"{self._root}/{path}/c/{place}")
            with naming(f"{self.url}/{path}"):
                self._array(path)[place] = values
        return {path: self.filled_chunks(path, np.asarray(values)) for path, values in arrays.items()}

    def _make_places(self, layout: Layout) -> None:
        """Make the arrays that an archive of an earlier version has no place for."""
        unknown = layout.arrays.keys() - self._known_places
        if unknown and not all(path in self._group for path in unknown):
            with reaching(self.url), locked(self._fs, f"{self._root}/manifest/.creation.lock"):
                create_arrays(self._group, self.station, self.frequency_hz, layout)
        self._known_places.update(unknown)

    @cached_property
    def _known_places(self) -> set[str]:
        """Arrays that were seen there: a store is asked once for each."""
        return set()

    def unseal(self, night: dt.date, stages: Collection[str], sealed_samples: str | None = None) -> None:
        """Say in the manifest that these stages are not whole, see `Manifest.opened`."""
        manifest = self.manifest(night)
        opened = manifest.opened(stages, sealed_samples)
        if opened is not manifest:
            self.replace_manifest(opened)

    def seal(self, night: dt.date, stage: str, signature: str, note: Mapping[str, Any] | None = None) -> None:
        """Say in the manifest that `stage` of `night` is whole; the manifest is read again just before."""
        self.replace_manifest(self.manifest(night).with_stage(stage, stage_entry(signature, note)))

    def add_to_seal(self, night: dt.date, stage: str, signature: str, note: Mapping[str, Any]) -> bool:
        """Note more beside the seal of a stage that still has that `signature`; returns whether it had.

        What is noted goes with the seal: a stage that is made anew says nothing of it.
        """
        with self.locked(night):
            manifest = self.manifest(night)
            if not manifest.is_sealed(stage, signature):
                return False
            entry = manifest.stages[stage]
            more = entry.model_copy(update={"note": {**entry.note, **note}})
            if more != entry:
                self.replace_manifest(manifest.with_stage(stage, more))
            return True

    def keep_completeness(self, content: Mapping[str, Any]) -> None:
        """Replace what `iar completeness` measured last."""
        with naming(f"{self.url}/manifest/completeness.json"):
            keep_completeness(self._fs, self._root, content)

    def replace_manifest(self, manifest: Manifest) -> None:
        """Replace the manifest of its night as a whole."""
        with naming(f"{self.url}/{manifest_path(manifest.night)}"):
            write_manifest(self._fs, self._root, manifest)

    def keep_streams(self, streams: Mapping[str, str]) -> dict[str, str]:
        """Keep the streams of channels that have none yet; returns those of all."""
        with naming(f"{self.url}/manifest/streams.json"):
            return keep_streams(self._fs, self._root, streams)

    def update_quarantine(
        self, usable: Collection[str], bad: Collection[QuarantineEntry]
    ) -> tuple[QuarantineEntry, ...]:
        """Put `bad` files in quarantine and take the `usable` names out; returns what is new there, or changed."""
        with naming(f"{self.url}/manifest/quarantine.json"):
            return update_quarantine(self._fs, self._root, usable, bad)


def stage_entry(signature: str, note: Mapping[str, Any] | None = None) -> StageEntry:
    """Seal of a stage made by this version of the software."""
    return StageEntry(signature=signature, software=__version__, note=dict(note or {}))


def archive_station(url: str) -> Station | None:
    """Station of the archive at `url`, or None if there is no whole archive yet.

    Raises
    ------
    InputError
        If ``IAR_STATION_...`` sets a field of it to another value than the archive was made with.
    """
    with reaching(url):
        station = Reader(url).station if _is_whole(*filesystem(url), url) else None
    if station is not None:
        _check_same(url, station, under_environment(station))
    return station


def create_archive(url: str, station: Station, spectra: SpectraSettings, layout: Layout) -> Archive:
    """Archive of `station` at `url`, made if it is not there, with a place for the frequencies of `spectra`.

    Its arrays are those of `layout`.

    Raises
    ------
    InputError
        If the archive there is another station's, or was made with other settings of it, or is no archive of ours; if
        a new one's frequencies reach beyond the station's calibration table.
    """
    with reaching(url):
        _make_whole(url, station, spectra, layout)
    archive = Archive(url)
    _check_same(url, archive.station, station)
    return archive


def _check_same(url: str, station: Station, given: Station) -> None:
    """Raise an InputError if the archive's station and the one that was given differ in a field."""
    there = station.model_dump(mode="json")
    for field, value in given.model_dump(mode="json").items():
        if there[field] != value:
            hint = f": `iar station ... --archive {url}` gives it another calibration"
            raise InputError(
                f"{url} was made for a station with {field} {reprlib.repr(there[field])}, not {reprlib.repr(value)}"
                f"{hint if field in CALIBRATION_FIELDS else ''}"
            )


def recalibrate(url: str, station: Station) -> Archive:
    """Give the archive at `url` the calibration of `station`; all else of both has to be the same.

    Nights are not touched: those whose own calibration is another now are no longer what would be made of them.

    Raises
    ------
    InputError
        If the station differs in anything else, or its table ends within the archive's frequencies.
    """
    archive = Archive(url)
    calibration = {field: getattr(station, field) for field in CALIBRATION_FIELDS}
    check_calibrated(station, archive.frequency_hz[0], archive.frequency_hz[-1])
    fs, root = filesystem(url)
    with reaching(url), locked(fs, f"{root}/manifest/.creation.lock"):
        group = open_group(url, mode="r+")
        renewed = Archive(url).station.model_copy(update=calibration)
        _check_same(url, renewed, station)
        group.attrs.put({**group.attrs.asdict(), "station": renewed.model_dump(mode="json")})
    return Archive(url)


def _make_whole(url: str, station: Station, spectra: SpectraSettings, layout: Layout) -> None:
    """Make the archive, or finish a creation that was cut short; one that is whole stays as it is."""
    fs, root = filesystem(url)
    if _is_whole(fs, root, url):
        return
    _check_free(fs, root, url, layout.groups)
    frequency_hz = spectra.frequency_hz
    check_calibrated(station, frequency_hz[0], frequency_hz[-1])  # here once: neither can change later
    with locked(fs, f"{root}/manifest/.creation.lock"):
        if not _is_whole(fs, root, url):  # nobody else made it while we waited
            _create(url, station, frequency_hz, layout)


def _check_free(fs: AbstractFileSystem, root: str, url: str, groups: Collection[str]) -> None:
    """Raise an InputError if the Zarr hierarchy at `url` is not ours, whole or cut short."""
    if fs.exists(f"{root}/zarr.json"):
        names = (str(path).rstrip("/").rpartition("/")[2] for path in fs.ls(root, detail=False))
        foreign = [name for name in names if name not in groups and fs.exists(f"{root}/{name}/zarr.json")]
        attributes = open_group(url, mode="r").attrs.keys()
        if foreign or (attributes and "station" not in attributes):  # with it, another process has just made it whole
            raise InputError(
                f"{url} is a Zarr hierarchy of something else: {', '.join(sorted(foreign)) or 'attributes'}"
            )


def _create(url: str, station: Station, frequency_hz: npt.NDArray[np.float64], layout: Layout) -> None:
    fs, root = filesystem(url)
    group = open_group(url, mode="a")
    remove_partial(fs, root, deep=False)  # deeper lie folders that are not ours
    for name in layout.groups:
        remove_partial(fs, f"{root}/{name}")
    create_layout(group, station, frequency_hz, layout)


def _is_whole(fs: AbstractFileSystem, root: str, url: str) -> bool:
    """Whether an archive is there, with the attributes that are written last."""
    return fs.exists(f"{root}/zarr.json") and "station" in open_group(url, mode="r").attrs
