"""What a process takes over from where it is started, and should not: a proxy before its own machine, no home."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.request import getproxies_environment

LOOPBACK = ("127.0.0.1", "localhost", "::1")
"""Names of this machine to itself."""
_BORROWED = "iar-home-"


@contextmanager
def settled() -> Iterator[None]:
    """Within, no proxy is asked for this machine, and there is a home that can be written; then all is as it was.

    A user id without a name has no home, and that of a container's user may be ``/``: libraries would not even import.
    """
    before = dict(os.environ)
    try:
        if getproxies_environment():
            os.environ.update(past_the_proxy())
        if _has_writable_home():
            yield
            return
        with TemporaryDirectory(prefix=_BORROWED) as folder:
            os.environ["HOME"] = folder
            yield
    finally:
        for name in ("NO_PROXY", "no_proxy", "HOME"):
            os.environ.pop(name, None)
            os.environ.update({name: before[name]} if name in before else {})


def has_home() -> bool:
    """Whether what is kept in the home of this user is there tomorrow."""
    return _has_writable_home() and not Path.home().name.startswith(_BORROWED)


def past_the_proxy(*hosts: str) -> dict[str, str]:
    """Variables by which no proxy is asked for this machine, for `hosts`, and for whom it was not asked before."""
    before = os.environ.get("NO_PROXY") or os.environ.get("no_proxy") or ""
    past = ",".join(dict.fromkeys([*filter(None, before.split(",")), *LOOPBACK, *hosts]))
    return dict.fromkeys(("NO_PROXY", "no_proxy"), past)


def _has_writable_home() -> bool:
    try:
        return os.access(Path.home(), os.W_OK)
    except RuntimeError:
        return False
