"""Against a real server: what is stuck or lost there is told and mended, what lives is left alone."""

import datetime as dt
import http.server
import os
import subprocess
import sys
import threading
import time
import uuid

import pytest
from prefect import flow, task
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import ConcurrencyLeaseHolder, StateType
from prefect.events import Event
from prefect.events.filters import EventNameFilter
from prefect.settings import PREFECT_API_URL, temporary_settings
from prefect.states import Cancelling, Crashed, Pending, Running

from iar.errors import InputError
from service import backfilling, mending, orphans
from service.slots import mend_slots
from tasks import slots
from tests.servers import free_port, kill_with_children, running_server, running_worker, start_apart

LONG_AGO = dt.datetime.now(dt.UTC) - dt.timedelta(hours=3)
IMPATIENT = dict.fromkeys(orphans.UNHEARD_S, 0.0)
"""As if hours had gone by: a server says itself when a state began."""


@flow
def wait_for_ever() -> None:
    """Stands for any flow of ours."""


@task(tags=["gpu"])
def infer() -> None:
    """Stands for any task on a GPU."""


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with running_server(tmp_path_factory.mktemp("server")) as there:
        yield there


@pytest.fixture
def client(server, monkeypatch):
    """Client of the server, which is the one that the doctor finds, too."""
    monkeypatch.setenv("PREFECT_API_URL", server.url)
    monkeypatch.setattr(orphans, "WATCH_S", 1.0)
    monkeypatch.setattr(slots, "LOOK_S", 0.1)
    with temporary_settings({PREFECT_API_URL: server.url}), get_client(sync_client=True) as there:
        yield there


def finding(what):
    (found,) = (one for one in mending.check_service() if one.what == what)
    return found


def beat(client, run):
    """Heartbeat of a run, as its process sends it."""
    resource = {"prefect.resource.id": f"prefect.flow-run.{run.id}", "prefect.resource.name": run.name}
    event = Event(event="prefect.flow-run.heartbeat", resource=resource, occurred=dt.datetime.now(dt.UTC))
    client.request("POST", "/events", json=[event.model_dump(mode="json")])
    until = time.monotonic() + 60
    while not orphans._last_event(client, run, EventNameFilter(name=[event.event])):  # the run's start is one, too
        assert time.monotonic() < until
        time.sleep(0.1)


def state_of(client, run):
    return client.read_flow_run(run.id).state.type


class TestRuns:
    @pytest.fixture(autouse=True)
    def impatient(self, monkeypatch):
        monkeypatch.setattr(orphans, "UNHEARD_S", IMPATIENT)

    def test_one_without_a_sign_of_life_is_told_and_marked_as_crashed(self, client):
        run = client.create_flow_run(wait_for_ever, state=Running())
        found = finding("flow runs")
        assert not found.good
        assert run.name in found.detail
        assert "mark those without as crashed" in found.remedy
        assert state_of(client, run) == StateType.RUNNING  # it only told so far
        assert found.mend().did == (f"{run.name} is marked as crashed",)
        assert state_of(client, run) == StateType.CRASHED
        assert finding("flow runs").good
        assert f"crashed in the last day, run them again: {run.name}" in finding("flow runs").detail

    def test_a_service_that_is_stopped_tells_which_runs_ended_with_it_and_no_other(self, client, capsys):
        stopped, other = (client.create_flow_run(wait_for_ever, state=Running()) for _ in range(2))
        orphans.end_stopped([str(stopped.id)])
        assert [state_of(client, run) for run in (stopped, other)] == [StateType.CRASHED, StateType.RUNNING]
        assert capsys.readouterr().out == f"run {stopped.name} was ended in its midst: run it again\n"
        client.delete_flow_run(other.id)

    def test_its_task_runs_end_with_it(self, client):
        run = client.create_flow_run(wait_for_ever, state=Running())
        work = client.create_task_run(infer, run.id, dynamic_key="0", state=Running())
        finding("flow runs").mend()
        assert client.read_task_run(work.id).state.type == StateType.CRASHED

    def test_one_with_a_fresh_heartbeat_is_left_alone(self, client):
        run = client.create_flow_run(wait_for_ever, state=Running())
        beat(client, run)
        assert finding("flow runs").good
        assert orphans.mend_runs([orphans.Orphan(run, LONG_AGO)]).did == ()
        assert state_of(client, run) == StateType.RUNNING
        client.delete_flow_run(run.id)

    def test_one_that_gives_a_sign_before_it_is_mended_is_left_alone(self, client):
        run = client.create_flow_run(wait_for_ever, state=Running())
        found = finding("flow runs")
        beat(client, run)
        assert found.mend().did == ()
        assert state_of(client, run) == StateType.RUNNING
        client.delete_flow_run(run.id)

    def test_one_that_was_never_started_or_never_ended_is_lost_too(self, client):
        pending = client.create_flow_run(wait_for_ever, state=Pending())
        cancelling = client.create_flow_run(wait_for_ever, state=Cancelling())
        finding("flow runs").mend()
        assert [state_of(client, run) for run in (pending, cancelling)] == [StateType.CRASHED, StateType.CANCELLED]


