"""How much room an archive takes, and how much is left beside it."""

import shutil
from dataclasses import dataclass

from fsspec.implementations.local import LocalFileSystem

from iar.archive.place import filesystem


@dataclass(frozen=True)
class Room:
    """Bytes that the files of an archive hold, and bytes that are free on its disk."""

    used: int
    free: int


def find_room(url: str) -> Room | None:
    """Room of an archive in a folder; None elsewhere, where listing it costs and nobody says what is free."""
    fs, root = filesystem(url)
    if not isinstance(fs, LocalFileSystem):
        return None
    return Room(fs.du(root), shutil.disk_usage(root).free)
