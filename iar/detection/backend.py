"""Keras, imported late and quietly.

TensorFlow writes start-up notices straight to the process's standard error, before any logging level of its own is in
force. They are held back while it loads; errors among them are passed on.
"""

import os
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from types import ModuleType

_NOTICE = re.compile(
    r"[IW]\d{4} |WARNING: All log messages before absl"
    r"|.*failed call to cuInit"  # logged as an error on every machine without a GPU
)


@cache
def keras() -> ModuleType:
    """Keras itself, loaded on first use; its backend is the environment's ``KERAS_BACKEND``, or TensorFlow."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # errors still show
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    with _without_notices():
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
