"""Which nights a network may learn from, by what people said of them."""

import datetime as dt
from collections.abc import Callable, Collection, Iterable

from pydantic import BaseModel, ConfigDict

from iar.archive.labels import Label
from iar.labels.current import by_night, consensus, fresh, latest


class Lessons(BaseModel):
    """Nights that people agree on, each with how many say so, and what was left out.

    `fringes` nights show the network's own lines, `without` nights none. `held_back` is the random sample, from which
    nothing is learnt; `stale` counts labels, `unsure` and `trackless` count nights: those that people differ on or are
    unsure of, and those with fringes in which the network has no lines that could be learnt.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: str
    station: str
    fringes: dict[dt.date, int]
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
    spectra: Callable[[dt.date], str],
    tracked: Callable[[dt.date], bool],
    held_back: Collection[dt.date],
) -> Lessons:
    """Lessons in these labels.

    Parameters
    ----------
    spectra
        Signature of the spectra that a night has now: labels of others are stale.
    tracked
        Whether the network has lines in a night now.
    held_back
        Nights that are kept apart to judge by.
    """
    current = [label for label in latest(labels) if label.night not in held_back]
    kept = fresh(current, spectra)
    nights = by_night(kept)
    said = {night: consensus([label.verdict for label in them]) for night, them in nights.items()}
    agreed = {
        night: sum(label.verdict == said[night] for label in them)
        for night, them in nights.items()
        if said[night] != "unsure"
    }
    fringes = {night: count for night, count in agreed.items() if said[night] == "fringes"}
    shown = {night: count for night, count in fringes.items() if tracked(night)}
    without = {night: count for night, count in agreed.items() if said[night] != "fringes"}
    return Lessons(
        version=version,
        station=station,
        fringes=shown,
        without=without,
        people=len({label.who for label in kept if label.night in shown or label.night in without}),
        held_back=tuple(sorted(held_back)),
        stale=len(current) - len(kept),
        unsure=len(nights) - len(agreed),
        trackless=len(fringes) - len(shown),
    )
