"""A command that serves pages, in a process of its own."""

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from tests.commands import command


@contextmanager
def serving(*arguments: object, name: str = "quicklook") -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The process, and the address it tells; ended whatever happens."""
    line = command(name, *arguments)
    process = subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        greeting = process.stdout.readline()
        found = re.search(r"http://\S+", greeting)
        if found is None:
            raise RuntimeError(f"{name} did not start: {greeting}{process.communicate(timeout=60)[0]}")
        yield process, found[0]
    finally:
        process.kill()
        process.communicate()
