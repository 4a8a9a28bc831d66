"""Commands that pages show are there with their options; the first night's and the runbook's do what is said."""

import contextlib
import inspect
import io
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from iar.cli import app, main
from iar.settings import Station, load_station
from iar.upkeep.checkup import MIN_FREE_BYTES
from iar.upkeep.coverage import COMPLETE
from iar.upkeep.drift import MOST_P
from service.automations import BEGINS_WITHIN, LATE_AFTER, LONG_AFTER, LOST_AFTER, _alarms
from service.settings import prefect_file
from tests.commands import check_parses, contents
from tests.markdown import DOCS, blocks, names, table

FIRST_NIGHT, RUNBOOK = "first-night.md", "running.md"
SHOWN = [line for block in blocks(FIRST_NIGHT, "text") for line in block.splitlines()]
DEPLOYMENTS = yaml.safe_load(prefect_file(None).read_text())["deployments"]


def shown(page: str, *languages: str) -> list[str]:
    """Command lines of a page, without the variables before them."""
    lines = [line for language in languages for block in blocks(page, language) for line in block.splitlines()]
    return [re.sub(r"^(?:[A-Z_]+=\S+ )+", "", line) for line in lines]


def of(page: str, program: str) -> list[str]:
    """Each call of a program on a page, in blocks and within lines."""
    text = (DOCS / page).read_text(encoding="utf-8")
    inline = [name for name in names(text) if name.startswith(f"{program} ")]
    units = re.findall(rf"^ExecStart=\S*/({program} .*)$", text, re.MULTILINE)
    return [line for line in (*shown(page, "sh"), *inline, *units) if line.startswith(f"{program} ")]


PAGES = [FIRST_NIGHT, RUNBOOK, "format.md", "method.md", "limits.md", "commands.md"]
CALLS = sorted({line.partition(" > ")[0] for page in PAGES for line in of(page, "iar")})


