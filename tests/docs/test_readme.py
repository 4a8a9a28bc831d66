"""What the README claims is what was measured, and what it points to is there."""

import json
import re
from pathlib import Path

import pytest
import yaml

from benchmarks.__main__ import PARTS
from benchmarks.drawing import PAGE, TITLES, load, page
from benchmarks.line import Line
from benchmarks.machine import RESULTS, latest
from benchmarks.readme import README, with_figures
from iar import __version__
from tests.commands import check_parses

TEXT = README.read_text(encoding="utf-8")
COMMANDS = sorted(
    {re.sub(r"^[A-Z_]+=\S+ | *( #| > ).*$", "", line)
     for line in TEXT.splitlines() if re.match(r"(?:[A-Z_]+=\S+ )?iar \w", line)}
)  # fmt: skip
"""Lines of blocks; those that have more behind them, as a comment or a file, without it."""
PREFECT, FILES = "rehearsal-2026-11-22-0323.json", "rehearsal-2026-11-22-0327.json"


def test_tables_are_those_of_the_newest_run():
    _, parts = load(latest("bench"))
    assert with_figures(TEXT, parts) == TEXT


def test_the_page_of_benchmarks_is_that_of_the_newest_run():
    assert PAGE.read_text(encoding="utf-8") == page(latest("bench"))


def test_each_part_has_a_title_on_the_page():
    assert list(TITLES) == list(PARTS)


def test_whatever_is_below_the_peer_has_its_reason():
    _, parts = load(latest("bench"))
    lines = [line for part in parts.values() for line in part]
    assert len(lines) > 60
    assert [line.name for line in lines if line.below and not line.why] == []


@pytest.mark.parametrize(
    ("line", "ratio"),
    [
        (Line("speed", 30, "MB/s", 10, "peer"), 3),
        (Line("time", 2, "s", 6, "peer", more_is_better=False), 3),
        (Line("errors", 0, "1", 0, "peer", more_is_better=False), 1),
        (Line("errors", 0, "1", 5, "peer", more_is_better=False), float("inf")),
        (Line("slow", 1, "MB/s", 2, "peer"), 0.5),
    ],
)
def test_a_ratio_above_one_says_that_ours_is_better(line, ratio):
    assert line.ratio == ratio
    assert line.below == (ratio < 1)
    assert ("below 1: nobody has said why yet" in str(line)) == line.below


def rehearsed(file: str, part: str, name: str) -> dict[str, float]:
    """Figures of a command in a rehearsal."""
    stated = json.loads((RESULTS / file).read_text(encoding="utf-8"))[part]["parts"]
    return next(one for one in stated if one["name"] == name)


def test_the_rehearsal_is_told_as_it_was():
    backfill, process = (rehearsed(PREFECT, "overhead", name) for name in ("backfill", "process"))
    assert f"in {backfill['seconds'] / 60:.1f} min on two quiet cores" in TEXT
    assert f"{60 * backfill['nights'] / backfill['seconds']:.0f} nights a minute" in TEXT
    assert f"took {process['seconds'] / 60:.1f} min" in TEXT
    ingest, counts = (rehearsed(FILES, "from text", name) for name in ("ingest hour files", "backfill from counts"))
    assert ingest["nights"] == counts["nights"] == 60
    stated = f"ingested in {ingest['seconds']:.0f} s and taken to their verdicts in {counts['seconds']:.0f} s"
    assert stated in " ".join(TEXT.split())
    assert round((ingest["seconds"] + counts["seconds"]) / 60 * 2313 / 3600) == 1  # "would take an hour"


def test_pages_and_pictures_are_there():
    linked = re.findall(r"\]\(([^)#]+)", TEXT)
    assert len(linked) > 10
    for place in linked:
        assert place.startswith("https://") or (README.parent / place).is_file(), place


@pytest.mark.parametrize("line", COMMANDS)
def test_commands_are_there_with_these_options(line):
    check_parses(line)


def test_targets_are_those_of_the_makefile():
    makefile = (README.parent / "Makefile").read_text(encoding="utf-8")
    stated = set(re.findall(r"(?:^|`)make ([\w-]+)", TEXT, re.MULTILINE))
    assert {"demo", "test", "bench", "docs", "fuzz", "check"} <= stated
    for target in stated:
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_benchmarks_are_kept_with_the_machine():
    stated, parts = load(latest("bench"))
    assert {"processor", "cores", "memory_gb", "system", "python", "iar"} <= set(stated["machine"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d UTC", stated["when"])
    assert Path(latest("bench")).parent == RESULTS
    assert all(parts.values())


def test_citation_and_changelog_are_of_the_version_that_is_here():
    cited = yaml.safe_load((README.parent / "CITATION.cff").read_text(encoding="utf-8"))
    assert cited["version"] == __version__
    assert {"cff-version", "message", "title", "authors"} <= set(cited)  # what CFF 1.2 demands
    changes = (README.parent / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.findall(r"^## (\S+?),", changes, flags=re.MULTILINE)[0] == __version__
