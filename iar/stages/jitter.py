"""Clocks that are a little off: records that begin just before or after the end of the one before them."""

from collections.abc import Sequence
from itertools import pairwise

from iar.archive.manifest import SourceEntry
from iar.night import RATE_HZ


def mark_jitter(entries: Sequence[SourceEntry], most: int) -> list[SourceEntry]:
    """Entries, each with the problem ``jitter`` if it begins up to `most` samples off the end of the one before it.

    The order of the entries stays; whatever was marked before is judged anew, since neighbours come late.
    """
    offsets = _offsets([entry for entry in entries if entry.span])
    marked = []
    for entry in entries:
        problems = [problem for problem in entry.problems if problem[0] != "jitter"]
        offset, before = offsets.get(entry.identity, (0, ""))
        if 0 < abs(offset) <= most:
            off = f"{abs(offset) * 1000 // RATE_HZ} ms {'after' if offset > 0 else 'before'}"
            problems.append(("jitter", f"begins {off} the end of {before}"))
        marked.append(entry.model_copy(update={"problems": tuple(problems)}))
    return marked


def _offsets(entries: Sequence[SourceEntry]) -> dict[tuple[str, int, int, int], tuple[int, str]]:
    """Samples from the end of the record before it to each record's begin, and the name of the one before."""
    ordered = sorted(entries, key=lambda entry: (entry.channel, entry.first_sample, entry.name))
    return {
        after.identity: (after.first_sample - before.first_sample - before.span, before.name)
        for before, after in pairwise(ordered)
        if before.channel == after.channel
    }
