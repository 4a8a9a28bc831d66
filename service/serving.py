"""A whole service on one machine: Prefect's server, its set-up, workers and the quick-look, kept running."""

import contextlib
import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

from iar.errors import InputError
from iar.surroundings import has_home, past_the_proxy
from iar.terminal import say
from iar.workers.marks import MARK, end_marked, guarded, kill_marked, marked_values
from service.processes import Child
from service.settings import NOTIFY, POOLS, Service
from tasks.names import HEARTBEAT_S, database_in

_LOOK_S = 0.3
_END_S = 30
"""Time in which the server hears which runs ended with the service, s."""
_FLOW_RUN = "PREFECT__FLOW_RUN_ID"
"""Variable in which Prefect tells the process of a flow run which one it is."""
_SERVER_S = 300
"""Time in which the server answers: its first start makes a database, on a machine that may be busy, s."""
_ANYWHERE = ("0.0.0.0", "::", "")  # noqa: S104 - compared with, not bound to


@dataclass(frozen=True)
class Site:
    """Where a service runs: folder of its database and logs, address and ports of its pages."""

    home: Path
    host: str = "127.0.0.1"
    port: int = 4200
    quicklook_port: int = 4201
    gpu_slots: int | None = None
    notify: str | None = field(default=None, repr=False)
    """Where alarms go: a secret, which only the set-up is given."""
    replace: bool = False
    """Whether the database may be of a service for another archive."""
    mark: str = field(init=False, default="")

    def __post_init__(self) -> None:
        object.__setattr__(self, "mark", f"{self.home}#{os.getpid()}")

    @property
    def reached_at(self) -> str:
        """Host as processes on this machine reach it."""
        return "127.0.0.1" if self.host in _ANYWHERE else _in_url(self.host)

    @property
    def page(self) -> str:
        """Address of Prefect's page."""
        return f"http://{self.reached_at}:{self.port}"

    @property
    def quicklook(self) -> str:
        """Address of the quick-look, as a browser reaches it."""
        host = socket.gethostname() if self.host in _ANYWHERE else _in_url(self.host)
        return f"http://{host}:{self.quicklook_port}"

    def environ(self) -> dict[str, str]:
        """Environment of all processes of the service."""
        ours = {
            MARK: self.mark,
            "DO_NOT_TRACK": "1",
            "PREFECT_HOME": str(self.home),
            "PREFECT_API_URL": f"{self.page}/api",
            "PREFECT_SERVER_API_HOST": self.host,
            "PREFECT_SERVER_API_PORT": str(self.port),  # with an option of the server alone the page would ask 4200
            "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
            "PREFECT_SERVER_UI_STATIC_DIRECTORY": str(self.home / "ui"),  # whose user may not write beside its code
            "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": str(HEARTBEAT_S),
            **past_the_proxy(self.reached_at),
            **({} if has_home() else {"HOME": str(self.home)}),
        }
        usual = {
            "PREFECT_WORKER_QUERY_SECONDS": "5",
            "PREFECT_SERVER_DATABASE_TIMEOUT": "60",  # SQLite waits so long where it is locked
            "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,flow_runs",  # else runs stay for ever; 90 days do
        }
        if (database := database_in(self.home)) is not None:
            usual["PREFECT_API_DATABASE_CONNECTION_URL"] = database
        if self.host in _ANYWHERE:
            usual["PREFECT_UI_API_URL"] = "/api"  # of whatever address the page was reached at
        return {**usual, **{name: value for name, value in os.environ.items() if name != NOTIFY}, **ours}


def serve(service: Service, site: Site) -> None:
    """Run everything until a person or the system says stop, then end everything.

    Raises
    ------
    InputError
        If another service runs in the same home, a port is taken, or the inbox is no folder.
    RuntimeError
        If the set-up of the server fails.
    """
    site.home.mkdir(parents=True, exist_ok=True)
    try:
        Path(service.inbox).mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise InputError(f"the inbox {service.inbox} is a file: hour files come into a folder") from None
    with _only_one(site.home):
        end_marked(lambda mark: mark.startswith(f"{site.home}#"))  # of one that was killed
        for port, option in ((site.port, "--port"), (site.quicklook_port, "--quicklook-port")):
            _check_free(site.host, port, option)
        with guarded(site.mark):
            stop = _stop_signal(site.mark)
            server = _child("server", site, service, [sys.executable, "-m", "service.server"])
            others = [*_workers(service, site), _quicklook(service, site)]
            try:
                if _set_up(server, service, site, stop):
                    _tell(service, site)
                    while not stop.wait(_LOOK_S):
                        _look([server, *others])
            finally:
                say("ending all processes of the service")
                _end([server, *others], site)


def _in_url(host: str) -> str:
    """Host as an address has it: one of IPv6 stands in brackets."""
    return f"[{host}]" if ":" in host else host


