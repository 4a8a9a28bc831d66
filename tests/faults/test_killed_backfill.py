"""SIGKILL in mid-backfill, then again: the same bytes as undisturbed, whatever was killed."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.settings import PREFECT_API_URL, temporary_settings

from flows.backfill import backfill
from tests.commands import contents
from tests.servers import Server, kill_with_children, running_server, running_worker, start_apart
from tests.waiting import wait_until

PATIENCE_S = 300


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running_server(tmp_path_factory.mktemp("server")) as there:
        yield there


@contextmanager
def running_backfill(server: Server, archive: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A backfill in a process of its own, once it has sealed a night; ended whatever happens."""
    before = sealed(archive)
    command = [sys.executable, "-m", "flows.backfill", "--archive", str(archive)]
    log = archive.parent / "backfill.log"
    process = start_apart(command, server.environ, log)
    try:
        wait_for_nights(archive, before + 1, process)
        yield process
    finally:
        kill_with_children(process)


def wait_for_nights(archive: Path, number: int, process: "subprocess.Popen[bytes] | None" = None) -> None:
    until = time.monotonic() + PATIENCE_S
    while sealed(archive) < number:
        assert time.monotonic() < until
        assert process is None or process.poll() is None, (archive.parent / "backfill.log").read_text()
        time.sleep(0.02)


def sealed(archive: Path) -> int:
    """Number of nights that have a verdict."""
    return sum('"fringes": {' in path.read_text() for path in (archive / "manifest").glob("*/????-??-??.json"))


def test_flow_is_killed_and_then_a_dask_worker(server, archive, undisturbed):
    """The second backfill loses a worker in its middle, and goes on by itself."""
    with running_backfill(server, archive) as process:
        kill_with_children(process)
    assert 0 < sealed(archive) < len(contents(undisturbed / "manifest"))
    assert contents(archive) != contents(undisturbed)
    with running_backfill(server, archive) as process:
        below = psutil.Process(process.pid).children(recursive=True)
        workers = [one for one in below if "from multiprocessing.spawn import" in " ".join(one.cmdline())]
        workers[-1].kill()
        status = process.wait(PATIENCE_S)
    assert status == 0, (archive.parent / "backfill.log").read_text()
    assert contents(archive) == contents(undisturbed)


@pytest.mark.slow
def test_server_is_killed_and_comes_back(server, archive, undisturbed):
    """The backfill goes on or fails, as what it asked the server meanwhile has it; the next one finds what is left."""
    with running_backfill(server, archive) as process:
        server.kill()
        server.start()
        process.wait(2 * PATIENCE_S)
    if contents(archive) != contents(undisturbed):
        with running_backfill(server, archive) as process:
            status = process.wait(PATIENCE_S)
        assert status == 0, (archive.parent / "backfill.log").read_text()
    assert contents(archive) == contents(undisturbed)


@pytest.mark.slow
def test_prefect_worker_is_killed_with_its_run(server, archive, undisturbed):
    with temporary_settings({PREFECT_API_URL: server.url}), get_client(sync_client=True) as client:
        run = ask_for_backfill(client, archive)
        with running_worker(server) as worker:
            wait_for_nights(archive, 1)
            kill_with_children(worker, signal.SIGKILL)
        assert client.read_flow_run(run).state.is_running()  # nobody is left to say otherwise
        assert contents(archive) != contents(undisturbed)
        again = ask_for_backfill(client, archive)
        with running_worker(server):
            wait_until(lambda: client.read_flow_run(again).state.is_final())  # noqa: PLW0108 - asked anew each time
        assert client.read_flow_run(again).state.is_completed()
    assert contents(archive) == contents(undisturbed)


def ask_for_backfill(client: SyncPrefectClient, archive: Path) -> object:
    """A run of the backfill, wanted of the workers of a pool."""
    if not [pool for pool in client.read_work_pools() if pool.name == "iar"]:
        client.request("POST", "/work_pools/", json={"name": "iar", "type": "process"})
    deployment = client.create_deployment(
        flow_id=client.create_flow(backfill), name="by-hand", entrypoint="flows.backfill.backfill", pull_steps=[],
        work_pool_name="iar", parameter_openapi_schema={"type": "object", "properties": {}},
    )  # fmt: skip
    return client.create_flow_run_from_deployment(deployment, parameters={"archive": str(archive)}).id
