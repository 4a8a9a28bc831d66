"""Which network works at night: named once for a run, found by every process of it, on whatever machine."""

import re
from functools import lru_cache
from pathlib import Path

from iar.detection.bundle import SHIPPED
from iar.errors import InputError
from iar.learning.registry.versions import CHAMPION, Registry

_ELSEWHERE = re.compile(r"(?P<registry>\w+://.+)#(?P<number>\d+)")


def choose_bundle(bundle: Path | None, registry: str | None, version: str = "champion") -> Path | None:
    """Folder of the bundle that somebody named, or of a version in a registry; None if neither: the shipped one.

    Raises
    ------
    InputError
        If both are named, or there is no such registry or version.
    """
    if registry is None:
        return bundle
    if bundle is not None:
        raise InputError(f"bundle {bundle} and registry {registry} name two networks: give one")
    return Registry(registry).bundle_folder(version)


def name_network(bundle: Path | None, registry: str | None) -> str | None:
    """Name of a bundle in a folder, or of a registry's champion, that other machines understand; None: neither.

    It is the bundle's folder, which they have to see too, or where the registry is a server its address and the number
    of the version: a champion that is promoted later is not meant.

    Raises
    ------
    InputError
        If both are named, or there is no such registry or champion.
    """
    if registry is not None and "://" in registry and bundle is None:
        return f"{registry}#{Registry(registry).get(CHAMPION).number}"
    folder = choose_bundle(bundle, registry)
    return None if folder is None else str(folder.absolute())


def network_folder(name: str | None) -> Path:
    """Folder on this machine with the bundle of that name, fetched from a server; without a name the shipped one.

    Raises
    ------
    InputError
        If the server cannot be reached, or no longer has it.
    """
    if name is None:
        return SHIPPED
    found = _ELSEWHERE.fullmatch(name)
    return _fetched(found["registry"], int(found["number"])) if found else Path(name)


@lru_cache(maxsize=8)
def _fetched(registry: str, number: int) -> Path:
    """Folder with a version of a server: a process asks for it once."""
    return Registry(registry).bundle_folder(number)
