"""How the pages of this folder become a site: ``make docs``.

Nothing is loaded from elsewhere when a page is looked at. Formulas are MathML, which docutils makes of LaTeX and every
browser of today draws, so neither MathJax nor a LaTeX installation is needed. The reference of the commands is asked of
the command line itself each time the site is built.
"""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from docutils import nodes
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx.application import Sphinx
from sphinx.writers.html5 import HTML5Translator
from sphinx_gallery.scrapers import figure_rst, matplotlib_scraper

from iar import __version__

sys.path.insert(0, str(Path(__file__).with_name("gallery")))  # what its scripts share
project = "iar"
author = "the authors of iar"
copyright = "the authors of iar; BSD-3-Clause"
release = version = __version__
language = "en"

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx_gallery.gen_gallery"]
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}
exclude_patterns = ["_build", "light", "gallery"]
nitpicky = True
nitpick_ignore_regex = [("py:exc", r"\w+Error")]  # named in the docstrings, without pages of their own
suppress_warnings = ["config.cache"]  # a function below is part of the gallery's configuration

autodoc_typehints = "none"  # NumPy's take half a page; the text says shapes and units
autodoc_member_order = "bysource"
napoleon_google_docstring = False
napoleon_use_rtype = False
default_role = "literal"  # names in our docstrings

myst_enable_extensions = ["dollarmath", "deflist", "colon_fence", "attrs_inline"]
myst_heading_anchors = 4
myst_dmath_double_inline = False
highlight_language = "none"

html_theme = "furo"
html_title = f"iar {__version__}"
html_static_path = ["_static"]
html_css_files = ["pages.css"]
html_copy_source = False
html_show_sourcelink = False
html_math_renderer = "mathml"


def _figures(_block: Any, variables: dict[str, Any], settings: dict[str, Any]) -> str:
    """Pictures of a block of the gallery: Matplotlib's own, and the figure that was named so."""
    made = matplotlib_scraper(_block, variables, settings)
    figure = variables["example_globals"].pop("figure", None)
    if figure is None:
        return str(made)
    path = next(variables["image_path_iterator"])
    figure.savefig(path, dpi=110)
    return made + str(figure_rst([path], settings["src_dir"]))


sphinx_gallery_conf = {
    "examples_dirs": "gallery",
    "gallery_dirs": "notebooks",
    "filename_pattern": r"/plot_",
    "ignore_pattern": r"simulated_archive\.py",
    "image_scrapers": (_figures,),
    "abort_on_example_error": True,
    "download_all_examples": False,
    "show_signature": False,
    "write_computation_times": False,
    "min_reported_time": 1e9,  # how long a page took is no one's concern, and never the same
    "run_stale_examples": True,  # what they show is what the code of today does
}


def setup(app: Sphinx) -> None:
    """Tell Sphinx what is ours."""
    app.add_html_math_renderer("mathml", (_inline_formula, None), (_formula, None))
    app.connect("source-read", _add_commands)


def _inline_formula(to: HTML5Translator, node: nodes.math) -> None:
    """Formula within a line."""
    to.body.append(tex2mathml(node.astext()))
    raise nodes.SkipNode


def _formula(to: HTML5Translator, node: nodes.math_block) -> None:
    """Formula on lines of its own; one that is too wide for the screen is moved under it, not the page."""
    to.body.append(to.starttag(node, "div", CLASS="formula"))
    to.body.append(tex2mathml(node.astext(), as_block=True))
    to.body.append("</div>\n")
    raise nodes.SkipNode


def _add_commands(_app: Sphinx, page: str, source: list[str]) -> None:
    """Put the reference of all commands below what ``commands.md`` says."""
    if page == "commands":
        source[0] += f"\n{_commands()}"


def _commands() -> str:
    """All commands with their arguments and options, Markdown, as the command line tells of itself."""
    asked = [sys.executable, "-m", "typer", "iar.cli", "utils", "docs", "--name", "iar"]
    wide = os.environ | {"COLUMNS": "400", "NO_COLOR": "1"}
    text = subprocess.run(asked, check=True, capture_output=True, text=True, env=wide).stdout  # noqa: S603 - ourselves
    return text[text.index("\n## ") :]  # the page has a title of its own
