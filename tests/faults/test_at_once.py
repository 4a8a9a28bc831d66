"""Many at the same nights, and many runs asked for at once."""

import subprocess
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from itertools import pairwise
from uuid import UUID

import pytest
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.objects import FlowRun
from prefect.settings import PREFECT_API_URL, PREFECT_CLIENT_MAX_RETRIES, temporary_settings
from prefect.states import Cancelled

from flows.ingest_hours import ingest_hours
from service.deploying import make_pools
from tests.commands import command, contents
from tests.faults.conftest import NIGHTS
from tests.servers import running_server, running_worker
from tests.waiting import wait_until

PATIENCE_S = 300


def test_two_commands_and_a_backfill_over_the_same_nights_give_the_bytes_of_one(archive, undisturbed, tmp_path):
    span = ["--first-night", NIGHTS[0], "--last-night", NIGHTS[-1]]
    commands = [["process", *span, "--workers", 1], ["process", *span, "--workers", 2], ["backfill"]]
    running = []
    for number, (name, *arguments) in enumerate(commands):
        with (tmp_path / f"{number}.log").open("wb") as log:
            line = command(name, "--archive", archive, *arguments)
            running.append(subprocess.Popen(line, stdout=log, stderr=subprocess.STDOUT, cwd=tmp_path))
    try:
        ended = [process.wait(PATIENCE_S) for process in running]
    finally:
        for process in running:
            process.kill()
    assert ended == [0, 0, 0], [(tmp_path / f"{number}.log").read_text() for number in range(3)]
    assert contents(archive) == contents(undisturbed)


@pytest.mark.parametrize("asked", [20, pytest.param(200, marks=pytest.mark.slow)])
def test_runs_asked_for_at_once_go_one_after_the_other_while_the_server_answers(asked, tmp_path):
    """On SQLite. A tenth of them is waited for; each takes seconds. What waits lies untouched until it is its turn."""
    (tmp_path / "inbox").mkdir()
    with (
        running_server(tmp_path / "server") as server,
        temporary_settings({PREFECT_API_URL: server.url, PREFECT_CLIENT_MAX_RETRIES: 0}),  # the first answer is one
        get_client(sync_client=True) as client,
    ):
        deployment = deploy(client)
        parameters = {"inbox": str(tmp_path / "inbox"), "archive": str(tmp_path / "archive")}

        def ask() -> UUID:
            return client.create_flow_run_from_deployment(deployment, parameters=parameters).id

        with ThreadPoolExecutor(16) as many:
            futures = [many.submit(copy_context().run, ask) for _ in range(asked)]  # with our settings
            wanted = {future.result() for future in futures}
        with running_worker(server):
            wait_until(lambda: len(in_states(client, "COMPLETED")) >= asked // 10)
        runs = in_states(client, "COMPLETED", "RUNNING", "PENDING", "SCHEDULED")
        assert {run.id for run in runs} == wanted
        begun = sorted((run for run in runs if run.start_time), key=lambda run: run.start_time)
        assert all(one.end_time and one.end_time <= after.start_time for one, after in pairwise(begun))
        waiting = in_states(client, "SCHEDULED")
        assert len(waiting) + len(begun) >= asked - 1  # a worker may have taken the next
        for run in waiting:
            client.set_flow_run_state(run.id, Cancelled())
        assert {run.id for run in in_states(client, "CANCELLED")} == {run.id for run in waiting}
    said = {name: (server.folder / f"{name}.log").read_text() for name in ("server", "worker")}
    assert "database is locked" not in said["server"] + said["worker"]
    assert "non-pending" not in said["worker"]  # it asked for none that had to wait


def deploy(client: SyncPrefectClient) -> UUID:
    """Deployment of our cheapest flow, in a queue of its own, one run at a time."""
    make_pools(client)
    return client.create_deployment(
        flow_id=client.create_flow(ingest_hours), name="hourly", entrypoint="flows.ingest_hours.ingest_hours",
        pull_steps=[], work_pool_name="iar", work_queue_name="hourly",
        parameter_openapi_schema={"type": "object", "properties": {}},
    )  # fmt: skip


def in_states(client: SyncPrefectClient, *types: str) -> list[FlowRun]:
    """Runs whose state is of one of the types."""
    pages = [client.read_flow_runs(limit=200, offset=offset) for offset in (0, 200)]
    return [run for page in pages for run in page if run.state.type.value in types]
