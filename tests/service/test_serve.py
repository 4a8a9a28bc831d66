"""A whole service by one command: hour files in, verdict out, and nothing left after Ctrl-C."""

import os
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import psutil
import pytest

from iar.archive.store import Archive
from iar.workers.marks import MARK, kill_marked, marked
from tests.commands import Outcome, check_refused, command, run_apart
from tests.recipes import TINY_RECIPE
from tests.servers import answers, free_port, start_apart
from tests.waiting import LIMIT_S, wait_until

if TYPE_CHECKING:
    import subprocess


@dataclass
class Served:
    """A service that runs: its folder, ports and process, and what it said."""

    folder: Path
    port: int
    quicklook_port: int
    process: "subprocess.Popen[bytes]"

    @property
    def said(self) -> str:
        return (self.folder / "said.txt").read_text()

    def api(self, method: str, path: str, **body: Any) -> Any:
        answer = httpx.request(method, f"http://127.0.0.1:{self.port}/api/{path}", json=body or None, timeout=60)
        answer.raise_for_status()
        return answer.json()

    def page(self, path: str) -> httpx.Response:
        return httpx.get(f"http://127.0.0.1:{self.quicklook_port}/{path}", timeout=60)

    def runs(self, deployment: str) -> list[dict[str, Any]]:
        """Runs of a deployment that no schedule asked for."""
        found = self.api("POST", "flow_runs/filter", deployments={"name": {"any_": [deployment]}})
        return [run for run in found if not run["auto_scheduled"]]

    def processes(self) -> list[psutil.Process]:
        return marked(lambda mark: mark.startswith(f"{self.folder / 'home'}#"))


def options(folder: Path, port: int, quicklook_port: int) -> list[object]:
    places = ["--archive", folder / "archive", "--inbox", folder / "inbox", "--registry", folder / "models"]
    return ["serve", *places, "--home", folder / "home", "--port", port, "--quicklook-port", quicklook_port]


@pytest.fixture(scope="module")
def served(hours: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("served")
    (folder / "inbox").mkdir()
    for file in hours.glob("*.dat"):
        os.link(file, folder / "inbox" / file.name)
    ports = free_port(), free_port()
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", MARK))}
    process = start_apart(command(*options(folder, *ports)), environ, folder / "said.txt")
    served = Served(folder, *ports, process)
    try:
        wait_until(lambda: "Ctrl-C ends all of it" in served.said or process.poll() is not None)
        assert process.poll() is None, served.said
        yield served
    finally:
        process.kill()
        process.wait(60)
        kill_marked(lambda mark: mark.startswith(f"{folder / 'home'}#"))


def ended(served: Served, deployment: str) -> str | None:
    """How the one run of a deployment ended."""
    names = [run["state"]["name"] for run in served.runs(deployment) if run["end_time"]]
    return names[0] if names else None


def test_hours_in_the_inbox_become_a_verdict_in_the_quick_look(served, night):
    wait_until(lambda: answers(f"http://127.0.0.1:{served.quicklook_port}/health"))  # before there is an archive
    (hourly,) = served.api("POST", "deployments/filter", deployments={"name": {"any_": ["hourly"]}})
    body = {"state": {"type": "SCHEDULED"}, "parameters": {"settle_s": 0}}
    served.api("POST", f"deployments/{hourly['id']}/create_flow_run", **body)
    assert wait_until(lambda: ended(served, "hourly")) == "Completed"
    assert wait_until(lambda: ended(served, "daily")) == "Completed"  # nobody asked for it but the event
    assert Archive(str(served.folder / "archive")).manifest(night).is_sealed("fringes")
    assert "fringes" in served.page(f"nights/{night}").text
    assert served.page(f"nights/{night}.png").content.startswith(b"\x89PNG")


def test_page_asks_the_server_that_served_it(served):
    settings = httpx.get(f"http://127.0.0.1:{served.port}/ui-settings", timeout=60).json()
    assert settings["api_url"] == f"http://127.0.0.1:{served.port}/api"


def test_worker_that_was_killed_starts_again(served):
    (worker,) = (p for p in served.processes() if p.ppid() == served.process.pid and "gpu" in p.cmdline())
    worker.kill()
    assert wait_until(lambda: "worker-gpu ended with status -9: it starts again in" in served.said)
    assert wait_until(lambda: any("gpu" in p.cmdline() and p.pid != worker.pid for p in served.processes()))


def test_second_service_in_the_same_home_is_refused(served):
    check_refused(apart(served, served.folder / "home", free_port()), "another `iar serve` runs in")


def test_taken_port_is_reported(served, tmp_path):
    check_refused(apart(served, tmp_path, served.port), f"port {served.port} of 127.0.0.1", "--port")


def apart(served: Served, home: Path, port: int) -> Outcome:
    return run_apart(*options(served.folder, port, free_port()), "--home", home)


def test_one_ctrl_c_ends_all_and_a_training_under_way_says_so(served):
    recipe = served.folder / "models" / "tiny.yaml"
    recipe.parent.mkdir(exist_ok=True)
    recipe.write_text(TINY_RECIPE)
    (deployed,) = served.api("POST", "deployments/filter", deployments={"name": {"any_": ["on-demand"]}})
    asked = {"state": {"type": "SCHEDULED"}, "parameters": {"recipe": str(recipe), "epochs": 1000}}
    run = served.api("POST", f"deployments/{deployed['id']}/create_flow_run", **asked)
    wait_until(lambda: list(recipe.parent.glob("trainings/*/fold-0")))
    assert len(served.processes()) >= 4
    served.process.send_signal(signal.SIGINT)
    assert served.process.wait(LIMIT_S) == 0
    assert served.said.endswith("stopped\n")
    assert not served.processes()
    with closing(sqlite3.connect(served.folder / "home" / "prefect.db")) as database:
        states = dict(database.execute("SELECT id, state_name FROM flow_run"))
        tasks = {state for (state,) in database.execute("SELECT state_name FROM task_run")}
    assert states[run["id"]] == "Crashed"  # at once: nobody has to wait until it counts as lost
    assert "Running" not in tasks


def test_the_database_of_another_archive_is_not_taken_over_and_the_cause_is_said(served, tmp_path):
    """After the test above: the home is free."""
    elsewhere = [tmp_path / "other" if place == served.folder / "archive" else place for place in
                 options(served.folder, free_port(), free_port())]  # fmt: skip
    status, _, err = run_apart(*elsewhere)
    assert status == 1
    assert f"could not be set up: iar: the server works for the archive {served.folder / 'archive'}" in err
    assert "--replace if the archive was moved" in err
    assert not served.processes()
