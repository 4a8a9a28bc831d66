"""What a person sees of a run: addresses in the quick-look, and events that notifications follow."""

import os
from typing import Any

from prefect.events import emit_event

from iar.learning.registry.tracking import without_password
from tasks.names import DEFAULT_QUICKLOOK, QUICKLOOK, archive_resource


def quicklook(path: str = "") -> str:
    """Address of a page or picture in the quick-look, such as ``nights/2014-01-10.png``."""
    return f"{os.environ.get(QUICKLOOK, DEFAULT_QUICKLOOK).rstrip('/')}/{path}"


def picture(caption: str, path: str) -> str:
    """Markdown of a picture that the quick-look serves; the page shows no picture that lies in the artifact itself."""
    return f"![{caption}]({quicklook(path)})"


def link(text: str, path: str = "") -> str:
    """Markdown of a link to a page of the quick-look."""
    return f"[{text}]({quicklook(path)})"


def tell_event(name: str, archive: str, **payload: Any) -> None:
    """Say to the server that something happened to an archive, for automations to follow: ``iar.archive.holes``.

    The name of the resource is the archive's URL.
    """
    shown = without_password(archive)
    resource = {"prefect.resource.id": archive_resource(archive), "prefect.resource.name": shown}
    emit_event(name, resource, payload={"archive": shown, "quicklook": quicklook(), **payload})
