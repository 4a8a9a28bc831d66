"""A record: samples of one channel from one file, and what is wrong with them.

What is wrong with a file is data, not an exception: it is kept in the manifest beside the samples. Only a file that
gives no samples at all raises a ValueError, and is then listed as unreadable.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt

from iar.night import MISSING

Counts = npt.NDArray[np.int32]
ProblemKind = Literal["bad_line", "short", "long", "clipped", "constant", "conflict", "unreadable"]


@dataclass(frozen=True)
class Problem:
    """Something wrong with a file: what kind, and in words where and how much."""

    kind: ProblemKind
    detail: str


class Source(Protocol):
    """A file, wherever it lies."""

    @property
    def name(self) -> str:
        """Name that identifies it in the manifest: no folder of this machine."""

    @property
    def place(self) -> str:
        """Where a person finds it."""

    @property
    def size(self) -> int:
        """Size in bytes."""

    @property
    def mtime_ns(self) -> int:
        """Time of last modification, ns since 1970."""

    def read(self) -> bytes:
        """All its bytes."""

    def read_beside(self, name: str) -> bytes:
        """All bytes of the file `name` beside it; a FileNotFoundError if there is none."""


Decode = Callable[[bytes], tuple[Counts, list[Problem]]]


@dataclass(frozen=True)
class RecordFile:
    """A file that a format knows: what its name (and the file beside it) says, before it is read.

    `channel` is 0 for NS and 1 for EW; `start` its first sample, UTC, datetime64[ms]; `samples` how many samples at
    100 Hz it should hold; `decode` turns its bytes into counts at 100 Hz.
    """

    source: Source
    channel: int
    start: np.datetime64
    samples: int
    decode: Decode


class Format(Protocol):
    """A file format: the one function that a new format has to write."""

    def __call__(self, source: Source) -> RecordFile | None:
        """What the file says of itself, or None if it is not of this format.

        Raises
        ------
        ValueError
            If it is of this format but unusable, such as with a malformed header.
        """


def inspect_counts(counts: Counts, *, expected: int, full_scale: int) -> list[Problem]:
    """Problems that any format can have.

    Parameters
    ----------
    counts
        Samples at 100 Hz, `MISSING` where there is none.
    expected
        Samples that the file should hold.
    full_scale
        Counts at which the digitiser clips.
    """
    problems = []
    if len(counts) != expected:
        kind: ProblemKind = "short" if len(counts) < expected else "long"
        problems.append(Problem(kind, f"{len(counts)} samples instead of {expected}"))
    present = counts[counts != MISSING]
    clipped = np.count_nonzero(np.abs(present) >= full_scale)
    if clipped:
        problems.append(Problem("clipped", f"{clipped} samples at or beyond {full_scale} counts"))
    if len(present) > 1 and present.min() == present.max():
        problems.append(Problem("constant", f"all {len(present)} samples are {present[0]}"))
    return problems
