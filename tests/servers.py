"""A Prefect server and workers as somebody else would run them: processes of their own, that can be killed."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil

READY_S = 300
"""Time in which a server answers, however busy the machine is, s."""


@dataclass
class Server:
    """A server's address, the environment of commands that use it, and its process."""

    folder: Path
    port: int
    database: str | None = None
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def page(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"{self.page}/api"

    @property
    def environ(self) -> dict[str, str]:
        """Environment of processes that use this server, and nothing of the user's own Prefect."""
        return {
            **{name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")},
            "PREFECT_HOME": str(self.folder / "prefect"),
            "PREFECT_API_URL": self.url,
            "PREFECT_SERVER_API_HOST": "127.0.0.1",
            "PREFECT_SERVER_API_PORT": str(self.port),
            "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
            "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30",
            "DO_NOT_TRACK": "1",
            **({"PREFECT_API_DATABASE_CONNECTION_URL": self.database} if self.database else {}),
        }

    def start(self) -> None:
        """Start it, or start it again where it was killed, and wait until it answers."""
        self.process = start_apart([sys.executable, "-m", "service.server"], self.environ, self.log)
        wait_until_ready(self.process, self.log, lambda: answers(f"{self.url}/health"))

    def kill(self) -> None:
        """End it as a power cut would."""
        if self.process is not None:
            kill_with_children(self.process)

    @property
    def log(self) -> Path:
        return self.folder / "server.log"


@contextmanager
def running_server(folder: Path, *, database: str | None = None) -> Iterator[Server]:
    """Prefect's server on a free port, with SQLite in `folder` or another `database`; ended whatever happens."""
    folder.mkdir(parents=True, exist_ok=True)
    server = Server(folder, free_port(), database)
    try:
        server.start()
        yield server
    finally:
        server.kill()


@contextmanager
def running_worker(
    server: Server, pool: str = "iar", *, name: str = "worker", queues: tuple[str, ...] = (), **environ: str
) -> Iterator[subprocess.Popen[bytes]]:
    """Worker of a pool, which is made if it is not there; it and its flow runs are ended whatever happens."""
    command = [sys.executable, "-m", "prefect", "worker", "start", "--pool", pool, "--type", "process", "--name", name]
    for queue in queues:
        command += ["--work-queue", queue]
    settings = {"PREFECT_WORKER_QUERY_SECONDS": "1", **environ}
    process = start_apart(command, {**server.environ, **settings}, server.folder / f"{name}.log")
    try:
        yield process
    finally:
        kill_with_children(process)


def start_apart(command: list[str], environ: dict[str, str], log: Path) -> subprocess.Popen[bytes]:
    """Start a command in a session of its own, with what it says in a file."""
    with log.open("ab") as out:
        return subprocess.Popen(
            command, env=environ, cwd=log.parent, start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
        )  # fmt: skip


def wait_until_ready(process: subprocess.Popen[bytes], log: Path, ready: Callable[[], bool]) -> None:
    """Wait until what was just started is there for others; if it ends before, or never is, its log is told."""
    until = time.monotonic() + READY_S
    while not ready():
        if process.poll() is not None or time.monotonic() > until:
            raise RuntimeError(f"{process.args} did not start:\n{log.read_text()}")
        time.sleep(0.2)


def kill_with_children(process: subprocess.Popen[bytes], sign: int = signal.SIGKILL) -> None:
    """Send a signal to a process and all below it, and wait until it is gone."""
    try:
        below = psutil.Process(process.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        below = []
    for one in [process, *below]:
        try:
            one.send_signal(sign)
        except (psutil.NoSuchProcess, ProcessLookupError):
            continue
    process.wait(60)
    psutil.wait_procs(below, timeout=60)


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def succeeds(command: Sequence[str | Path]) -> bool:
    """Whether a command that asks, such as a health check, is content."""
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def answers(url: str) -> bool:
    """Whether a page is there."""
    try:
        return httpx.get(url, timeout=5).status_code == 200
    except httpx.HTTPError:
        return False
