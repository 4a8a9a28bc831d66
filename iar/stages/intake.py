"""What became of the files under the sources: each leaves a trace, also one that was left alone."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from iar.records.finding import Found, PassedOver, Unusable
from iar.records.record import Problem, RecordFile

State = Literal["read", "known", "young", "changing", "passed over", "failed"]


@dataclass(frozen=True)
class IngestReport:
    """What ingest did for one night: places of the files it read, and what was wrong with them (place, problem).

    `changing` are places of files that were being written while they were read: they are left for the next pass.
    """

    night: dt.date
    read: tuple[str, ...]
    problems: tuple[tuple[str, Problem], ...]
    changing: tuple[str, ...] = ()

    @property
    def without_samples(self) -> dict[str, str]:
        """Reason of each file that gave no samples, by its place."""
        return {place: problem.detail for place, problem in self.problems if problem.kind == "unreadable"}

    @property
    def unreadable(self) -> list[str]:
        """Files that gave no samples, with the reason, in words."""
        return [f"{place}: {problem.detail}" for place, problem in self.problems if problem.kind == "unreadable"]


@dataclass(frozen=True)
class FileState:
    """What became of a file, or of a member of a tar: known is one that was read by an earlier run, and is the same."""

    place: str
    state: State
    reason: str = ""


@dataclass
class Intake:
    """What became of many files: a report for each night or part of one, what could not be used, and what failed.

    `usable` are the names of the files that could be used, `places` where they lie; `tars` are the yearly ones.
    `lost` are those of nights that failed, with the reason.
    """

    reports: list[IngestReport] = field(default_factory=list)
    unusable: list[Unusable] = field(default_factory=list)
    usable: set[str] = field(default_factory=set)
    failures: list[str] = field(default_factory=list)
    places: set[str] = field(default_factory=set)
    tars: list[str] = field(default_factory=list)
    young: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    passed_over: list[PassedOver] = field(default_factory=list)
    lost: dict[str, str] = field(default_factory=dict)

    def add(self, other: "Intake") -> None:
        """Take in what became of other files."""
        self.usable |= other.usable
        self.places |= other.places
        self.lost |= other.lost
        for name in ("reports", "unusable", "failures", "tars", "young", "changed", "passed_over"):
            getattr(self, name).extend(getattr(other, name))

    def note(self, found: Found) -> None:
        """Take in what was found beside records, and where those lie; which of them are of use is to be told apart."""
        self.usable |= {record.source.name for record in found.records}
        self.places |= {record.source.place for record in found.records}
        self.young += found.young
        self.changed += found.changing
        self.passed_over += found.passed_over

    def lose(self, records: Sequence[RecordFile], reason: str) -> None:
        """Take in that a night of these records failed."""
        self.lost |= {record.source.place: reason for record in records}

    @property
    def files(self) -> int:
        """Number of files that were read, and gave samples."""
        return len({place for report in self.reports for place in report.read if place not in report.without_samples})

    @property
    def nights(self) -> int:
        """Number of nights that they belong to."""
        return len({report.night for report in self.reports if report.read})

    @property
    def changing(self) -> int:
        """Number of files that were written while they were looked at, or read."""
        return len({*self.changed, *(place for report in self.reports for place in report.changing)})

    @property
    def problems(self) -> list[tuple[str, Problem]]:
        """Problems of all files, with their places."""
        return [problem for report in self.reports for problem in report.problems]

    def account(self) -> list[FileState]:
        """State of every file, by place: each is there once. Of a file of several nights the worst is kept."""
        states: dict[str, FileState] = {}

        def tell(state: State, places: Sequence[str], reason: str = "") -> None:
            """Say it of these, whatever was said before."""
            states.update({place: FileState(place, state, reason) for place in places})

        tell("known", sorted(self.places))
        tell("young", self.young)
        for other in self.passed_over:
            tell("passed over", [other.place], other.reason)
        for report in self.reports:
            tell("read", report.read)
        tell("read", self.tars)
        tell("changing", [*self.changed, *(place for report in self.reports for place in report.changing)])
        for report in self.reports:
            for place, reason in report.without_samples.items():
                tell("failed", [place], reason)
        for bad in self.unusable:
            tell("failed", [bad.place], bad.reason)
        for place, reason in self.lost.items():
            tell("failed", [place], reason)
        return [states[place] for place in sorted(states)]
