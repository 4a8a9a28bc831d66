"""Examples on disk: one ``.npy`` file an array in a folder, mapped into memory, so that thousands of nights need none.

A folder is there as a whole or not at all. While it is written it lies beside itself, hidden; what a killed run left
there goes when the next one begins.
"""

import hashlib
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from fsspec.implementations.local import LocalFileSystem

from iar.archive.locks import locked
from iar.errors import DamagedArchiveError, InputError

ARRAYS = {"picture": ("f2", 4), "mask": ("?", 3), "month": ("U7", 1), "scenario": ("U16", 1)}
"""Type and number of dimensions of each; the first dimension is the example."""
MAPPED = ("picture", "mask")
"""What stays on disk; the rest is small."""

Arrays = dict[str, npt.NDArray[Any]]


@contextmanager
def writing_examples(folder: Path, shapes: Mapping[str, tuple[int, ...]]) -> Iterator[Arrays]:
    """Arrays of these shapes to be filled, mapped to files: `folder` is there once the block has ended well.

    Raises
    ------
    InputError
        If `folder` is there already, or the disk has not the room.
    """
    partial = folder.with_name(f".{folder.name}.partial")
    with locked(LocalFileSystem(), str(folder.with_name(f".{folder.name}.lock"))):
        if folder.exists():
            raise InputError(f"{folder} is there already: choose another folder for the examples")
        shutil.rmtree(partial, ignore_errors=True)
        _check_room(folder.parent, shapes)
        partial.mkdir()
        try:
            arrays = {
                name: np.lib.format.open_memmap(partial / f"{name}.npy", mode="w+", dtype=dtype, shape=shapes[name])
                for name, (dtype, _) in ARRAYS.items()
            }
            yield dict(arrays)
            for array in arrays.values():
                array.flush()
            partial.rename(folder)
        except BaseException:
            shutil.rmtree(partial, ignore_errors=True)
            raise


def open_examples(folder: Path) -> Arrays:
    """Arrays of the examples in `folder`, by name; pictures and masks are mapped, to be read only.

    Raises
    ------
    InputError
        If there are none.
    DamagedArchiveError
        If an array is missing, cut short, of another kind, or not as long as the others.
    """
    if not folder.is_dir():
        raise InputError(f"{folder}: no such folder of examples")
    arrays = {name: _opened(folder / f"{name}.npy", name) for name in ARRAYS}
    lengths = {name: len(array) for name, array in arrays.items()}
    if len(set(lengths.values())) > 1:
        raise DamagedArchiveError(f"{folder} is damaged: its arrays hold {lengths} examples")
    return arrays


def examples_digest(folder: Path) -> str:
    """SHA-256 of the examples in `folder`: the same for the same examples."""
    digest = hashlib.sha256()
    for name in ARRAYS:
        with (folder / f"{name}.npy").open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()


def _opened(path: Path, name: str) -> npt.NDArray[Any]:
    dtype, dimensions = ARRAYS[name]
    try:
        array: npt.NDArray[Any] = np.load(path, mmap_mode="r" if name in MAPPED else None, allow_pickle=False)
    except FileNotFoundError:
        raise DamagedArchiveError(f"{path} is missing") from None
    except (EOFError, OSError, ValueError) as error:
        raise DamagedArchiveError(f"{path} is damaged: {error}") from None
    if array.dtype != np.dtype(dtype) or array.ndim != dimensions:
        raise DamagedArchiveError(f"{path} is no array of examples: {array.dtype} of shape {array.shape}")
    return array


def _check_room(place: Path, shapes: Mapping[str, tuple[int, ...]]) -> None:
    """Raise an InputError if the disk is too full: writing to a map of a file on a full disk kills the process."""
    needed = sum(int(np.prod(shapes[name])) * np.dtype(dtype).itemsize for name, (dtype, _) in ARRAYS.items())
    free = shutil.disk_usage(place).free
    if needed > free:
        raise InputError(f"{place} has {free / 1e9:.1f} GB free, the examples need {needed / 1e9:.1f} GB")
