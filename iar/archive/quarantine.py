"""Files that cannot be used and whose night is not known: ``manifest/quarantine.json``.

What is wrong with a file of a known night stands in that night's manifest. As there, no clock time is kept: the same
files give the same bytes.
"""

import posixpath
from collections.abc import Collection

from fsspec import AbstractFileSystem
from pydantic import BaseModel, ConfigDict, TypeAdapter

from iar.archive.locks import locked
from iar.archive.whole import replace_json
from iar.errors import DamagedArchiveError, first_line


class QuarantineEntry(BaseModel):
    """A file that cannot be used, and why."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    size: int
    mtime_ns: int
    reason: str


_ENTRIES = TypeAdapter(tuple[QuarantineEntry, ...])


def read_quarantine(fs: AbstractFileSystem, root: str) -> tuple[QuarantineEntry, ...]:
    """Files in quarantine, by name; a DamagedArchiveError if the list cannot be read."""
    path = _path(root)
    try:
        text = fs.cat_file(path)
    except FileNotFoundError:
        return ()
    try:
        return _ENTRIES.validate_json(text)
    except ValueError as error:
        raise DamagedArchiveError(f"{path} is damaged: {first_line(error)}") from None


def update_quarantine(
    fs: AbstractFileSystem, root: str, usable: Collection[str], bad: Collection[QuarantineEntry]
) -> tuple[QuarantineEntry, ...]:
    """Put `bad` files in quarantine and take the `usable` names out; returns those that are new there, or changed."""
    if not bad and not read_quarantine(fs, root):
        return ()
    with locked(fs, posixpath.join(root, "manifest/.quarantine.lock")):
        old = read_quarantine(fs, root)
        looked_at = {*usable, *(entry.name for entry in bad)}
        kept = {entry for entry in old if entry.name not in looked_at}
        entries = sorted(kept | set(bad), key=lambda e: (e.name, e.size, e.mtime_ns, e.reason))
        if tuple(entries) != old:
            _write(fs, _path(root), entries)
    fresh = set(bad) - set(old)
    return tuple(entry for entry in entries if entry in fresh)


def _path(root: str) -> str:
    return posixpath.join(root, "manifest/quarantine.json")


def _write(fs: AbstractFileSystem, path: str, entries: list[QuarantineEntry]) -> None:
    """Replace the list as a whole, or remove the last trace of it."""
    if entries:
        replace_json(fs, path, [entry.model_dump(mode="json") for entry in entries])
    else:
        fs.rm_file(path)
