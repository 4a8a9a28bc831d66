"""Many at the same nights, and many runs asked for at once."""

import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

import pytest
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.objects import ConcurrencyLimitStrategy, ConcurrencyOptions
from prefect.settings import PREFECT_API_URL, PREFECT_CLIENT_MAX_RETRIES, temporary_settings

from flows.ingest_hours import ingest_hours
from tests.commands import command, contents
from tests.faults.conftest import NIGHTS
from tests.servers import running_server, running_worker

PATIENCE_S = 300
ENDED_WELL = 2
"""Runs that are waited for: each takes seconds, and all the others have to be waiting behind them."""


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
def test_runs_asked_for_at_once_are_neither_lost_nor_failed(asked, tmp_path):
    """SQLite, and one run at a time: the others wait, and the server goes on answering."""
    (tmp_path / "inbox").mkdir()
    with (
        running_server(tmp_path / "server") as server,
        temporary_settings({PREFECT_API_URL: server.url, PREFECT_CLIENT_MAX_RETRIES: 30}),  # SQLite: 503 when busy
        get_client(sync_client=True) as client,
    ):
        deployment = deploy(client)
        parameters = {"inbox": str(tmp_path / "inbox"), "archive": str(tmp_path / "archive")}

        def ask(number: int) -> object:
            key = str(number)  # an answer that is lost is asked for again
            return client.create_flow_run_from_deployment(deployment, parameters=parameters, idempotency_key=key).id

        with ThreadPoolExecutor(16) as many:
            futures = [many.submit(copy_context().run, ask, number) for number in range(asked)]  # with our settings
            wanted = {future.result() for future in futures}
        assert len(wanted) == asked
        with running_worker(server):
            until = time.monotonic() + 2 * PATIENCE_S
            while (states := states_of(client)).count("COMPLETED") < ENDED_WELL:
                assert time.monotonic() < until, states
                time.sleep(1)
        assert len(states) == asked
        assert set(states) <= {"COMPLETED", "RUNNING", "PENDING", "SCHEDULED"}
        assert states.count("RUNNING") <= 1
        assert "database is locked" not in (server.folder / "worker.log").read_text()  # the server's services try again


def deploy(client: SyncPrefectClient) -> object:
    """Deployment of our cheapest flow, one run at a time; the others wait."""
    client.request("POST", "/work_pools/", json={"name": "iar", "type": "process"})
    return client.create_deployment(
        flow_id=client.create_flow(ingest_hours), name="hourly", entrypoint="flows.ingest_hours.ingest_hours",
        pull_steps=[], work_pool_name="iar", parameter_openapi_schema={"type": "object", "properties": {}},
        concurrency_limit=1,
        concurrency_options=ConcurrencyOptions(collision_strategy=ConcurrencyLimitStrategy.ENQUEUE),
    )  # fmt: skip


def states_of(client: SyncPrefectClient) -> list[str]:
    found = [client.read_flow_runs(limit=200, offset=offset) for offset in (0, 200)]
    return [run.state.type.value for page in found for run in page]
