"""What tests look at after a flow ran: artifacts, events and task runs on the server."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

FIRST = dt.date(2014, 1, 6)
NIGHTS = [FIRST + dt.timedelta(days=day) for day in range(3)]
"""Nights of the fixtures `spectra` and `judged`."""


def _client() -> Any:
    from prefect.client.orchestration import get_client

    return get_client(sync_client=True)


def artifacts(key: str) -> list[Any]:
    """Artifacts of that key, the newest last."""
    with _client() as client:
        return sorted((a for a in client.read_artifacts() if a.key == key), key=lambda a: a.created)


def events(name: str) -> list[dict[str, Any]]:
    """Events of that name that the server has."""
    with _client() as client:
        answer = client.request("POST", "/events/filter", json={"filter": {"event": {"name": [name]}}})
    return list(answer.json()["events"])


def task_runs(names: Sequence[str]) -> int:
    """Number of task runs of tasks of these names."""
    with _client() as client:
        return sum(run.name.rsplit("-", 1)[0] in names for run in client.read_task_runs(limit=200))
