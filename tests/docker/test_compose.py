"""Compose starts what the code has: commands, ports, variables, folders. No engine is needed to see that."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from iar.cli import app as iar_app
from iar.workers.cluster import _INHERITED, _ONE_THREAD
from tests.compose import DOCKER, TEXT, VARIABLE, container_environment, example_environment, services

ENVIRONMENT = example_environment() | {"POSTGRES_PASSWORD": "tests"}
SERVICES = services(ENVIRONMENT)
OURS = {name: service for name, service in SERVICES.items() if service["image"].startswith("iar:")}
FILE = yaml.safe_load(TEXT)
ROOT = DOCKER.parent


@pytest.mark.parametrize("name", [name for name in OURS if OURS[name]["command"][0] == "iar"])
def test_commands_of_iar_are_there_with_their_options(name):
    group: Any = typer.main.get_command(iar_app)
    _, word, *rest = OURS[name]["command"]
    assert word in group.commands, f"iar has no {word}"
    group.commands[word].make_context(word, rest)  # parses and checks, and runs nothing


@pytest.mark.parametrize("name", [name for name in OURS if OURS[name]["command"][0] == "prefect"])
def test_commands_of_prefect_are_there_with_their_options(name):
    from prefect.cli import _app as prefect_app

    words = OURS[name]["command"][1:]
    _, written, _ = prefect_app._app.parse_args(
        words, exit_on_error=False, print_error=False
    )  # parses, and runs nothing
    assert len(written.arguments) == sum(word.startswith("--") for word in words)


@pytest.mark.parametrize("name", ["scheduler", "dask-worker"])
def test_commands_of_dask_are_there_with_their_options(name):
    from distributed.cli import dask_scheduler, dask_worker

    _, word, *rest = OURS[name]["command"]
    parsed = {"scheduler": dask_scheduler.main, "worker": dask_worker.main}[word].make_context(word, rest)
    written = {word for word in rest if not word.startswith("--")}
    assert written <= {str(value) for value in parsed.params.values()}


def test_every_command_is_one_of_the_image():
    assert {service["command"][0] for service in OURS.values()} == {"iar", "prefect", "dask", "python"}


class TestPortsAgree:
    def test_a_health_check_asks_the_port_that_its_service_listens_on(self):
        for name, service in OURS.items():
            asked = re.findall(r"127\.0\.0\.1:(\d+)", " ".join(service["healthcheck"].get("test", [])))
            assert set(asked) <= listened(name), name
            assert asked or service["healthcheck"] == {"disable": True}, name

    def test_an_address_names_a_service_and_its_port(self):
        for name, service in OURS.items():
            written = [*service["command"], *(value or "" for value in service["environment"].values())]
            for host, port in re.findall(r"(?://|@)([a-z][\w-]*):(\d+)", " ".join(written)):
                assert host in SERVICES, f"{name} speaks to {host}"
                assert port in listened(host), f"{name} speaks to {host}:{port}"

    def test_a_published_port_is_listened_on_and_is_seen_by_this_host_alone(self):
        published = [(name, port) for name, service in SERVICES.items() for port in service.get("ports", [])]
        assert {name for name, _ in published} == {"server", "quicklook"}
        for name, port in published:
            where, outside, inside = port.split(":")
            assert where == "127.0.0.1"
            assert inside in listened(name)
            assert outside == inside  # which the pages are told to be at


def listened(name: str) -> set[str]:
    """Ports of a service, as its command says or as is its default."""
    service = SERVICES[name]
    defaults = {"postgres": "5432", "store": "9000", "worker": "8080", "trainer": "8080", "gpu-trainer": "8080"}
    written = re.findall(r"--(?:port|dashboard-address) :?(\d+)", " ".join(service.get("command", [])))
    return {*written, defaults.get(name, "")} - {""}


class TestTheEnvironmentIsRead:
    def test_ours_by_our_code(self):
        code = " ".join(path.read_text() for part in ("iar", "tasks", "flows", "service") for path in python(part))
        for name in names("IAR_"):
            assert f'"{name}"' in code, f"nothing reads {name}"

    def test_prefects_by_prefect(self):
        import prefect.settings

        for name in names("PREFECT_"):
            assert hasattr(prefect.settings, name), f"Prefect knows no {name}"

    def test_workers_are_held_as_our_own_are(self):
        held = {name: value for name, value in _INHERITED.items() if name.startswith("MALLOC_")} | _ONE_THREAD
        written = OURS["dask-worker"]["environment"]
        assert {name: written.get(name) for name in held} == held

    def test_nothing_else_is_reported(self):
        held = {"MALLOC_TRIM_THRESHOLD_", "MALLOC_MMAP_THRESHOLD_", *_ONE_THREAD}
        rest = {name for name in names("") if not name.startswith(("IAR_", "PREFECT_"))} - held
        assert rest == {"AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION"}


def names(prefix: str) -> set[str]:
    """Variables of our services that begin so."""
    return {name for service in OURS.values() for name in service["environment"] if name.startswith(prefix)}


def python(part: str) -> list[Path]:
    return sorted((ROOT / part).rglob("*.py"))


class TestTheExampleOfTheEnvironment:
    def test_has_every_variable_of_compose_and_no_other(self):
        interpolated = {found["name"] for found in VARIABLE.finditer(TEXT)}
        passed_on = {
            name for service in OURS.values() for name, value in service["environment"].items() if value is None
        }
        assert set(example_environment()) == interpolated | passed_on

    def test_has_the_defaults_of_compose(self):
        example = example_environment()
        for found in VARIABLE.finditer(TEXT):
            if found["kind"] == "-" and not found["name"].startswith("AWS_"):
                assert example[found["name"]] == found["message"]

    def test_holds_no_secret(self):
        secret = {name: value for name, value in example_environment().items() if re.search("PASSWORD|SECRET", name)}
        assert set(secret.values()) == {""}

    def test_compose_does_not_start_without_a_password(self):
        with pytest.raises(KeyError, match="POSTGRES_PASSWORD"):
            services({})


class TestAServiceIsSafeToLeaveAlone:
    def test_versions_are_pinned(self):
        for name, service in SERVICES.items():
            if name not in OURS:
                assert re.search(r":\w*\.?\d+[.-]\d+", service["image"]), service["image"]

    def test_it_comes_back(self):
        once = {"deploy", "bucket"}
        assert {name for name, service in SERVICES.items() if service["restart"] == "on-failure"} == once
        assert {service["restart"] for name, service in SERVICES.items() if name not in once} == {"unless-stopped"}

    def test_its_log_does_not_fill_the_disk(self):
        assert all(service["logging"]["options"]["max-size"] for service in SERVICES.values())

    def test_it_waits_for_who_is_healthy_or_done(self):
        for service in SERVICES.values():
            for name, how in service.get("depends_on", {}).items():
                done = how["condition"] == "service_completed_successfully"
                assert SERVICES[name]["restart"] == "on-failure" if done else "test" in SERVICES[name]["healthcheck"]

    def test_it_gets_no_rights(self):
        assert all(service["cap_drop"] == ["ALL"] for service in OURS.values())

    def test_the_password_of_the_database_is_told_to_two(self):
        written = [
            name for name, one in SERVICES.items() if "tests" in " ".join(container_environment(one, {}).values())
        ]
        assert written == ["postgres", "server"]


def test_volumes_are_declared_and_the_inbox_is_only_read():
    used = {volume.partition(":")[0] for service in SERVICES.values() for volume in service.get("volumes", [])}
    assert used - {"./inbox"} == set(FILE["volumes"])
    inboxes = {volume for service in OURS.values() for volume in service["volumes"] if volume.startswith("./inbox")}
    assert inboxes == {"./inbox:/data/inbox:ro"}


def test_one_service_builds_the_image_and_the_others_wait_for_it():
    built = {name for name, service in OURS.items() if "build" in service and service["image"] == "iar:cpu"}
    assert built == {"server"}
    assert {service["pull_policy"] for name, service in OURS.items() if name not in built} <= {"never", "build"}


def test_every_pool_that_is_deployed_to_has_a_worker():
    deployments = yaml.safe_load((ROOT / "deployments" / "prefect.yaml").read_text())["deployments"]
    started = [service["command"] for service in OURS.values() if service["command"][:2] == ["prefect", "worker"]]
    plain = {command[command.index("--pool") + 1] for command in started}
    assert {deployment["work_pool"]["name"] for deployment in deployments} == plain


@pytest.mark.parametrize("profiles", [(), ("gpu", "s3")], ids=["plain", "all profiles"])
def test_compose_itself_takes_the_file(profiles, tmp_path):
    asks = ["docker", "compose", "version"]
    if shutil.which("docker") is None or subprocess.run(asks, capture_output=True, check=False).returncode:
        pytest.skip("docker compose is not installed")
    given = [word for profile in profiles for word in ("--profile", profile)]
    command = ["docker", "compose", "--file", str(DOCKER / "compose.yaml"), *given, "config", "--quiet"]
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "POSTGRES_PASSWORD": "tests"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
