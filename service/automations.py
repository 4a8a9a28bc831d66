"""What the server does by itself: tells of trouble, and ends runs whose process is gone."""

import datetime as dt
from typing import TYPE_CHECKING, Any, cast

from iar.errors import InputError
from service.settings import SCHEDULED, TAG
from tasks.names import DRIFT, HOLES, SILENT

if TYPE_CHECKING:
    from uuid import UUID

    from prefect.client.orchestration import SyncPrefectClient
    from prefect.events.actions import ActionTypes
    from prefect.events.schemas.automations import AutomationCore

LOST_AFTER = dt.timedelta(minutes=10)
"""Three heartbeats, and some more, of a run that was started without our settings, which beats every 180 s.

The time goes on while the server is away: one that was away for longer finds runs lost that go on.
"""
BEGINS_WITHIN = dt.timedelta(minutes=15)
"""Time that a run has to begin once a worker took it: a process needs seconds, some images are pulled before."""
LATE_AFTER = dt.timedelta(minutes=10)
"""A worker asks for work every few seconds: what waits so long finds none."""
LONG_AFTER = dt.timedelta(hours=3)
"""No run of a schedule takes so long by itself: it waits for a worker of Dask that is not there, or for a lost slot."""
_BEAT = "prefect.flow-run.heartbeat"
_BLOCK = "iar-alarms"
_RUNS = {"prefect.resource.id": "prefect.flow-run.*"}
_ENDS = ("Completed", "Failed", "Cancelled", "Crashed")


def make_automations(
    client: "SyncPrefectClient",
    block: "UUID | None",
    *,
    lost_after: dt.timedelta = LOST_AFTER,
    begins_within: dt.timedelta = BEGINS_WITHIN,
    late_after: dt.timedelta = LATE_AFTER,
    long_after: dt.timedelta = LONG_AFTER,
) -> None:
    """Make automations as they should be; those that are there change only where they differ.

    Runs without a heartbeat for the time `lost_after` are crashed, and those that do not begin within `begins_within`.
    Alarms go to the notification block. Without one they do nothing but show in the page's feed of events.
    """
    for automation in (_lost(lost_after), _not_begun(begins_within), *_alarms(block, late_after, long_after)):
        there = client.read_automations_by_name(automation.name)
        if not there:
            client.create_automation(automation)
        elif _differ(there[0], automation):  # a new trigger forgets which runs it watches
            enabled = there[0].enabled  # a person may have paused it
            client.update_automation(there[0].id, automation.model_copy(update={"enabled": enabled}))


def notification_block(client: "SyncPrefectClient", target: str | None) -> "UUID | None":
    """Block that alarms go to: made of an Apprise URL, or one that is there, as ``slack-webhook/name``.

    Without a target, the one that an earlier set-up made, if any. An Apprise URL lies encrypted on the server.

    Raises
    ------
    InputError
        If it is neither. The message has nothing of the URL but its kind: the rest is secret.
    """
    from apprise import Apprise
    from prefect.blocks.notifications import SlackWebhook
    from prefect.exceptions import ObjectNotFound
    from pydantic import SecretStr

    if target is not None and "://" in target:
        if not Apprise().add(target):
            raise InputError(f"--notify {target.partition('://')[0]}://... is no URL that Apprise understands")
        saved = SlackWebhook(url=SecretStr(target)).save(_BLOCK, overwrite=True)  # it takes any URL of Apprise
        return cast("UUID", saved)
    kind, _, name = (target or f"slack-webhook/{_BLOCK}").partition("/")
    try:
        return client.read_block_document_by_name(name=name, block_type_slug=kind).id
    except ObjectNotFound:
        if target is None:
            return None
    raise InputError(f"--notify {target} is neither an Apprise URL nor a notification block on the server")


def _lost(after: dt.timedelta) -> "AutomationCore":
    """Runs without a heartbeat are Crashed: else they would keep the next run of their deployment waiting for ever."""
    return _crash(
        "iar lost runs are crashed",
        "A flow run whose heartbeats stop was lost with its process, its worker or its machine.",
        f"No heartbeat for {after.total_seconds():g} s: its process is gone.",
        {"after": [_BEAT], "expect": [_BEAT, *_states(*_ENDS)], "within": after},
    )


