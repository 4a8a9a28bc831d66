"""The flow `backfill` in this process: checked before anything starts, and quiet but for how far it is."""

import datetime as dt
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from iar.archive.store import Archive
from iar.errors import InputError
from iar.night import night_range
from iar.terminal import telling
from iar.upkeep.faults import read_faults

if TYPE_CHECKING:
    from uuid import UUID

    from prefect.client.schemas.objects import FlowRun

_ANSWER_S = 5.0


def run_backfill(
    archive: str, first_night: dt.date | None, last_night: dt.date | None, from_file: Path | None, **network: str | None
) -> int:
    """Nights of the range that have a verdict in the end.

    Raises
    ------
    InputError
        If there is no such archive, range, file or network, or the server that the settings name does not answer.
    RuntimeError
        If nights failed; the others are done. Each of its arguments is one of them.
    """
    Archive(archive)
    if first_night and last_night:
        night_range(first_night, last_night)
    holes = None if from_file is None else str(from_file)
    if from_file is not None:
        read_faults(from_file)
    os.environ.setdefault("DO_NOT_TRACK", "1")
    os.environ.setdefault("PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL", "CRITICAL")  # on its page there is every line

    from prefect.exceptions import ParameterTypeError

    from flows.backfill import backfill
    from flows.shell import prefect_server
    from tasks.behaviour import FailedJobsError

    _check_server()
    runs: list[UUID] = []

    def remember(flow: Any, flow_run: "FlowRun", state: Any) -> None:  # noqa: ARG001 - the names are Prefect's
        """Note which run it is, once it has begun."""
        runs.append(flow_run.id)

    with prefect_server(), telling(lambda: _progress_of(runs)):
        try:
            run = backfill.with_options(on_running=[remember])
            return run(archive, first_night, last_night, from_file=holes, **network)
        except ParameterTypeError as error:
            raise InputError(" ".join(str(error).split())) from None
        except FailedJobsError as error:
            raise RuntimeError(*error.failures) from None


def _check_server() -> None:
    """Raise an InputError if the settings name a server that does not answer: a flow would begin with a traceback."""
    from prefect.client.orchestration import get_client
    from prefect.settings import get_current_settings

    from service.deploying import wait_for_server

    if get_current_settings().api.url:
        with get_client(sync_client=True) as client:
            wait_for_server(client, _ANSWER_S)


def _progress_of(runs: "list[UUID]") -> str | None:
    """What the progress bar of these runs says on the page; nothing before there is one, or without an answer."""
    if not runs:
        return None
    import httpx
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterFlowRunId, ArtifactFilterKey
    from prefect.client.schemas.sorting import ArtifactSort
    from prefect.exceptions import PrefectException

    ours = ArtifactFilter(
        key=ArtifactFilterKey(any_=["progress"]), flow_run_id=ArtifactFilterFlowRunId(any_=list(runs))
    )
    try:
        with get_client(sync_client=True) as client:
            latest = client.read_artifacts(artifact_filter=ours, sort=ArtifactSort.UPDATED_DESC, limit=1)
    except (httpx.HTTPError, PrefectException):
        return None
    return f"processed {latest[0].description}" if latest else None
