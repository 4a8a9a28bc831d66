"""A record: samples of one channel from one file, and what is wrong with them.

What is wrong with a file is data, not an exception: it is kept in the manifest beside the samples. Only a file that
gives no samples at all raises a ValueError, and is then listed as unreadable.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np

from iar.night import MISSING, YEARS, Counts
from iar.settings.table import Table

ProblemKind = Literal[
    "bad_line",  # text that is no integer
    "bad_block",  # part of a binary file that its own checks refuse
    "missing",  # gaps inside a file
    "missing_channel",  # fewer channels than the station's files hold
    "short",
    "long",
    "clipped",
    "constant",
    "duplicate",  # there already, with the same content
    "conflict",  # there already, with another content
    "jitter",  # a clock that is a little off against the record before
    "drift",  # times in a file that leave its own rate
    "other_rate",  # samples of the stream at another rate
    "bad_time",  # samples whose time cannot be that of their file
    "unreadable",
]
SAME_RATE = 1e-5
"""Relative difference of two rates that is only how a file writes them."""
_SHOWN_PLACES = 3


class ChangedFileError(OSError):
    """A file changed between the look at it and its reading: somebody is still writing it."""


class FileBesideError(ValueError):
    """A file is of no use without another beside it, which is not there."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"{name} is not beside it: {reason}")
        self.name = name


class OtherStreamError(ValueError):
    """A file is of the format, but none of its streams is a coil's: it is passed over."""


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
        """Size in bytes as it lies there: of a compressed file, not of what is in it."""

    @property
    def mtime_ns(self) -> int:
        """Time of last modification, ns since 1970."""

    def read(self) -> bytes:
        """All its bytes."""

    def read_beside(self, name: str) -> bytes:
        """All bytes of the file `name` beside it; a FileNotFoundError if there is none."""


Decode = Callable[[bytes], tuple[Counts, list[Problem]]]


@dataclass(frozen=True)
class Expectation:
    """What a station says of its files: their sampling rate, Hz, and how many channels each holds.

    `streams` are patterns of the streams of both coils, None where any may be; a night begins at `boundary_hour`;
    `value_per_count` is what a count stands for in files of numbers with a fraction, None where there are none; `table`
    says where in files of the format table the coils and the time stand; `unit` is that of the numbers in them.
    """

    rate_hz: float
    channels: int
    streams: tuple[str, str] | None = None
    boundary_hour: int = 12
    value_per_count: float | None = None
    table: Table | None = None
    unit: str = "counts"


@dataclass(frozen=True)
class RecordFile:
    """A channel of a file that a format knows: what its name, its header or the file beside it say.

    `channel` is 0 for the first coil and 1 for the second; `start` its first sample, UTC, datetime64; `samples` how
    many samples it should hold at its own rate, `rate_hz`; `decode` turns the file's bytes into counts at that rate;
    `problems` are known before they are read. Where a format knows them, `stream` says whose samples these are, as
    network, station, location and channel, and `others` which streams of the file are no coil's.
    """

    source: Source
    channel: int
    start: np.datetime64
    rate_hz: float
    samples: int
    decode: Decode
    problems: tuple[Problem, ...] = ()
    stream: str = ""
    others: tuple[str, ...] = ()


class Format(Protocol):
    """A file format: the one function that a new format has to write."""

    def __call__(self, source: Source, expected: Expectation) -> Sequence[RecordFile]:
        """What the file says of itself, a record for each of its channels; none if it is not of this format.

        Raises
        ------
        FileBesideError
            If it needs another file that is not there.
        OtherStreamError
            If it holds nothing of the station's coils.
        ValueError
            If it is of this format but unusable, such as with a malformed header.
        """


Recognise = Callable[[Source], Sequence[RecordFile]]
"""A format that knows what to expect."""


def same_rate(one_hz: float, other_hz: float) -> bool:
    """Whether two rates, Hz, differ at most by how a file writes them."""
    return abs(one_hz / other_hz - 1) <= SAME_RATE


def check_start(record: RecordFile) -> None:
    """Raise a ValueError if a record begins in a year that is a misprint, or at no time at all."""
    first, last = (np.datetime64(f"{year}-01-01", "ms") for year in (YEARS[0], YEARS[1] + 1))
    if not first <= record.start < last:
        raise ValueError(f"it begins at {record.start}, outside the years {YEARS[0]} to {YEARS[1]}")


def inspect_counts(counts: Counts, *, expected: int, full_scale: int) -> list[Problem]:
    """Problems that any format can have.

    Parameters
    ----------
    counts
        Samples at the file's own rate, `MISSING` where there is none.
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


def before_zeros(content: bytes) -> tuple[bytes, str]:
    """Whole lines of a text before the zero bytes that a power cut left, and where those begin, in words.

    Without zero bytes all of it, and no words.
    """
    written = content.partition(b"\0")[0]
    if len(written) == len(content):
        return content, ""
    return written[: written.rfind(b"\n") + 1], f"zero bytes from byte {len(written) + 1} on"


def list_first(places: Sequence[str]) -> str:
    """Places in a file, in words; of very many the first three, and how many more there are.

    >>> list_first(["line 1", "line 2", "line 3", "line 4", "line 5"])
    'line 1, line 2, line 3 and 2 more'
    """
    more = f" and {len(places) - _SHOWN_PLACES} more" if len(places) > _SHOWN_PLACES else ""
    return f"{', '.join(places[:_SHOWN_PLACES])}{more}"
