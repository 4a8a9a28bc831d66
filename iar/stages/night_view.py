"""A night under work: its manifest is read once, and what a stage computed is handed to the next, not read back."""

import datetime as dt
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import numpy.typing as npt
from pydantic import BaseModel, ValidationError

from iar.archive.manifest import Manifest, StageEntry
from iar.archive.reader import Reader
from iar.archive.store import Archive, stage_entry
from iar.errors import DamagedArchiveError
from iar.stages.stage import Setup, Stage

Settings = TypeVar("Settings", bound=BaseModel)


class NightView:
    """A night of an archive as its manifest was when this was made; an array that was read is kept."""

    def __init__(self, store: Reader, night: dt.date) -> None:
        """Look at `night`; an InputError if the archive has no place for it."""
        store.index(night)
        self.store, self.night = store, night
        self.manifest = store.manifest(night)
        self._arrays: dict[str, npt.NDArray[Any]] = {}
        self._neighbours: dict[int, Manifest] = {}

    def sealed(self, stage: str) -> StageEntry:
        """Seal of a stage; a NightNotSealedError, which says what is there, if the night has not reached it."""
        self.store.check_sealed(self.manifest, stage)
        return self.manifest.stages[stage]

    def settings(self, stage: str, kind: type[Settings]) -> Settings:
        """Settings of that `kind` that a stage was sealed with.

        Raises
        ------
        NightNotSealedError
            If it is not sealed.
        DamagedArchiveError
            If the manifest does not say them, or says others than there can be.
        """
        self.sealed(stage)
        fields = self.manifest.noted(stage, "settings")
        try:
            return kind.model_validate(fields)
        except ValidationError as error:
            fault = f"settings of {stage}: {error.errors()[0]['msg']}"
            raise DamagedArchiveError(f"manifest of night {self.night} is damaged: {fault}") from None

    def read(self, stage: str, path: str) -> npt.NDArray[Any]:
        """One array of a sealed stage; errors as of `Reader.read_sealed`."""
        self.sealed(stage)
        if path not in self._arrays:
            values = self.store.read(self.night, path)
            self.store.check_whole(self.manifest, stage, path, values)
            self._arrays[path] = values
        return self._arrays[path]

    def neighbour(self, days: int) -> Manifest:
        """Manifest of the night so many days later, read once: who ingests into it meanwhile does not come between."""
        if days not in self._neighbours:
            self._neighbours[days] = self.store.manifest(self.night + dt.timedelta(days=days))
        return self._neighbours[days]


class OpenNight(NightView):
    """A night that this process alone works on, see `open_night`."""

    store: Archive

    def make(self, stage: Stage, setup: Setup, later: Collection[str]) -> bool:
        """Compute, write and seal a stage unless it is sealed with its signature of now; returns whether it had to.

        Parameters
        ----------
        later
            Names of the stages that are no longer whole then: itself, and all that were made from it.
        """
        wanted = stage.signature(self, setup)
        if self.manifest.is_sealed(stage.name, wanted):
            return False
        if stage.compute is None:
            raise ValueError(f"stage {stage.name} is not computed: it comes from files")
        computed, note = stage.compute(self, setup)
        arrays = stage.as_stored(computed)
        self._replace(self.manifest.opened(later))  # nobody reads a night that is half old and half new
        chunks = self.store.write(self.night, arrays, stage.layout)
        self._replace(self.manifest.with_stage(stage.name, stage_entry(wanted, {**note, "chunks": chunks})))
        self._arrays |= arrays
        return True

    def _replace(self, manifest: Manifest) -> None:
        if manifest is not self.manifest:
            self.store.replace_manifest(manifest)
            self.manifest = manifest


@contextmanager
def open_night(archive: Archive, night: dt.date) -> Iterator[OpenNight]:
    """Lock a night, from the look at its manifest to its last seal: two runs over it take turns.

    Raises
    ------
    InputError
        If the archive has no place for it.
    """
    with archive.locked(night):
        yield OpenNight(archive, night)
