"""Whose samples an archive holds: ``manifest/streams.json``, the stream of each channel by name, once it is known."""

import posixpath
from collections.abc import Mapping

from fsspec import AbstractFileSystem
from pydantic import TypeAdapter

from iar.archive.locks import locked
from iar.archive.whole import replace_json
from iar.errors import DamagedArchiveError, first_line

_STREAMS = TypeAdapter(dict[str, str])


def read_streams(fs: AbstractFileSystem, root: str) -> dict[str, str]:
    """Stream of each channel that has one; a DamagedArchiveError if the list cannot be read."""
    path = _path(root)
    try:
        return _STREAMS.validate_json(fs.cat_file(path))
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise DamagedArchiveError(f"{path} is damaged: {first_line(error)}") from None


def keep_streams(fs: AbstractFileSystem, root: str, streams: Mapping[str, str]) -> dict[str, str]:
    """Stream of each channel after these were kept; what another process kept before stays."""
    with locked(fs, posixpath.join(root, "manifest/.streams.lock")):
        there = read_streams(fs, root)
        kept = {**streams, **there}
        if kept != there:
            replace_json(fs, _path(root), dict(sorted(kept.items())))
    return kept


def _path(root: str) -> str:
    return posixpath.join(root, "manifest/streams.json")
