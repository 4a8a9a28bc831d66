"""Each recipe of the page "Your station" takes files of its kind to a verdict, or to the reason why there is none."""

import contextlib
import datetime as dt
import re
from pathlib import Path

import numpy as np
import pytest

from iar.archive.store import Archive
from iar.stages.fringes import read_verdict
from tests.commands import run_within
from tests.data import real_data
from tests.docs.evenings import WRITERS
from tests.markdown import blocks

pytest.importorskip("cdflib")
pytest.importorskip("obspy")
RECIPES = {
    match[1]: block for block in blocks("your-station.md", "yaml") if (match := re.match(r"# (\S+)\.yaml\n", block))
}
SHOWN_ABOVE = {"seed", "text"}
NIGHT = dt.date(2014, 1, 10)
HOURS = range(19, 21)
DARK = '{"kind": "hours", "from_hour": 19, "to_hour": 21}'
"""The hours that there are are taken for all of the dark part: a verdict asks for a quarter of it."""


@pytest.fixture(scope="module")
def field(hours: Path) -> np.ndarray:
    """Field of an evening with fringes, nT, shape (coil, sample): that of simulated hours of flat, round coils."""
    counts = [[np.loadtxt(hours / f"CH{c}_2014_01_10_{h}.dat", dtype=np.int32) for h in HOURS] for c in (1, 2)]
    return np.array(counts).reshape(2, -1) * 1e-6 / 0.05


def to_verdict(folder: Path, name: str, night: dt.date) -> tuple[str, str, str]:
    """Verdict of a night, its reason, and what was said of the files of `name` before."""
    (folder / f"{name}.yaml").write_text(RECIPES[name])
    with contextlib.chdir(folder):
        checked = run(f"station --check {name} --station {name}.yaml")
        run(f"ingest {name} --archive archive --station {name}.yaml --settle-s 0 --workers 1")
        run(f"process --archive archive --first-night {night} --last-night {night} --workers 1")
    verdict = read_verdict(Archive(str(folder / "archive")), night)
    return verdict.name, verdict.reason, checked


def run(line: str) -> str:
    status, out, err = run_within(*line.split())
    assert status == 0, f"{line}\n{err}"
    return out


def test_each_recipe_has_files_here():
    assert RECIPES.keys() - SHOWN_ABOVE == WRITERS.keys() | {"adelaide"}


@pytest.mark.parametrize("name", WRITERS)
def test_files_of_each_kind_end_as_a_verdict_or_with_the_reason(name, field, tmp_path, monkeypatch):
    monkeypatch.setenv("IAR_STATION_DARK", DARK)
    (tmp_path / name).mkdir()
    WRITERS[name](tmp_path / name, field)
    verdict, reason, checked = to_verdict(tmp_path, name, NIGHT)
    if name == "lemi-424":
        assert (verdict, "carry" in reason) == ("no_fringes", True), reason
        assert "from 0.5 to 10.5 Hz" in reason
    else:
        assert verdict == "fringes", reason
        assert "look at" not in checked, checked


def test_two_real_sites_at_10_hz_end_with_the_band_as_reason(tmp_path):
    (tmp_path / "adelaide").symlink_to(real_data("adelaide"))
    verdict, reason, _ = to_verdict(tmp_path, "adelaide", dt.date(2013, 5, 12))
    assert verdict == "no_fringes"
    assert reason.startswith("the samples carry 0.5 to 4.0 Hz: fringes are looked for in a band of at least 4")
