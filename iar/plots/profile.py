"""Picture of where the time of nights went."""

from collections.abc import Mapping

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from iar.plots.paper import Box, Head, Paper, paper_style, text_width_pt

_COLOURS = ("#0072b2", "#009e73", "#d55e00", "#999999", "#e69f00", "#56b4e9", "#222222")
"""Of Okabe and Ito's set for the colour-blind, and two greys; one for each part, the largest first."""
_MOST_FUNCTIONS = 12
_BAR = 0.65


def plot_profile(
    by_part: Mapping[tuple[str, str], float], by_function: Mapping[str, float], title: str, *, width_mm: float = 254
) -> Figure:
    """Figure of the seconds of each stage, divided into parts, and of those functions that took the most.

    Parameters
    ----------
    by_part
        Seconds of each (stage, part), stages in their order.
    by_function
        Seconds of each function by its name.
    title
        What was watched.
    """
    paper = Paper(width_mm)
    font, whole = paper.font_pt, sum(by_part.values())
    stages = list(dict.fromkeys(stage for stage, _ in by_part))
    parts = {part: sum(s for (_, other), s in by_part.items() if other == part) for _, part in by_part}
    colour = dict(zip(sorted(parts, key=lambda part: -parts[part]), _COLOURS, strict=False))
    functions = dict(sorted(by_function.items(), key=lambda item: -item[1])[:_MOST_FUNCTIONS])
    with paper_style():
        legend = [Patch(color=colour[part], label=f"{part} {parts[part] / whole:.0%}") for part in colour]
        subtitle = (
            f"{whole:.2f} s in all; by stage, and below by the functions that took most, with what they call of others"
        )
        head = Head(paper, title, subtitle, legend)
        left = max(text_width_pt(name, font) for name in (*stages, *functions)) + 2 * font
        width, row = paper.width_pt - left - 8 * font, 2.0 * font
        above = Box(left, head.height_pt + 0.8 * font, width, row * len(stages))
        below = Box(left, above.top + above.height + 5 * font, width, row * len(functions))
        figure = paper.figure(below.top + below.height + 4 * font)
        head.draw(figure)
        axis = paper.axes(figure, above)
        for place, stage in enumerate(stages):
            start = 0.0
            for part, painted in colour.items():
                seconds = by_part.get((stage, part), 0.0)
                axis.barh(place, seconds, height=_BAR, left=start, color=painted)
                start += seconds
            _tell(axis, start, place, whole, font)
        _finish(axis, stages)
        axis = paper.axes(figure, below)
        for place, (_, seconds) in enumerate(functions.items()):
            axis.barh(place, seconds, height=_BAR, color="0.55")
            _tell(axis, seconds, place, whole, font)
        _finish(axis, list(functions))
        return figure


def _tell(axis: Axes, seconds: float, place: int, whole: float, font: float) -> None:
    """Write at the end of a bar how long it is."""
    axis.annotate(
        f"{seconds:.2f} s, {seconds / whole:.0%}", (seconds, place), (0.4 * font, 0), textcoords="offset points",
        va="center", size=font,
    )  # fmt: skip


def _finish(axis: Axes, names: list[str]) -> None:
    axis.set_yticks(range(len(names)), names)
    axis.set_ylim(len(names) - 0.5, -0.5)
    axis.set_xlim(left=0)
    axis.set_xlabel("seconds")
    axis.tick_params(axis="y", length=0)
    axis.spines[["top", "right"]].set_visible(False)
