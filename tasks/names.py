"""Names and values that the tasks share with what sets them up; quick to import, as Prefect is not."""

import hashlib
import os
import re
from pathlib import Path

QUICKLOOK = "IAR_QUICKLOOK_URL"
"""Environment variable with the address of the quick-look, as a person's browser reaches it."""
DEFAULT_QUICKLOOK = "http://127.0.0.1:4201"
ROOTS = "IAR_ROOTS"
"""Environment variable with folders and URL prefixes that parameters may name, separated by colons; unset: no limit."""
GPU = "gpu"
"""Tag of the tasks that run the network: the server lets as many run at once as its limit of that name says."""
HOLES, DRIFT, SILENT = "iar.archive.holes", "iar.archive.drift", "iar.archive.silent"
"""Events about an archive, each sent only when there is something to say; alarms follow them."""
CHANGED = "iar.nights.changed"
"""Event: nights have counts from which nothing was made yet; a trigger in `deployments/prefect.yaml` follows it."""
HEARTBEAT_S = 30
"""Time between two heartbeats of a flow run, s: the shortest that Prefect allows; its own is `USUAL_HEARTBEAT_S`."""
USUAL_HEARTBEAT_S = 180
"""The same of a run that was started without our settings, s."""
_CHOOSES_DATABASE = re.compile(r"PREFECT_(API|SERVER)_DATABASE_(CONNECTION_URL|DRIVER|HOST|NAME)")
"""Variables by which a person says where Prefect's database is: as a URL, or in its parts."""


def database_in(home: Path) -> str | None:
    """Address of Prefect's database in a folder; None where the environment names one.

    Said, since a file ``.env`` of another project, in the folder where this was started, would name its own.
    """
    if any(_CHOOSES_DATABASE.fullmatch(name) for name in os.environ):
        return None
    return f"sqlite+aiosqlite:///{home}/prefect.db"


def archive_resource(archive: str) -> str:
    """Resource of events about an archive: ``iar.archive.`` and a digest of its URL, which may be long."""
    return f"iar.archive.{hashlib.sha256(archive.encode()).hexdigest()[:16]}"