@contextmanager
def _only_one(home: Path) -> Iterator[None]:
    """Hold the home: two services over one database would damage each other."""
    with (home / "serve.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InputError(f"another `iar serve` runs in {home}: give this one a --home of its own") from None
        yield


def _check_free(host: str, port: int, option: str) -> None:
    """Raise an InputError if nothing can listen at the port."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as one:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            one.bind(address)
    except OSError as error:
        raise InputError(f"port {port} of {host} cannot be used ({error.strerror}): choose another, {option}") from None


def _stop_signal(mark: str) -> Event:
    """Event that the first Ctrl-C or SIGTERM sets; a second one kills."""
    stop = Event()

    def hear(*_: object) -> None:
        """Stop, or kill where that was asked before."""
        if stop.is_set():
            kill_marked(mark.__eq__)
        stop.set()

    for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(sign) is not signal.SIG_IGN:  # as nohup leaves SIGHUP, which it is there for
            signal.signal(sign, hear)
    return stop


def _child(name: str, site: Site, service: Service, command: list[str]) -> Child:
    return Child(name, command, {**site.environ(), **service.variables()}, site.home / "logs" / f"{name}.log")


def _workers(service: Service, site: Site) -> list[Child]:
    """A worker for each pool: a training, which takes hours, keeps no other run waiting."""
    start = ("worker", "start", "--type", "process", "--install-policy", "never")
    names = {pool: f"{pool}@{socket.gethostname()}" for pool in POOLS}
    return [
        _child(f"worker-{pool}", site, service, _prefect(*start, "--pool", pool, "--name", name))
        for pool, name in names.items()
    ]


def _quicklook(service: Service, site: Site) -> Child:
    options = ["--archive", service.archive, "--registry", service.registry]
    command = _iar("quicklook", *options, "--host", site.host, "--port", str(site.quicklook_port))
    return _child("quicklook", site, service, command)


def _prefect(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "prefect", *arguments]


def _iar(*arguments: str) -> list[str]:
    return [sys.executable, "-c", "from iar.cli import main; main()", *arguments]


def _set_up(server: Child, service: Service, site: Site, stop: Event) -> bool:
    """Start the server and deploy to it; returns whether that is done, and not stopped."""
    server.keep(time.monotonic())
    given = {
        "archive": service.archive, "inbox": service.inbox, "registry": service.registry, "pictures": service.pictures,
        "holes": service.holes, "station": service.station, "quicklook-url": service.quicklook,
        "gpu-slots": site.gpu_slots, "wait-s": _SERVER_S,
    }  # fmt: skip
    options = [part for name, value in given.items() if value is not None for part in (f"--{name}", str(value))]
    options += [part for root in service.roots for part in ("--root", root)] + ["--replace"] * site.replace
    environ = {**server.environ, **({} if site.notify is None else {NOTIFY: site.notify})}
    with (site.home / "logs" / "deploy.log").open("w+", encoding="utf-8") as log:
        deploying = subprocess.Popen(  # noqa: S603 - `iar` itself
            _iar("deploy", *options), env=environ, stderr=log, start_new_session=True
        )
        while deploying.poll() is None and not stop.wait(_LOOK_S):
            _look([server])
        log.seek(0)
        words = log.read().splitlines()
    if deploying.returncode and not stop.is_set():
        raise RuntimeError(f"the server could not be set up: {words[-1] if words else 'it says nothing'}; {server.log}")
    return not stop.is_set()


def _look(children: list[Child]) -> None:
    for child in children:
        news = child.keep(time.monotonic())
        if news is not None:
            say(news)


def _end(children: list[Child], site: Site) -> None:
    """End the runs first, then who looks after them, the server last: it hears what became of each run."""
    running = [child.process.pid for child in children if child.process is not None]
    runs = marked_values(site.mark.__eq__, _FLOW_RUN)
    end_marked(site.mark.__eq__, spared=frozenset(running))
    if runs:
        _tell_ended(site, runs)
    for spared in (running[:1], ()):
        end_marked(site.mark.__eq__, spared=frozenset(spared))


def _tell_ended(site: Site, runs: set[str]) -> None:
    """Tell the server which runs ended with the service, where none of them could say so itself."""
    command = [sys.executable, "-m", "service.orphans", *runs]  # apart: this process does without Prefect
    with contextlib.suppress(subprocess.TimeoutExpired):  # of a server that hangs
        subprocess.run(command, env=site.environ(), stderr=subprocess.DEVNULL, timeout=_END_S, check=False)  # noqa: S603


def _tell(service: Service, site: Site) -> None:
    say(f"page        {site.page}")
    say(f"quick-look  {service.quicklook}")
    say(f"inbox       {service.inbox}: hour files in it are taken in seven minutes past each hour")
    say(f"logs        {site.home / 'logs'}")
    if site.host not in {"127.0.0.1", "localhost", "::1"}:
        say(f"whoever reaches {site.host} can start runs: the pages have no password")
    say("Ctrl-C ends all of it")
