"""What an evaluation of several networks shows besides: where they disagree, and whether they err there."""

from collections.abc import Mapping
from typing import Any

from iar.results.page import PageTable, Section


def spread_section(spread: Mapping[str, Any]) -> Section:
    """Section about the numbers of `iar.school.evaluate.score_spread`."""
    rows = tuple(
        (name, f"{pixels:,}", "–" if spread["wrong"][name] is None else f"{100 * spread['wrong'][name]:.2f} %")
        for name, pixels in spread["pixels"].items()
    )
    caption = "Standard deviation of the probability over the networks, and how often their mean is wrong there"
    return Section(
        "Where the networks disagree",
        f"The {spread['networks']} networks on {spread['nights']} of the nights. If their disagreement says how "
        "uncertain the mean is, the share of wrong pixels rises from row to row.",
        (),
        (PageTable(caption, ("spread", "pixels", "wrong"), rows),),
    )
