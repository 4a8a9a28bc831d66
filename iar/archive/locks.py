"""One writer a night, where a folder can be shared: what two processes do to the same night, they do in turn.

Different nights never wait for each other. The lock is the kernel's: it ends with its process, however that ends, so a
killed run blocks nobody. Object stores have no such lock and need none: each object appears whole, the last one stays.
"""

import fcntl
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fsspec import AbstractFileSystem
from fsspec.implementations.local import LocalFileSystem

_ZARR_PARTIAL = re.compile(r"[^.]+(\.json)?\.[0-9a-f]{32}\.partial")
"""Zarr's name for a file that is not yet renamed: its own name and a UUID."""


@contextmanager
def locked(fs: AbstractFileSystem, path: str) -> Iterator[None]:
    """Hold the lock file at `path` alone, waiting for whoever holds it; on an object store, nothing."""
    if not isinstance(fs, LocalFileSystem):
        yield
        return
    file = Path(path)
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def remove_leftovers(fs: AbstractFileSystem, folder: str) -> None:
    """Remove what killed Zarr writers left below `folder`, and nothing else; only for who holds its lock."""
    if isinstance(fs, LocalFileSystem):
        for partial in Path(folder).rglob("*.partial"):
            if _ZARR_PARTIAL.fullmatch(partial.name):
                partial.unlink(missing_ok=True)
