"""What a target of fuzzing is."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random


@dataclass(frozen=True)
class Target:
    """What reads the bytes, some that are whole, and words that they are made of.

    `bend` is given bytes that were mutated blindly, and a generator: what it returns gets past the first check.
    """

    read: Callable[[bytes], None]
    seeds: Callable[[], Iterator[bytes]]
    words: tuple[bytes, ...]
    bend: Callable[[bytes, Random], bytes] = lambda content, _: content


def memory() -> str | None:
    """Folder in memory, where there is one: thousands of files a second are written."""
    return "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108
