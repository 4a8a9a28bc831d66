"""`iar process`: where the nights are worked on, what is left to do, and what is said meanwhile and at the end."""

import datetime as dt
import errno
import os
import pty
import shutil
import signal
import socket
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest

from iar import terminal
from iar.archive.store import Archive
from iar.detection.bundle import SHIPPED
from iar.settings import Processing
from iar.stages.process import night_work
from iar.terminal import STOPPED
from iar.workers import crew
from iar.workers import scheduler as schedulers
from iar.workers.jobs import run_jobs
from iar.workers.scheduler import SCHEDULER
from tests.clusters import running_cluster
from tests.commands import check_refused, command, contents, run_here
from tests.waiting import wait_until

NIGHTS = [dt.date(2014, 1, day) for day in (10, 12, 14)]  # apart: none reads another's samples
SPAN = ("--first-night", NIGHTS[0], "--last-night", NIGHTS[-1])
WITHOUT_COUNTS = "  2 night(s) of the range have no counts\n"


@pytest.fixture(scope="module")
def cluster():
    with running_cluster(2) as running:
        yield running


@pytest.fixture(scope="module")
def done(processed: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Archive of three nights, each a copy of the simulated one; not to be changed."""
    folder = tmp_path_factory.mktemp("done") / "archive"
    shutil.copytree(processed, folder)
    archive = Archive(str(folder))
    first, manifest = archive.index(NIGHTS[0]), archive.manifest(NIGHTS[0])
    for night in NIGHTS[1:]:
        for chunks in [*folder.glob(f"*/*/c/{first}")]:
            copy = shutil.copytree if chunks.is_dir() else shutil.copy2
            copy(chunks, chunks.with_name(str(archive.index(night))))
        with archive.locked(night):
            archive.replace_manifest(manifest.model_copy(update={"night": night}))
    return folder


@pytest.fixture
def archive(done: Path, tmp_path: Path) -> Path:
    """The same without fringes: a quick stage, which needs no network."""
    shutil.copytree(done, tmp_path / "archive")
    unseal(tmp_path / "archive", *NIGHTS)
    return tmp_path / "archive"


def unseal(folder: Path, *nights: dt.date) -> None:
    archive = Archive(str(folder))
    for night in nights:
        archive.unseal(night, ["fringes"])
        for chunks in folder.glob(f"fringes/*/c/{archive.index(night)}"):
            shutil.rmtree(chunks) if chunks.is_dir() else chunks.unlink()


def damage(folder: Path, night: dt.date) -> None:
    chunk = folder / f"detection/probability/c/{Archive(str(folder)).index(night)}/0/0"
    chunk.write_bytes(b"not a chunk")


class TestOnARunningScheduler:
    def test_a_relative_folder_is_found_from_wherever_the_workers_run(
        self, capsys, archive, done, cluster, monkeypatch
    ):
        monkeypatch.chdir(archive.parent)  # the workers are where they were
        outcome = run_here(capsys, "process", "--archive", "archive", *SPAN, "--scheduler", cluster.scheduler_address)
        assert outcome[0] == 0
        assert "processed 3 night(s) of archive; 0 were done already\n" in outcome[1]
        assert outcome[2] == WITHOUT_COUNTS
        assert contents(archive) == contents(done)

    def test_the_environment_names_one_too(self, capsys, archive, cluster, monkeypatch):
        damage(archive, NIGHTS[0])
        monkeypatch.setenv(SCHEDULER, cluster.scheduler_address)
        _, _, err = run_here(capsys, "process", "--archive", archive, *SPAN)
        assert "(worker tcp://127.0.0.1:" in err

    def test_a_night_that_fails_names_reason_and_worker_and_the_others_are_sealed(self, capsys, archive, cluster):
        damage(archive, NIGHTS[1])
        arguments = ("process", "--archive", archive, *SPAN, "--scheduler", cluster.scheduler_address)
        status, out, err = run_here(capsys, *arguments)
        assert status == 1
        assert [line.split()[0] for line in out.splitlines()[:-1]] == [str(NIGHTS[0]), str(NIGHTS[2])]
        assert f"processed 2 night(s) of {archive}; 0 were done already; 1 failed\n" in out
        (failed,) = [line for line in err.splitlines() if line.startswith("failed: ")]
        assert failed.startswith(f"failed: {NIGHTS[1]}: detection/probability of night {NIGHTS[1]} in {archive}")
        assert failed.endswith(")")
        assert "(worker tcp://127.0.0.1:" in failed
        _, out, _ = run_here(capsys, *arguments)
        assert f"processed 0 night(s) of {archive}; 2 were done already; 1 failed\n" in out

    def test_a_folder_that_the_workers_do_not_see_fails_each_night_with_that(self, archive, cluster):
        work = night_work(Archive(str(archive)), Processing(), None)
        archive.rename(archive.with_name("elsewhere"))
        for outcome in run_jobs(work, NIGHTS, workers=1, scheduler=cluster.scheduler_address):
            assert outcome.error.startswith(
                f"no archive at {archive}: `iar ingest` makes one, or the first hour files of a service (worker tcp://"
            )

    def test_a_bundle_in_a_relative_folder_is_found_too(self, capsys, archive, done, cluster, monkeypatch):
        shutil.copytree(SHIPPED, archive.parent / "bundle")
        monkeypatch.chdir(archive.parent)
        arguments = ("--bundle", "bundle", "--scheduler", cluster.scheduler_address)
        assert run_here(capsys, "process", "--archive", "archive", *SPAN, *arguments)[0] == 0
        assert contents(archive) == contents(done)

    def test_where_everything_is_done_nobody_is_asked(self, capsys, done):
        status, out, _ = run_here(capsys, "process", "--archive", done, *SPAN, "--scheduler", "tcp://nobody:1")
        assert status == 0
        assert f"processed 0 night(s) of {done}; 3 were done already\n" in out

    def test_ctrl_c_takes_our_nights_back_and_leaves_the_cluster_alive(self, capsys, archive, cluster):
        arguments = ("process", "--archive", archive, *SPAN, "--scheduler", cluster.scheduler_address)
        store = Archive(str(archive))
        with store.locked(NIGHTS[0]), store.locked(NIGHTS[1]), store.locked(NIGHTS[2]):  # so that they wait
            process = subprocess.Popen(command(*arguments), stderr=subprocess.PIPE, text=True)
            wait_until(lambda: len(cluster.scheduler.tasks) == 3)
            process.send_signal(signal.SIGINT)
            _, err = process.communicate(timeout=30)
            wait_until(lambda: not cluster.scheduler.tasks)
        assert (process.returncode, err) == (
            STOPPED, f"{WITHOUT_COUNTS}iar: stopped: run it again, what is sealed stays\n",
        )  # fmt: skip
        assert run_here(capsys, *arguments)[0] == 0


class TestWhatCannotBeAScheduler:
    def check_refusal(self, capsys, archive, *options, words):
        before = contents(archive)
        span = ("--first-night", NIGHTS[0], "--last-night", NIGHTS[0])
        outcome = run_here(capsys, "process", "--archive", archive, *span, *options)
        check_refused(outcome, *words)
        assert contents(archive) == before

    def test_an_address_that_is_none(self, capsys, archive):
        self.check_refusal(capsys, archive, "--scheduler", "somewhere", words=("'somewhere'", "tcp://host:8786"))

    def test_a_scheduler_and_workers(self, capsys, archive):
        options = ("--scheduler", "tcp://here:1", "--workers", 2)
        self.check_refusal(capsys, archive, *options, words=("tcp://here:1", "--workers 2"))

    @pytest.mark.system
    def test_nobody_there(self, capsys, archive):
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        words = (f"no Dask scheduler answers at tcp://127.0.0.1:{port}: {os.strerror(errno.ECONNREFUSED)}",)
        self.check_refusal(capsys, archive, "--scheduler", f"tcp://127.0.0.1:{port}", words=words)

    def test_a_name_that_no_machine_has(self, capsys, archive):
        self.check_refusal(
            capsys, archive, "--scheduler", "nowhere.invalid:8786", words=("answers at nowhere.invalid:8786",)
        )

    @pytest.mark.system
    def test_somebody_who_never_answers(self, capsys, archive, monkeypatch):
        monkeypatch.setattr(schedulers, "ANSWER_S", 0.5)
        with socket.create_server(("127.0.0.1", 0)) as silent:
            address = f"tcp://127.0.0.1:{silent.getsockname()[1]}"
            self.check_refusal(capsys, archive, "--scheduler", address, words=(f"at {address}: waited 0.5 s",))

    def test_a_worker(self, capsys, archive, cluster):
        worker = next(iter(cluster.scheduler.workers))
        message = f"answers at {worker}: that is a worker of the scheduler at {cluster.scheduler_address}"
        self.check_refusal(capsys, archive, "--scheduler", worker, words=(message,))

    def test_one_without_workers(self, capsys, archive, monkeypatch):
        monkeypatch.setattr(crew, "WORKERLESS_S", 0.5)
        with running_cluster(0) as empty:
            arguments = ("--first-night", NIGHTS[0], "--last-night", NIGHTS[0], "--scheduler", empty.scheduler_address)
            status, out, err = run_here(capsys, "process", "--archive", archive, *arguments)
        assert (status, out) == (2, "")
        waiting, given_up = err.splitlines()
        assert waiting == f"the scheduler at {empty.scheduler_address} has no workers: waiting 0.5 s for one"
        assert given_up.startswith(f"iar: the scheduler at {empty.scheduler_address} had no workers for 0.5 s")

    def test_any_for_an_archive_in_memory(self, capsys):
        outcome = run_here(capsys, "process", "--archive", "memory://nights", *SPAN, "--scheduler", "tcp://here:1")
        check_refused(outcome, "memory://nights lies in the memory of this process")


class TestWhatIsLeftToDo:
    def test_only_nights_that_are_not_sealed(self, capsys, done, tmp_path):
        archive = tmp_path / "archive"
        shutil.copytree(done, archive)
        unseal(archive, NIGHTS[1])
        status, out, err = run_here(capsys, "process", "--archive", archive, *SPAN, "--workers", 1)
        assert (status, err) == (0, WITHOUT_COUNTS)
        assert f"processed 1 night(s) of {archive}; 2 were done already\n" in out
        assert [line.split()[:2] for line in out.splitlines()[:-1]] == [[str(night), "fringes"] for night in NIGHTS]
        assert contents(archive) == contents(done)

    @pytest.mark.system
    def test_failures_are_listed_by_night(self, capsys, archive):
        for night in reversed(NIGHTS):
            damage(archive, night)
        status, _, err = run_here(capsys, "process", "--archive", archive, *SPAN, "--workers", 2)
        assert status == 1
        assert [line.split(": ")[1] for line in err.splitlines() if "failed" in line] == list(map(str, NIGHTS))


class TestWhatIsSaidMeanwhile:
    def test_a_log_shows_life_line_by_line(self, capsys, archive, monkeypatch):
        monkeypatch.setattr(terminal, "LINE_EVERY_S", 0.05)
        _, _, err = run_here(capsys, "process", "--archive", archive, *SPAN, "--workers", 1)
        lines = [line for line in err.splitlines() if line.startswith("processed ")]
        assert lines[0] == "processed 0 of 3 nights"
        assert lines[-1].startswith("processed 2 of 3 nights")

    def test_a_terminal_shows_how_many_nights_are_done(self, archive):
        ours, theirs = pty.openpty()
        arguments = ("process", "--archive", archive, *SPAN, "--workers", 1)
        environment = {**os.environ, "COLUMNS": "100", "TERM": "xterm"}
        with subprocess.Popen(command(*arguments), stdout=subprocess.DEVNULL, stderr=theirs, env=environment):
            os.close(theirs)
            shown = read_to_the_end(ours)
        assert "processing" in shown
        assert "3 of 3 nights" in shown


def read_to_the_end(terminal: int) -> str:
    shown = b""
    with suppress(OSError), open(terminal, "rb", buffering=0) as stream:  # Linux says the other end's end as an error
        while part := stream.read(65_536):
            shown += part
    return shown.decode()


def test_another_band_than_the_archives_is_told_once_before_any_work(capsys, done, hours, tmp_path):
    wide = tmp_path / "wide.yaml"
    wide.write_text("spectra: {high_hz: 20}\n")
    words = ("settings ask for 799 frequencies", "its first ingest decides", str(done))
    check_refused(run_here(capsys, "process", "--archive", done, *SPAN, "--processing", wide), *words)
    record = hours / "CH1_2014_01_10_12.dat"
    check_refused(run_here(capsys, "ingest", record, "--archive", done, "--processing", wide), *words)
