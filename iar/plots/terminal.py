"""Pictures made of letters, for a terminal of 80 columns with or without colours."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from rich.text import Text

from iar.night import night_range
from iar.plots.steps import EFFORT_STEPS, effort_step

SHADES = "·░▒▓█"
"""Nothing, and up to a third, two thirds, and less than whole; whole."""
STYLES = ("red", "yellow", "yellow", "yellow", "cyan")
_DAYS = 31
_RULER = "1   5    10   15   20   25   30"
_FOLDED_MONTHS = 3


def effort_bar(share: float, width: int = 12) -> str:
    """Bar of a share from 0 to 1."""
    return "█" * round(share * width) + "·" * (width - round(share * width))


def effort_calendar(
    effort: Mapping[dt.date, Mapping[str, float]], channels: Sequence[str], *, complete: float
) -> Iterator[Text]:
    """Lines of a calendar: a row a month, a block a channel, a letter a night; empty months in a row are one line.

    Parameters
    ----------
    effort
        Share of the samples that are there, by night and channel; a night that is not in it has none.
    channels
        Names of the channels, in order.
    complete
        Share from which a night is whole.
    """
    first, last = min(effort), max(effort)
    shades = {
        name: {n: effort_step(effort.get(n, {}).get(name, 0.0), complete) for n in night_range(first, last)}
        for name in channels
    }
    yield Text(f"{'':9}" + "  ".join(f"{name:<{_DAYS}}" for name in channels))
    yield Text(f"{'':9}" + "  ".join(f"{_RULER:<{_DAYS}}" for _ in channels), style="dim")
    there = {(night.year, night.month) for night in effort}
    for known, group in groupby(_months(first, last), key=there.__contains__):
        months = list(group)
        if known or len(months) < _FOLDED_MONTHS:
            for year, month in months:
                blocks = [_month(year, month, shades[name]) for name in channels]
                line = Text(f"{year}-{month:02d}  ") + Text("  ").join(blocks)
                line.rstrip()
                yield line
        else:
            yield Text(f"    ...  nothing for {len(months)} months", style=STYLES[0])


def calendar_key() -> Text:
    """What the letters mean."""
    pairs = zip(SHADES, STYLES, EFFORT_STEPS, strict=True)
    return Text("   ").join(Text(shade, style=style) + Text(f" {words}") for shade, style, words in pairs)


def _months(first: dt.date, last: dt.date) -> Iterator[tuple[int, int]]:
    for number in range(12 * first.year + first.month - 1, 12 * last.year + last.month):
        yield number // 12, number % 12 + 1


def _month(year: int, month: int, shades: Mapping[dt.date, int]) -> Text:
    """Thirty-one letters; a day that the month or the archive does not have is blank."""
    line = Text()
    for day in range(_DAYS):
        night = dt.date(year, month, 1) + dt.timedelta(days=day)
        shade = shades.get(night) if night.month == month else None
        line.append(" " if shade is None else SHADES[shade], style="" if shade is None else STYLES[shade])
    return line
