"""Slots of concurrency limits that nobody holds, listed and freed."""

from collections.abc import Sequence
from functools import partial

from prefect.client.orchestration import SyncPrefectClient, get_client

from iar.upkeep.checkup import Finding, Mended
from tasks.slots import Stuck, find_stuck


def check_slots(client: SyncPrefectClient) -> Finding:
    """Finding about the limits of tags, such as ``gpu``, and of deployments."""
    stuck, what = find_stuck(client), "concurrency slots"
    if not stuck:
        return Finding(what, True, "none is stuck")
    detail = "; ".join(f"{one.slots} of {one.label} are taken by nobody{_but_used(one)}" for one in stuck)
    when = ", but none that a task run may still use" if any(one.used for one in stuck) else ""
    remedy = f"free {sum(one.slots for one in stuck)} slot(s){when}"
    return Finding(what, False, detail, remedy, partial(mend_slots, stuck))


def _but_used(stuck: Stuck) -> str:
    return f" that the server knows, {stuck.used} maybe by task run(s) that are Running" if stuck.used else ""


def mend_slots(stuck: Sequence[Stuck]) -> Mended:
    """Free what is still stuck; the holders that there are, or may be, keep theirs. A new client looks again."""
    before, done, left = {one.limit: one for one in stuck}, [], []
    with get_client(sync_client=True) as client:
        for one in find_stuck(client):
            slots = min(one.slots - one.used, before[one.limit].slots) if one.limit in before else 0
            if one.used:
                left.append(f"{one.used} of {one.label} stay taken: as many task run(s) with the tag are Running")
            if slots:
                client.release_concurrency_slots([one.limit], slots, occupancy_seconds=1.0)
                done.append(f"freed {slots} of {one.label}")
    return Mended(tuple(done), tuple(left))
