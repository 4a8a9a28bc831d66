"""Where an archive lies: its file system, its root, its Zarr group, and in one line why it cannot be reached."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

import fsspec
import zarr
from fsspec import AbstractFileSystem
from fsspec.implementations.local import LocalFileSystem

from iar.errors import InputError

_FRESH = {"use_listings_cache": False}
"""Other processes write, too: a remembered listing would show the past."""
_EXTRAS = {"s3": "s3", "s3a": "s3"}
"""Extra of ours that brings what reads a protocol."""


@contextmanager
def reaching(url: str) -> Iterator[None]:
    """Whatever goes wrong with a remote store, as an InputError of one line; a folder's own errors stay OSErrors."""
    try:
        yield
    except InputError:
        raise
    except Exception as error:
        if isinstance(filesystem(url)[0], LocalFileSystem):
            raise
        told = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InputError(f"archive {url} cannot be reached: {told}") from None  # clients of stores share no base class


def filesystem(url: str) -> tuple[AbstractFileSystem, str]:
    """File system and root of a URL; an InputError if nothing here can read it."""
    if not url.strip():  # fsspec would take the current folder
        raise InputError(f"archive {url!r}: expected a folder, or a URL that fsspec understands")
    protocol = url.partition("://")[0]
    try:
        fs, root = fsspec.url_to_fs(url, **_FRESH)
    except ImportError as error:
        hint = f": pip install 'iar[{_EXTRAS[protocol]}]'" if protocol in _EXTRAS else ""
        raise InputError(f"archive {url}: {error}{hint}") from None
    except ValueError as error:
        raise InputError(f"archive {url}: {error}") from None
    return fs, root


def open_group(url: str, mode: Literal["r", "r+", "a"]) -> zarr.Group:
    """Root group of the Zarr hierarchy at `url`."""
    fs, root = filesystem(url)
    if isinstance(fs, LocalFileSystem):  # Zarr makes folders for a path, not for file://
        return zarr.open_group(root, mode=mode, zarr_format=3, use_consolidated=False)
    return zarr.open_group(url, mode=mode, zarr_format=3, use_consolidated=False, storage_options=dict(_FRESH))
