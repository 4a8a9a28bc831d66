"""Versions of a label book: what was in it at some time, so that a training can say what it learnt from."""

import hashlib
from collections.abc import Iterable

from iar.archive.labels import Label
from iar.errors import InputError
from iar.learning.sources import LATEST


def version_of(labels: Iterable[Label]) -> str:
    """How many records there are, and the digest of all they say: the same for the same records.

    >>> version_of([])
    '0-e3b0c44298fc'
    """
    records = [label.model_dump_json(exclude_defaults=True) for label in _in_order(labels)]
    return f"{len(records)}-{hashlib.sha256(''.join(records).encode()).hexdigest()[:12]}"


def at_version(labels: Iterable[Label], version: str) -> list[Label]:
    """Records that the book held at a version: the oldest of today's, as many as there were.

    Raises
    ------
    InputError
        If those are others: the version is of another archive, or older records were imported since.
    """
    ordered = _in_order(labels)
    if version == LATEST:
        return ordered
    count = int(version.partition("-")[0])
    then = ordered[:count]
    if version_of(then) != version:
        raise InputError(
            f"labels {version} are not in this archive: its {len(ordered)} record(s) are {version_of(ordered)}, and of "
            f"them the first {count} are others; were some of an earlier time imported since?"
        )
    return then


def _in_order(labels: Iterable[Label]) -> list[Label]:
    return sorted(labels, key=lambda label: (label.when, label.who, label.night))