def test_a_run_that_has_just_begun_is_not_lost(client):
    runs = [client.create_flow_run(wait_for_ever, state=state()) for state in (Pending, Running)]
    assert finding("flow runs").good
    for run in runs:
        client.delete_flow_run(run.id)


class TestSlots:
    @pytest.fixture
    def limit(self, client):
        client.create_concurrency_limit(tag="gpu", concurrency_limit=1)
        yield "tag:gpu"
        client.delete_concurrency_limit_by_tag("gpu")

    def acquire(self, client, limit, holder=None):
        """Take a slot as the engine of a task does; without a holder, as after the server was killed."""
        if holder is None:
            client.increment_concurrency_slots([limit], 1, "concurrency")
        else:
            client.increment_concurrency_slots_with_lease([limit], 1, "concurrency", lease_duration=300, holder=holder)

    def taken(self, client, limit):
        return client.read_global_concurrency_limit_by_name(limit).active_slots

    def test_one_that_nobody_holds_is_told_and_freed(self, client, limit):
        self.acquire(client, limit)
        found = finding("concurrency slots")
        assert found.detail == "1 of 1 slot(s) of tag gpu are taken by nobody"
        assert found.remedy == "free 1 slot(s)"
        assert found.mend().did == ("freed 1 of 1 slot(s) of tag gpu",)
        assert self.taken(client, limit) == 0
        assert found.mend().did == ()  # it looks again

    def test_one_that_a_task_holds_is_left_alone(self, client, limit):
        self.acquire(client, limit, ConcurrencyLeaseHolder(type="task_run", id=uuid.uuid4()))
        assert finding("concurrency slots").good
        assert mend_slots([slots.Stuck(limit, "it", 1)]).did == ()
        assert self.taken(client, limit) == 1

    def test_one_that_a_running_task_may_use_is_left_alone(self, client, limit):
        """As after the server was killed, and the task was not."""
        run = client.create_flow_run(wait_for_ever, state=Running())
        work = client.create_task_run(infer, run.id, dynamic_key="0", state=Running())
        self.acquire(client, limit)
        found = finding("concurrency slots")
        assert found.detail.endswith("taken by nobody that the server knows, 1 maybe by task run(s) that are Running")
        mended = found.mend()
        assert (mended.did, self.taken(client, limit)) == ((), 1)
        assert mended.left == ("1 of 1 slot(s) of tag gpu stay taken: as many task run(s) with the tag are Running",)
        client.set_task_run_state(work.id, Crashed(), force=True)
        assert found.mend().did == ("freed 1 of 1 slot(s) of tag gpu",)
        client.delete_flow_run(run.id)

    def test_of_a_deployment_without_runs_is_freed(self, client):
        of_flow = client.create_flow(wait_for_ever)
        deployment = client.create_deployment(flow_id=of_flow, name="hourly", concurrency_limit=1)
        self.acquire(client, f"deployment:{deployment}")
        assert finding("concurrency slots").detail == "1 of 1 slot(s) of deployment hourly are taken by nobody"
        finding("concurrency slots").mend()
        assert finding("concurrency slots").good
        client.delete_deployment(deployment)


def test_a_pool_and_its_worker_are_told_with_their_version(client, server):
    client.request("POST", "/work_pools/", json={"name": "fit", "type": "process"})
    assert finding("work pool fit").detail == "no worker is online, no run is late"
    with running_worker(server, "fit", name="one"):
        until = time.monotonic() + 120
        while not finding("work pool fit").detail.startswith("1 worker(s) online, 1 of them with Prefect "):
            assert time.monotonic() < until
            time.sleep(0.5)
    assert finding("Prefect server").good


def test_the_command_tells_mends_and_leaves_with_0_once_all_is_well(client, server):
    client.create_concurrency_limit(tag="gpu", concurrency_limit=1)
    client.increment_concurrency_slots(["tag:gpu"], 1, "concurrency")
    code = "from service import mending; [print(f.good, f.detail) for f in mending.check_service()]"
    printed = subprocess.run(
        [sys.executable, "-c", code], env=server.environ, capture_output=True, text=True, check=True, timeout=300
    ).stdout
    assert "False 1 of 1 slot(s) of tag gpu are taken by nobody" in printed
    finding("concurrency slots").mend()
    client.delete_concurrency_limit_by_tag("gpu")


