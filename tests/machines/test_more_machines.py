"""The third way: PostgreSQL, two workers of Prefect, a Dask scheduler with workers, the archive on S3."""

import json
import shutil
import subprocess
from pathlib import Path

import fsspec
import pytest

from tests.databases import PASSWORD
from tests.machines.conftest import BIN, BUCKET, Machines

NIGHTS = ["2014-01-10", "2014-01-11", "2014-01-12", "2014-01-13"]
RUN_S = 400


@pytest.fixture(scope="module")
def inbox(hours: Path, machines: Machines) -> Path:
    """Two hours of both channels after midnight, in each of four nights."""
    folder = machines.folder / "data" / "inbox"
    folder.mkdir()
    for later in range(len(NIGHTS)):
        for name in sorted(path.name for path in hours.glob("CH*_2014_01_11_0[12].dat")):
            shutil.copy2(hours / name, folder / name.replace("_01_11_", f"_01_{11 + later}_"))
    return folder


def iar(machines: Machines, *words: object, **environ: str) -> str:
    command = [str(BIN / "iar"), *map(str, words)]
    done = subprocess.run(
        command, env=machines.environ | environ, capture_output=True, text=True, check=False, cwd=machines.folder
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def objects(machines: Machines, url: str) -> dict[str, bytes]:
    """Everything below a URL, but locks."""
    keys = {"key": "tests", "secret": "tests-secret", "endpoint_url": machines.store}
    fs, root = fsspec.url_to_fs(url, **(keys if url.startswith("s3://") else {}))
    return {path.removeprefix(root): fs.cat_file(path) for path in fs.find(root) if not path.endswith(".lock")}


def holders(machines: Machines) -> set[str]:
    """Workers of Prefect that have a flow run, as each one's log tells."""
    return {log.name for log in machines.folder.glob("worker-*.log") if "submitting flow run" in log.read_text()}


def start(machines: Machines, deployment: str, **parameters: object) -> "subprocess.Popen[str]":
    """A run of a deployment, started and watched as a person would on the command line."""
    told = ["deployment", "run", deployment, "--params", json.dumps(parameters), "--watch"]
    return subprocess.Popen(
        [str(BIN / "prefect"), "--no-prompt", *told], env=machines.environ, cwd=machines.folder, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip


def test_backfill_and_daily_run_share_the_machines_and_give_the_bytes_of_one_process(machines, inbox):
    for archive in (f"{BUCKET}/archive", "local"):
        iar(machines, "ingest", inbox, "--archive", archive, "--workers", 1)
    ranges = {"backfill/by-hand": NIGHTS[:2], "find-fringes/daily": NIGHTS[2:]}
    runs = [start(machines, name, first_night=first, last_night=last) for name, (first, last) in ranges.items()]
    for run in runs:
        told, _ = run.communicate(timeout=RUN_S)
        assert run.returncode == 0, told
    assert holders(machines) == {"worker-1.log", "worker-2.log"}
    nights = ["--first-night", NIGHTS[0], "--last-night", NIGHTS[-1]]
    iar(machines, "process", "--archive", "local", *nights, "--workers", 1)
    there, here = objects(machines, f"{BUCKET}/archive"), objects(machines, str(machines.folder / "local"))
    assert there.keys() == here.keys()
    assert [name for name in there if there[name] != here[name]] == []
    assert not [log for log in machines.folder.glob("*.log") if PASSWORD in log.read_text(errors="replace")]
