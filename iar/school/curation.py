"""The curated list: which nights a person has judged, and how. CSV with the header ``night,verdict,who,why``."""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from iar.errors import InputError
from iar.records.table import read_table

Judgement = Literal["good", "bad"]
"""Whether the lines of the published detector are right in that night, so that a network can learn from them."""
COLUMNS = ("night", "verdict", "who", "why")


@dataclass(frozen=True)
class Curated:
    """One line of the list: the night, its verdict, who says so and why."""

    night: dt.date
    verdict: Judgement
    who: str
    why: str


def read_curation(path: Path) -> list[Curated]:
    """Every line of the list at `path`, by night.

    Raises
    ------
    InputError
        If the table cannot be read, see `iar.records.table.read_table`; if a night is no date or stands there twice, or
        a verdict is none of `Judgement`: it says in which line.
    """
    found: dict[dt.date, Curated] = {}
    for row in read_table(path, COLUMNS):
        night = row.night
        verdict = next((known for known in get_args(Judgement) if known == row.fields["verdict"]), None)
        if verdict is None:
            raise InputError(
                f"{row.where}: verdict {row.fields['verdict']!r} of night {night} is none of "
                f"{', '.join(get_args(Judgement))}"
            )
        if night in found:
            raise InputError(f"{row.where}: night {night} stands there twice")
        found[night] = Curated(night, verdict, row.fields["who"], row.fields["why"])
    return [found[night] for night in sorted(found)]


def good_nights(path: Path) -> list[dt.date]:
    """Nights that the list at `path` calls good; an InputError if there are none, or as `read_curation` raises it."""
    good = [curated.night for curated in read_curation(path) if curated.verdict == "good"]
    if not good:
        raise InputError(f"{path} calls no night good")
    return good
