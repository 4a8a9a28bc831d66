"""The wheel that people would install: built, put into a fresh environment, and tried there; nothing is fetched."""

import shutil
import subprocess
import sys
import sysconfig
import tomllib
import venv
from pathlib import Path

import pytest

from iar import __version__

pytestmark = pytest.mark.system
ROOT = Path(__file__).parents[1]
TRIED = """
import importlib, pathlib, sys
here = pathlib.Path(sys.prefix)
for name in ("iar", "tasks", "flows", "service", "deployments"):
    module = importlib.import_module(name)
    assert here in pathlib.Path(next(iter(module.__path__))).parents, (name, module.__path__)
from flows.find_fringes import find_fringes
from importlib.metadata import version
from iar.detection.bundle import load_bundle
from iar.quicklook.answers import render
from service.settings import prefect_file
assert prefect_file(None).is_file()
assert render("trouble.html", status=404, sentence="x", code=404).status_code == 404
print(version("iar-coil"), load_bundle().card.name, find_fringes.name)
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Wheel made of a copy of the project, so that no folder of a build stays in it."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    for name in ("iar", "tasks", "flows", "service", "deployments"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    line = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    done = subprocess.run([*line, "-w", str(folder), str(source)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (made,) = folder.glob("*.whl")
    return made


@pytest.fixture(scope="module")
def fresh(wheel, tmp_path_factory):
    """Folder of an environment with the wheel; what it needs is found where this test found it."""
    folder = tmp_path_factory.mktemp("fresh") / "env"
    venv.create(folder, symlinks=True)
    place = Path(sysconfig.get_path("purelib", vars={"base": str(folder)}))
    line = [sys.executable, "-m", "pip", "--python", str(folder / "bin/python"), "install", "--quiet", "--no-deps"]
    done = subprocess.run([*line, "--no-index", str(wheel)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (place / "beside.pth").write_text(
        f"{sysconfig.get_path('purelib')}\n"
    )  # its own links are not followed: no checkout
    return folder


def test_the_wheel_has_the_name_and_the_version_of_the_project(wheel):
    assert wheel.name == f"iar_coil-{__version__}-py3-none-any.whl"
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["name"] == "iar-coil"


def test_everything_is_found_in_the_environment_it_was_installed_into(fresh, tmp_path):
    done = subprocess.run(
        [fresh / "bin/python", "-c", TRIED], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [__version__, "light", "find-fringes"]


def test_the_command_simulates_ingests_and_finds_fringes_there(fresh, tmp_path):
    for line in (
        ["--version"],
        [
            "simulate",
            "--first-night",
            "2014-01-10",
            "--nights",
            "1",
            "--seed",
            "31",
            "--out",
            "hours",
            "--workers",
            "1",
        ],
        ["ingest", "hours", "--archive", "archive", "--workers", "1"],
        ["process", "--archive", "archive", "--workers", "1"],
    ):
        done = subprocess.run([fresh / "bin/iar", *line], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert "other file" not in done.stdout + done.stderr  # nothing is said of the truth beside the hours
    assert "2014-01-10  fringes" in done.stdout
