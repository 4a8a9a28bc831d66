"""What the workers of a Dask scheduler are made of: a worker of another version would fail every night it is sent."""

import platform

from iar import __version__
from iar.errors import first_line
from iar.workers.scheduler import client_of


def made_by() -> str:
    """Versions that a worker and who sends it work must share."""
    return f"iar {__version__} on Python {'.'.join(platform.python_version_tuple()[:2])}"


OURS = made_by()


def worker_versions(address: str) -> dict[str, str]:
    """`made_by` of each worker of the scheduler at `address`, by the worker's address, or why it cannot say.

    Raises
    ------
    InputError
        If no scheduler answers there.
    """
    with client_of(address) as client:
        found = client.run(made_by, on_error="return")
        return {worker: said if isinstance(said, str) else first_line(said) for worker, said in sorted(found.items())}
