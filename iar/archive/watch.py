"""Manifests that somebody looks at again and again: each is read once, and once more when its file has changed."""

import datetime as dt
import posixpath
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from iar.archive.manifest import find_manifests, read_texts
from iar.archive.place import filesystem, reaching

_MARKS = ("size", "mtime", "ino", "ETag", "etag", "LastModified", "last_modified", "updated", "created")
"""What file systems know of a file that is another after it was replaced."""


@dataclass(frozen=True)
class Changes:
    """What changed since the last look: text of manifests that are new or another, nights whose manifest went.

    A text that could not be read is the error instead. `remade` says that the archive itself is another than before.
    """

    texts: Mapping[dt.date, bytes | Exception]
    gone: frozenset[dt.date]
    remade: bool

    def __bool__(self) -> bool:
        """Whether anything changed at all."""
        return bool(self.texts or self.gone or self.remade)


class Watch:
    """Looks at the manifests of the archive at a URL, which may not be there yet."""

    def __init__(self, url: str) -> None:
        """Watch `url`; an InputError if nothing here can read such a URL."""
        self.url = url
        self._fs, self._root = filesystem(url)
        self._made: tuple[Any, ...] | None = None
        self._seen: dict[dt.date, tuple[Any, ...]] = {}

    def look(self) -> Changes:
        """Say what changed since this was asked last; at first, everything.

        Raises
        ------
        InputError
            If a remote store cannot be reached.
        """
        with reaching(self.url):
            made = _marks(self._fs.info(self._zarr)) if self._fs.exists(self._zarr) else None
            remade, before = made != self._made, self._seen
            if remade:
                before = {}
            listed = find_manifests(self._fs, self._root)
            seen = {night: _marks(details) for night, (_, details) in listed.items()}
            changed = {night: path for night, (path, _) in listed.items() if before.get(night) != seen[night]}
            texts = read_texts(self._fs, changed)
        self._made, self._seen = made, seen
        return Changes(texts, frozenset(before.keys() - seen.keys()), remade)

    @property
    def _zarr(self) -> str:
        return posixpath.join(self._root, "zarr.json")


def _marks(info: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(info.get(mark) for mark in _MARKS)
