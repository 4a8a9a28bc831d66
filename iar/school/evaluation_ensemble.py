"""What an evaluation of several networks shows besides: where they disagree, and whether they err there."""

from collections.abc import Mapping
from typing import Any

from iar.results.page import PageTable, Section


def spread_section(told: Mapping[str, Any]) -> Section:
    """Section about the numbers of `iar.school.evaluate.score_spread`."""
    rows = tuple(
        (name, f"{pixels:,}", "–" if told["wrong"][name] is None else f"{100 * told['wrong'][name]:.2f} %")
        for name, pixels in told["pixels"].items()
    )
    caption = "Standard deviation of the probability over the networks, and how often their mean is wrong there"
    return Section(
        "Where the networks disagree",
        f"The {told['networks']} networks on {told['nights']} of the nights. If their disagreement says how uncertain "
        "the mean is, the share of wrong pixels rises from row to row.",
        (),
        (PageTable(caption, ("spread", "pixels", "wrong"), rows),),
    )
