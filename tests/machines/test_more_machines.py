"""The third way: PostgreSQL, two workers of Prefect, a Dask scheduler with workers, the archive on S3."""

import shutil
import time
import urllib.request
from pathlib import Path

import fsspec
import pytest
from prefect.client.orchestration import get_client
from prefect.settings import PREFECT_API_URL, temporary_settings

from tests.commands import run_here
from tests.databases import PASSWORD
from tests.machines.conftest import BUCKET, Machines
from tests.stores import objects

NIGHTS = ["2014-01-10", "2014-01-11", "2014-01-12"]
RUN_S = 400


@pytest.fixture(scope="module")
def inbox(hours: Path, machines: Machines) -> Path:
    """Three hours of both channels after midnight, in each of three nights: enough for a verdict."""
    folder = machines.folder / "data" / "inbox"
    folder.mkdir()
    for later in range(len(NIGHTS)):
        for name in sorted(path.name for path in hours.glob("CH*_2014_01_11_0[123].dat")):
            shutil.copy2(hours / name, folder / name.replace("_01_11_", f"_01_{11 + later}_"))
    return folder


def holders(machines: Machines) -> set[str]:
    """Workers of Prefect that have a flow run, as each one's log tells."""
    return {log.name for log in machines.folder.glob("worker-*.log") if "submitting flow run" in log.read_text()}


def run_deployments(machines: Machines, ranges: dict[str, list[str]]) -> dict[str, str]:
    """State in which a run of each deployment over its range of nights ends; all are asked for at once."""
    with (
        temporary_settings({PREFECT_API_URL: machines.environ["PREFECT_API_URL"]}),
        get_client(sync_client=True) as client,
    ):
        asked = {}
        for name, (first, last) in ranges.items():
            deployment = client.read_deployment_by_name(name)
            asked_for = {**deployment.parameters, "first_night": first, "last_night": last}
            asked[name] = client.create_flow_run_from_deployment(deployment.id, parameters=asked_for).id
        until = time.monotonic() + RUN_S
        while time.monotonic() < until:
            states = {name: client.read_flow_run(run).state for name, run in asked.items()}
            if all(state.is_final() for state in states.values()):
                break
            time.sleep(1)
    return {name: f"{state.type.value} {state.message or ''}".strip() for name, state in states.items()}


def test_backfill_and_daily_run_share_the_machines_and_give_the_bytes_of_one_process(
    machines, inbox, monkeypatch, capsys
):
    for name, value in machines.environ.items():
        if name.startswith("AWS_"):
            monkeypatch.setenv(name, value)
    # fsspec keeps filesystems by what it is told, not by the environment: else that of another test, elsewhere
    monkeypatch.setitem(fsspec.config.conf, "s3", {"endpoint_url": machines.store})
    local, remote = str(machines.folder / "local"), f"{BUCKET}/archive"
    for archive in (remote, local):
        status, _, err = run_here(capsys, "ingest", inbox, "--archive", archive, "--workers", 1)
        assert status == 0, err
    ranges = {"backfill/by-hand": NIGHTS[:2], "find-fringes/daily": NIGHTS[2:] * 2}
    assert run_deployments(machines, ranges) == dict.fromkeys(ranges, "COMPLETED")
    assert holders(machines) == {"worker-1.log", "worker-2.log"}
    nights = ["--first-night", NIGHTS[0], "--last-night", NIGHTS[-1]]
    status, asked_for, _ = run_here(capsys, "process", "--archive", local, *nights, "--workers", 1)
    assert (status, asked_for.count("  fringes  ")) == (0, len(NIGHTS))
    there, here = objects(remote), objects(local)
    assert there.keys() == here.keys()
    assert [name for name in there if there[name] != here[name]] == []
    assert not [log for log in machines.folder.glob("*.log") if PASSWORD in log.read_text(errors="replace")]
    with machines.running("quicklook"):
        page = f"http://127.0.0.1:{machines.ports['4201']}/nights/{NIGHTS[0]}"
        with urllib.request.urlopen(page, timeout=RUN_S) as shown:
            assert NIGHTS[0] in shown.read().decode()
