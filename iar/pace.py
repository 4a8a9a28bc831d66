"""How fast a long run goes, and how long it will take, in words."""

from collections import deque

LINE_EVERY_S = 60.0
"""Time between two lines that tell how far a run is, s."""
_ENDS = 200
"""Last nights that the pace is taken over: rounds of a hundred workers, and yet a run that slows down shows it."""


class Pace:
    """Pace of a run of `total` nights that began at `start_s`, from the times at which nights ended; any clock, in s.

    What is counted may have another name than `unit` "night", whose plural ends in s.

    The time until the first end does not count: workers start there. Nothing is said of speed until as much time has
    passed since: by then each worker beside the first has ended a night, too, however many they are.
    """

    def __init__(self, total: int, start_s: float, unit: str = "night") -> None:
        self.unit = unit
        self.total, self.done, self.failed = total, 0, 0
        self._start_s = start_s
        self._first_s = start_s
        self._ends_s: deque[float] = deque(maxlen=_ENDS)

    def count(self, now_s: float, *, failed: bool = False) -> None:
        """One more night has ended."""
        if not self.done:
            self._first_s = now_s
        self.done += 1
        self.failed += failed
        self._ends_s.append(now_s)

    def count_to(self, done: int, total: int, now_s: float) -> None:
        """So many of `total` have ended by now."""
        self.total = total
        for _ in range(done - self.done):
            self.count(now_s)

    def per_minute(self, now_s: float) -> float | None:
        """Nights a minute over the last ends, less while the next are overdue; None if it is too early to say.

        The slope of a line through the ends: right also where many workers end their nights at the same moments.
        """
        ends_s = list(self._ends_s)
        if len(ends_s) < 2 or now_s - self._first_s < self._first_s - self._start_s:
            return None
        middle_s, middle = sum(ends_s) / len(ends_s), (len(ends_s) - 1) / 2
        spread = sum((end_s - middle_s) ** 2 for end_s in ends_s)
        if spread == 0:
            return None
        slope = sum((end_s - middle_s) * (i - middle) for i, end_s in enumerate(ends_s)) / spread
        return 60 * min(slope, len(ends_s) / (now_s - ends_s[0]))

    def in_words(self, now_s: float) -> str:
        """How far it is, such as ``120 of 2313 nights, 2 failed, 38 a minute, 58 min left``."""
        parts = [f"{self.done} of {self.total} {self.unit}{'s' if self.total != 1 else ''}"]
        if self.failed:
            parts.append(f"{self.failed} failed")
        rate = self.per_minute(now_s)
        if rate is not None:
            parts += [f"{_digits(rate)} a minute", f"{duration(60 * (self.total - self.done) / rate)} left"]
        return ", ".join(parts)


def duration(seconds: float) -> str:
    """Duration in two units at most: ``40 s``, ``58 min``, ``3 h 20 min``, ``2 d 5 h``."""
    minutes, hours = round(seconds / 60), round(seconds / 3600)
    if seconds < 90:
        return f"{seconds:.0f} s"
    if minutes < 120:
        return f"{minutes} min"
    if minutes < 48 * 60:
        return f"{minutes // 60} h {minutes % 60} min"
    return f"{hours // 24} d {hours % 24} h"


def _digits(rate: float) -> str:
    return f"{rate:.0f}" if rate >= 9.95 else f"{rate:.1f}" if rate >= 0.95 else f"{rate:.2g}"
