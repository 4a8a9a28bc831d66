"""The page "Your station" takes files of each kind that it shows to a verdict."""

import contextlib
import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from iar.archive.store import Archive
from iar.settings import load_station
from iar.stages.fringes import read_verdict
from tests.commands import check_parses, run_within
from tests.markdown import blocks

pytest.importorskip("obspy")
PAGE = "your-station.md"
NIGHT = dt.date(2014, 1, 10)
HOURS = range(19, 23)
SHOWN = [line for block in blocks(PAGE, "sh") for line in block.splitlines()]


@pytest.fixture(scope="module")
def ran(hours: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, dict[str, str]]]:
    """Folder with files of each kind, made from an evening of simulated hours, and what each command said there."""
    folder = tmp_path_factory.mktemp("your-station")
    counts = np.array(
        [[np.loadtxt(hours / f"CH{c}_2014_01_10_{h}.dat", dtype=np.int32) for h in HOURS] for c in (1, 2)]
    ).reshape(2, -1)
    write_seed(folder / "seed", counts)
    write_text(folder / "text", counts)
    for block in blocks(PAGE, "yaml"):
        named = re.match(r"# (\S+\.yaml)\n", block)
        if named:
            (folder / named[1]).write_text(block)
    with contextlib.chdir(folder):
        yield folder, {line: run(line) for line in SHOWN}


def run(line: str) -> str:
    settled = ["--settle-s", "0", "--workers", "1"] if " ingest " in line else []
    status, out, err = run_within(*line.split()[1:], *settled)
    assert status == 0, f"{line}\n{err}"
    return out


def write_seed(folder: Path, counts: np.ndarray) -> None:
    from obspy import Stream, Trace, UTCDateTime

    folder.mkdir()
    head = {"network": "GB", "station": "HILL", "sampling_rate": 100.0, "starttime": UTCDateTime(2014, 1, 10, 19)}
    traces = [Trace(one, {**head, "channel": code}) for one, code in zip(counts, ("HHN", "HHE"), strict=True)]
    Stream(traces).write(str(folder / "evening.mseed"), format="MSEED", encoding="STEIM2")


def write_text(folder: Path, counts: np.ndarray) -> None:
    """Every second sample as nT: the field that the counts stand for (the hours are of flat, round coils)."""
    folder.mkdir()
    x, y = counts[:, ::2] * 1e-6 / 0.05
    times = np.datetime64("2014-01-10T19:00:00", "ms") + 20 * np.arange(len(x))
    table = pd.DataFrame({"time": np.datetime_as_string(times), "Bx": x, "By": y})
    table.to_csv(folder / "evening.csv", index=False, float_format="%.6f")


@pytest.mark.parametrize("line", SHOWN)
def test_each_command_has_its_options(line):
    check_parses(line)


@pytest.mark.parametrize("archive", ["my-hill", "my-field"])
def test_each_kind_of_file_ends_as_a_verdict(ran, archive):
    folder, printed = ran
    assert read_verdict(Archive(str(folder / archive)), NIGHT).name == "fringes"
    (processed,) = (out for line, out in printed.items() if line.startswith(f"iar process --archive {archive} "))
    assert processed.startswith("2014-01-10  fringes ")
    assert (folder / "my-field.csv").is_file()


def test_the_check_says_what_the_page_shows(ran):
    _, printed = ran
    (seed,) = (out.splitlines() for line, out in printed.items() if line.startswith("iar station --check seed"))
    (shown,) = blocks(PAGE, "text")
    assert set(shown.splitlines()) <= set(seed)
    (field,) = (out for line, out in printed.items() if line.startswith("iar station --check text"))
    assert "NS: nT, " in field
    assert "look at" not in field


def test_settings_that_the_page_shows_are_allowed(tmp_path):
    for block in blocks(PAGE, "yaml"):
        if "file:" not in block:
            named = re.search(r"^name: (\S+)$", block, re.MULTILINE)
            (tmp_path / "station.yaml").write_text(block if named else f"name: here\n{block}")
            assert load_station(str(tmp_path / "station.yaml")).name == (named[1] if named else "here")
