"""What a person sees of a run: addresses in the quick-look, and events that notifications follow."""

import hashlib
import os
from typing import Any

from prefect.events import emit_event

from iar.learning.tracking import without_password

QUICKLOOK = "IAR_QUICKLOOK_URL"
"""Environment variable with the address of the quick-look, as a person's browser reaches it."""
DEFAULT_QUICKLOOK = "http://127.0.0.1:4201"


def quicklook(path: str = "") -> str:
    """Address of a page or picture in the quick-look, such as ``nights/2014-01-10.png``."""
    return f"{os.environ.get(QUICKLOOK, DEFAULT_QUICKLOOK).rstrip('/')}/{path}"


def picture(told: str, path: str) -> str:
    """Markdown of a picture that the quick-look serves; the page shows no picture that lies in the artifact itself."""
    return f"![{told}]({quicklook(path)})"


def link(told: str, path: str = "") -> str:
    """Markdown of a link to a page of the quick-look."""
    return f"[{told}]({quicklook(path)})"


def tell_event(name: str, archive: str, **payload: Any) -> None:
    """Say to the server that something happened to an archive, for automations to follow: ``iar.archive.holes``.

    The resource is ``iar.archive.`` and a digest of the archive's URL, which may be long; its name is the URL itself.
    """
    digest = hashlib.sha256(archive.encode()).hexdigest()[:16]
    told = without_password(archive)
    resource = {"prefect.resource.id": f"iar.archive.{digest}", "prefect.resource.name": told}
    emit_event(name, resource, payload={"archive": told, "quicklook": quicklook(), **payload})