def _not_begun(within: dt.timedelta) -> "AutomationCore":
    """Runs that a worker took and lost are Crashed too: their queue gives no other. Only ours: others may not beat."""
    return _crash(
        "iar runs that do not begin are crashed",
        "A flow run that a worker took, and of which nothing was heard since, was lost with its worker.",
        f"Nothing heard for {within.total_seconds():g} s after a worker took it: its process is gone.",
        {
            "after": _states("Pending"),
            "expect": [_BEAT, *_states("Pending", "Scheduled", "AwaitingConcurrencySlot", "AwaitingRetry", *_ENDS)],
            "match_related": {"prefect.resource.id": f"prefect.tag.{TAG}", "prefect.resource.role": "tag"},
            "within": within,
        },
    )


def _crash(name: str, description: str, message: str, trigger: dict[str, Any]) -> "AutomationCore":
    """Automation that crashes each run of which nothing is heard that was expected."""
    from prefect.client.schemas.objects import StateType
    from prefect.events.actions import ChangeFlowRunState

    silent = {"posture": "Proactive", "match": _RUNS, "for_each": ["prefect.resource.id"], **trigger}
    return _automation(name, description, silent, ChangeFlowRunState(state=StateType.CRASHED, message=message))


def _alarms(block: "UUID | None", late_after: dt.timedelta, long_after: dt.timedelta) -> "list[AutomationCore]":
    """Automations that tell of trouble with runs and with the archive."""
    run = "Flow run {{ flow.name }}/{{ flow_run.name }}"
    link = "{{ flow_run | ui_url }}"
    failed = {"expect": _states("Failed", "Crashed"), "match": _RUNS}
    late = {  # one for all runs that wait; none while they only wait for another of their deployment
        "posture": "Proactive",
        "after": _states("Late"),
        "expect": [_BEAT, *_states("Pending", "Running", "AwaitingConcurrencySlot", *_ENDS)],
        "match": _RUNS,
        "for_each": ["related:deployment:prefect.resource.id"],
        "within": late_after,
    }
    long = {
        "posture": "Proactive",
        "after": _states("Running"),
        "expect": _states(*_ENDS),
        "match": _RUNS,
        "match_related": {"prefect.resource.role": "work-queue", "prefect.resource.name": list(SCHEDULED)},
        "for_each": ["prefect.resource.id"],
        "within": long_after,
    }
    minutes = late_after.total_seconds() / 60
    payload = "{{ event.resource.id }}: {{ event.payload }}"
    alarms: list[tuple[str, dict[str, Any], str]] = [
        ("iar alarm: a run failed", failed, f"{run} is {{{{ flow_run.state.name }}}}.\n{link}"),
        ("iar alarm: a run is late", late, f"{run} has waited {minutes:g} minutes for a worker.\n{link}"),
        ("iar alarm: a run does not end", long, f"{run} has run for {long_after}: what does it wait for?\n{link}"),
    ]
    for event, what in (
        (HOLES, "the archive has holes"), (DRIFT, "the background or the occurrence drifts"),
        (SILENT, "no data comes in"),
    ):  # fmt: skip
        trigger = {"expect": [event], "match": {"prefect.resource.id": "iar.archive.*"}}
        alarms.append((f"iar alarm: {what}", trigger, payload))
    return [_automation(name, "", trigger, _tell(name, body, block)) for name, trigger, body in alarms]


def _states(*names: str) -> list[str]:
    """Events of runs that come into states of these names."""
    return [f"prefect.flow-run.{name}" for name in names]


def _tell(subject: str, body: str, block: "UUID | None") -> "ActionTypes":
    from prefect.events.actions import DoNothing, SendNotification

    return DoNothing() if block is None else SendNotification(block_document_id=block, subject=subject, body=body)


def _automation(name: str, description: str, trigger: dict[str, Any], action: "ActionTypes") -> "AutomationCore":
    from prefect.events.schemas.automations import AutomationCore, EventTrigger

    reactive = {"posture": "Reactive", "threshold": 1, "within": dt.timedelta(0)}
    watched = EventTrigger.model_validate({**reactive, **trigger})
    return AutomationCore(name=name, description=description, enabled=True, trigger=watched, actions=[action])


def _differ(there: "AutomationCore", wanted: "AutomationCore") -> bool:
    fields = {"description", "trigger", "actions"}
    return there.model_dump(include=fields) != wanted.model_dump(include=fields)
