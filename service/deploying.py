"""Pools, queues, limits and deployments on Prefect's server, as they should be; what a person set there stays."""

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from urllib.request import getproxies_environment, proxy_bypass

from iar.errors import InputError
from iar.learning.registry.tracking import without_password
from service.settings import GPU_POOL, POOL, QUEUES, TAG, Service
from tasks.names import GPU

if TYPE_CHECKING:
    from collections.abc import Iterable

    from prefect.client.orchestration import SyncPrefectClient
    from prefect.client.schemas.actions import DeploymentUpdate
    from prefect.client.schemas.objects import DeploymentSchedule
    from prefect.client.schemas.responses import DeploymentResponse

_LOOK_S = 0.5


def wait_for_server(client: "SyncPrefectClient", wait_s: float) -> None:
    """Return as soon as the server answers; an InputError if it does not within `wait_s`."""
    until = time.monotonic() + wait_s
    while (trouble := client.api_healthcheck()) is not None:
        if time.monotonic() > until:
            where = f"{client.api_url}{_proxy(str(client.api_url))}"
            raise InputError(f"no Prefect server answers at {where}: waited {wait_s:g} s ({trouble})")
        time.sleep(_LOOK_S)


def _proxy(url: str) -> str:
    """Words about the proxy that is asked for a URL; none where none is."""
    parts = urlsplit(url)
    proxy = getproxies_environment().get(parts.scheme)
    if not proxy or proxy_bypass(parts.hostname or ""):
        return ""
    return f" through the proxy {without_password(proxy)} (NO_PROXY={parts.hostname} goes past it)"


def make_pools(client: "SyncPrefectClient") -> None:
    """Work pools of processes, and their queues: hourly work goes before backfills.

    Each queue gives workers one run at a time. A limit of the deployment would do that, too, but of runs that wait
    behind it the server hears all day (workers take them all, and are answered every 30 s to wait on), and a server
    that starts again forgets who holds it: the run that does is crashed within minutes.
    """
    from prefect.client.schemas.actions import WorkPoolCreate
    from prefect.exceptions import ObjectAlreadyExists, ObjectNotFound

    about = {POOL: "What runs every day, and backfills", GPU_POOL: "Trainings: its workers stand where a GPU is"}
    for name, description in about.items():
        try:
            client.create_work_pool(WorkPoolCreate(name=name, type="process", description=description))
        except ObjectAlreadyExists:
            continue
    for pool, queues in QUEUES.items():
        for priority, name in enumerate(queues, start=1):
            try:
                client.read_work_queue_by_name(name, work_pool_name=pool)
            except ObjectNotFound:
                client.create_work_queue(name, concurrency_limit=1, priority=priority, work_pool_name=pool)


def limit_gpu(client: "SyncPrefectClient", slots: int | None) -> int | None:
    """Limit how many tasks with the tag `gpu` run at once; returns how many, None if there is no limit.

    Without a number a limit that is there stays. A new one is one more than this machine has GPUs: a night's inference
    takes milliseconds, and does not wait for the end of a training. Where there is none, the workers are limit
    enough, and each task would wait a second or two for its slot on SQLite.
    """
    from prefect.exceptions import ObjectNotFound

    if slots is None:
        try:
            return client.read_concurrency_limit_by_tag(GPU).concurrency_limit
        except ObjectNotFound:
            gpus = _gpus()
            if not gpus:
                return None
            slots = gpus + 1
    client.create_concurrency_limit(GPU, slots)
    return slots


def _gpus() -> int:
    """GPUs that this machine shows."""
    return len(list(Path("/dev").glob("nvidia[0-9]*")))


def deploy_flows(client: "SyncPrefectClient", service: Service, file: Path, *, replace: bool = False) -> int:
    """Give the deployments in a file to the server, by Prefect's own command, and return how many are there then.

    Those that were there keep their runs, and what a person set on the page: whether they are paused, schedules, and
    parameters that the file says nothing of. Forms show a plain field for what may be left empty.

    Raises
    ------
    InputError
        If the server works for another archive, and is not to `replace` it.
    RuntimeError
        If Prefect refuses: with its last words.
    """
    before = _deployments(client)
    if not replace:
        _check_archive(before.values(), service.archive)
    disabled = {one.name for one in client.read_automations() if not one.enabled}
    _run_prefect(service, file)
    after = _deployments(client)
    for name, deployment in after.items():
        client.update_deployment(deployment.id, _kept(before.get(name), deployment))
    for one in client.read_automations():
        if one.enabled and one.name in disabled:
            client.pause_automation(one.id)
    return len(after)


def _deployments(client: "SyncPrefectClient") -> "dict[str, DeploymentResponse]":
    """Deployments of iar, by name."""
    return {one.name: one for one in client.read_deployments() if TAG in one.tags}


def _check_archive(there: "Iterable[DeploymentResponse]", archive: str) -> None:
    """Raise an InputError if a deployment works for another archive."""
    others = {str(one.parameters["archive"]) for one in there if one.parameters.get("archive")} - {archive}
    if others:
        raise InputError(
            f"the server works for the archive {', '.join(sorted(others))}, whose schedules would go to {archive}: "
            "give that a server of its own, or say --replace if the archive was moved"
        )


def _kept(before: "DeploymentResponse | None", now: "DeploymentResponse") -> "DeploymentUpdate":
    """What is to change after Prefect's own command: the form, and back to what a person had set."""
    from prefect.client.schemas.actions import DeploymentScheduleUpdate, DeploymentUpdate

    from flows.forms import plain_form

    form = plain_form(now.parameter_openapi_schema or {"properties": {}})
    if before is None:
        return DeploymentUpdate(parameter_openapi_schema=form)
    parameters = {**before.parameters, **now.parameters}
    kept = DeploymentUpdate(parameter_openapi_schema=form, paused=before.paused, parameters=parameters)
    schedules, made = ([_schedule(one) for one in deployment.schedules] for deployment in (before, now))
    if schedules != made:  # else its runs that wait would be made anew
        kept.schedules = [DeploymentScheduleUpdate(**fields) for fields in schedules]
    return kept


def _schedule(one: "DeploymentSchedule") -> dict[str, Any]:
    """What a person may set of a schedule; one made on the page has no slug, which an update needs."""
    slug = one.slug or f"page-{one.id}"
    return {"schedule": one.schedule, "active": one.active, "parameters": one.parameters, "slug": slug}


def _run_prefect(service: Service, file: Path) -> None:
    """Prefect's own command over a file of deployments; a RuntimeError with its last words if it refuses."""
    command = [sys.executable, "-m", "prefect", "--no-prompt", "deploy", "--all", "--prefect-file", str(file)]
    environ = {**os.environ, **service.variables(), "DO_NOT_TRACK": "1", "COLUMNS": "200"}
    done = subprocess.run(  # noqa: S603 - Prefect's own command over a file of ours
        command, env=environ, cwd=file.parent, capture_output=True, text=True, check=False
    )
    if done.returncode:
        lines = (done.stdout + done.stderr).strip().splitlines() or [f"status {done.returncode}"]
        raise RuntimeError(f"prefect deploy: {lines[-1]}")
