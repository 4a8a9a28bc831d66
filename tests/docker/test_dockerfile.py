"""The images: what is copied is there, what runs is pinned and is not root."""

import re
import tomllib

from iar import __version__
from tests.compose import DOCKER, services

ROOT = DOCKER.parent
LINES = (DOCKER / "Dockerfile").read_text().replace("\\\n", " ").splitlines()
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def stages() -> dict[str, list[str]]:
    """Instructions of each stage with those of the stages it stands on, by name; the last one is built by default."""
    made: dict[str, list[str]] = {}
    for line in LINES:
        if begun := re.fullmatch(r"FROM (\S+) AS (\S+)", line):
            name = begun[2]
            made[name] = [*made.get(begun[1], []), line]
        elif line and not line.startswith("#"):
            made[name].append(line)
    return made


def test_everything_that_is_copied_is_there():
    copied = [word for line in LINES if re.match("COPY (?!--from)", line) for word in line.split()[1:-1]]
    assert {"iar", "tasks", "flows", "service", "constraints.txt"} <= set(copied)
    for name in copied:
        assert (ROOT / name).exists()
    let_through = (DOCKER / "Dockerfile.dockerignore").read_text().splitlines()
    assert {line[1:] for line in let_through if line.startswith("!")} == {name.partition("/")[0] for name in copied}


def test_what_iar_needs_is_installed_before_its_source_is_there():
    """A change of the source then reinstalls nothing else; and the deployments are in the package that is installed."""
    for target in ("install-cpu", "install-gpu"):
        lines = stages()[target]
        needs = next(i for i, line in enumerate(lines) if ".[$EXTRAS" in line)
        (wheel,), (last,) = (
            [i for i, line in enumerate(lines) if words in line] for words in ("/wheel /wheel", "--no-deps")
        )
        assert needs < wheel < last
        assert "COPY iar iar" not in lines
    source = stages()["source"]
    assert source.index("COPY deployments deployments") < next(
        i for i, line in enumerate(source) if "pip wheel" in line
    )


def test_the_targets_are_those_of_compose_and_the_cpu_is_the_default():
    wanted = {
        service["build"]["target"] for service in services({"POSTGRES_PASSWORD": "x"}).values() if "build" in service
    }
    assert wanted == {"cpu", "gpu"} <= set(stages())
    assert list(stages())[-1] == "cpu"


def test_neither_runs_as_root_nor_holds_what_built_it():
    for target in ("cpu", "gpu"):
        instructions = stages()[target]
        assert instructions[-1] == "USER iar"
        assert not any(re.search("pip.* install|apt-get|COPY (?!--from)", line) for line in instructions)


def test_versions_are_pinned():
    assert all(re.search(r":\d+\.\d+\.\d+-", line) for line in LINES if line.startswith("FROM") and ":" in line)
    installs = [line for line in LINES if " install " in line and "pip" in line]
    assert len(installs) == 4
    assert all("-c constraints.txt" in line for line in installs)
    assert any(f'version="{__version__}"' in line for line in LINES)


def test_the_extras_are_the_projects():
    asked = {
        extra
        for line in LINES
        for extra in ",".join(re.findall(r"(?:EXTRAS=|EXTRAS,)([\w,]+)", line)).split(",")
        if extra
    }
    assert asked <= set(PROJECT["optional-dependencies"])
    assert "gpu" in asked


def test_an_image_says_whether_it_is_well():
    assert any(line.startswith("HEALTHCHECK") for line in stages()["cpu"])
