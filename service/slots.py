"""Slots of concurrency limits that nobody holds: what waits for one waits for ever.

A slot is counted in the server's database, who holds it in the server's memory: a server that was killed forgets the
holders and keeps the count. A holder that was killed itself gives its slot back within minutes, by its lease.
One that is still at work cannot be told from one that is gone, so as many slots stay taken as task runs with the tag
are Running.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING
from uuid import UUID

from iar.stages.checkup import Finding, Mended

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient

LOOKS = 3
"""A slot is stuck if it is so at every one of these looks: between being counted and being held lies a moment."""
LOOK_S = 1.0
_PAGE = 200


@dataclass(frozen=True)
class Stuck:
    """A limit with slots that are counted and not held, and how many of them task runs may be using nevertheless."""

    limit: str
    told: str
    slots: int
    used: int = 0


def check_slots(client: "SyncPrefectClient") -> Finding:
    """Finding about the limits of tags, such as ``gpu``, and of deployments."""
    stuck, what = find_stuck(client), "concurrency slots"
    if not stuck:
        return Finding(what, True, "none is stuck")
    told = "; ".join(f"{one.slots} of {one.told} are taken by nobody{_but_used(one)}" for one in stuck)
    when = ", but none that a task run may still use" if any(one.used for one in stuck) else ""
    remedy = f"free {sum(one.slots for one in stuck)} slot(s){when}"
    return Finding(what, False, told, remedy, partial(mend_slots, stuck))


def _but_used(stuck: Stuck) -> str:
    return f" that the server knows, {stuck.used} maybe by task run(s) that are Running" if stuck.used else ""


def find_stuck(client: "SyncPrefectClient") -> list[Stuck]:
    """Limits with slots that nobody holds, at each of some looks."""
    always = {one.limit: one for one in _unheld(client)}
    for _ in range(LOOKS - 1):
        if not always:
            break
        time.sleep(LOOK_S)
        now = {one.limit: one for one in _unheld(client)}
        always = {name: min(one, now[name], key=lambda s: s.slots) for name, one in always.items() if name in now}
    return list(always.values())


def mend_slots(stuck: Sequence[Stuck]) -> Mended:
    """Free what is still stuck; the holders that there are, or may be, keep theirs. A new client looks again."""
    from prefect.client.orchestration import get_client

    before, done, left = {one.limit: one for one in stuck}, [], []
    with get_client(sync_client=True) as client:
        for one in find_stuck(client):
            slots = min(one.slots - one.used, before[one.limit].slots) if one.limit in before else 0
            if one.used:
                left.append(f"{one.used} of {one.told} stay taken: as many task run(s) with the tag are Running")
            if slots:
                client.release_concurrency_slots([one.limit], slots, occupancy_seconds=1.0)
                done.append(f"freed {slots} of {one.told}")
    return Mended(tuple(done), tuple(left))


def _unheld(client: "SyncPrefectClient") -> Iterator[Stuck]:
    for limit in client.read_global_concurrency_limits(limit=_PAGE):
        kind, _, name = limit.name.partition(":")
        if limit.active_slots and kind == "tag":
            held, told = len(client.read_concurrency_limit_by_tag(name).active_slots), f"tag {name}"
        elif limit.active_slots and kind == "deployment":
            held, told = _runs_of(client, UUID(name)), f"deployment {client.read_deployment(UUID(name)).name}"
        else:
            continue
        slots = limit.active_slots - held
        if slots > 0:
            others = _tasks_at_work(client, name) - held if kind == "tag" else 0
            yield Stuck(limit.name, f"{limit.limit} slot(s) of {told}", slots, min(max(others, 0), slots))


def _tasks_at_work(client: "SyncPrefectClient", tag: str) -> int:
    """Number of task runs with a tag that are said to run."""
    from prefect.client.schemas.filters import (
        TaskRunFilter,
        TaskRunFilterState,
        TaskRunFilterStateType,
        TaskRunFilterTags,
    )
    from prefect.client.schemas.objects import StateType

    at_work = TaskRunFilterState(type=TaskRunFilterStateType(any_=[StateType.RUNNING]))
    tagged = TaskRunFilter(tags=TaskRunFilterTags(all_=[tag]), state=at_work)
    return len(client.read_task_runs(task_run_filter=tagged, limit=_PAGE))


def _runs_of(client: "SyncPrefectClient", deployment: UUID) -> int:
    """Number of a deployment's runs that may hold a slot."""
    from prefect.client.schemas.filters import (
        DeploymentFilter,
        DeploymentFilterId,
        FlowRunFilter,
        FlowRunFilterState,
        FlowRunFilterStateType,
    )
    from prefect.client.schemas.objects import StateType

    types = FlowRunFilterStateType(any_=[StateType.PENDING, StateType.RUNNING, StateType.CANCELLING])
    holding = FlowRunFilter(state=FlowRunFilterState(type=types))
    of_deployment = DeploymentFilter(id=DeploymentFilterId(any_=[deployment]))
    return len(client.read_flow_runs(flow_run_filter=holding, deployment_filter=of_deployment, limit=_PAGE))
