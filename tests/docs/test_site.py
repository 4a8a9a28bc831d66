"""The site is built without a warning, every link in it leads somewhere, and nothing of it comes from elsewhere."""

import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
import typer

from iar.cli import app
from tests.markdown import DOCS

LOADED = {
    "link": "href", "script": "src", "img": "src", "iframe": "src", "source": "src", "object": "data", "use": "href",
}  # fmt: skip
"""Attribute by which an element makes a browser fetch something."""


class Page(HTMLParser):
    """What a page links to, what it loads, the places in it that have a name, and its MathML."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.places: set[str] = set()
        self.formulas = 0
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        self.places |= {name for name in (attributes.get("id"), attributes.get("name")) if name}
        self.formulas += tag == "math"
        if tag == "a" and attributes.get("href"):
            self.links.append(str(attributes["href"]))
        of_search_engines = tag == "link" and attributes.get("rel") == "canonical"
        if tag in LOADED and attributes.get(LOADED[tag]) and not of_search_engines:
            self.loaded.append(str(attributes[LOADED[tag]]))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built as `make docs` does."""
    folder = tmp_path_factory.mktemp("site")
    make = (DOCS.parent / "Makefile").read_text(encoding="utf-8")
    (recipe,) = re.findall(r"^\t\$\(BIN\)/python -m sphinx (.*) docs build/docs$", make, re.MULTILINE)
    command = [sys.executable, "-m", "sphinx", *recipe.split(), "-d", str(folder / "doctrees"), str(DOCS)]
    done = subprocess.run([*command, str(folder / "html")], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return folder / "html"


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[Path, Page]:
    return {path: Page(path) for path in sorted(site.rglob("*.html"))}


def test_every_page_becomes_one_of_the_site(site):
    there = {path.stem for path in DOCS.glob("*.md")}
    assert there >= {"index", "first-night", "running", "format", "method", "limits", "commands", "experiments"}
    assert {path.stem for path in site.glob("*.html")} >= there


def test_every_page_can_be_reached_from_the_first(site, pages):
    shown = {unquote(urlsplit(link).path) for link in pages[site / "index.html"].links}
    assert {f"{path.stem}.html" for path in DOCS.glob("*.md")} <= {*shown, "index.html"}


def test_every_notebook_was_run_and_shows_a_picture_of_what_it_found(pages):
    by_name = {path.name: page for path, page in pages.items()}
    scripts = sorted((DOCS / "gallery").glob("plot_*.py"))
    assert len(scripts) == 5
    for script in scripts:
        drawn = by_name[f"{script.stem}.html"].loaded
        assert any(Path(place).name.startswith(f"sphx_glr_{script.stem}") for place in drawn), script.name


def test_every_link_and_picture_inside_leads_somewhere(site, pages):
    looked_at = 0
    for page in pages.values():
        for link in (*page.links, *page.loaded):
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (page.path.parent / unquote(parts.path)).resolve() if parts.path else page.path
            assert target.is_file(), f"{page.path.name}: {link}"
            assert target.is_relative_to(site), f"{page.path.name}: {link}"
            if parts.fragment and target in pages:
                assert unquote(parts.fragment) in pages[target].places, f"{page.path.name}: {link}"
            looked_at += 1
    assert looked_at > 100


def test_nothing_is_loaded_from_elsewhere(site, pages):
    for page in pages.values():
        for place in page.loaded:
            assert not urlsplit(place).netloc, f"{page.path.name} loads {place}"
    for sheet in site.rglob("*.css"):
        for place in re.findall(r"(?:@import\s+|url\()\s*[\"']?([^\"')\s]+)", sheet.read_text(encoding="utf-8")):
            assert place.startswith(("data:", "#")) or not urlsplit(place).netloc, f"{sheet.name} loads {place}"
    for script in site.rglob("*.js"):
        assert not re.search(r"(?:fetch|importScripts|\.src\s*=)\s*\(?\s*[\"']https?:", script.read_text("utf-8"))


def test_formulas_are_drawn_by_the_browser_itself(site, pages):
    assert pages[site / "method.html"].formulas > 30
    assert 'class="formula"' in (site / "method.html").read_text(encoding="utf-8")
    assert not list(site.rglob("*athjax*"))
    for page in DOCS.glob("*.md"):  # without braces the converter takes 12 for a number, as LaTeX does not
        assert not re.search(r"frac\s*\d", page.read_text(encoding="utf-8")), page.name


class TestTheReferenceOfTheCommands:
    @staticmethod
    def every_command() -> list[tuple[str, list[str]]]:
        """Each command in full, and its options."""
        group: typer.core.TyperGroup = typer.main.get_command(app)  # type: ignore[assignment]
        found: list[tuple[str, list[str]]] = []
        waiting = [("iar", group)]
        while waiting:
            name, one = waiting.pop()
            for word, below in getattr(one, "commands", {}).items():
                waiting.append((f"{name} {word}", below))
            if not hasattr(one, "commands"):
                found.append((name, [option for p in one.params for option in p.opts if option.startswith("--")]))
        return sorted(found)

    def test_has_every_command_with_every_option(self, site):
        html = (site / "commands.html").read_text(encoding="utf-8")
        attributes = dict(re.findall(r'<section id="([^"]+)">(.*?)(?=<section|</article>)', html, re.DOTALL))
        commands = self.every_command()
        for name, options in commands:
            part = re.sub(r"<[^>]+>", "", attributes[name.replace(" ", "-")])
            assert f"$ {name} " in part
            for option in options:
                assert re.search(rf"^{option}\b", part, re.MULTILINE), f"{name} {option}"
        assert len(commands) >= 20

    def test_each_command_has_a_place_that_pages_can_link_to(self, site, pages):
        places = pages[site / "commands.html"].places
        for name, _ in self.every_command():
            assert name.replace(" ", "-") in places
