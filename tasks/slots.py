"""Slots of concurrency limits that nobody holds: what waits for one waits for ever.

A slot is counted in the server's database, who holds it in the server's memory: a server that was killed forgets the
holders and keeps the count. A holder that was killed itself gives its slot back within minutes, by its lease.
One that is still at work cannot be told from one that is gone, so as many slots stay taken as task runs with the tag
are Running.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import (
    DeploymentFilter,
    DeploymentFilterId,
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateType,
    TaskRunFilter,
    TaskRunFilterState,
    TaskRunFilterStateType,
    TaskRunFilterTags,
)
from prefect.client.schemas.objects import StateType

LOOKS = 3
"""A slot is stuck if it is so at every one of these looks: between being counted and being held lies a moment."""
LOOK_S = 1.0
_PAGE = 200


@dataclass(frozen=True)
class Stuck:
    """A limit with slots that are counted and not held, and how many of them task runs may be using nevertheless."""

    limit: str
    label: str
    slots: int
    used: int = 0


def find_stuck(client: SyncPrefectClient) -> list[Stuck]:
    """Limits with slots that nobody holds, at each of some looks."""
    always = {one.limit: one for one in _unheld(client)}
    for _ in range(LOOKS - 1):
        if not always:
            break
        time.sleep(LOOK_S)
        now = {one.limit: one for one in _unheld(client)}
        always = {name: min(one, now[name], key=lambda s: s.slots) for name, one in always.items() if name in now}
    return list(always.values())


def _unheld(client: SyncPrefectClient) -> Iterator[Stuck]:
    for limit in client.read_global_concurrency_limits(limit=_PAGE):
        kind, _, name = limit.name.partition(":")
        if limit.active_slots and kind == "tag":
            held, holder = len(client.read_concurrency_limit_by_tag(name).active_slots), f"tag {name}"
        elif limit.active_slots and kind == "deployment":
            held, holder = _runs_of(client, UUID(name)), f"deployment {client.read_deployment(UUID(name)).name}"
        else:
            continue
        slots = limit.active_slots - held
        if slots > 0:
            others = _tasks_at_work(client, name) - held if kind == "tag" else 0
            yield Stuck(limit.name, f"{limit.limit} slot(s) of {holder}", slots, min(max(others, 0), slots))


def _tasks_at_work(client: SyncPrefectClient, tag: str) -> int:
    """Number of task runs with a tag that are said to run."""
    at_work = TaskRunFilterState(type=TaskRunFilterStateType(any_=[StateType.RUNNING]))
    tagged = TaskRunFilter(tags=TaskRunFilterTags(all_=[tag]), state=at_work)
    return len(client.read_task_runs(task_run_filter=tagged, limit=_PAGE))


def _runs_of(client: SyncPrefectClient, deployment: UUID) -> int:
    """Number of a deployment's runs that may hold a slot."""
    types = FlowRunFilterStateType(any_=[StateType.PENDING, StateType.RUNNING, StateType.CANCELLING])
    holding = FlowRunFilter(state=FlowRunFilterState(type=types))
    of_deployment = DeploymentFilter(id=DeploymentFilterId(any_=[deployment]))
    return len(client.read_flow_runs(flow_run_filter=holding, deployment_filter=of_deployment, limit=_PAGE))
