"""Files that readers see as they were or as they are, never half, and what killed writers of such files left."""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fsspec import AbstractFileSystem
from fsspec.implementations.local import LocalFileSystem

_ZARR_PARTIAL = re.compile(r"[^.]+(\.json)?\.[0-9a-f]{32}\.partial")
"""Zarr's name for a file that is not yet renamed: its own name and a UUID."""


def replace_json(fs: AbstractFileSystem, path: str, content: Any) -> None:
    """Replace the file at `path` by `content` as JSON, as a whole; only for who holds the lock that guards it."""
    text = json.dumps(content, indent=1, ensure_ascii=False).encode() + b"\n"
    if not isinstance(fs, LocalFileSystem):
        fs.pipe_file(path, text)  # one PUT
        return
    temporary = Path(path).with_name(f".{Path(path).stem}.tmp")
    temporary.parent.mkdir(parents=True, exist_ok=True)
    with temporary.open("wb") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def find_partial(folder: Path, *, deep: bool = True) -> Iterator[Path]:
    """Files in `folder`, and below it if `deep`, that Zarr writes or wrote and has not renamed yet."""
    found = folder.glob("**/*.partial" if deep else "*.partial")
    return (path for path in found if _ZARR_PARTIAL.fullmatch(path.name))


def remove_partial(fs: AbstractFileSystem, folder: str, *, deep: bool = True) -> None:
    """Remove what killed Zarr writers left in `folder`, and below it if `deep`; only for who holds its lock."""
    if isinstance(fs, LocalFileSystem):
        for path in find_partial(Path(folder), deep=deep):
            path.unlink(missing_ok=True)
