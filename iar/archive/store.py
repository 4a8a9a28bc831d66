"""Opening an archive; reading and writing whole nights."""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from contextlib import AbstractContextManager
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import zarr
from fsspec import AbstractFileSystem
from fsspec.implementations.memory import MemoryFileSystem
from zarr.core.buffer.cpu import NDBuffer

from iar import __version__
from iar.archive.layout import ARRAYS, GROUPS, create_arrays, create_layout
from iar.archive.locks import locked
from iar.archive.manifest import (
    Manifest,
    StageEntry,
    lock_path,
    manifest_path,
    nights_with_manifest,
    read_manifest,
    read_manifests,
    unsealed_nights,
    write_manifest,
)
from iar.archive.place import filesystem, finding_damage, naming, open_group, reaching
from iar.archive.quarantine import QuarantineEntry, read_quarantine, update_quarantine
from iar.archive.streams import keep_streams, read_streams
from iar.archive.whole import remove_partial
from iar.errors import InputError, NightNotSealedError
from iar.settings import SpectraSettings, Station, check_calibrated, stored_station, under_environment

DEFAULT_SPECTRA = SpectraSettings()


class Archive:
    """One station's nights at a URL that fsspec understands; a plain path is a folder.

    Cheap to open and to pickle: workers are sent the URL, and open it when they first use it, so that what goes wrong
    there is the failure of one job.
    """

    def __init__(self, url: str) -> None:
        """Open the archive at `url`; an InputError if there is none, a DamagedArchiveError if it cannot be read."""
        self.url = url
        self._known_arrays: set[str] = set()
        self._group  # noqa: B018 - opens it

    def __getstate__(self) -> dict[str, str]:
        """Pickle as the URL."""
        return {"url": self.url}

    def __setstate__(self, state: dict[str, str]) -> None:
        """Unpickle, not yet opened."""
        self.url = state["url"]
        self._known_arrays = set()

    @cached_property
    def _place(self) -> tuple[AbstractFileSystem, str]:
        return filesystem(self.url)

    @property
    def _fs(self) -> AbstractFileSystem:
        return self._place[0]

    @property
    def _root(self) -> str:
        return self._place[1]

    @cached_property
    def _group(self) -> zarr.Group:
        with reaching(self.url):
            if not self._fs.exists(f"{self._root}/zarr.json"):
                raise InputError(
                    f"no archive at {self.url}: `iar ingest` makes one, or the first hour files of a service"
                )
            group = open_group(self.url, mode="r+")
        if "station" not in group.attrs:
            raise InputError(
                f"{self.url} is a Zarr hierarchy but no archive, or one whose creation was cut short: "
                "then the next `iar ingest` into it finishes that"
            )
        return group

    @property
    def shareable(self) -> bool:
        """Whether other processes see it, too; the memory of one is its own."""
        return not isinstance(self._fs, MemoryFileSystem)

    @cached_property
    def station(self) -> Station:
        """Station whose nights these are, with the settings the archive was created with."""
        fields: Any = self._group.attrs["station"]
        return stored_station(fields, f"station of {self.url}")

    @cached_property
    def frequency_hz(self) -> npt.NDArray[np.float64]:
        """Frequencies of the spectra, Hz, shape (frequency,)."""
        array = self._array("spectra/frequency")
        with finding_damage(f"spectra/frequency in {self.url}"):
            return np.asarray(array[:])

    def index(self, night: dt.date) -> int:
        """Place of `night` along the leading dimension; an InputError if the archive has no place for it."""
        first, last = self.station.first_night, self.station.last_night
        if not first <= night <= last:
            raise InputError(f"night {night} is outside the archive, which has places from {first} to {last}")
        return (night - first).days

    def manifest(self, night: dt.date) -> Manifest:
        """Manifest of `night`; an empty one if nothing was sealed yet."""
        return read_manifest(self._fs, self._root, night)

    def nights(self, years: Collection[int] | None = None) -> list[dt.date]:
        """Nights with a manifest, in order; where only some years matter, no more than those are listed."""
        return nights_with_manifest(self._fs, self._root, years)

    def unsealed_nights(self) -> list[dt.date]:
        """Nights whose counts are being written over, or were when a run was killed, in order."""
        return unsealed_nights(self._fs, self._root)

    def manifests(self) -> list[Manifest]:
        """Every manifest, in the order of nights."""
        return read_manifests(self._fs, self._root)

    def locked(self, night: dt.date) -> AbstractContextManager[None]:
        """Hold `night` alone from reading its manifest to sealing it; an InputError for a night without a place."""
        self.index(night)
        return locked(self._fs, lock_path(self._root, night))

    def write(self, night: dt.date, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
        """Write whole nights of arrays, by path such as ``spectra/density``, not yet sealed; who calls has the lock."""
        place = self.index(night)
        self._add_arrays(arrays)
        for path, values in arrays.items():
            remove_partial(self._fs, f"{self._root}/{path}/c/{place}")
            with naming(f"{self.url}/{path}"):
                self._array(path)[place] = values

    def _add_arrays(self, paths: Iterable[str]) -> None:
        """Make the arrays that an archive of an earlier version has no place for."""
        unknown = ARRAYS.keys() & set(paths) - self._known_arrays
        if unknown and not all(path in self._group for path in unknown):
            with reaching(self.url), locked(self._fs, f"{self._root}/manifest/.creation.lock"):
                create_arrays(self._group, self.station, len(self.frequency_hz), unknown)
        self._known_arrays.update(unknown)

    def unseal(self, night: dt.date, stages: Collection[str], sealed_samples: str | None = None) -> None:
        """Say in the manifest that these stages are not whole, before their arrays are written over.

        Where counts are among them, `sealed_samples` says which samples were sealed so far.
        """
        manifest = self.manifest(night)
        if manifest.stages.keys() & set(stages):
            update = {"sealed_samples": sealed_samples or manifest.sealed_samples}
            self.replace_manifest(manifest.without_stages(stages).model_copy(update=update))

    def seal(self, night: dt.date, stage: str, signature: str, note: Mapping[str, Any] | None = None) -> None:
        """Say in the manifest that `stage` of `night` is whole; the manifest is read again just before."""
        self.replace_manifest(self.manifest(night).with_stage(stage, stage_entry(signature, note)))

    def replace_manifest(self, manifest: Manifest) -> None:
        """Replace the manifest of its night as a whole."""
        with naming(f"{self.url}/{manifest_path(manifest.night)}"):
            write_manifest(self._fs, self._root, manifest)

    def quarantine(self) -> tuple[QuarantineEntry, ...]:
        """Files that cannot be used and whose night is not known, by name."""
        return read_quarantine(self._fs, self._root)

    def update_quarantine(
        self, usable: Collection[str], bad: Collection[QuarantineEntry]
    ) -> tuple[QuarantineEntry, ...]:
        """Put `bad` files in quarantine and take the `usable` names out; returns what is new there, or changed."""
        with naming(f"{self.url}/manifest/quarantine.json"):
            return update_quarantine(self._fs, self._root, usable, bad)

    def streams(self) -> dict[str, str]:
        """Stream of each channel by its name, where the files say whose samples they are."""
        return read_streams(self._fs, self._root)

    def keep_streams(self, streams: Mapping[str, str]) -> dict[str, str]:
        """Keep the streams of channels that have none yet; returns those of all."""
        with naming(f"{self.url}/manifest/streams.json"):
            return keep_streams(self._fs, self._root, streams)

    def sealed_manifest(self, night: dt.date, stage: str) -> Manifest:
        """Manifest of a night that has sealed `stage`.

        Raises
        ------
        NightNotSealedError
            If the night is not in the archive, or has not reached that stage.
        """
        self.index(night)
        manifest = self.manifest(night)
        if not manifest.is_sealed(stage):
            state = f"only {', '.join(manifest.stages)} so far" if manifest.stages else "nothing of it is there"
            raise NightNotSealedError(f"night {night} has no sealed {stage} in {self.url}: {state}")
        return manifest

    def read(
        self, night: dt.date, path: str, *, channel: int | None = None, part: slice = slice(None)
    ) -> npt.NDArray[Any]:
        """One night of an array, whether sealed or not; `part` is a range of its last dimension, `channel` a channel.

        With a channel, the array is one that has them, and what comes is without that dimension.

        Raises
        ------
        DamagedArchiveError
            If it cannot be read.
        """
        array, place = self._array(path), self.index(night)
        with finding_damage(f"{path} of night {night} in {self.url}"):
            if array.ndim == 1:
                return np.asarray(array[place])
            return np.asarray(array[(place, ..., part) if channel is None else (place, channel, ..., part)])

    def read_into(self, out: npt.NDArray[Any], night: dt.date, path: str) -> None:
        """Put one night of an array into `out`, which may be a part of a larger one: nothing is copied on the way.

        Raises
        ------
        DamagedArchiveError
            If it cannot be read.
        """
        array, place = self._array(path), self.index(night)
        whole: Any = out[np.newaxis]
        with finding_damage(f"{path} of night {night} in {self.url}"):
            array.get_basic_selection((slice(place, place + 1), ...), out=NDBuffer.from_ndarray_like(whole))

    def read_sealed(self, night: dt.date, stage: str, *paths: str) -> list[npt.NDArray[Any]]:
        """One night of arrays of a sealed stage; a NightNotSealedError as `sealed_manifest` raises it."""
        self.sealed_manifest(night, stage)
        return [self.read(night, path) for path in paths]

    def _array(self, path: str) -> Any:
        with finding_damage(f"{self.url}/{path}/zarr.json"):
            return self._group[path]

    @property
    def channels(self) -> tuple[str, ...]:
        """Names of the channels, in order."""
        return self.station.channels


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
        station = Archive(url).station if _is_whole(*filesystem(url), url) else None
    if station is not None:
        _check_same(url, station, under_environment(station))
    return station


def create_archive(url: str, station: Station, spectra: SpectraSettings = DEFAULT_SPECTRA) -> Archive:
    """Archive of `station` at `url`, made if it is not there, with a place for the frequencies of `spectra`.

    Raises
    ------
    InputError
        If the archive there is another station's, or was made with other settings of it, or is no archive of ours; if
        a new one's frequencies reach beyond the station's calibration table.
    """
    with reaching(url):
        _make_whole(url, station, spectra)
    archive = Archive(url)
    _check_same(url, archive.station, station)
    return archive


def _check_same(url: str, station: Station, given: Station) -> None:
    """Raise an InputError if the archive's station and the one that was given differ in a field."""
    there = station.model_dump(mode="json")
    for field, value in given.model_dump(mode="json").items():
        if there[field] != value:
            raise InputError(f"{url} was made for a station with {field} {there[field]!r}, not {value!r}")


def _make_whole(url: str, station: Station, spectra: SpectraSettings) -> None:
    """Make the archive, or finish a creation that was cut short; one that is whole stays as it is."""
    fs, root = filesystem(url)
    if _is_whole(fs, root, url):
        return
    _check_free(fs, root, url)
    frequency_hz = spectra.frequency_hz
    check_calibrated(station, frequency_hz[0], frequency_hz[-1])  # here once: neither can change later
    with locked(fs, f"{root}/manifest/.creation.lock"):
        if not _is_whole(fs, root, url):  # nobody else made it while we waited
            _create(fs, root, url, station, frequency_hz)


def _check_free(fs: AbstractFileSystem, root: str, url: str) -> None:
    """Raise an InputError if the Zarr hierarchy at `url` is not ours, whole or cut short."""
    if fs.exists(f"{root}/zarr.json"):
        names = (str(path).rstrip("/").rpartition("/")[2] for path in fs.ls(root, detail=False))
        foreign = [name for name in names if name not in GROUPS and fs.exists(f"{root}/{name}/zarr.json")]
        attributes = open_group(url, mode="r").attrs.keys()
        if foreign or (attributes and "station" not in attributes):  # with it, another process has just made it whole
            raise InputError(
                f"{url} is a Zarr hierarchy of something else: {', '.join(sorted(foreign)) or 'attributes'}"
            )


def _create(
    fs: AbstractFileSystem, root: str, url: str, station: Station, frequency_hz: npt.NDArray[np.float64]
) -> None:
    group = open_group(url, mode="a")
    remove_partial(fs, root, deep=False)  # deeper lie folders that are not ours
    for name in GROUPS:
        remove_partial(fs, f"{root}/{name}")
    create_layout(group, station, frequency_hz)


def _is_whole(fs: AbstractFileSystem, root: str, url: str) -> bool:
    """Whether an archive is there, with the attributes that are written last."""
    return fs.exists(f"{root}/zarr.json") and "station" in open_group(url, mode="r").attrs
