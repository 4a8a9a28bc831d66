"""Parameters that name places: each lies inside the roots of the service, and holds no password.

Who may start a run may not thereby read or write anywhere on the machine. Prefect keeps the parameters of every run
and shows them, so a password does not belong there: databases take it from the environment of their worker.
"""

import os
import re
from pathlib import Path
from urllib.parse import unquote

from iar.errors import InputError
from iar.learning.tracking import without_password
from iar.settings import STATIONS

ROOTS = "IAR_ROOTS"
"""Environment variable with folders and URL prefixes, separated as in PATH; unset: no limit."""
_SEPARATOR = re.compile(rf"{re.escape(os.pathsep)}(?!//|\d+(?:/|{re.escape(os.pathsep)}|$))")
"""What stands between two roots, and not after a protocol or before a port."""
_FILES = re.compile(r"^(?:(?:file|local):(?://)?|sqlite://)")
_PASSWORD = re.compile(r"://[^/@]*:[^/@]*@|[?&;]password=", re.IGNORECASE)


def check_places(**places: str | None) -> None:
    """Raise an InputError in one line if a place, by its parameter's name, has a password or lies outside the roots.

    Links and ``..`` are followed before a folder is compared; of URLs the beginning counts. Nothing is no place.
    """
    roots = [root for root in _SEPARATOR.split(os.environ.get(ROOTS, "")) if root]
    for name, place in places.items():
        if not place:
            continue
        if _PASSWORD.search(place):
            told = without_password(place).partition("?")[0]
            raise InputError(f"{name} {told} has a password: give it to the worker's environment, not to a parameter")
        if roots and not any(_lies_in(place, root) for root in roots):
            told = ", ".join(without_password(root) for root in roots)
            raise InputError(f"{name} {place} lies outside the roots of this service ({ROOTS}): {told}")


def station_file(station: str | None) -> str | None:
    """Place of a station's settings; None where the name is that of a built-in one."""
    return None if station in STATIONS else station


def _lies_in(place: str, root: str) -> bool:
    if _is_url(root) or _is_url(place):
        return _is_url(root) and _is_url(place) and _url_lies_in(place, root)
    return _path(place).is_relative_to(_path(root))


def _is_url(place: str) -> bool:
    return ("://" in place or "::" in place) and not _FILES.match(place)


def _url_lies_in(place: str, root: str) -> bool:
    """Whether a URL begins with the root, whole names only; user names, which choose no place, are not compared."""
    there, inside = (re.sub(r"://[^/@]*@", "://", url).rstrip("/") + "/" for url in (root, place))
    return inside.startswith(there) and ".." not in unquote(inside).split("/")


def _path(place: str) -> Path:
    """Path with its links followed, as far as it is there; that of an SQLite URL has one slash more."""
    bare = _FILES.sub("", place)
    return Path(bare.removeprefix("/") if place.startswith("sqlite:") else bare).expanduser().resolve()
