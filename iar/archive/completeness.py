"""What an archive can see: ``manifest/completeness.json``, as it was measured last."""

import json
import posixpath
from collections.abc import Mapping
from typing import Any

from fsspec import AbstractFileSystem

from iar.archive.locks import locked
from iar.archive.whole import replace_json
from iar.errors import DamagedArchiveError, first_line


def read_completeness(fs: AbstractFileSystem, root: str) -> dict[str, Any] | None:
    """Content of the file, None if there is none; a DamagedArchiveError if it cannot be read."""
    path = _path(root)
    try:
        content = json.loads(fs.cat_file(path))
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise DamagedArchiveError(f"{path} is damaged: {first_line(error)}") from None
    if not isinstance(content, dict):
        raise DamagedArchiveError(f"{path} is damaged: it holds no table of names")
    return content


def keep_completeness(fs: AbstractFileSystem, root: str, content: Mapping[str, Any]) -> None:
    """Replace the file as a whole."""
    with locked(fs, posixpath.join(root, "manifest/.completeness.lock")):
        replace_json(fs, _path(root), dict(content))


def _path(root: str) -> str:
    return posixpath.join(root, "manifest/completeness.json")
