"""The pages of the documentation as tests read them: their tables, and their blocks of code."""

import re
from pathlib import Path

DOCS = Path(__file__).parents[1] / "docs"
_BLOCK = re.compile(r"^```(?P<language>[^`\n]*)\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(page: str, language: str) -> list[str]:
    """Blocks of code in that language, in order."""
    found = _BLOCK.finditer((DOCS / page).read_text(encoding="utf-8"))
    return [one["code"] for one in found if one["language"] == language]


def tables(page: str) -> list[list[list[str]]]:
    """Each table as rows of cells, its header first."""
    found: list[list[list[str]]] = [[]]
    for line in (DOCS / page).read_text(encoding="utf-8").splitlines():
        if line.startswith("|"):
            found[-1].append([cell.strip() for cell in line.strip("|").split("|")])
        elif found[-1]:
            found.append([])
    return [[row for row in table if not set(row[0]) <= {"-"} or not row[0]] for table in found if table]


def table(page: str, *header: str) -> list[list[str]]:
    """Rows of all tables whose headers begin with these words, without the headers."""
    rows = [row for one in tables(page) if tuple(one[0][: len(header)]) == header for row in one[1:]]
    assert rows, f"{page} has no table with the header {header}"
    return rows


def names(cell: str) -> list[str]:
    """What stands in a cell, or in a page, as code within a line."""
    return re.findall(r"`([^`\n]+)`", _BLOCK.sub("", cell))
