"""A line of the table."""

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Line:
    """One figure beside its peer's; `more_is_better` decides which way the ratio goes."""

    name: str
    value: float
    unit: str
    peer: float
    peer_is: str
    more_is_better: bool = True

    def __str__(self) -> str:
        above, below = (self.value, self.peer) if self.more_is_better else (self.peer, self.value)
        ratio = f"{above / below:7.2f}" if below else f"{'inf':>7}" if above else f"{'1.00':>7}"
        return f"{self.name:<44}{self.value:10.4g} {self.unit:<10}{self.peer:10.4g} {ratio}  {self.peer_is}"


def best_seconds(work: Callable[[], object], repetitions: int = 3) -> float:
    """Shortest wall time of a few runs, the first not counted."""
    work()
    seconds = []
    for _ in range(repetitions):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return min(seconds)
