"""A page of figures and tables: one HTML file that needs nothing else, for a screen and for paper."""

import base64
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources

import jinja2
from matplotlib.figure import Figure

from iar.plots.paper import paper_style

_DPI, _QUALITY = 150, 82
"""Of the pictures of nights, which are mostly noise: as PNG they would be five times as large."""


@dataclass(frozen=True)
class PageFigure:
    """A picture in the page: `source` with all its bytes, `alt` for who cannot see it, and its caption."""

    source: str
    alt: str
    caption: str


@dataclass(frozen=True)
class PageTable:
    """A table; `words` where its cells are text."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    words: bool = False


@dataclass(frozen=True)
class Section:
    """A section: what one sees in it, its pictures and tables."""

    title: str
    text: str
    figures: tuple[PageFigure, ...] = ()
    tables: tuple[PageTable, ...] = ()


@dataclass(frozen=True)
class Tile:
    """A number that comes first, and what it means."""

    number: str
    meaning: str


@dataclass(frozen=True)
class Page:
    """All that stands in a page."""

    title: str
    lead: str
    tiles: Sequence[Tile]
    about: Mapping[str, str]
    sections: Sequence[Section]

    def render(self) -> str:
        """Text of the HTML file."""
        template = resources.files("iar.results").joinpath("page.html").read_text(encoding="utf-8")
        environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, keep_trailing_newline=True)
        return environment.from_string(template).render(vars(self))


def chart(figure: Figure, alt: str, caption: str) -> PageFigure:
    """Figure of lines and letters, sharp at every size."""
    return PageFigure(_embedded(figure, "svg", "image/svg+xml"), alt, caption)


def photograph(figure: Figure, alt: str, caption: str) -> PageFigure:
    """Figure that is mostly made of pixels."""
    return PageFigure(_embedded(figure, "webp", "image/webp"), alt, caption)


def _embedded(figure: Figure, kind: str, media: str) -> str:
    """Figure as a URL that holds all its bytes; the same figure gives the same ones."""
    written = io.BytesIO()
    options = {"pil_kwargs": {"quality": _QUALITY}} if kind == "webp" else {"metadata": {"Date": None}}
    with paper_style():
        figure.savefig(written, format=kind, dpi=_DPI, **options)
    return f"data:{media};base64,{base64.b64encode(written.getvalue()).decode()}"


def decimals(value: float | None, digits: int = 3) -> str:
    """Number as it stands in a page; a dash where there was nothing to judge."""
    return "–" if value is None else f"{value:.{digits}f}"
