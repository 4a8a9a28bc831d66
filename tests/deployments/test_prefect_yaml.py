"""The deployments say what the code needs, and a real server takes them."""

import importlib
import inspect
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from prefect import Flow
from prefect.client.orchestration import get_client
from prefect.settings import PREFECT_API_URL
from prefect.testing.utilities import prefect_test_harness

FILE = Path(__file__).parents[2] / "deployments" / "prefect.yaml"
DEPLOYMENTS = yaml.safe_load(FILE.read_text())["deployments"]


@pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=lambda d: d["entrypoint"])
def test_entrypoint_is_a_flow_that_takes_the_parameters(deployment):
    module, _, name = deployment["entrypoint"].rpartition(".")
    flow = getattr(importlib.import_module(module), name)
    assert isinstance(flow, Flow)
    inspect.signature(flow.fn).bind_partial(**deployment["parameters"])


def test_server_takes_all_deployments_with_their_schedules(tmp_path):
    with prefect_test_harness(server_startup_timeout=120):
        prefect(tmp_path, "work-pool", "create", "iar", "--type", "process")
        prefect(tmp_path, "deploy", "--all", "--prefect-file", str(FILE))
        with get_client(sync_client=True) as client:
            made = {d.entrypoint: [s.schedule.cron for s in d.schedules] for d in client.read_deployments()}
    assert made == {
        "flows.ingest_hours.ingest_hours": ["7 * * * *"],
        "flows.find_fringes.find_fringes": ["20 12 * * *"],
        "flows.backfill.backfill": [],
        "flows.retrain.retrain": [],
    }


def prefect(folder: Path, *arguments: str) -> None:
    command = [sys.executable, "-m", "prefect", "--no-prompt", *arguments]
    environ = {"PREFECT_API_URL": PREFECT_API_URL.value(), "PATH": str(Path(sys.executable).parent)}
    done = subprocess.run(command, env=environ, cwd=folder, capture_output=True, text=True, check=False, timeout=240)
    assert done.returncode == 0, done.stdout + done.stderr
