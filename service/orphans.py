"""Flow runs that go on for the server only: their process, their worker or their machine is gone.

A run lives as long as there are signs of it: heartbeats, other events, log lines, changes of its state. What never had
a heartbeat, since its settings ask for none or it has just begun, is given an hour.
"""

import datetime as dt
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from iar.terminal import say
from iar.upkeep.checkup import Finding, Mended
from service.automations import LOST_AFTER
from tasks.names import USUAL_HEARTBEAT_S

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient
    from prefect.client.schemas.objects import FlowRun
    from prefect.events.filters import EventNameFilter

SILENT_S = LOST_AFTER.total_seconds()
"""Time without a sign after which a run that had heartbeats counts as lost, s: as for the server itself."""
UNHEARD_S = {"RUNNING": 3600.0, "PENDING": 900.0, "CANCELLING": 900.0}
"""The same for runs that never had one, by the type of their state, s: images are pulled while a run is pending."""
WATCH_S = USUAL_HEARTBEAT_S + 5.0
"""Time that is waited for a sign before anything is done, s: a server that was away has not heard the last ones yet."""
STOPPED = "The service was stopped while it ran: run it again."
"""What is said of a run that ended with its service."""
_PAGE = 200
_MOST_NAMED = 10


@dataclass(frozen=True)
class Orphan:
    """A run without a sign since `seen`."""

    run: "FlowRun"
    seen: dt.datetime

    def __str__(self) -> str:
        return f"{self.run.name} ({_state_type(self.run).capitalize()}, last sign {self.seen:%Y-%m-%d %H:%M:%S} UTC)"


def check_runs(client: "SyncPrefectClient") -> Finding:
    """Finding about the runs that are said to go on."""
    orphans, what = find_orphans(client), "flow runs"
    if not orphans:
        names = [run.name for run in _crashed_of_late(client)]
        crashed = f"; {len(names)} crashed in the last day, run them again: {', '.join(names)}" if names else ""
        return Finding(what, True, f"none is lost{crashed}")
    detail = f"{len(orphans)} without a sign of life: {'; '.join(map(str, orphans))}"
    remedy = f"wait {WATCH_S:g} s for a sign of them, and mark those without as crashed: to be run again"
    return Finding(what, False, detail, remedy, partial(mend_runs, orphans))


def find_orphans(client: "SyncPrefectClient") -> list[Orphan]:
    """Runs that are said to go on, and of which there was no sign for too long, the oldest sign first."""
    now = dt.datetime.now(dt.UTC)
    seen = ((run, *_last_sign(client, run)) for run in _going_on(client))
    lost = [Orphan(run, sign) for run, sign, allowed_s in seen if (now - sign).total_seconds() > allowed_s]
    return sorted(lost, key=lambda orphan: orphan.seen)


def mend_runs(orphans: Sequence[Orphan]) -> Mended:
    """Mark runs as crashed of which there is still no sign, and what they held with them; a new client looks again."""
    from prefect.client.orchestration import get_client

    time.sleep(WATCH_S)
    with get_client(sync_client=True) as client:
        still = {orphan.run.id: orphan.seen for orphan in find_orphans(client)}
        lost = [orphan for orphan in orphans if still.get(orphan.run.id) == orphan.seen]
        for orphan in lost:
            _end(client, orphan.run, "No sign of life: its process is gone. Marked by `iar doctor --mend`.")
    return Mended(tuple(f"{orphan.run.name} is marked as crashed" for orphan in lost))


def end_stopped(ids: Sequence[str]) -> None:
    """Mark those of these runs that are said to go on: their service was stopped, and they with it. Tells of each."""
    from prefect.client.orchestration import get_client

    with get_client(sync_client=True) as client:
        for run in (one for one in _going_on(client) if str(one.id) in ids):
            _end(client, run, STOPPED)
            say(f"run {run.name} was ended in its midst: run it again")


