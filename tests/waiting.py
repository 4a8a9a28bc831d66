"""Waiting for what happens in another process."""

import time
from collections.abc import Callable
from typing import TypeVar

LIMIT_S = 600
"""Time in which anything comes to be, however busy the machine is, s."""
T = TypeVar("T")


def wait_until(true: Callable[[], T], limit_s: float = LIMIT_S) -> T:
    """What `true` returns, once that is true; a TimeoutError if it never is."""
    until = time.monotonic() + limit_s
    while not (found := true()):
        if time.monotonic() > until:
            raise TimeoutError(f"waited {limit_s:g} s, and it is still {found!r}")
        time.sleep(0.1)
    return found
