"""Processes of a service: started again when they end, and none is left, whatever happens to who started them."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from iar.workers.marks import MARK, end_marked, marked
from service import processes
from service.processes import Child
from tests.servers import kill_with_children
from tests.waiting import wait_until

SLEEP = [sys.executable, "-c", "import time; time.sleep(600)"]
DEAF = [sys.executable, "-c", "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"]


@pytest.fixture
def mark(tmp_path):
    mark = f"{tmp_path}#1"
    yield mark
    for process in marked(mark.__eq__):
        process.kill()


def child(mark: str, folder: Path, command: list[str]) -> Child:
    return Child("child", command, {**os.environ, MARK: mark}, folder / "logs" / "child.log")


@pytest.mark.smoke
def test_child_that_ends_starts_again_after_pauses_that_grow(mark, tmp_path):
    one, now, pauses = child(mark, tmp_path, [sys.executable, "-c", "print('here'); raise SystemExit(3)"]), 0.0, []
    for _ in range(3):
        assert one.keep(now) is None
        one.process.wait(60)
        assert "child ended with status 3: it starts again in" in one.keep(now)
        assert one.keep(now) is None
        assert one.process is None
        pauses.append(one._next - now)
        now = one._next
    assert pauses == [2, 4, 8]
    assert one.log.read_text() == "here\n" * 3


def test_log_of_a_child_that_lives_for_long_begins_anew(mark, tmp_path, monkeypatch):
    monkeypatch.setattr(processes, "LARGEST_LOG", 1000)
    chatter = "import time\nwhile True: print('x' * 500, flush=True); time.sleep(0.05)"
    one = child(mark, tmp_path, [sys.executable, "-c", chatter])
    one.keep(0.0)
    before = tmp_path / "logs" / "child.old.log"

    def turned() -> bool:
        one.keep(0.0)
        return before.exists()

    wait_until(turned)
    wait_until(lambda: one.log.stat().st_size > 0)
    one.process.kill()
    one.process.wait(60)
    assert before.read_text().startswith("x" * 500)
    assert one.log.read_text().startswith("x")  # and no hole of zeros where it was emptied


def test_child_that_was_well_for_long_starts_again_at_once(mark, tmp_path):
    one = child(mark, tmp_path, SLEEP)
    one.keep(0.0)
    one.process.kill()
    one.process.wait(60)
    assert "in 1 s" in one.keep(1000.0)


def test_all_below_a_mark_are_ended_even_the_deaf(mark, tmp_path, monkeypatch):
    monkeypatch.setattr("iar.workers.marks.PATIENCE_S", 0.5)
    spawning = f"import subprocess; subprocess.Popen({DEAF!r}, start_new_session=True).wait()"
    one = child(mark, tmp_path, [sys.executable, "-c", spawning])
    one.keep(0.0)
    wait_until(lambda: len(marked(mark.__eq__)) == 2)
    end_marked(mark.__eq__)
    assert not marked(mark.__eq__)
    one.process.wait(60)


def test_killed_service_leaves_no_process(mark, tmp_path):
    code = f"""
import os, time
from pathlib import Path
from iar.workers.marks import guarded
from service.processes import start
with guarded({mark!r}):
    start({SLEEP!r}, os.environ, Path({str(tmp_path)!r}) / "child.log")
    time.sleep(600)
"""
    service = subprocess.Popen([sys.executable, "-c", code], cwd=Path(__file__).parents[2])
    try:
        wait_until(lambda: marked(mark.__eq__))
        service.send_signal(signal.SIGKILL)
        service.wait(60)
        assert wait_until(lambda: not marked(mark.__eq__))
    finally:
        kill_with_children(service)
