"""The two tiers of the tests, by what a test asks for, and the guard that lets none be in the wrong one.

A test is `system` if it, a fixture of its, or a part in ``tests/`` that they use refers to something that starts a
process or a server, or trains a network, for which TensorFlow compiles for seconds each time. Nobody marks it. What
that reading cannot see (a command that is told to take two workers) fails when it happens: a test that is not `system`
may start no process and open no port. Such a test bears the mark itself.
About a dozen of the system are marked `smoke` by hand: what `make test` runs of them.
"""

import ast
import dis
import functools
import importlib
import inspect
import multiprocessing.process
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

import pytest
from _pytest.mark.expression import Expression

STARTS = frozenset({
    "subprocess", "multiprocessing", "concurrent.futures.process", "pty",  # processes
    "service.processes", "iar.workers.marks",
    "dask", "distributed", "iar.workers.cluster", "prefect", "prefect_dask", "flows", "tasks",  # orchestrators
    "selenium", "moto",  # a browser, S3
    "iar.learning.training.fitting", "iar.learning.training.self_training", "iar.school.retrain",  # trainings
    "iar.learning.retraining.learn_fold", "iar.learning.retraining.learn_final",
})  # fmt: skip
"""Modules and functions whose use makes a test `system`, with all that is below them."""
HEAVY = frozenset({"dask", "distributed", "prefect", "flows", "tasks", "selenium", "moto"})
"""Of those, packages that take seconds to import: a file that does so at its top is `system` as a whole."""
PROCESS_EVENTS = frozenset({"subprocess.Popen", "os.fork", "os.forkpty", "os.posix_spawn", "os.system", "os.exec"})
"""Python's own word, as an audit event, that a process starts."""
LIBRARIES = frozenset({"uname", "fc-list"})
"""Programs that libraries ask about the machine: that of `platform.processor`, and that of Matplotlib for its list of
fonts, once on each machine."""
HAS_IPV6 = ("::1", 0)
"""Where urllib3 binds a socket for a moment when it is imported, and serves nothing."""


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Whether a file need not even be imported, as it imports something heavy, and `-m` takes nothing of it."""
    if collection_path.suffix != ".py" or not config.option.markexpr or not _is_heavy(collection_path):
        return None
    wanted = Expression.compile(config.option.markexpr)
    smoke = {"smoke"} if "mark.smoke" in collection_path.read_text(encoding="utf-8") else set()
    marks = [{"system"}, {"system", "slow"}, {"system"} | smoke]
    return None if any(wanted.evaluate(lambda name, has=has, **_: name in has) for has in marks) else True


@pytest.hookimpl(tryfirst=True)  # before `-m` looks at the marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.get_closest_marker("system") or is_system(item):
            item.add_marker("system")
        elif item.get_closest_marker("smoke"):
            raise pytest.UsageError(f"{item.nodeid} asks for nothing of the system: it needs no mark `smoke`")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Iterator[None]:
    with _guarded(item):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    with _guarded(item):
        return (yield)


def is_system(item: pytest.Item) -> bool:
    """Whether a test asks for what starts processes or servers, or trains."""
    parameters = list(item.callspec.params.values()) if hasattr(item, "callspec") else []
    by_value = tuple(value for value in parameters if isinstance(value, str))  # getfixturevalue(request.param)
    _, fixtures = item.session._fixturemanager.getfixtureclosure(item, (*item.fixturenames, *by_value), set())
    used = [item.function, *parameters, *(found[-1].func for found in fixtures.values())]
    return _is_heavy(item.path) or _starts(used)


@functools.cache
def _is_heavy(path: Path) -> bool:
    """Whether a file imports, at its top, something of `HEAVY`."""
    imports = [node for node in ast.parse(path.read_bytes()).body if isinstance(node, ast.Import | ast.ImportFrom)]
    names = {alias.name for node in imports if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module or "" for node in imports if isinstance(node, ast.ImportFrom)}
    return any(name.partition(".")[0] in HEAVY for name in names - {"tasks.names"})  # which is quick, as it says


def _starts(todo: list[Any]) -> bool:
    """Whether what these use, through all parts of the tests, belongs to one of `STARTS`."""
    seen: set[int] = set()
    while todo:
        one = _unwrapped(todo.pop())
        if id(one) in seen:
            continue
        seen.add(id(one))
        home = _home(one)
        if any(f"{home}.".startswith(f"{name}.") for name in STARTS):
            return True
        if home.startswith("tests."):
            todo += _uses(one)
    return False


def _unwrapped(value: Any) -> Any:
    """What is behind decorators, methods and bound arguments."""
    while isinstance(value, functools.partial):
        value = value.func
    return inspect.unwrap(getattr(value, "__func__", value)) if callable(value) else value


def _home(value: Any) -> str:
    """Name of the module that a value belongs to; of a function, its own behind it."""
    if isinstance(value, ModuleType):
        return value.__name__
    home = getattr(value, "__module__", None) or type(value).__module__
    return f"{home}.{value.__name__}" if isinstance(value, FunctionType) else home


def _uses(value: Any) -> list[Any]:
    """What a function, or a class with its methods, refers to."""
    if isinstance(value, type):
        return [*value.__bases__, *(member for member in vars(value).values() if callable(_unwrapped(member)))]
    return _names_of(value) if isinstance(value, FunctionType) else []


@functools.cache
def _names_of(function: FunctionType) -> list[Any]:
    """What a function's names mean: its closure's, its module's, and those that it imports late."""
    found = [cell.cell_contents for cell in function.__closure__ or ()]
    module = ""
    for step in _steps(function.__code__):
        if step.opname in {"LOAD_GLOBAL", "LOAD_NAME"}:
            found.append(function.__globals__.get(step.argval))
        elif step.opname == "IMPORT_NAME":
            module = step.argval
            found.append(ModuleType(module))
        elif step.opname == "IMPORT_FROM":
            found.append(_member(module, step.argval))
    return found


