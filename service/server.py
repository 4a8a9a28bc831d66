"""Prefect's server as `iar serve` runs it, where writers of SQLite wait for each other: ``python -m service.server``.

Prefect begins its transactions DEFERRED. One that has read, and would write while another writes, SQLite ends at once:
"database is locked". What such a request leaves behind is freed by the thread that serves all others, which then waits
for a connection that waits for the lock, whose holder waits for that thread: for a minute nothing is answered, again
and again. Begun IMMEDIATE, a transaction waits for the lock before it reads, and none is ended. PostgreSQL has no such
statement, and is as ever.
"""

import sys
from typing import Any

from sqlalchemy import Engine, event


def take_the_lock_first(*execution: Any) -> tuple[str, Any]:
    """Statement and parameters of an execution, as SQLAlchemy tells it before; a transaction begins with the lock."""
    _, _, statement, parameters, _, _ = execution
    return "BEGIN IMMEDIATE" if statement == "BEGIN DEFERRED" else statement, parameters


if __name__ == "__main__":
    from prefect.cli import app

    if "--background" in sys.argv:
        sys.exit("python -m service.server: --background starts Prefect's own server, where writers do not wait")
    event.listen(Engine, "before_cursor_execute", take_the_lock_first, retval=True)
    sys.argv[1:1] = ["server", "start"]
    app()
