"""The picture of a completeness, from its report: of the one that was just measured, or of the one an archive keeps."""

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from iar.completeness.limit import Curve
from iar.completeness.noise import Noise
from iar.completeness.shares import Share
from iar.night import parse_night
from iar.results.limits import LIMIT
from iar.results.outfile import check_out_file
from iar.results.picture import check_picture_file, draw

if TYPE_CHECKING:  # Matplotlib is slow to import
    from matplotlib.figure import Figure

ALARMS = {"day": "hours by day", "shuffled": "nights whose slots are shuffled"}
"""What trials without a fan are made of."""


def check_completeness_files(json_file: Path | None, picture: Path | None) -> None:
    """Raise an InputError unless both can be written, where they are asked for: looked at before any work."""
    if json_file is not None:
        check_out_file(json_file, (".json",))
    if picture is not None:
        check_picture_file(picture)


def draw_completeness(report: Mapping[str, Any], path: Path) -> None:
    """Draw a report to a file, PNG, SVG or PDF by its suffix."""
    draw(lambda: completeness_figure(report), path)


def completeness_figure(report: Mapping[str, Any]) -> "Figure":
    """Figure of a report."""
    from iar.plots.completeness import CompletenessPicture, plot_completeness  # noqa: PLC0415 - Matplotlib late

    shares = {name: read_shares(shares) for name, shares in report["shares"].items()}
    curve = None if report["curve"] is None else Curve(**report["curve"])
    return plot_completeness(
        CompletenessPicture(
            report["station"], _summary(report), shares, curve, _typical(report["injections"]), limits_db(report)
        )
    )


def read_shares(written: Any) -> list[Share]:
    """Shares of a report, with NaN where it has null."""
    return [Share(**{name: _value(value) for name, value in one.items()}) for one in written]


def limits_db(report: Mapping[str, Any]) -> dict[dt.date, float]:
    """Detection limit of each night in a report, dB, NaN where it is deeper than any fan that was laid."""
    return {parse_night(night): _value(one[LIMIT]) for night, one in report["nights"].items()}


def alarms_in_words(report: Mapping[str, Any]) -> list[str]:
    """How many trials without a fan became nights of fringes, a kind a line."""
    return [
        f"{share.found} of {share.fans} {ALARMS[name]} became nights of fringes"
        + (f", {share.high:.0%} at most" if share.fans else "")
        for name, share in zip(report["false_alarms"], read_shares(report["false_alarms"].values()), strict=True)
    ]


def _summary(report: Mapping[str, Any]) -> str:
    alarms = ", ".join(
        f"{one['found']} of {one['fans']} {ALARMS[name]}" for name, one in report["false_alarms"].items()
    )
    return (
        f"{len(report['injections'])} fans were laid over hours without any. Bars: 95 % interval. Curve: in the median "
        f"noise. Without a fan these became nights of fringes: {alarms}."
    )


def _typical(injections: Any) -> Noise:
    """Median noise that fans were laid over; none where there is no fan."""
    if not injections:
        return Noise(float("nan"), 0.0, 0)
    scatter_db, effort, lines = (
        float(np.median([_value(one[name]) for one in injections])) for name in ("scatter_db", "effort", "lines")
    )
    return Noise(scatter_db, effort, round(lines))


def _value(written: Any) -> Any:
    return float("nan") if written is None else written
