"""A line of the table, and how its times are taken."""

import math
import resource
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Line:
    """One figure beside its peer's; `more_is_better` decides which way the ratio goes.

    `spread` is how far apart our repetitions lay, as a share of the best; None where a figure is counted and not timed.
    `why` says in a sentence why the ratio is, or may come out, below 1.
    """

    name: str
    value: float
    unit: str
    peer: float
    peer_is: str
    more_is_better: bool = True
    spread: float | None = None
    why: str = ""

    @property
    def ratio(self) -> float:
        """Above 1: ours is better."""
        above, below = (self.value, self.peer) if self.more_is_better else (self.peer, self.value)
        if below:
            return above / below
        return math.inf if above else 1.0

    @property
    def below(self) -> bool:
        """Whether the peer is better, in the digits that the table has."""
        return round(self.ratio, 2) < 1

    def __str__(self) -> str:
        spread = "" if self.spread is None else f"{self.spread:.0%}"
        figures = f"{self.value:10.4g} {self.unit:<10}{self.peer:10.4g} {self.ratio:8.2f} {spread:>7}"
        reason = f"\n    below 1: {self.why or 'nobody has said why yet'}" if self.below else ""
        return f"{self.name:<50}{figures}  {self.peer_is}{reason}"


@dataclass(frozen=True)
class Timed:
    """Shortest of some repetitions, s, and how far apart they lay: (longest - shortest) / shortest."""

    best_s: float
    spread: float


def once_s(work: Callable[[], object]) -> float:
    """Wall time of one run, s."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def processor_s() -> float:
    """Processor time of this process and of those it started that have ended, s."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def best_seconds(work: Callable[[], object], repetitions: int = 3) -> float:
    """Shortest wall time of a few runs, the first not counted."""
    return beside(work, lambda: None, repetitions)[0].best_s


def beside(
    ours: Callable[[], object], peer: Callable[[], object], rounds: int = 3, *, peer_rounds: int | None = None
) -> tuple[Timed, Timed]:
    """Wall times of both in turn, the first of each not counted: what else the machine does hits both alike."""
    works = {ours: rounds, peer: rounds if peer_rounds is None else peer_rounds}
    seconds: dict[Callable[[], object], list[float]] = {ours: [], peer: []}
    for work in works:
        work()
    for number in range(max(works.values())):
        for work, wanted in works.items():
            if number < wanted:
                seconds[work].append(once_s(work))
    ours_s, peer_s = (Timed(min(taken), max(taken) / min(taken) - 1) for taken in seconds.values())
    return ours_s, peer_s


def seconds_line(  # noqa: PLR0913 - a line has many parts
    name: str,
    ours: Callable[[], object],
    peer: Callable[[], object],
    peer_is: str,
    *,
    rounds: int = 3,
    peer_rounds: int | None = None,
    why: str = "",
) -> Line:
    """Line of the seconds that both take."""
    ours_s, peer_s = beside(ours, peer, rounds, peer_rounds=peer_rounds)
    return Line(name, ours_s.best_s, "s", peer_s.best_s, peer_is, more_is_better=False, spread=ours_s.spread, why=why)