class TestWhatIsShownIsThere:
    @pytest.mark.parametrize("line", CALLS)
    def test_commands_of_iar_with_these_options(self, line):
        if line in {one.partition(" > ")[0] for page in PAGES for one in shown(page, "sh")}:
            check_parses(line)
        else:  # named in a sentence: what has to be given may be left out there
            group: Any = typer.main.get_command(app)
            words = line.split()[1:]
            while hasattr(group, "commands") and words:
                assert words[0] in group.commands or words == ["--help"], f"iar has no {words[0]}"
                group = group.commands.get(words.pop(0), app)
            options = {option for p in getattr(group, "params", []) for option in (*p.opts, *p.secondary_opts)}
            assert {word for word in words if word.startswith("--")} <= options | {"--help"}

    @pytest.mark.parametrize("line", of(RUNBOOK, "prefect"))
    def test_commands_of_prefect_with_these_options(self, line):
        from prefect.cli import _app as prefect_app

        words = line.split()[1:]
        _, documented, _ = prefect_app._app.parse_args(words, exit_on_error=False, print_error=False)
        assert len(documented.arguments) == sum(word.startswith("--") for word in words) + ("run" in words)

    @pytest.mark.parametrize("line", of(RUNBOOK, "dask"))
    def test_commands_of_dask_with_these_options(self, line):
        from distributed.cli import dask_scheduler, dask_worker

        _, word, *rest = line.split()
        program = {"scheduler": dask_scheduler.main, "worker": dask_worker.main}[word]
        assert program.make_context(word, rest).args == []

    def test_deployments_are_those_that_the_service_sets_up(self):
        there = {}
        for one in DEPLOYMENTS:
            cron = one.get("schedules", [{}])[0].get("cron", "")
            there[one["entrypoint"].rpartition(".")[2].replace("_", "-"), one["name"]] = cron
        documented = {(names(row[0])[0], names(row[1])[0]): row[2] for row in table(RUNBOOK, "flow", "deployment")}
        assert set(documented) == set(there)
        assert {pair for pair, when in documented.items() if when == "by hand"} == {
            p for p, cron in there.items() if not cron
        }
        asked = [line.split()[-1] for line in of(RUNBOOK, "prefect") if " deployment run " in line]
        assert {tuple(name.split("/")) for name in asked} <= set(there)
        crons = ["7 * * * *", "20 12 * * *", "41 */12 * * *", "26 3 * * *"]
        assert [cron for cron in there.values() if cron] == crons  # :07; 12:20; 00:41 and 12:41; 03:26, as it says

    def test_each_alarm_has_its_row(self):
        assert [row[0] for row in table(RUNBOOK, "alarm")] == [
            alarm.name for alarm in _alarms(None, LATE_AFTER, LONG_AFTER)
        ]

    def test_limits_that_the_runbook_tells_are_those_of_the_code(self):
        from flows.check_archive import check_archive

        text = (DOCS / RUNBOOK).read_text(encoding="utf-8")
        checks = inspect.signature(check_archive.fn).parameters
        assert f"no sample for {checks['silent_h'].default:g} h" in text
        assert f"more than {checks['drift_db'].default:g} dB" in text
        assert f"p < {MOST_P:g}" in text
        assert f"no heartbeat for {LOST_AFTER.seconds // 60} minutes" in text
        assert f"nothing heard for {BEGINS_WITHIN.seconds // 60} minutes" in text
        assert f"for {LATE_AFTER.seconds // 60} minutes no worker took it" in text
        assert f"wants {MIN_FREE_BYTES >> 30} GiB free" in text
        assert f"less than {COMPLETE:.1%}".replace("%", " %") in text

    def test_no_other_programs_are_asked_for(self):
        documented = {line.split()[0] for line in shown(RUNBOOK, "sh")}
        assert documented == {"iar", "prefect", "dask", "mlflow", "export", "rm", "cp"}
        assert set(shown(RUNBOOK, "console")) == {
            "git pull", "make install", "cd docker && cp .env.example .env", "docker compose up --build -d",
        }  # fmt: skip
        for name in (".env.example", "compose.yaml"):
            assert (DOCS.parent / "docker" / name).is_file()
        assert (DOCS.parent / "deployments" / "dask" / "local.yaml").is_file()


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, dict[str, str]]]:
    """Folder in which every command was run, one after the other, and what each said."""
    folder = tmp_path_factory.mktemp("first-night")
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})  # one core: no worker has to be started
    try:
        with contextlib.chdir(folder):
            yield folder, {line: run(line) for line in shown(FIRST_NIGHT, "sh")}
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
    status, documented = called(line)
    assert status == 0 or line.startswith("iar doctor"), f"{line}\n{documented}"  # which may find a port taken
    return documented


def called(line: str) -> tuple[int, str]:
    """Exit status of `iar`, called in this process, and what it said."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out), pytest.raises(SystemExit) as left:
        main(line.split()[1:])
    return left.value.code, out.getvalue()


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
    folder, documented = ran
    (processed,) = (out for line, out in documented.items() if line.startswith("iar process --archive archive"))
    assert processed.startswith("2014-01-10  fringes ")
    (row,) = (out for line, out in documented.items() if line.startswith("grep"))
    spacing_hz, sigma_hz = map(float, row.split(",")[3:5])
    assert 0.3 < spacing_hz < 2
    assert 0 < sigma_hz < 0.1
    assert (folder / "night.png").read_bytes().startswith(b"\x89PNG")
    assert (folder / "fringes.csv-metadata.json").is_file()


def test_own_files_get_into_an_archive_of_their_station(ran):
    folder, documented = ran
    (processed,) = (out for line, out in documented.items() if line.startswith("iar process --archive eskdalemuir"))
    assert processed.startswith("2014-01-10  ")
    assert (folder / "calendar.png").is_file()
    assert (folder / "my-archive" / "manifest" / "2014" / "2014-01-10.json").is_file()


def test_settings_that_the_page_shows_are_allowed(tmp_path):
    (tmp_path / "coil.csv").write_text("frequency_hz,volts_per_nt,phase_deg\n0.1,0.05,0\n50,0.05,0\n")
    example = "".join(blocks(FIRST_NIGHT, "yaml"))
    file = tmp_path / "station.yaml"
    file.write_text(f"name: here\n{example}dark: {{kind: sun, below_deg: -6}}\n")
    station = load_station(str(file))
    assert station.response.kind == "table"
    assert station.dark.kind == "sun"
    assert set(yaml.safe_load(example)) <= set(Station.model_fields)


@pytest.mark.smoke
def test_the_install_is_a_target_of_the_makefile():
    install = next(block for block in blocks(FIRST_NIGHT, "console") if "install" in block)
    word, target = install.splitlines()[0].split()
    assert word == "make"
    documented = subprocess.run(
        ["make", "--dry-run", target], cwd=DOCS.parent, check=True, capture_output=True, text=True
    )
    assert documented.returncode == 0


@pytest.fixture(scope="module")
def station(ran: tuple[Path, dict[str, str]], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Folder with what the runbook names: an inbox, and the archive of its night, processed."""
    folder = tmp_path_factory.mktemp("station")
    shutil.copytree(ran[0] / "archive", folder / "eskdalemuir")
    shutil.copytree(ran[0] / "hours", folder / "inbox")
    with contextlib.chdir(folder):
        yield folder


