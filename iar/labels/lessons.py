"""Which nights a network may learn from, by what people said of them."""

import datetime as dt
from collections.abc import Callable, Collection, Iterable

from pydantic import BaseModel, ConfigDict

from iar.archive.labels import Label, Region
from iar.labels.current import by_night, consensus, fresh, latest


class Lessons(BaseModel):
    """Nights that people agree on, each with how many say so, and what was left out.

    `fringes` nights show the network's own lines, less those that anybody `deleted` and what lies in `regions` of
    interference; `without` nights none. `held_back` is the random sample, from which
    nothing is learnt; `stale` counts labels, `unsure` and `trackless` count nights: those that people differ on or are
    unsure of, and those with fringes in which the network has no lines that could be learnt.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: str
    station: str
    fringes: dict[dt.date, int]
    regions: dict[dt.date, tuple[Region, ...]]
    deleted: dict[dt.date, tuple[int, ...]]
    without: dict[dt.date, int]
    people: int
    held_back: tuple[dt.date, ...]
    stale: int
    unsure: int
    trackless: int

    @property
    def nights(self) -> dict[dt.date, int]:
        """All nights to learn from, by date, with how many people say so."""
        return dict(sorted((self.fringes | self.without).items()))


def choose_lessons(
    labels: Iterable[Label],
    *,
    version: str,
    station: str,
    seen: Callable[[dt.date], tuple[str, str]],
    tracked: Callable[[dt.date], bool],
    held_back: Collection[dt.date],
) -> Lessons:
    """Lessons in these labels.

    Parameters
    ----------
    seen
        Signatures of the spectra and of the network's work that a night has now: labels of other spectra are stale, and
        lines that were deleted of another network's are not known.
    tracked
        Whether the network has lines in a night now.
    held_back
        Nights that are kept apart to judge by.
    """
    current = [label for label in latest(labels) if label.night not in held_back]
    kept = fresh(current, lambda night: seen(night)[0])
    nights = by_night(kept)
    said = {night: consensus([label.verdict for label in them]) for night, them in nights.items()}
    agreed = {
        night: sum(label.verdict == said[night] for label in them)
        for night, them in nights.items()
        if said[night] != "unsure"
    }
    fringes = {night: count for night, count in agreed.items() if said[night] == "fringes"}
    marked = {night: [label for label in nights[night] if label.verdict == "fringes"] for night in fringes}
    drawn = {night: {label.network for label in them if label.deleted} for night, them in marked.items()}
    known = {night for night, networks in drawn.items() if networks <= {seen(night)[1]}}
    shown = {night: count for night, count in fringes.items() if night in known and tracked(night)}
    without = {night: count for night, count in agreed.items() if said[night] != "fringes"}
    return Lessons(
        version=version,
        station=station,
        fringes=shown,
        regions={night: tuple(one for label in marked[night] for one in label.regions) for night in shown},
        deleted={night: _together(label.deleted for label in marked[night]) for night in shown},
        without=without,
        people=len({label.who for label in kept if label.night in shown or label.night in without}),
        held_back=tuple(sorted(held_back)),
        stale=len(current) - len(kept),
        unsure=len(nights) - len(agreed),
        trackless=len(fringes) - len(shown),
    )


def _together(harmonics: Iterable[Collection[int]]) -> tuple[int, ...]:
    """Harmonics that are in any of these."""
    return tuple(sorted({one for some in harmonics for one in some}))
