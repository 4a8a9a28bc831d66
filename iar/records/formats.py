"""Which file formats there are: our own, and those of any other package, through one entry point group.

A package adds a format with ``[project.entry-points."iar.formats"]`` and ``name = "its_module:its_function"``; the
function is a `Format`.
"""

from importlib.metadata import EntryPoint, entry_points

from iar.errors import InputError, kind_and_line
from iar.records.record import Format

GROUP = "iar.formats"


def get_format(name: str) -> Format:
    """Format of that name.

    Raises
    ------
    InputError
        If there is none (lists those there are), if two packages have one of that name, or if its package cannot be
        loaded.
    """
    known = entry_points(group=GROUP)
    if name not in known.names:
        raise InputError(f"format {name!r} is none of {', '.join(sorted(known.names))}")
    of_name = {entry.value: entry for entry in known.select(name=name)}
    if len(of_name) > 1:
        raise InputError(f"format {name!r} is in several packages: {', '.join(map(_origin, of_name.values()))}")
    (entry,) = of_name.values()
    try:
        loaded: Format = entry.load()
    except Exception as error:  # noqa: BLE001 - whatever a package of somebody else does when it is imported
        raise InputError(f"format {name!r} of {_origin(entry)} cannot be loaded: {kind_and_line(error)}") from None
    if not callable(loaded):
        raise InputError(f"format {name!r} of {_origin(entry)} is no function but {loaded!r}")
    return loaded


def _origin(entry: EntryPoint) -> str:
    return f"{entry.dist.name if entry.dist else 'an unnamed package'} ({entry.value})"
