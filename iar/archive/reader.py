"""Reading an archive: its station, its manifests, whole nights of its arrays. Nothing here writes."""

import datetime as dt
from collections.abc import Collection
from functools import cached_property
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import zarr
from fsspec import AbstractFileSystem
from fsspec.implementations.memory import MemoryFileSystem
from zarr.core.buffer.cpu import NDBuffer

from iar.archive.completeness import read_completeness
from iar.archive.layout import filled_chunks
from iar.archive.manifest import (
    DamagedManifest,
    Manifest,
    nights_with_manifest,
    read_manifest,
    read_manifests,
    unsealed_nights,
)
from iar.archive.place import filesystem, finding_damage, open_group, reaching
from iar.archive.quarantine import QuarantineEntry, read_quarantine
from iar.archive.streams import read_streams
from iar.errors import DamagedArchiveError, InputError, NightNotSealedError
from iar.settings import Station, stored_station


class Reader:
    """One station's nights at a URL that fsspec understands; a plain path is a folder. To be read, and no more.

    Cheap to open and to pickle: workers are sent the URL, and open it when they first use it, so that what goes wrong
    there is the failure of one job.
    """

    _MODE: Literal["r", "r+"] = "r"
    """Of the Zarr hierarchy."""

    def __init__(self, url: str) -> None:
        """Open the archive at `url`; an InputError if there is none, a DamagedArchiveError if it cannot be read."""
        self.url = url
        self._group  # noqa: B018 - opens it

    def __getstate__(self) -> dict[str, Any]:
        """Pickle as the URL."""
        return {"url": self.url}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Unpickle, not yet opened."""
        self.url = state["url"]

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
            group = open_group(self.url, mode=self._MODE)
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
        """Manifest of `night`, for who works on it; an empty one if nothing was sealed yet.

        Raises
        ------
        DamagedArchiveError
            If it is damaged.
        """
        return read_manifest(self._fs, self._root, night)

    def look(self, night: dt.date) -> Manifest:
        """Manifest of `night`, for who looks at many; one that is damaged seals nothing, see `DamagedManifest`."""
        try:
            return self.manifest(night)
        except DamagedArchiveError as error:
            return DamagedManifest(night=night, fault=str(error))

    def nights(self, years: Collection[int] | None = None) -> list[dt.date]:
        """Nights with a manifest, in order; where only some years matter, no more than those are listed."""
        return nights_with_manifest(self._fs, self._root, years)

    def unsealed_nights(self) -> list[dt.date]:
        """Nights whose counts are being written over, or were when a run was killed, in order."""
        return unsealed_nights(self._fs, self._root)

    def manifests(self) -> list[Manifest]:
        """Every manifest, in the order of nights."""
        return read_manifests(self._fs, self._root)

    def streams(self) -> dict[str, str]:
        """Stream of each channel by its name, where the files say whose samples they are."""
        return read_streams(self._fs, self._root)

    def completeness(self) -> dict[str, Any] | None:
        """What `iar completeness` measured last, as its file has it; None if nobody asked yet."""
        return read_completeness(self._fs, self._root)

    def quarantine(self) -> tuple[QuarantineEntry, ...]:
        """Files that cannot be used and whose night is not known, by name."""
        return read_quarantine(self._fs, self._root)

    def sealed_manifest(self, night: dt.date, stage: str) -> Manifest:
        """Manifest of a night that has sealed `stage`.

        Raises
        ------
        NightNotSealedError
            If the night is not in the archive, or has not reached that stage.
        """
        self.index(night)
        manifest = self.manifest(night)
        self.check_sealed(manifest, stage)
        return manifest

    def check_sealed(self, manifest: Manifest, stage: str) -> None:
        """Raise a NightNotSealedError, which says what is there, unless the manifest seals `stage`."""
        if not manifest.is_sealed(stage):
            state = f"only {', '.join(manifest.stages)} so far" if manifest.stages else "nothing of it is there"
            raise NightNotSealedError(f"night {manifest.night} has no sealed {stage} in {self.url}: {state}")

    def has(self, path: str) -> bool:
        """Whether the archive has an array there: one of an earlier version lacks those of today."""
        return path in self._group

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
        """One night of arrays of a sealed stage.

        Raises
        ------
        NightNotSealedError
            As `sealed_manifest` raises it.
        DamagedArchiveError
            If one cannot be read, or not all of what was sealed is there.
        """
        manifest = self.sealed_manifest(night, stage)
        arrays = [self.read(night, path) for path in paths]
        for path, values in zip(paths, arrays, strict=True):
            self.check_whole(manifest, stage, path, values)
        return arrays

    def read_named(self, night: dt.date, stage: str, *paths: str) -> dict[str, npt.NDArray[Any]]:
        """What `read_sealed` reads, by the last part of each path; raises as it does."""
        names = (path.rpartition("/")[2] for path in paths)
        return dict(zip(names, self.read_sealed(night, stage, *paths), strict=True))

    def check_whole(self, manifest: Manifest, stage: str, path: str, values: npt.NDArray[Any]) -> None:
        """Hold what was read of a night, all of it, against the chunks that its seal says are there.

        A chunk that did not come, as of a copy under way, reads as one without data. Seals of before there was such a
        number say nothing.

        Raises
        ------
        DamagedArchiveError
            If fewer chunks hold something.
        """
        sealed = manifest.stages[stage].note.get("chunks", {}).get(path, 0)
        there = self.filled_chunks(path, values) if sealed else 0
        if there < sealed:
            raise DamagedArchiveError(
                f"{path} of night {manifest.night} in {self.url} holds {there} of the {sealed} chunks that were "
                f"sealed: is a copy under way? `iar doctor --archive {self.url}` looks at all of it"
            )

    def filled_chunks(self, path: str, values: npt.NDArray[Any]) -> int:
        """Chunks of one night of an array that hold anything: those that lie on disk."""
        array = self._array(path)
        return filled_chunks(values, array.chunks[1:], array.fill_value)

    def _array(self, path: str) -> Any:
        """Array at `path`; a store is asked once for each, since what is said of it never changes."""
        if path not in self._opened:
            with finding_damage(f"{self.url}/{path}/zarr.json"):
                self._opened[path] = self._group[path]
        return self._opened[path]

    @cached_property
    def _opened(self) -> dict[str, Any]:
        return {}

    @property
    def channels(self) -> tuple[str, ...]:
        """Names of the channels, in order."""
        return self.station.channels
