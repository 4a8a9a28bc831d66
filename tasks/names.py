"""Names and values that the tasks share with what sets them up; quick to import, as Prefect is not."""

import hashlib

QUICKLOOK = "IAR_QUICKLOOK_URL"
"""Environment variable with the address of the quick-look, as a person's browser reaches it."""
DEFAULT_QUICKLOOK = "http://127.0.0.1:4201"
HEARTBEAT_S = 30
"""Time between two heartbeats of a flow run, s: the shortest that Prefect allows; its own is `USUAL_HEARTBEAT_S`."""
USUAL_HEARTBEAT_S = 180
"""The same of a run that was started without our settings, s."""


def archive_resource(archive: str) -> str:
    """Resource of events about an archive: ``iar.archive.`` and a digest of its URL, which may be long."""
    return f"iar.archive.{hashlib.sha256(archive.encode()).hexdigest()[:16]}"
