"""Where an archive lies: its file system, its root, its Zarr group, and in one line why it cannot be reached."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

import fsspec
import zarr
from fsspec import AbstractFileSystem
from fsspec.implementations.local import LocalFileSystem

from iar.errors import DamagedArchiveError, InputError, first_line

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
    except Exception as error:  # clients of stores share no base class
        if isinstance(filesystem(url)[0], LocalFileSystem):
            raise
        raise InputError(f"archive {url} cannot be reached: {first_line(error)}") from None


@contextmanager
def finding_damage(what: str) -> Iterator[None]:
    """Whatever Zarr and its codecs say of `what` when it makes no sense to them, as a DamagedArchiveError."""
    try:
        yield
    except InputError:
        raise
    except KeyError as error:
        raise DamagedArchiveError(f"{what} is damaged or gone: no {error}") from None
    except (AttributeError, RuntimeError, TypeError, ValueError) as error:
        raise DamagedArchiveError(f"{what} is damaged: {error}") from None


@contextmanager
def naming(place: str) -> Iterator[None]:
    """An OSError that names no file, as that of a disk that is full, as one of `place`."""
    try:
        yield
    except OSError as error:
        if error.filename is None and error.errno is not None:
            raise OSError(error.errno, error.strerror, place) from None
        raise


def filesystem(url: str) -> tuple[AbstractFileSystem, str]:
    """File system and root of a URL; an InputError if nothing here can read it."""
    if not url.strip():  # fsspec would take the current folder
        raise InputError(f"archive {url!r}: expected a folder, or a URL that fsspec understands")
    protocol = url.partition("://")[0]
    try:
        fs, root = fsspec.url_to_fs(url, **_FRESH)
    except ImportError as error:
        hint = f": pip install -e '.[{_EXTRAS[protocol]}]'" if protocol in _EXTRAS else ""
        raise InputError(f"archive {url}: {error}{hint}") from None
    except Exception as error:  # noqa: BLE001 - each of fsspec's file systems refuses a URL in its own way
        raise InputError(f"archive {url}: {first_line(error)}") from None
    return fs, root


def open_group(url: str, mode: Literal["r", "r+", "a"]) -> zarr.Group:
    """Root group of the Zarr hierarchy at `url`; a DamagedArchiveError if its metadata make no sense."""
    fs, root = filesystem(url)
    local = isinstance(fs, LocalFileSystem)  # Zarr makes folders for a path, not for file://
    place, options = (root, None) if local else (url, dict(_FRESH))
    with finding_damage(f"{url}/zarr.json"):
        return zarr.open_group(place, mode=mode, zarr_format=3, use_consolidated=False, storage_options=options)
