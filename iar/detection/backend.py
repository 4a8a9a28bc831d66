"""Keras, imported late and quietly.

TensorFlow writes start-up notices straight to the process's standard error, before any logging level of its own is in
force. They are held back while it loads; errors among them are passed on.
"""

import logging
import os
import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, partial
from types import ModuleType
from typing import Any, Literal, TypeAlias

_NOTICE = re.compile(
    r"[IW]\d{4} |WARNING: All log messages before absl"
    r"|.*failed call to cuInit"  # logged as an error on every machine without a GPU
)

Precision: TypeAlias = Literal["float32", "bfloat16"]


@cache
def keras() -> ModuleType:
    """Keras itself, loaded on first use; its backend is the environment's ``KERAS_BACKEND``, or TensorFlow."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # what goes wrong is raised, too; what falls back works
    logging.getLogger("tensorflow").setLevel(logging.ERROR)  # a second network in one process is no mistake of ours
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    # One operation after the other, each on all cores. Of three slopes or more TensorFlow adds first those whose memory
    # is free first; with operations side by side that is a race, and two runs from one seed end with other weights.
    os.environ.setdefault("TF_NUM_INTEROP_THREADS", "1")
    with _without_notices(), _without_own_settings():
        import keras as module

        module.ops.convert_to_numpy(module.ops.zeros(1))  # the runtime starts here, with its own notices
    return module  # type: ignore[no-any-return]


@cache
def tensorflow() -> ModuleType | None:
    """TensorFlow where it is Keras's backend, for its input pipelines; None where another is."""
    if keras().backend.backend() != "tensorflow":
        return None
    import tensorflow as tf

    return tf  # type: ignore[no-any-return]


@contextmanager
def arithmetic(precision: Precision) -> Iterator[None]:
    """Networks that are built and first run inside compute in that precision; weights and losses stay float32.

    TensorFlow on a CPU lowers single operations of the finished graph, which is faster there than the policy that
    Keras has for accelerators and the other backends.
    """
    module = tensorflow()
    if precision == "float32":
        yield
    elif module is not None and not module.config.list_physical_devices("GPU"):
        with _switched(partial(_onednn_bfloat16, module), on=True, off=False):
            yield
    else:
        with _switched(keras().config.set_dtype_policy, on="mixed_bfloat16", off="float32"):
            yield


def _onednn_bfloat16(module: ModuleType, on: bool) -> None:
    module.config.optimizer.set_experimental_options({"auto_mixed_precision_onednn_bfloat16": on})


@contextmanager
def _switched(switch: Callable[[Any], None], *, on: object, off: object) -> Iterator[None]:
    """Something switched on, and off again whatever happens."""
    switch(on)
    try:
        yield
    finally:
        switch(off)


@contextmanager
def _without_own_settings() -> Iterator[None]:
    """Let Keras see no ``keras.json`` of the user: with other floats or axes it would build another network."""
    before = os.environ.get("KERAS_HOME")
    with tempfile.TemporaryDirectory(prefix="iar-keras-") as empty:
        os.environ["KERAS_HOME"] = empty
        try:
            yield
        finally:
            if before is None:
                del os.environ["KERAS_HOME"]
            else:
                os.environ["KERAS_HOME"] = before


@contextmanager
def _without_notices() -> Iterator[None]:
    """Hold back lines that native code writes to file descriptor 2, except those that are no notices."""
    sys.stderr.flush()
    saved = os.dup(2)
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        try:
            yield
        finally:
            sys.stderr.flush()
            os.dup2(saved, 2)
            os.close(saved)
            held.seek(0)
            for line in held.read().decode(errors="replace").splitlines():
                if line.strip() and not _NOTICE.match(line):
                    os.write(2, f"{line}\n".encode())
