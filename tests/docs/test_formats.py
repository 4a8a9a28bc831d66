"""The page on files: what it shows can be typed."""

import re
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from iar.settings import load_station

PAGE = (Path(__file__).parents[2] / "docs/formats.md").read_text(encoding="utf-8")
STATIONS = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize("text", STATIONS, ids=lambda text: text.split()[1])
def test_every_station_of_the_page_is_one(text, tmp_path):
    path = tmp_path / "station.yaml"
    path.write_text(text, encoding="utf-8")
    assert load_station(str(path)).name == text.split()[1]


def test_every_format_has_its_row():
    rows = set(re.findall(r"^\| `([a-z0-9-]+)` \|", PAGE, re.MULTILINE))
    assert rows - {"format"} == entry_points(group="iar.formats").names
