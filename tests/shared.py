"""What is made once for a run of tests, however many processes it has."""

import fcntl
import os
from collections.abc import Callable
from pathlib import Path

import pytest


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """Folder of this run, filled by whichever of its processes asks first while the others wait; not to be changed."""
    own = factory.getbasetemp()
    run = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    folder = run / name
    with (run / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            part = factory.mktemp(name)  # another's, where that one failed, is left alone
            make(part)
            part.rename(folder)
    return folder


def archive_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """Folder of an archive that is made there, once for this run; not to be changed."""
    return made_once(factory, name, lambda folder: make(folder / "archive")) / "archive"
