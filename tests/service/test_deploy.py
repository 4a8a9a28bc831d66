"""`iar deploy` against a real server: what it makes, that it changes nothing twice, and what its automations do."""

import datetime as dt
import functools
import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any
from uuid import uuid4

import httpx
import pytest

from service.automations import make_automations
from tasks.names import USUAL_HEARTBEAT_S, archive_resource
from tests.commands import Outcome, check_refused, run_apart
from tests.servers import Server, free_port, running_server
from tests.waiting import wait_until

ARCHIVE = "/data/archive"
HUSH = "hush-4711"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running_server(tmp_path_factory.mktemp("server")) as server:
        assert deploy(server, "--gpu-slots", 3)[0] == 0
        yield server


@pytest.fixture
def told_to() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Address that takes notifications, and those that came."""
    came: list[dict[str, Any]] = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            came.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    hook = HTTPServer(("127.0.0.1", 0), Hook)
    thread = Thread(target=hook.serve_forever)
    thread.start()
    yield f"json://user:{HUSH}@127.0.0.1:{hook.server_port}/", came
    hook.shutdown()
    thread.join()
    hook.server_close()


def deploy(server: Server, *options: object, **environ: str) -> Outcome:
    environment = {name: value for name, value in server.environ.items() if name.startswith("PREFECT_")}
    return run_apart("deploy", "--archive", ARCHIVE, *options, **environment, **environ)


def post(server: Server, path: str, **body: Any) -> Any:
    return request(server, "POST", path, **body)


def request(server: Server, method: str, path: str, **body: Any) -> Any:
    sent = body["schedules"] if path.endswith("/schedules") else body
    answer = httpx.request(method, f"{server.url}/{path}", json=sent, timeout=60)
    answer.raise_for_status()
    return answer.json() if answer.content else None


def by_name(server: Server, path: str, **body: Any) -> dict[str, Any]:
    return {one["name"]: one for one in post(server, path, **body)}


def state(server: Server) -> dict[str, dict[str, Any]]:
    """All that a set-up makes, without when it was changed."""
    moving = {
        "updated",
        "last_polled",
        "status",
        "version_id",
        "version_info",
        "active_slots",
        "global_concurrency_limit",
    }

    def still(one: Any) -> Any:
        if isinstance(one, dict):
            return {name: still(value) for name, value in one.items() if name not in moving}
        return sorted(map(still, one), key=str) if isinstance(one, list) else one

    made = {
        "pools": by_name(server, "work_pools/filter"),
        "queues": by_name(server, "work_pools/iar/queues/filter"),
        "limits": by_name(server, "v2/concurrency_limits/filter"),
        "deployments": by_name(server, "deployments/filter"),
        "automations": by_name(server, "automations/filter"),
    }
    del made["automations"]["iar fringes of nights that changed"]  # Prefect makes it anew with each deployment
    return {kind: still(things) for kind, things in made.items()}


def set_up_automations(server: Server, **within: dt.timedelta) -> None:
    from prefect.client.orchestration import get_client
    from prefect.settings import PREFECT_API_URL, temporary_settings

    with temporary_settings({PREFECT_API_URL: server.url}), get_client(sync_client=True) as client:
        make_automations(client, None, **within)


def emit(server: Server, event: str, resource: str, of: str | None = None, **payload: Any) -> None:
    """Tell the server of an event of a resource, and of a deployment."""
    now = dt.datetime.now(dt.UTC).isoformat()
    deployment = {"prefect.resource.id": f"prefect.deployment.{of}", "prefect.resource.role": "deployment"}
    body = {"id": str(uuid4()), "occurred": now, "event": event, "payload": payload}
    named = {"prefect.resource.id": resource, "prefect.resource.name": resource}
    whole = {**body, "resource": named, "related": [deployment] if of else []}
    httpx.post(f"{server.url}/events", json=[whole], timeout=60).raise_for_status()


@pytest.mark.smoke
def test_all_is_made(server):
    made = state(server)
    assert {name: pool["type"] for name, pool in made["pools"].items()} == {"iar": "process", "gpu": "process"}
    in_order = sorted(made["queues"], key=lambda name: made["queues"][name]["priority"])
    assert in_order == ["hourly", "daily", "twice-a-day", "canary", "by-hand", "measure", "default"]
    assert all(made["queues"][name]["concurrency_limit"] == 1 for name in in_order[:-1])
    assert {d["name"]: d["work_queue_name"] for d in made["deployments"].values()} == {
        name: name for name in (*in_order[:-1], "on-demand", "tuning")
    }
    assert made["limits"]["tag:gpu"]["limit"] == 3
    schedules = {d["entrypoint"]: [s["schedule"]["cron"] for s in d["schedules"]] for d in made["deployments"].values()}
    assert schedules == {
        "flows.ingest_hours.ingest_hours": ["7 * * * *"],
        "flows.find_fringes.find_fringes": ["20 12 * * *"],
        "flows.check_archive.check_archive": ["41 */12 * * *"],
        "flows.canary.canary": ["26 3 * * *"],
        "flows.backfill.backfill": [],
        "flows.completeness.completeness": [],
        "flows.retrain.retrain": [],
        "flows.tune.tune": [],
    }
    assert all(d["parameters"].get("archive", ARCHIVE) == ARCHIVE for d in made["deployments"].values())
    assert len(made["automations"]) == 8


def test_forms_have_plain_fields_for_what_may_be_left_empty(server):
    for one in by_name(server, "deployments/filter").values():
        for name, field in one["parameter_openapi_schema"]["properties"].items():
            assert {"type": "null"} not in field.get("anyOf", ()), f"{one['name']}: {name}"


def ask(server: Server, deployment: str, *states: str, **details: object) -> str:
    """Run that was asked for and brought into states; no worker is there that would do it."""
    asked = {"state": {"type": "SCHEDULED", "state_details": details}}
    run = post(server, f"deployments/{number(server, deployment)}/create_flow_run", **asked)["id"]
    for kind in states:
        post(server, f"flow_runs/{run}/set_state", state={"type": kind}, force=True)
    return str(run)


def number(server: Server, deployment: str) -> str:
    return str(by_name(server, "deployments/filter")[deployment]["id"])


def states_of(server: Server, *runs: str) -> set[str]:
    return {run["state"]["name"] for run in post(server, "flow_runs/filter", flow_runs={"id": {"any_": list(runs)}})}


def test_run_without_a_sign_is_crashed_and_the_next_need_not_wait(server):
    (zombies,) = (a for a in post(server, "automations/filter") if a["name"] == "iar lost runs are crashed")
    assert zombies["trigger"]["within"] >= 3 * USUAL_HEARTBEAT_S  # also without our settings no run that lives ends
    soon = dt.timedelta(seconds=10)  # the least that Prefect takes
    set_up_automations(server, lost_after=soon, begins_within=soon)
    foreign = post(server, "flow_runs/", flow_id=post(server, "flows/", name="foreign")["id"])["id"]
    for kind in ("PENDING", "RUNNING"):
        post(server, f"flow_runs/{foreign}/set_state", state={"type": kind}, force=True)
    never_began, silent, unheard, again = (
        ask(server, "hourly", "PENDING", *more)
        for more in ((), ("RUNNING",), ("RUNNING",), ("RUNNING", "CRASHED", "PENDING"))
    )
    emit(server, "prefect.flow-run.heartbeat", f"prefect.flow-run.{silent}")
    wait_until(lambda: states_of(server, never_began, silent, unheard, again) == {"Crashed"})
    assert states_of(server, foreign) == {"Running"}  # its settings may ask for no heartbeats
    set_up_automations(server)


def test_runs_that_wait_for_a_worker_make_one_alarm_and_none_while_they_wait_for_another_run(server):
    set_up_automations(server, late_after=dt.timedelta(seconds=15))
    running = ask(server, "hourly", "PENDING", "RUNNING")
    for deployment in ("hourly", "by-hand"):
        runs = [ask(server, deployment, scheduled_time="2014-01-10T00:00:00Z") for _ in range(3)]
        wait_until(lambda runs=runs: states_of(server, *runs) == {"Late"})
        if deployment == "hourly":
            emit(server, "prefect.flow-run.heartbeat", f"prefect.flow-run.{running}", of=number(server, deployment))
    assert wait_until(lambda: alarms(server, "iar alarm: a run is late")) == [number(server, "by-hand")]
    set_up_automations(server)


def test_a_scheduled_run_that_does_not_end_makes_an_alarm_and_a_backfill_may_take_long(server):
    set_up_automations(server, long_after=dt.timedelta(seconds=10))
    begun = [ask(server, deployment, "PENDING", "RUNNING") for deployment in ("by-hand", "twice-a-day")]
    for run in begun:
        emit(server, "prefect.flow-run.heartbeat", f"prefect.flow-run.{run}")  # it lives, and gets nowhere
    wait_until(lambda: triggering(server, "iar alarm: a run does not end"))
    assert triggering(server, "iar alarm: a run does not end") == [f"prefect.flow-run.{begun[1]}"]
    set_up_automations(server)


def test_what_a_person_set_stays(server):
    daily, checks = number(server, "daily"), number(server, "twice-a-day")
    patch = functools.partial(request, server, "PATCH")
    patch(f"deployments/{daily}", paused=True)
    patch(f"deployments/{checks}", parameters={"archive": ARCHIVE, "silent_h": 12})
    post(server, f"deployments/{checks}/schedules", schedules=[{"schedule": {"cron": "1 2 * * *"}, "active": True}])
    trigger = by_name(server, "automations/filter")["iar fringes of nights that changed"]
    patch(f"automations/{trigger['id']}", enabled=False)
    status, _, err = deploy(server)
    assert status == 0, err
    there = by_name(server, "deployments/filter")
    assert there["daily"]["paused"]
    assert there["twice-a-day"]["parameters"]["silent_h"] == 12
    assert {one["schedule"]["cron"] for one in there["twice-a-day"]["schedules"]} == {"1 2 * * *", "41 */12 * * *"}
    trigger = by_name(server, "automations/filter")["iar fringes of nights that changed"]
    assert not trigger["enabled"]
    patch(f"automations/{trigger['id']}", enabled=True)
    patch(f"deployments/{daily}", paused=False)


def test_a_queue_that_is_paused_on_the_page_answers_and_keeps_nobody_waiting(server):
    for paused in (True, False):
        request(server, "PATCH", "work_pools/iar/queues/hourly", is_paused=paused)  # it reads within its transaction
        assert by_name(server, "work_pools/iar/queues/filter")["hourly"]["is_paused"] is paused


def test_the_schedules_of_one_archive_are_not_given_to_another(server):
    outcome = deploy(server, "--archive", "/data/another")
    check_refused(outcome, f"the server works for the archive {ARCHIVE}", "/data/another", "--replace")
    assert by_name(server, "deployments/filter")["hourly"]["parameters"]["archive"] == ARCHIVE


def triggering(server: Server, name: str) -> list[str]:
    """Resources that an automation was triggered for."""
    triggered = {"event": {"name": ["prefect.automation.triggered"]}}
    found = [e for e in post(server, "events/filter", filter=triggered)["events"] if name in str(e["resource"])]
    return [next(iter(e["payload"]["triggering_labels"].values())) for e in found]


def alarms(server: Server, name: str) -> list[str]:
    """Deployments that an automation was triggered for."""
    return [one.removeprefix("prefect.deployment.") for one in triggering(server, name)]


def test_nights_of_this_archive_that_changed_are_processed(server):
    nights = ["2014-01-10", "2018-06-01"]  # and none of the four years between
    emit(server, "iar.nights.changed", archive_resource("/data/another"), nights=nights)
    emit(server, "iar.nights.changed", archive_resource(ARCHIVE), nights=nights)

    def asked() -> list[dict[str, Any]]:
        runs = post(server, "flow_runs/filter", deployments={"name": {"any_": ["daily"]}})
        return [run for run in runs if not run["auto_scheduled"]]

    wait_until(asked)
    (run,) = asked()
    assert run["parameters"]["nights"] == nights
    assert run["parameters"]["archive"] == ARCHIVE


def test_second_deployment_changes_nothing_but_where_alarms_go(server, told_to):
    address, came = told_to
    before = state(server)
    status, out, err = deploy(server, IAR_SERVICE_NOTIFY=address)
    assert status == 0, err
    assert HUSH not in out + err
    after = state(server)
    alarms = {name for name in after["automations"] if name.startswith("iar alarm: ")}
    assert len(alarms) == 6
    for name in alarms:
        assert before["automations"][name].pop("actions")[0]["type"] == "do-nothing"
        assert after["automations"][name].pop("actions")[0]["type"] == "send-notification"
    assert without_trigger_ids(after) == without_trigger_ids(before)
    emit(server, "iar.archive.silent", "iar.archive.x", hours=30)
    wait_until(lambda: came)
    assert came[0]["title"] == "iar alarm: no data comes in"
    assert "30" in came[0]["message"]


def without_trigger_ids(state: Any) -> Any:
    """Server's own numbers of triggers, which change with their automation."""
    for automation in state["automations"].values():
        automation["trigger"].pop("id", None)
    return state


def test_server_that_is_not_there_is_in_one_line(tmp_path):
    environ = {"PREFECT_HOME": str(tmp_path), "PREFECT_API_URL": f"http://127.0.0.1:{free_port()}/api"}
    outcome = run_apart("deploy", "--archive", "a", "--wait-s", 1, **environ)
    check_refused(outcome, "no Prefect server answers", environ["PREFECT_API_URL"], "waited 1 s")


def test_no_server_named_is_in_one_line(tmp_path):
    outcome = run_apart("deploy", "--archive", "a", PREFECT_HOME=str(tmp_path), PREFECT_API_URL="")
    check_refused(outcome, "PREFECT_API_URL names no server", "iar serve")


@pytest.mark.parametrize("target", ["nonsense://x", "slack-webhook/nobody"])
def test_target_of_alarms_that_is_none_is_refused(server, target):
    check_refused(deploy(server, "--notify", target), "--notify", target.partition("x")[0])


def test_prefect_file_that_is_not_there_is_refused(tmp_path):
    outcome = run_apart("deploy", "--archive", "a", "--prefect-file", tmp_path / "nix.yaml", PREFECT_HOME=str(tmp_path))
    check_refused(outcome, "nix.yaml is not there")