def test_a_server_that_fails_on_the_way_is_a_finding_and_fails_to_mend_in_one_line(client, monkeypatch):
    run = client.create_flow_run(wait_for_ever, state=Running())
    monkeypatch.setattr(orphans, "UNHEARD_S", IMPATIENT)
    found = finding("flow runs")
    nobody = f"http://127.0.0.1:{free_port()}/api"
    with temporary_settings({PREFECT_API_URL: nobody}):
        with pytest.raises(InputError, match=r"^ConnectError: [^\n]*$"):
            found.mend()
        with get_client(sync_client=True) as gone:
            looks = mending.check_server(gone, nobody)
    assert [one.what for one in looks] == ["Prefect server", "work pools", "flow runs", "concurrency slots"]
    assert all(not one.good and one.detail.startswith("the server could not tell: ConnectError") for one in looks)
    client.delete_flow_run(run.id)


def test_progress_is_progress_of_this_run_alone(client):
    ours, other = (client.create_flow_run(wait_for_ever, state=Running()) for _ in range(2))
    for run, printed in ((ours, "3 of 9 nights"), (other, "1 of 2 nights")):
        body = {"key": "progress", "type": "progress", "data": 1.0, "description": printed, "flow_run_id": str(run.id)}
        client.request("POST", "/artifacts/", json=body).raise_for_status()
    assert backfilling._progress_of([ours.id]) == "processed 3 of 9 nights"
    assert backfilling._progress_of([]) is None
    with temporary_settings({PREFECT_API_URL: f"http://127.0.0.1:{free_port()}/api"}):
        assert backfilling._progress_of([ours.id]) is None
    for run in (ours, other):
        client.delete_flow_run(run.id)


class TestWithoutAServer:
    def test_one_that_does_not_answer_is_a_finding(self, monkeypatch):
        monkeypatch.setenv("PREFECT_API_URL", f"http://127.0.0.1:{free_port()}/api")
        with temporary_settings({PREFECT_API_URL: os.environ["PREFECT_API_URL"]}):
            found = finding("Prefect server")
        assert not found.good
        assert found.detail.startswith("no answer at http://127.0.0.1:")

    def test_none_is_looked_for_and_prefect_is_not_imported_where_none_is_named(self, tmp_path):
        code = "import sys; from service.mending import check_service; check_service(); print('prefect' in sys.modules)"
        environ = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
        environ["PREFECT_HOME"] = str(tmp_path)
        done = subprocess.run(
            [sys.executable, "-c", code],
            env=environ, cwd=tmp_path, capture_output=True, text=True, check=True, timeout=300,
        )  # fmt: skip
        assert done.stdout == "False\n"

    def test_a_port_is_free_ours_or_taken_by_something_else(self):
        url = f"http://127.0.0.1:{free_port()}"
        assert [one.detail for one in mending.check_port("quick-look", url, "/health")] == ["free for the quick-look"]
        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler) as stranger:
            threading.Thread(target=stranger.serve_forever, daemon=True).start()
            url = f"http://127.0.0.1:{stranger.server_port}"
            (found,) = mending.check_port("quick-look", url, "/health")
            stranger.shutdown()
        assert found.detail == "taken, but not by a quick-look that answers: status 501"
        assert mending.check_port("quick-look", "http://station.example:4201", "/health") == []


WORK = """
import sys, time
from pathlib import Path
from prefect import flow, task

@task(tags=["gpu"])
def infer(place):
    Path(place).touch()
    time.sleep(600)

@flow
def find(place):
    infer(place)

find(sys.argv[1])
"""


def test_a_slot_that_a_killed_server_forgot_is_freed(tmp_path, monkeypatch):
    """The server and the task that held the slot are killed; the server comes back with the count alone."""
    monkeypatch.setattr(slots, "LOOK_S", 0.1)
    monkeypatch.setattr(orphans, "WATCH_S", 1.0)
    monkeypatch.setattr(orphans, "SILENT_S", 0.0)
    monkeypatch.setattr(orphans, "UNHEARD_S", IMPATIENT)
    with running_server(tmp_path / "server") as server:
        monkeypatch.setenv("PREFECT_API_URL", server.url)
        with temporary_settings({PREFECT_API_URL: server.url}), get_client(sync_client=True) as client:
            client.create_concurrency_limit(tag="gpu", concurrency_limit=1)
            process = start_apart(
                [sys.executable, "-c", WORK, str(tmp_path / "at-work")], server.environ, tmp_path / "work.log"
            )
            try:
                until = time.monotonic() + 300
                while not (tmp_path / "at-work").exists():
                    assert time.monotonic() < until
                    assert process.poll() is None, (tmp_path / "work.log").read_text()
                    time.sleep(0.2)
                assert finding("concurrency slots").good
                server.kill()
            finally:
                kill_with_children(process)
            server.start()
            found = finding("concurrency slots")
            assert found.detail.startswith("1 of 1 slot(s) of tag gpu are taken by nobody")
            assert found.mend().left  # the server thinks that the task goes on
            finding("flow runs").mend()
            found.mend()
            assert finding("concurrency slots").good
            assert client.read_global_concurrency_limit_by_name("tag:gpu").active_slots == 0
