"""The tier of a test is that of what it asks for, and nothing starts a process where none may."""

import pytest

from tests import commands, servers  # noqa: F401 - once: pytester forgets what was imported within it

FIXTURES = """
import pytest
from tests.commands import run_apart

@pytest.fixture
def ran():
    return run_apart("--help")

@pytest.fixture
def on_ran(ran):
    return ran

"""
WAYS = {
    "by its module": "import subprocess\ndef test(): subprocess.run(['true'])",
    "by a late import": "def test():\n from subprocess import run\n run(['true'])",
    "within a function of its": "import subprocess\ndef test():\n def f(): subprocess.run(['true'])\n f()",
    "by a part of the tests": "from tests.servers import succeeds\ndef test(): assert succeeds(['true'])",
    "by a part imported late": "def test():\n from tests.servers import succeeds\n assert succeeds(['true'])",
    "by a class of the tests": "from tests.servers import Server\ndef test(): Server",
    "by a fixture": f"{FIXTURES}def test(ran): pass",
    "by a fixture of a fixture": f"{FIXTURES}def test(on_ran): pass",
    "by a fixture that is named": (
        f"{FIXTURES}@pytest.mark.parametrize('name', ['ran'])\n"
        "def test(name, request): request.getfixturevalue(name)"
    ),
    "by a parameter": (
        "import pytest\nfrom tests.servers import succeeds\n"
        "@pytest.mark.parametrize('asks', [succeeds])\ndef test(asks): assert asks(['true'])"
    ),
    "by saying so": "import pytest\n@pytest.mark.system\ndef test(): pass",
}  # fmt: skip
HIDDEN = "import importlib, pytest\nmodule = importlib.import_module\n"
STARTS = {
    "a program": "module('subprocess').run(['true'])",
    "a child": "module('os').fork()",
    "a worker": "module('multiprocessing').get_context('spawn').Process(target=print).start()",
    "a server": "with module('socket').socket() as one: one.bind(('127.0.0.1', 0))",
}


@pytest.fixture
def run(pytester: pytest.Pytester):
    """Outcome of a file of tests in this process, as `make test` takes it."""
    folder = pytester.mkdir("tests")

    def run(text: str, *options: str) -> dict[str, int]:
        (folder / "test_it.py").write_text(text)
        options = ("--import-mode=importlib", "-p", "tests.tiers", "-p", "no:cacheprovider", *options)
        return pytester.runpytest_inprocess(*options).parseoutcomes()

    return run


@pytest.mark.parametrize("way", WAYS)
def test_a_test_is_of_the_system_by_what_it_asks_for(run, way):
    assert run(WAYS[way], "-m", "not system") == {"deselected": 1}


def test_a_test_that_asks_for_nothing_is_not(run):
    assert run("import os\ndef test(tmp_path): os.listdir(tmp_path)", "-m", "not system") == {"passed": 1}


@pytest.mark.parametrize("start", STARTS)
def test_what_starts_unseen_fails_unless_it_is_asked_for(run, start):
    assert run(f"{HIDDEN}def test():\n {STARTS[start]}") == {"failed": 1}


@pytest.mark.parametrize("start", STARTS)
def test_an_error_that_is_caught_does_not_hide_it(run, start):
    assert run(f"{HIDDEN}def test():\n with pytest.raises(RuntimeError):\n  {STARTS[start]}") == {"failed": 1}


def test_smoke_is_a_word_for_tests_of_the_system_alone(run):
    assert run("import pytest\n@pytest.mark.smoke\ndef test(): pass") == {}
