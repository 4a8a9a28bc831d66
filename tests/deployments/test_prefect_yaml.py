"""The deployments say what the code needs."""

import importlib
import inspect
import re

import pytest
import yaml

from service.settings import POOLS, QUEUES, SCHEDULED, TAG, Service, prefect_file
from tasks.names import HEARTBEAT_S

DEPLOYMENTS = yaml.safe_load(prefect_file(None).read_text())["deployments"]


@pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=lambda d: d["entrypoint"])
def test_entrypoint_is_a_flow_that_takes_the_parameters(deployment):
    from prefect import Flow

    module, _, name = deployment["entrypoint"].rpartition(".")
    flow = getattr(importlib.import_module(module), name)
    assert isinstance(flow, Flow)
    inspect.signature(flow.fn).bind_partial(**deployment["parameters"])
    for trigger in deployment.get("triggers", []):
        inspect.signature(flow.fn).bind_partial(**trigger["parameters"])


def test_variables_are_those_that_the_service_sets():
    service = Service(archive="a", pictures="p", holes="h", station="eskdalemuir")
    asked = set(re.findall(r"\$(\w+)", yaml.safe_dump(DEPLOYMENTS)))
    assert asked == set(service.variables())


@pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=lambda d: d["name"])
def test_runs_beat_as_the_service_expects_whatever_worker_starts_them(deployment):
    env = deployment["work_pool"]["job_variables"]["env"]
    assert env["PREFECT_FLOWS_HEARTBEAT_FREQUENCY"] == str(HEARTBEAT_S)


@pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=lambda d: d["name"])
def test_runs_go_one_at_a_time_through_a_queue_that_the_set_up_makes_for_them_alone(deployment):
    pool = deployment["work_pool"]
    assert pool["name"] in POOLS
    assert pool["work_queue_name"] == deployment["name"]
    assert pool["work_queue_name"] in QUEUES[pool["name"]]
    assert "concurrency_limit" not in deployment  # a server that starts again would crash the run that holds it
    assert deployment["tags"] == [TAG]
    for schedule in deployment.get("schedules", []):
        assert schedule["timezone"] == "UTC"
        assert schedule["slug"] == deployment["name"]  # known again: one that was paused stays so


def test_the_queues_whose_runs_are_to_end_are_those_with_a_schedule():
    assert {one["name"] for one in DEPLOYMENTS if one.get("schedules")} == set(SCHEDULED)


def test_trainings_leave_the_workers_of_the_day_alone():
    pools = {d["entrypoint"].split(".")[1]: d["work_pool"]["name"] for d in DEPLOYMENTS}
    assert pools == {
        "ingest_hours": "iar", "find_fringes": "iar", "backfill": "iar", "check_archive": "iar",
        "completeness": "iar", "canary": "iar",
        "retrain": "gpu", "tune": "gpu",
    }  # fmt: skip
