"""`iar backfill`: the flow in one line of output, and errors as every command has them."""

import datetime as dt
import json
import os
import shutil
import subprocess
import sys

import psutil
import pytest

from iar.archive.store import Archive
from iar.workers.marks import MARK, kill_marked
from tasks.names import HEARTBEAT_S
from tests.commands import check_refused, command, run_apart, run_here
from tests.servers import free_port, kill_with_children, start_apart
from tests.waiting import LIMIT_S, wait_until


def test_night_that_fails_is_listed_and_the_others_are_done(processed, night, tmp_path):
    archive, broken = tmp_path / "archive", night + dt.timedelta(days=1)
    shutil.copytree(processed, archive)
    text = (archive / f"manifest/2014/{night}.json").read_text()
    for name in (night, broken):
        manifest = json.loads(text.replace(str(night), str(name)))
        manifest["stages"] = {"counts": manifest["stages"]["counts"]}
        (archive / f"manifest/2014/{name}.json").write_text(json.dumps(manifest))
    chunk = archive / f"counts/counts/c/{Archive(str(archive)).index(broken)}/0/0"
    chunk.parent.mkdir(parents=True)
    chunk.write_bytes(b"not a chunk")
    alone = {"PREFECT_API_URL": "", "PREFECT_HOME": str(tmp_path / "prefect")}
    alone |= {"HTTP_PROXY": "http://127.0.0.1:9", "http_proxy": "http://127.0.0.1:9", "HOME": "/no/such/home"}
    status, out, err = run_apart("backfill", "--archive", archive, **alone)
    assert status == 1, err
    assert not out
    (line,) = err.splitlines()
    assert line.startswith(f"failed: {broken}: ")
    assert Archive(str(archive)).manifest(night).is_sealed("fringes")


def test_a_run_that_is_killed_leaves_neither_server_nor_workers(processed, tmp_path):
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", MARK))}
    process = start_apart(
        command("backfill", "--archive", processed), {**environ, "PREFECT_HOME": str(tmp_path)}, tmp_path / "said.txt"
    )
    try:
        wait_until(lambda: any("uvicorn" in one.cmdline() for one in psutil.Process(process.pid).children()))
        below = psutil.Process(process.pid).children(recursive=True)
        process.kill()
        process.wait(60)
        assert not psutil.wait_procs(below, timeout=LIMIT_S)[1]
    finally:
        kill_marked(f"run#{process.pid}".__eq__)
        kill_with_children(process)


BEAT = """
from flows.shell import prefect_server
from prefect.settings import get_current_settings
with prefect_server():
    print(get_current_settings().flows.heartbeat_frequency)
"""


@pytest.mark.parametrize(("said", "beat"), [({}, HEARTBEAT_S), ({"PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "60"}, 60)])
def test_flow_beats_as_the_service_expects_unless_the_environment_says_otherwise(said, beat, tmp_path):
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    server = {"PREFECT_API_URL": "http://127.0.0.1:9/api", "PREFECT_HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", BEAT], env={**environ, **server, **said}, capture_output=True, text=True, check=True
    )
    assert done.stdout == f"{beat}\n"


def test_bad_input_is_refused_before_a_server_starts(processed, capsys, tmp_path):
    check_refused(run_here(capsys, "backfill", "--archive", tmp_path / "nix"), "no archive at")
    span = ["--first-night", "2014-01-12", "--last-night", "2014-01-10"]
    check_refused(run_here(capsys, "backfill", "--archive", processed, *span), "2014-01-10 is before")
    check_refused(run_here(capsys, "backfill", "--archive", processed, "--from-file", tmp_path / "x.csv"), "x.csv")


def test_server_that_does_not_answer_is_reported(processed, tmp_path):
    url = f"http://127.0.0.1:{free_port()}/api"
    outcome = run_apart("backfill", "--archive", processed, PREFECT_API_URL=url, PREFECT_HOME=str(tmp_path))
    check_refused(outcome, "no Prefect server answers at", url)
