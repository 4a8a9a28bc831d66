"""Workers of the pools: whether any is there for what waits, and whether they have our version of Prefect.

Which version of iar they have no worker tells the server.
"""

import datetime as dt
from typing import TYPE_CHECKING

from iar.upkeep.checkup import Finding

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient

_REMEMBERED = dt.timedelta(days=90)
_PAGE = 200
_MOST_EVENTS = 50


def check_pools(client: "SyncPrefectClient") -> list[Finding]:
    """A finding about each work pool: late runs without a worker, or workers of another version of Prefect, are bad."""
    versions = _started_versions(client)
    return [_check_pool(client, pool.name, versions) for pool in client.read_work_pools(limit=_PAGE)]


def _check_pool(client: "SyncPrefectClient", pool: str, versions: dict[str, str]) -> Finding:
    import prefect

    what = f"work pool {pool}"
    online = [w.name for w in client.read_workers_for_work_pool(pool) if w.status.value == "ONLINE"]
    if not online:
        late = _late_runs(client, pool)
        detail = f"no worker is online, {late} run(s) are late: `iar serve` or `prefect worker start --pool {pool}`"
        return Finding(what, not late, detail if late else "no worker is online, no run is late")
    here = prefect.__version__
    others = [f"{name} has {versions[name]}" for name in online if versions.get(name, here) != here]
    if others:
        return Finding(what, False, f"Prefect {here} is here, but {'; '.join(others)}")
    same = sum(name in versions for name in online)
    detail = (
        f"{len(online)} worker(s) online, {same} of them with Prefect {here} as here; which iar they have none says"
    )
    return Finding(what, True, detail)


def _started_versions(client: "SyncPrefectClient") -> dict[str, str]:
    """Version of Prefect that each worker said when it was last started, by the worker's name."""
    from prefect.events.filters import EventFilter, EventNameFilter, EventOccurredFilter

    since = dt.datetime.now(dt.UTC) - _REMEMBERED
    started = EventFilter(
        event=EventNameFilter(name=["prefect.worker.started"]), occurred=EventOccurredFilter(since=since)
    )
    versions: dict[str, str] = {}
    for event in client.read_events(started, limit=_MOST_EVENTS).events:  # the newest first
        resource = event.resource.root
        versions.setdefault(resource.get("prefect.resource.name", ""), resource.get("prefect.version", ""))
    return versions


def _late_runs(client: "SyncPrefectClient", pool: str) -> int:
    from prefect.client.schemas.filters import (
        FlowRunFilter,
        FlowRunFilterState,
        FlowRunFilterStateName,
        WorkPoolFilter,
        WorkPoolFilterName,
    )

    late = FlowRunFilter(state=FlowRunFilterState(name=FlowRunFilterStateName(any_=["Late"])))
    of_pool = WorkPoolFilter(name=WorkPoolFilterName(any_=[pool]))
    return len(client.read_flow_runs(flow_run_filter=late, work_pool_filter=of_pool, limit=_PAGE))
