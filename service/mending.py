"""Is the running service well? Findings for ``iar doctor`` about Prefect's server, its workers, and the ports.

Prefect is only imported where a server is named, so that the doctor stays quick without one.
"""

import os
import socket
import urllib.request
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.error import HTTPError
from urllib.parse import urlsplit

from iar.errors import InputError, kind_and_line
from iar.surroundings import LOOPBACK
from iar.upkeep.checkup import Finding, Mended
from tasks.names import DEFAULT_QUICKLOOK, QUICKLOOK

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient

SERVER_URL = "http://127.0.0.1:4200"
_ANSWER_S = 10.0


def check_service() -> list[Finding]:
    """Findings about the ports of the service, and about the server that the environment or the profile names."""
    quicklook = check_port("quick-look", os.environ.get(QUICKLOOK, DEFAULT_QUICKLOOK), "/health")
    url = _named_server()
    if url is None:
        return [*quicklook, *check_port("Prefect server", SERVER_URL, "/api/health")]
    fault = _unanswered(f"{url}/health")
    if fault:
        return [*quicklook, Finding("Prefect server", False, f"no answer at {url}: {fault}")]
    from prefect.client.orchestration import get_client

    with get_client(sync_client=True) as client:
        return [*quicklook, *check_server(client, url)]


def check_server(client: "SyncPrefectClient", url: str) -> list[Finding]:
    """Findings about a server that answers: its version, workers, flow runs and concurrency limits."""
    from service.orphans import check_runs
    from service.slots import check_slots
    from service.workers import check_pools

    return [
        *_looked("Prefect server", lambda: [_check_version(client, url)]),
        *_looked("work pools", lambda: check_pools(client)),
        *_looked("flow runs", lambda: [check_runs(client)]),
        *_looked("concurrency slots", lambda: [check_slots(client)]),
    ]


def _check_version(client: "SyncPrefectClient", url: str) -> Finding:
    import prefect

    there, here = client.api_version(), prefect.__version__
    return Finding("Prefect server", there == here, f"{there} at {url}, {here} is here")


def check_port(what: str, url: str, health: str) -> list[Finding]:
    """Finding about a port of this machine: free, ours, or taken by something else; none about other machines."""
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or 80
    if host not in LOOPBACK:
        return []
    name = f"port {port}"
    try:
        socket.create_connection((host, port), timeout=_ANSWER_S).close()
    except OSError:
        return [Finding(name, True, f"free for the {what}")]
    fault = _unanswered(url.rstrip("/") + health)
    detail = f"taken, but not by a {what} that answers: {fault}" if fault else f"the {what} answers"
    return [Finding(name, not fault, detail)]


def _looked(what: str, look: Callable[[], list[Finding]]) -> list[Finding]:
    """Findings of a look; where the server fails, that is the finding. What mends them fails in one line, too."""
    try:
        found = look()
    except _troubles() as error:
        return [Finding(what, False, f"the server could not tell: {kind_and_line(error)}")]
    return [one if one.mend is None else replace(one, mend=partial(_mended, one.mend)) for one in found]


def _mended(mend: Callable[[], Mended]) -> Mended:
    try:
        return mend()
    except _troubles() as error:
        raise InputError(kind_and_line(error)) from None


def _troubles() -> tuple[type[Exception], ...]:
    """What a server raises that goes away, refuses, or answers in words of another version."""
    import httpx
    from prefect.exceptions import PrefectException
    from pydantic import ValidationError

    return (httpx.HTTPError, PrefectException, ValidationError, OSError)


def _named_server() -> str | None:
    """Address of the API that Prefect's settings name, if any."""
    home = Path(os.environ.get("PREFECT_HOME", Path.home() / ".prefect"))
    profiles = Path(os.environ.get("PREFECT_PROFILES_PATH", home / "profiles.toml"))
    files = (profiles, Path("prefect.toml"), Path(".env"))
    if not os.environ.get("PREFECT_API_URL") and not any(file.is_file() for file in files):
        return None
    from prefect.settings import get_current_settings

    url = get_current_settings().api.url
    return url.rstrip("/") if url else None


def _unanswered(url: str) -> str:
    """Why a page does not come; nothing if it does."""
    if not url.startswith(("http://", "https://")):
        return "it is no http address"
    try:
        with urllib.request.urlopen(url, timeout=_ANSWER_S) as page:  # noqa: S310 - http or https, as looked at above
            return "" if page.status == 200 else f"status {page.status}"
    except HTTPError as error:
        return f"status {error.code}"
    except (OSError, ValueError) as error:
        return str(getattr(error, "reason", error))
