"""The service of docker/compose.yaml without containers: its commands, environment and health checks, on loopback."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.compose import TEXT, container_environment, example_environment, services
from tests.databases import PASSWORD, running_postgres
from tests.servers import answers, free_port, kill_with_children, start_apart, succeeds, wait_until_ready

BIN = Path(sys.executable).parent
ROOT = Path(__file__).parents[2]
SHARED = ("4200", "4201", "8786", "8787")
"""Ports of compose.yaml that are one for all; each worker has its own for its health."""
OWN = ("8080", "8788")
BUCKET = "s3://iar"
_LOOPBACK = {"//server:": "//127.0.0.1:", "//scheduler:": "//127.0.0.1:", "0.0.0.0": "127.0.0.1"}  # noqa: S104 - taken away
_MORE = {"scheduler": ["--host", "127.0.0.1"], "worker": ["--limit", "1"]}
"""What is said to a service besides: to stay on loopback, and that two runs at once are a worker's each."""


@dataclass
class Machines:
    """What runs, and how to start more of it."""

    folder: Path
    database: str
    store: str
    ports: dict[str, str] = field(default_factory=lambda: {port: str(free_port()) for port in SHARED})

    @property
    def environment(self) -> dict[str, str]:
        """Variables of the .env beside compose.yaml."""
        given = {
            "POSTGRES_PASSWORD": PASSWORD, "IAR_ARCHIVE": f"{BUCKET}/archive", "AWS_ENDPOINT_URL": self.store,
            "AWS_ACCESS_KEY_ID": "tests", "AWS_SECRET_ACCESS_KEY": "tests-secret", "AWS_DEFAULT_REGION": "us-east-1",
        }  # fmt: skip
        return {name: value for name, value in (example_environment() | given).items() if value}

    @property
    def environ(self) -> dict[str, str]:
        """Environment of a command that uses the server and the store."""
        return self._environ(container_environment(self._service("worker"), self.environment))

    @contextmanager
    def running(self, name: str, number: int = 1) -> "Iterator[subprocess.Popen[bytes]]":
        """Process number `number` of a service, once its health check is content; ended whatever happens."""
        service, log = self._service(name), self.folder / f"{name}-{number}.log"
        environ = self._environ(container_environment(service, self.environment))
        health = re.search(r"127\.0\.0\.1:(\d+)", " ".join(service["healthcheck"]["test"]))
        assert health
        if "prefect worker" in " ".join(service["command"]):
            environ |= {"PREFECT_WORKER_WEBSERVER_HOST": "127.0.0.1", "PREFECT_WORKER_WEBSERVER_PORT": health[1]}
        process = start_apart(_command(service["command"]) + _MORE.get(name, []), environ, log)
        try:
            asks = _command(service["healthcheck"]["test"][1:])
            wait_until_ready(process, log, lambda: succeeds(asks))
            yield process
        finally:
            kill_with_children(process)

    def run(self, name: str) -> str:
        """What a service that ends by itself said; it has to end well."""
        service = self._service(name)
        environ = self._environ(container_environment(service, self.environment))
        done = subprocess.run(
            _command(service["command"]), env=environ, cwd=self.folder, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def _service(self, name: str) -> "dict[str, object]":
        ports = self.ports | {port: str(free_port()) for port in OWN}
        database = urlsplit(self.database)
        text = TEXT.replace("@postgres:5432/iar", f"@127.0.0.1:{database.port}{database.path}")
        for port, here in ports.items():
            text = re.sub(rf'(?<=")(:?){port}(?=")|(?<=:){port}\b', lambda found, here=here: _here(found, here), text)
        places = {"/data": self.folder / "data", "/opt/iar/deployments": ROOT / "deployments", **_LOOPBACK}
        for place, here in places.items():
            text = text.replace(place, str(here))
        return services(self.environment, text)[name]

    def _environ(self, more: dict[str, str]) -> dict[str, str]:
        own = {"PATH": f"{BIN}:{os.environ['PATH']}", "HOME": str(self.folder), "DO_NOT_TRACK": "1"}
        return own | {"PREFECT_SERVER_ANALYTICS_ENABLED": "false"} | more


def _here(found: "re.Match[str]", port: str) -> str:
    """A port in place of another; one that all could reach, on loopback."""
    return f"127.0.0.1:{port}" if found[1] else port


def _command(words: "list[str]") -> list[str]:
    return [str(BIN / words[0]), *words[1:]]


@pytest.fixture(scope="module")
def machines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machines]:
    """Server on PostgreSQL with all deployments, two workers, a Dask scheduler with two workers, a store."""
    folder = tmp_path_factory.mktemp("machines")
    (folder / "data").mkdir()
    with ExitStack() as running:
        database = running.enter_context(running_postgres(folder))
        store = running.enter_context(_store(folder))
        all_of_it = Machines(folder, database, store)
        running.enter_context(all_of_it.running("scheduler"))
        running.enter_context(all_of_it.running("server"))
        all_of_it.run("bucket")
        all_of_it.run("deploy")
        for number in (1, 2):
            running.enter_context(all_of_it.running("worker", number))
            running.enter_context(all_of_it.running("dask-worker", number))
        yield all_of_it


@contextmanager
def _store(folder: Path) -> Iterator[str]:
    """Address of an empty store with the API of S3, in a process of its own."""
    port = free_port()
    environ = {"PATH": os.environ["PATH"], "HOME": str(folder)}
    process = start_apart([str(BIN / "moto_server"), "-H", "127.0.0.1", "-p", str(port)], environ, folder / "store.log")
    try:
        wait_until_ready(process, folder / "store.log", lambda: answers(f"http://127.0.0.1:{port}/moto-api/"))
        yield f"http://127.0.0.1:{port}"
    finally:
        kill_with_children(process)