def within(heading: str) -> list[str]:
    """Commands of the runbook's chapter with that heading."""
    text = (DOCS / RUNBOOK).read_text(encoding="utf-8")
    (part,) = re.findall(rf"^#+ {heading}\n(.*?)(?=^#|\Z)", text, re.MULTILINE | re.DOTALL)
    found = re.findall(r"^```sh\n(.*?)^```$", part, re.MULTILINE | re.DOTALL)
    return [line for block in found for line in block.splitlines() if "backfill" not in line]


MANIFEST = Path("eskdalemuir/manifest/2014/2014-01-10.json")


class TestTheRunbookHelps:
    @pytest.mark.parametrize("heading", ["Holes", "Files that are still being written", "Drift", "What to back up"])
    def test_commands_that_only_look_leave_the_archive_as_it_is(self, station, heading):
        before = contents(station / "eskdalemuir")
        lines = within(heading)
        assert lines
        for line in lines:
            run(line)
        assert contents(station / "eskdalemuir") == before

    def test_late_data_redo_their_night_and_running_it_again_changes_nothing(self, station):
        whole, late = contents(station / "eskdalemuir"), station / "inbox" / "CH2_2014_01_10_20.dat"
        shutil.rmtree("eskdalemuir")
        late = late.rename(station / late.name)
        files = within("Conflict")[1]
        process = within("Damage")[-1]
        for line in (files, process):
            run(line)
        assert contents(station / "eskdalemuir") != whole
        late.rename(station / "inbox" / late.name)
        for line in (files, process, files, process):
            run(line)
        assert contents(station / "eskdalemuir") == whole

    def test_damage_is_told_mended_and_made_anew(self, station):
        (chunk,) = (station / "eskdalemuir" / "spectra" / "density" / "c").glob("*/0/0/0")
        whole = chunk.read_bytes()
        chunk.write_bytes(whole[:1000])
        look = within("Power cut")[0]
        assert "--mend would unseal" in run(look)
        for line in within("Damage"):
            run(line)
        assert chunk.read_bytes() == whole
        assert "1 nights, all readable" in run(look)

    def test_lost_samples_are_named_and_come_back_from_their_files(self, station):
        chunk = next((station / "eskdalemuir" / "counts" / "counts" / "c").glob("*/1/7"))
        whole = chunk.read_bytes()
        chunk.unlink()
        mend, process = within("Damage")
        documented = run(mend)
        assert "`iar ingest` of CH2_2014_01_10_19.dat, then `iar process`" in documented
        for line in (within("Conflict")[1], process):
            run(line)
        assert chunk.read_bytes() == whole
        assert "1 nights, all readable" in run(within("Power cut")[0])

    def test_a_night_is_made_anew_from_the_files_that_are_left(self, station):
        before = contents(station / "eskdalemuir")
        lines = within("Conflict")
        assert lines[0] == f"rm {MANIFEST}"
        for line in lines:
            run(line)
        assert contents(station / "eskdalemuir") == before