def _going_on(client: "SyncPrefectClient") -> Iterator["FlowRun"]:
    from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterState, FlowRunFilterStateType
    from prefect.client.schemas.objects import StateType

    types = FlowRunFilterStateType(any_=[StateType[name] for name in UNHEARD_S])
    going_on = FlowRunFilter(state=FlowRunFilterState(type=types))
    for offset in range(0, 100 * _PAGE, _PAGE):
        page = client.read_flow_runs(flow_run_filter=going_on, limit=_PAGE, offset=offset)
        yield from page
        if len(page) < _PAGE:
            return


def _crashed_of_late(client: "SyncPrefectClient") -> "list[FlowRun]":
    """Runs that crashed in the last day: with their process, their worker, or the service that was stopped."""
    from prefect.client.schemas.filters import (
        FlowRunFilter,
        FlowRunFilterEndTime,
        FlowRunFilterState,
        FlowRunFilterStateType,
    )
    from prefect.client.schemas.objects import StateType

    of_late = FlowRunFilter(
        state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.CRASHED])),
        end_time=FlowRunFilterEndTime(after_=dt.datetime.now(dt.UTC) - dt.timedelta(days=1)),
    )
    return client.read_flow_runs(flow_run_filter=of_late, limit=_MOST_NAMED)


def _last_sign(client: "SyncPrefectClient", run: "FlowRun") -> tuple[dt.datetime, float]:
    """When there was last any sign of a run, and how long it may be silent, s."""
    from prefect.events.filters import EventNameFilter

    signs = [run.state.timestamp] if run.state else []
    signs += [*_last_event(client, run), *_last_log(client, run)]
    beats = _last_event(client, run, EventNameFilter(name=["prefect.flow-run.heartbeat"]))
    return max(signs), SILENT_S if beats else UNHEARD_S[_state_type(run)]


def _last_event(client: "SyncPrefectClient", run: "FlowRun", name: "EventNameFilter | None" = None) -> list[Any]:
    """When the newest event of a run was, of that name or of any; nothing without one."""
    from prefect.events.filters import EventAnyResourceFilter, EventFilter

    of_run = EventFilter(any_resource=EventAnyResourceFilter(id=[f"prefect.flow-run.{run.id}"]), event=name)
    return [event.occurred for event in client.read_events(of_run, limit=1).events]


def _last_log(client: "SyncPrefectClient", run: "FlowRun") -> list[Any]:
    from prefect.client.schemas.filters import LogFilter, LogFilterFlowRunId
    from prefect.client.schemas.sorting import LogSort

    of_run = LogFilter(flow_run_id=LogFilterFlowRunId(any_=[run.id]))
    return [log.timestamp for log in client.read_logs(of_run, limit=1, sort=LogSort.TIMESTAMP_DESC)]


def _end(client: "SyncPrefectClient", run: "FlowRun", message: str) -> None:
    """Mark a run as crashed, or cancelled if it was to be; first its task runs, which then give back their slots."""
    from prefect.client.schemas.filters import (
        FlowRunFilter,
        FlowRunFilterId,
        TaskRunFilter,
        TaskRunFilterState,
        TaskRunFilterStateType,
    )
    from prefect.client.schemas.objects import StateType
    from prefect.states import Cancelled, Crashed

    going_on = TaskRunFilter(
        state=TaskRunFilterState(type=TaskRunFilterStateType(any_=[StateType.RUNNING, StateType.PENDING]))
    )
    of_run = FlowRunFilter(id=FlowRunFilterId(any_=[run.id]))
    for task in client.read_task_runs(flow_run_filter=of_run, task_run_filter=going_on, limit=_PAGE):
        client.set_task_run_state(task.id, Crashed(message=message), force=True)
    cancelling = _state_type(run) == "CANCELLING"
    client.set_flow_run_state(
        run.id, Cancelled(message=message) if cancelling else Crashed(message=message), force=True
    )


def _state_type(run: "FlowRun") -> str:
    return run.state.type.value if run.state else "PENDING"


if __name__ == "__main__":
    end_stopped(sys.argv[1:])
