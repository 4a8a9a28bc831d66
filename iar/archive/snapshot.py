"""An archive as its manifests were at one moment: each is read once, to decide what is left to do of many nights."""

import datetime as dt
import posixpath
from collections import deque
from collections.abc import Collection
from typing import Any

from fsspec.implementations.local import LocalFileSystem
from fsspec.implementations.memory import MemoryFileSystem

from iar.archive.manifest import Manifest, manifest_path, parse_manifest, read_texts
from iar.archive.place import filesystem
from iar.archive.reader import Reader
from iar.archive.store import Archive
from iar.errors import InputError

_KEPT = 4
"""Manifests that are kept parsed: a night's own and its neighbours'. Thousands would fill the memory."""


class Snapshot(Reader):
    """The archive at a URL with the manifests that `nights` and their neighbours had when this was made.

    What others seal meanwhile is not seen; so it can only be read.
    """

    def __init__(self, url: str, nights: Collection[dt.date]) -> None:
        """Read the manifests, many at a time; one that cannot be read is the trouble of who asks for it."""
        super().__init__(url)
        around = {night + dt.timedelta(days=days) for night in nights for days in (-1, 0, 1)}
        self._listed = super().nights({night.year for night in around})
        self._path = {n: posixpath.join(self._root, manifest_path(n)) for n in self._listed if n in around}
        self._text = read_texts(self._fs, self._path)
        self._parsed: deque[Manifest] = deque(maxlen=_KEPT)

    def __getstate__(self) -> dict[str, Any]:
        """Pickle with the manifests, as they were."""
        return super().__getstate__() | {name: vars(self)[name] for name in ("_listed", "_path", "_text")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Unpickle, not yet opened."""
        super().__setstate__(state)
        self._listed, self._path, self._text = state["_listed"], state["_path"], state["_text"]
        self._parsed = deque(maxlen=_KEPT)

    def nights(self, years: Collection[int] | None = None) -> list[dt.date]:
        """Nights with a manifest, in order, of the years that this was made for, or those of them in `years`."""
        return self._listed if years is None else [night for night in self._listed if night.year in years]

    def manifest(self, night: dt.date) -> Manifest:
        """Manifest of `night`; an empty one if nothing was sealed yet."""
        if night not in self._path:
            return Manifest(night=night)
        known = next((m for m in self._parsed if m.night == night), None)
        if known is not None:
            return known
        text = self._text[night]
        if isinstance(text, FileNotFoundError):  # it went since it was listed
            return Manifest(night=night)
        if isinstance(text, Exception):
            raise text
        self._parsed.append(parse_manifest(text, self._path[night]))
        return self._parsed[-1]


def shared_archive(url: str) -> Archive:
    """The archive at `url` by a name that means the same on every machine; an InputError if it lies in our memory."""
    fs, root = filesystem(url)
    if isinstance(fs, MemoryFileSystem):
        raise InputError(f"archive {url} lies in the memory of this process: no other can work on it")
    return Archive(root if isinstance(fs, LocalFileSystem) else url)
