"""Parameters that name places: each lies inside the roots of the service, and holds no password.

This guards against mistakes, such as a path with a slip in a form. It is no wall against a person: who may start a
run on Prefect's page may also set its environment, this variable in it, and its command. Prefect keeps the parameters
of every run and shows them, so a password does not belong there: databases take it from the environment of their
worker.
"""

import os
import re
from pathlib import Path
from urllib.parse import unquote

from iar.errors import InputError
from iar.learning.registry.tracking import without_password
from iar.settings import STATIONS
from tasks.names import ROOTS

_SEPARATOR = re.compile(r"(?<!:):(?!:|//|\d+(?:[/:]|$)|[^\[\]]*\])")
"""What stands between two roots, and not after a protocol, before a port, between chained URLs, or in brackets."""
_FILES = re.compile(r"^(?:(?:file|local):(?://)?|sqlite://)")
_PASSWORD = re.compile(r"://[^/@]*:[^/@]*@|[?&;]password=", re.IGNORECASE)


def check_places(**places: str | None) -> None:
    """Raise an InputError in one line if a place, by its parameter's name, has a password or lies outside the roots.

    Links and ``..`` are followed before a folder is compared; of URLs the beginning counts. Nothing is no place.
    """
    roots = split_roots(os.environ.get(ROOTS, ""))
    for name, place in places.items():
        if not place:
            continue
        check_no_password(name, place)
        if roots and not any(_lies_in(place, root) for root in roots):
            listed = ", ".join(without_password(root) for root in roots)
            raise InputError(f"{name} {place} lies outside the roots of this service ({ROOTS}): {listed}")


def check_no_password(name: str, place: str) -> None:
    """Raise an InputError in one line if a place has a password; the line does not show it."""
    if _PASSWORD.search(place):
        shown = without_password(place).partition("?")[0]
        instead = "give it to the worker's environment (AWS_SECRET_ACCESS_KEY, PGPASSWORD), not to a parameter"
        raise InputError(f"{name} {shown} has a password: {instead}")


def split_roots(roots: str) -> list[str]:
    """Roots of the variable `ROOTS`."""
    return [root for root in _SEPARATOR.split(roots) if root]


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
