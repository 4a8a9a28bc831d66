"""Where a training stands after an epoch, so that one that was killed goes on from there.

One file holds all of it, replaced in one rename: the weights, the optimiser's state and the dropout's, the best weights
so far, and what was measured after each epoch. The file is named after what decides the training, so none is taken for
another's, and several may share a folder.
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from iar.errors import InputError, first_line
from iar.learning.examples import Examples

Arrays = list[npt.NDArray[Any]]
History = list[dict[str, float]]


@dataclass
class Progress:
    """What is known after an epoch: the state of all variables, the weights of the best epoch, the history."""

    state: Arrays
    best: Arrays
    history: History


def checkpoint_path(folder: str, decisive: dict[str, Any], *examples: Examples | None) -> Path:
    """File in `folder` of the training that `decisive` and those examples decide."""
    digest = hashlib.sha256(json.dumps(decisive, sort_keys=True).encode())
    for part in examples:
        digest.update(b"none" if part is None else repr((part.picture.shape, part.mask.shape)).encode())
        for picture, mask in zip(part.picture, part.mask, strict=True) if part is not None else ():
            digest.update(picture.tobytes())
            digest.update(np.packbits(mask).tobytes())
    return Path(folder) / f"{digest.hexdigest()[:16]}.npz"


def write_checkpoint(path: Path, progress: Progress) -> None:
    """Replace the checkpoint at `path`; whoever is killed meanwhile leaves the one before."""
    path.parent.mkdir(parents=True, exist_ok=True)
    arrays = {f"{name}_{i}": array for name in ("state", "best") for i, array in enumerate(getattr(progress, name))}
    new = path.with_suffix(".new")
    with new.open("wb") as file:
        np.savez(file, allow_pickle=False, history=np.array(json.dumps(progress.history)), **arrays)
    new.replace(path)


def read_checkpoint(path: Path) -> Progress | None:
    """Checkpoint at `path`, None where there is none; an InputError if it cannot be read."""
    if not path.exists():
        return None
    try:
        with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
            state, best = ([file[f"{name}_{i}"] for i in range(_count(file, name))] for name in ("state", "best"))
            return Progress(state, best, json.loads(str(file["history"])))
    except (ValueError, OSError, KeyError, EOFError, BadZipFile) as error:
        reason = first_line(error)
        raise InputError(f"checkpoint {path} cannot be read: {reason}; without it the training begins anew") from None


def _count(file: Any, name: str) -> int:
    return sum(key.startswith(f"{name}_") for key in file.files)
