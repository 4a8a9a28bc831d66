"""The commands of the first night, word for word as the page has them."""

import contextlib
import io
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from iar.cli import main
from iar.settings import Station
from tests.markdown import DOCS, blocks

PAGE = "first-night.md"
COMMANDS = [line for block in blocks(PAGE, "sh") for line in block.splitlines()]
SHOWN = [line for block in blocks(PAGE, "text") for line in block.splitlines()]


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, dict[str, str]]]:
    """Folder in which every command was run, one after the other, and what each said."""
    folder = tmp_path_factory.mktemp("first-night")
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})  # one core: no worker has to be started
    try:
        with contextlib.chdir(folder):
            yield folder, {line: run(line) for line in COMMANDS}
    finally:
        os.sched_setaffinity(0, cores)


def run(line: str) -> str:
    """What a line of the page says when it is run: by `iar` in this process, which saves its start, else by a shell."""
    if "my-hours" in line and not Path("my-hours").exists():
        some_hours(Path("hours"), Path("my-hours"))
    if not re.fullmatch(r"iar [\w ./-]+", line):
        environ = os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
        done = subprocess.run(["bash", "-c", line], env=environ, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{line}\n{done.stderr}"
        return done.stdout
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), pytest.raises(SystemExit) as left:
        main(line.split()[1:])
    assert left.value.code == 0 or line == "iar doctor", f"{line}\n{err.getvalue()}"  # which may find a port taken
    return out.getvalue()


def some_hours(simulated: Path, own: Path) -> None:
    """Hour files of one's own: those of an evening."""
    own.mkdir()
    for channel in (1, 2):
        for hour in ("19", "20", "21", "22"):
            shutil.copy2(simulated / f"CH{channel}_2014_01_10_{hour}.dat", own)


def without_numbers(line: str) -> str:
    return re.sub(r"[\d.]+", "#", line)


def test_every_command_says_what_the_page_shows(ran):
    said = {without_numbers(line) for out in ran[1].values() for line in out.splitlines()}
    assert len(SHOWN) >= 8
    for line in SHOWN:
        assert without_numbers(line) in said, line


def test_the_night_has_its_verdict_its_table_and_its_picture(ran):
    folder, told = ran
    (processed,) = (out for line, out in told.items() if line.startswith("iar process --archive archive"))
    assert processed.startswith("2014-01-10  fringes ")
    (row,) = (out for line, out in told.items() if line.startswith("grep"))
    spacing_hz, sigma_hz = map(float, row.split(",")[3:5])
    assert 0.3 < spacing_hz < 2
    assert 0 < sigma_hz < 0.1
    assert (folder / "night.png").read_bytes().startswith(b"\x89PNG")
    assert (folder / "fringes.csv-metadata.json").is_file()


def test_own_files_get_into_an_archive_of_their_station(ran):
    folder, told = ran
    (processed,) = (out for line, out in told.items() if line.startswith("iar process --archive eskdalemuir"))
    assert processed.startswith("2014-01-10  ")
    assert (folder / "calendar.png").is_file()
    assert (folder / "my-archive" / "manifest" / "2014" / "2014-01-10.json").is_file()


def test_settings_that_the_page_shows_are_allowed(tmp_path):
    (tmp_path / "coil.csv").write_text("frequency_hz,volts_per_nt,phase_deg\n0.1,0.05,0\n50,0.05,0\n")
    from iar.settings import load_station

    (shown,) = blocks(PAGE, "yaml")
    file = tmp_path / "station.yaml"
    file.write_text(f"name: here\n{shown}dark: {{kind: sun, below_deg: -6}}\n")
    station = load_station(str(file))
    assert station.response.kind == "table"
    assert station.dark.kind == "sun"
    assert set(yaml.safe_load(shown)) <= set(Station.model_fields)


def test_the_install_is_a_target_of_the_makefile():
    install = next(block for block in blocks(PAGE, "console") if "install" in block)
    word, target = install.splitlines()[0].split()
    assert word == "make"
    told = subprocess.run(["make", "--dry-run", target], cwd=DOCS.parent, check=True, capture_output=True, text=True)
    assert told.returncode == 0
