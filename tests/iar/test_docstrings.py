"""Examples in docstrings are run: one that no longer holds would mislead."""

import doctest
from importlib import import_module
from pathlib import Path

import pytest

import iar

ROOT = Path(iar.__file__).parent
SHOWING = sorted(path for path in ROOT.rglob("*.py") if ">>> " in path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", SHOWING, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_examples_hold(path):
    name = ".".join(["iar", *path.relative_to(ROOT).with_suffix("").parts])
    found = doctest.testmod(import_module(name))
    assert found.attempted
    assert not found.failed
