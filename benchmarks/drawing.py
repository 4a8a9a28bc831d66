"""A run of the benchmarks as a page of the documentation, and as a picture: ``python -m benchmarks.drawing`` draws the
newest one of ``benchmarks/results/`` again.
"""

import io
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter
from PIL import Image

from benchmarks.line import Line
from benchmarks.machine import latest
from benchmarks.readme import README, with_figures
from iar.plots.paper import paper_style

DOCS = Path(__file__).parents[1] / "docs"
COLOURS = 32
"""Of the picture, which is as long as the list of figures and lies in the repository."""
PICTURE, PAGE = DOCS / "benchmarks.png", DOCS / "benchmarks.md"
TITLES = {
    "stations": "From hour files to verdicts",
    "unpacking": "Yearly tars",
    "years": "All nights",
    "formats": "Files of loggers",
    "spectra": "Spectra",
    "workers": "Two workers",
    "archive": "Counts and coverage",
    "queries": "Questions to an archive",
    "reads": "What a night asks of its archive",
    "growth": "As the work grows",
    "prefect": "Prefect",
    "inference": "Inference",
    "training": "Training",
    "pixels": "Fringe pixels",
    "spacing": "Spacing and harmonics",
    "errors": "Errors that are told",
    "harmonics": "Harmonics in full",
    "pc1": "Pc1",
    "resonances": "Schumann resonances",
    "completeness": "What an archive can see",
}
HEAD = "| figure | ours | peer | ratio | spread | peer is |\n|---|---|---|---|---|---|\n"
MOST = 1e4
"""Ratios from which a dot stands at the edge."""
BETTER, WORSE = "#0072b2", "#d55e00"
INTRODUCTION = """# Benchmarks

Every figure stands beside what one would use instead, measured in the same run, or what was asked for. A ratio above 1
means that ours is better, whichever way the figure goes. Times are the best of some repetitions that took turns with
the peer's; the spread is how much longer ours took at most. Made by `make bench` from
`benchmarks/results/{file}`, {when}, on {cores} cores of {processor}, {memory_gb} GB, {system}, Python {python}.

![The ratio of each figure to its peer's, on a logarithmic scale](benchmarks.png)
"""


def load(path: Path) -> tuple[dict[str, Any], dict[str, list[Line]]]:
    """What was told about a run, and its lines by part."""
    results = json.loads(path.read_text(encoding="utf-8"))
    return results, {part: [Line(**line) for line in lines] for part, lines in results["lines"].items()}


def draw(path: Path) -> Path:
    """Write page and picture of the run in the file at `path`, and the README's tables; returns the page."""
    _, parts = load(path)
    PAGE.write_text(page(path), encoding="utf-8")
    README.write_text(with_figures(README.read_text(encoding="utf-8"), parts), encoding="utf-8")
    with paper_style():
        _figure(parts).savefig(drawn := io.BytesIO(), dpi=110, metadata={"Software": None})
    Image.open(drawn).quantize(COLOURS).save(PICTURE, optimize=True)
    return PAGE


def page(path: Path) -> str:
    """Text of the page of the run in the file at `path`."""
    results, parts = load(path)
    about = results["machine"] | {"when": results["when"], "file": path.name}
    return INTRODUCTION.format_map(about) + "".join(_tables(parts, results.get("again", {})))


def _tables(parts: Mapping[str, Sequence[Line]], again: Mapping[str, str]) -> Iterator[str]:
    for part, lines in parts.items():
        when = f"Measured again at {again[part]}.\n\n" if part in again else ""
        yield f"\n## {TITLES[part]}\n\n{when}{HEAD}"
        for line in lines:
            yield row(line)
        below = [line for line in lines if line.below]
        if below:
            yield "\nBelow 1:\n\n"
        for why in dict.fromkeys(line.why for line in below):
            names = "; ".join(line.name for line in below if line.why == why)
            yield f"- {names}: {why or 'nobody has said why yet'}.\n"


def row(line: Line) -> str:
    """Line as a row of a table in Markdown."""
    ratio = "∞" if math.isinf(line.ratio) else f"{line.ratio:,.2f}" if line.ratio < 100 else f"{line.ratio:,.0f}"
    spread = "" if line.spread is None else f"{line.spread:.0%}"
    unit = "" if line.unit == "1" else f" {line.unit}"
    figures = (line.name, f"{line.value:.4g}{unit}", f"{line.peer:.4g}{unit}", ratio, spread, line.peer_is)
    return f"| {' | '.join(figures)} |\n"


def _figure(parts: Mapping[str, Sequence[Line]]) -> Figure:
    rows = sum(len(lines) + 2 for lines in parts.values())
    figure = Figure(figsize=(10, 0.17 * rows + 0.8))
    axis = figure.add_axes((0.36, 0.4 / (0.17 * rows + 0.8), 0.29, 1 - 0.5 / (0.17 * rows + 0.8)))
    place = 0.0
    for part, lines in parts.items():
        axis.annotate(TITLES[part], (0, place), (-250, 0), xycoords=("axes fraction", "data"),
                      textcoords="offset points", va="center", size=9, weight="bold")  # fmt: skip
        for line in lines:
            place += 1
            ratio = min(max(line.ratio, 1 / MOST), MOST)
            colour = WORSE if line.below else BETTER
            axis.plot([1, ratio], [place, place], color=colour, linewidth=1)
            axis.plot(ratio, place, marker=">" if line.ratio > MOST else "o", color=colour, markersize=4)
            axis.annotate(line.name, (0, place), (-6, 0), xycoords=("axes fraction", "data"),
                          textcoords="offset points", va="center", ha="right", size=6.5)  # fmt: skip
            unit = "" if line.unit == "1" else f" {line.unit}"
            label = f"{line.value:.3g}{unit};  {line.peer:.3g}: {line.peer_is}"
            axis.annotate(label, (1, place), (6, 0), xycoords=("axes fraction", "data"), textcoords="offset points",
                          va="center", size=6.5)  # fmt: skip
        place += 2
    axis.axvline(1, color="0.3", linewidth=0.8)
    axis.set_xscale("log")
    axis.set_xlim(0.1, 1.3 * MOST)
    axis.set_ylim(place - 1, -1)
    axis.set_yticks([])
    axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_xlabel("how many times better than the peer", size=8)
    axis.tick_params(labelsize=8)
    axis.grid(visible=True, axis="x", color="0.9", linewidth=0.5)
    axis.set_axisbelow(True)
    axis.spines[["top", "right", "left"]].set_visible(False)
    return figure


if __name__ == "__main__":
    print(draw(latest("bench")))
