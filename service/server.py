"""Prefect's server as `iar serve` runs it, where writers of SQLite wait for each other: ``python -m service.server``.

Prefect begins its transactions DEFERRED. One that has read, and would write while another writes, SQLite ends at once:
"database is locked". What such a request leaves behind is freed by the thread that serves all others, which then waits
for a connection that waits for the lock, whose holder waits for that thread: for a minute nothing is answered, again
and again. Begun IMMEDIATE, a transaction waits for the lock before it reads, and none is ended. Only transactions are:
what else reads meanwhile, in the middle of one too, waits for nobody. PostgreSQL has no such statement, and is as ever.
"""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any


@asynccontextmanager
async def take_the_lock_first(_configuration: Any, session: Any, **_options: Any) -> AsyncIterator[Any]:
    """Transaction of a session in SQLite that holds the lock for writing from its first moment on.

    In the place of `AioSqliteConfiguration.begin_transaction`. The mode is set for the statement that begins it, and
    no longer: a session that is opened within (of a queue that is paused, the status' event reads so) would wait for
    the lock that this one holds.
    """
    from prefect.server.database.configurations import SQLITE_BEGIN_MODE

    async with session.begin() as transaction:
        mode = SQLITE_BEGIN_MODE.set("IMMEDIATE")
        try:
            await session.connection()  # begins it
        finally:
            SQLITE_BEGIN_MODE.reset(mode)
        yield transaction


if __name__ == "__main__":
    from prefect.cli import app
    from prefect.server.database.configurations import AioSqliteConfiguration

    if "--background" in sys.argv:
        sys.exit("python -m service.server: --background starts Prefect's own server, where writers do not wait")
    AioSqliteConfiguration.begin_transaction = take_the_lock_first  # type: ignore[method-assign,assignment]
    sys.argv[1:1] = ["server", "start"]
    app()
