"""A Dask scheduler that somebody else runs: its address, whether it answers, and a client of it.

It is never ended by us.
"""

import asyncio
import logging
import os
import re
import socket
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from iar.errors import InputError

SCHEDULER = "IAR_DASK_SCHEDULER"
"""Environment variable with the address of a Dask scheduler, for the command line and the flows."""
ANSWER_S = 10.0
"""Time in which a scheduler answers, s."""


def choose_scheduler(given: str | None, workers: int | None) -> str | None:
    """Address of the scheduler to use: the one that was given, else the environment's, unless `workers` are asked for.

    Raises
    ------
    InputError
        If a scheduler and a number of workers were given, or if the address is none.
    """
    if given is not None and workers is not None:
        raise InputError(f"--scheduler {given} has workers of its own: leave out --workers {workers}, or --scheduler")
    address = given if given is not None else os.environ.get(SCHEDULER) if workers is None else None
    if address or given is not None:
        check_address(address or "")
    return address or None


def check_address(address: str) -> tuple[str, int]:
    """Host and port of a scheduler's address; an InputError if it is none."""
    found = re.fullmatch(r"(?:(?:tcp|tls)://)?(\[[0-9a-fA-F:.%\w]+\]|[^\s:/@\[\]]+):(\d{1,5})", address)
    if found is None or not 0 < int(found[2]) < 65_536:
        raise InputError(f"scheduler {address!r} is no address: expected such as tcp://host:8786, or tls://host:8786")
    return found[1].strip("[]"), int(found[2])


def check_scheduler(address: str) -> None:
    """Raise an InputError, after `ANSWER_S` at the latest, if no Dask scheduler answers at `address`."""
    place = check_address(address)
    nobody = f"no Dask scheduler answers at {address}"
    try:
        socket.create_connection(place, timeout=ANSWER_S).close()  # Dask itself would not say why
        answer = asyncio.run(asyncio.wait_for(_identity(address), ANSWER_S))
    except TimeoutError:
        raise InputError(f"{nobody}: waited {ANSWER_S:g} s") from None
    except OSError as error:
        raise InputError(f"{nobody}: {error.strerror or error}") from None
    except Exception as error:  # noqa: BLE001 - whatever lives there may say anything
        raise InputError(f"{nobody}: what does speaks something else ({type(error).__name__})") from None
    if answer.get("type") == "Worker":
        raise InputError(f"{nobody}: that is a worker of the scheduler at {answer.get('scheduler')}")


async def _identity(address: str) -> dict[str, Any]:
    """What a Dask server says of itself."""
    from distributed import Security
    from distributed.comm.core import connect

    comm = await connect(address, timeout=ANSWER_S, **Security().get_connection_args("client"))
    try:
        await comm.write({"op": "identity", "reply": True})
        return dict(await comm.read())
    finally:
        comm.abort()


@contextmanager
def client_of(address: str) -> Iterator[Any]:
    """Client of the scheduler at `address`, without Dask's own talk.

    Each job compares the versions itself, and what is lost is seen in the outcomes.
    """
    from distributed import Client

    check_scheduler(address)
    loggers = {name: logging.getLogger(name) for name in ("distributed", "distributed.client")}
    levels = {name: logger.level for name, logger in loggers.items()}
    for logger in loggers.values():
        logger.setLevel(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            client = Client(address, timeout=ANSWER_S, set_as_default=False)
        with client:
            yield client
    finally:
        for name, logger in loggers.items():
            logger.setLevel(levels[name])
