"""Flows as commands, with no server anywhere."""

import os
import shutil
import subprocess
import sys


def test_find_fringes_runs_as_a_module_without_a_server(processed, tmp_path):
    archive = tmp_path / "archive"
    shutil.copytree(processed, archive)
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    command = [sys.executable, "-m", "flows.find_fringes", "--archive", str(archive), "--pictures", str(tmp_path)]
    span = ["--first-night", "2014-01-10", "--last-night", "2014-01-10"]
    environ["PREFECT_HOME"] = str(tmp_path / "prefect")
    done = subprocess.run([*command, *span], env=environ, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "1"
    assert (tmp_path / "2014-01-10.png").exists()
    assert "distributed" not in done.stderr


def test_date_that_is_none_is_refused():
    span = ["--archive", "a", "--first-night", "soon", "--last-night", "2014-01-10"]
    command = [sys.executable, "-m", "flows.backfill", *span]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 2
    assert "'soon' is no date" in done.stderr
