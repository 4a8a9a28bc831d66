"""The command ``iar`` as tests run it, and what they look at afterwards."""

import contextlib
import io
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer

from iar.cli import app, main

Outcome = tuple[int, str, str]
"""Exit status, stdout and stderr."""


def run_here(capsys: pytest.CaptureFixture[str], *arguments: object) -> Outcome:
    """Run `iar` in this process."""
    with pytest.raises(SystemExit) as left:
        main([str(argument) for argument in arguments])
    out, err = capsys.readouterr()
    return left.value.code, out, err


def run_within(*arguments: object) -> Outcome:
    """Run `iar` in this process, in a fixture of many tests, which has no `capsys`."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), pytest.raises(SystemExit) as left:
        main([str(argument) for argument in arguments])
    return left.value.code, out.getvalue(), err.getvalue()


def command(*arguments: object, before: str = "") -> list[str]:
    """Command line that runs `iar` in a process of its own, after the code `before`."""
    return [sys.executable, "-c", f"{before}\nfrom iar.cli import main; main()", *map(str, arguments)]


def run_apart(*arguments: object, before: str = "", **environment: str) -> Outcome:
    """Run `iar` in a process of its own."""
    done = subprocess.run(
        command(*arguments, before=before),
        capture_output=True, text=True, check=False, timeout=300, env={**os.environ, **environment},
    )  # fmt: skip
    return done.returncode, done.stdout, done.stderr


def check_parses(line: str) -> None:
    """There are a command and options as a line has them, and nothing is left over; nothing is run."""
    group: Any = typer.main.get_command(app)
    words = line.split()[1:]
    while hasattr(group, "commands"):
        assert words[0] in group.commands, f"iar has no {words[0]}"
        group = group.commands[words.pop(0)]
    assert group.make_context(line, words).args == []


def check_refused(outcome: Outcome, *words: str) -> None:
    """Bad input ends with one clear line on stderr and exit status 2."""
    status, _, err = outcome
    assert status == 2, err
    assert err.count("\n") == 1, err
    assert err.startswith("iar: ")
    for word in words:
        assert word in err


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}
