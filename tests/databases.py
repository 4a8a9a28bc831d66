"""A real PostgreSQL on loopback, for as long as a test needs it."""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.servers import free_port, succeeds, wait_until_ready

USER, PASSWORD, DATABASE = "iar", "told-to-nobody", "postgres"
_START_S = 120
_STOP_S = 30


@contextmanager
def running_postgres(folder: Path) -> Iterator[str]:
    """URL for SQLAlchemy and asyncpg of an empty database; its log is `folder`/postgres.log.

    The data lie in a folder of their own, not in `folder`: PostgreSQL does not run as root, and its user may not enter
    what pytest makes for root. The password is in the URL, so that a test can look for it where it must not be.
    """
    programs = _programs()
    with tempfile.TemporaryDirectory(prefix="iar-postgres-") as own, (folder / "postgres.log").open("ab") as log:
        data, password = Path(own) / "data", Path(own) / "password"
        password.write_text(PASSWORD)
        as_user = _as_other_than_root(Path(own), password) | {"cwd": own, "stdout": log, "stderr": log}
        subprocess.run(
            [programs / "initdb", "--no-sync", "--encoding=UTF8", "--locale=C", f"--username={USER}",
             "--auth=scram-sha-256", f"--pwfile={password}", f"--pgdata={data}"],
            check=True, timeout=_START_S, **as_user,
        )  # fmt: skip
        port = free_port()
        settings = {
            "listen_addresses": "127.0.0.1", "port": port, "unix_socket_directories": own, "fsync": "off",
            "max_connections": 200,
        }  # fmt: skip
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        asks = [programs / "pg_isready", "--quiet", "--host=127.0.0.1", f"--port={port}"]
        with subprocess.Popen([programs / "postgres", "-D", data, *options], **as_user) as server:
            try:
                wait_until_ready(server, folder / "postgres.log", lambda: succeeds(asks))
                yield f"postgresql+asyncpg://{USER}:{PASSWORD}@127.0.0.1:{port}/{DATABASE}"
            finally:
                _stop(server)


def _programs() -> Path:
    """Folder of PostgreSQL's programs: on the path, or where Debian keeps the newest."""
    found = shutil.which("initdb")
    folders = [Path(found).resolve().parent] if found else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: int(folder.parent.name))
    if not folders:
        pytest.skip("PostgreSQL is not installed: no initdb on the path, nothing in /usr/lib/postgresql")
    return folders[-1]


def _as_other_than_root(*owned: Path) -> dict[str, Any]:
    """Options of a process that runs as the user ``postgres`` where we are root; `owned` becomes that user's."""
    if os.geteuid() != 0:
        return {}
    try:
        for path in owned:
            shutil.chown(path, "postgres", "postgres")
    except LookupError:
        pytest.skip("PostgreSQL does not run as root, and there is no user postgres")
    return {"user": "postgres", "group": "postgres", "extra_groups": []}


def _stop(server: "subprocess.Popen[bytes]") -> None:
    """End the server at once, whoever is still connected."""
    server.send_signal(signal.SIGINT)  # a fast shutdown
    try:
        server.wait(_STOP_S)
    except subprocess.TimeoutExpired:
        server.kill()