def _member(module: str, name: str) -> Any:
    """What an import takes from a module; that of others than the tests is named and not imported."""
    if module.startswith("tests."):
        return getattr(importlib.import_module(module), name)
    return ModuleType(f"{module}.{name}")


def _steps(code: CodeType) -> Iterator[dis.Instruction]:
    """Instructions of a function and of those within it."""
    yield from dis.get_instructions(code)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _steps(constant)


_started: list[str] | None = None
"""What a test that may start nothing has started nevertheless; None while there is none, or one that may."""


@contextmanager
def _guarded(item: pytest.Item) -> Iterator[None]:
    """Let the test fail if it starts something and is not `system`, also where the code under test caught the error."""
    global _started
    before, _started = _started, None if item.get_closest_marker("system") else []
    try:
        yield
    finally:
        started, _started = _started, before
    if started:
        pytest.fail(_sentence(started[0]), pytrace=False)


def _sentence(what: str) -> str:
    return f"a test that is not `system` starts {what}: @pytest.mark.system (tests/tiers.py)"


def _refuse(what: str) -> None:
    """Note what was started, and hinder it, while a test runs that may start nothing."""
    if _started is not None:
        _started.append(what)
        raise RuntimeError(_sentence(what))


def _listen(event: str, arguments: tuple[Any, ...]) -> None:
    if _started is None:
        return
    if event in PROCESS_EVENTS and Path(str(*arguments[:1])).name not in LIBRARIES:
        _refuse(f"a process ({event})")
    inet = event == "socket.bind" and arguments[0].family in {socket.AF_INET, socket.AF_INET6}
    if inet and arguments[1][:2] != HAS_IPV6:
        _refuse(f"a server at {arguments[1]}")


def _start(process: multiprocessing.process.BaseProcess) -> None:
    _refuse(f"a process ({process})")
    _start_of_process(process)


sys.addaudithook(_listen)
_start_of_process = multiprocessing.process.BaseProcess.start
multiprocessing.process.BaseProcess.start = _start  # type: ignore[method-assign]  # it raises no audit event
