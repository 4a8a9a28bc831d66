"""Ionospheric Alfvén resonances in years of induction-coil data, found by themselves, every night.

The folders are the stations of the data: ``records`` -> ``archive`` -> ``spectra`` -> ``detection`` -> ``fringes``,
with ``simulation`` and ``physics`` as the truth behind the tests, ``learning`` as the school of the network, and
``plots`` at the end. ``stages`` takes one night of an archive through them; ``cli`` is the command ``iar``.

What a notebook calls, ``iar.open`` and the other functions of ``iar.library``, is loaded when it is first asked for;
``__init__.pyi`` says the same to type checkers.
"""

from importlib import import_module
from typing import Any

_LIBRARY = {
    "open": "nights",
    "spectrogram": "spectrograms",
    "probability": "fringes",
    "classical": "fringes",
    "spacing": "fringes",
    "plot_night": "pictures",
    "simulate": "simulated",
}
"""Functions by the module of ``iar.library`` that has them."""


def __getattr__(name: str) -> Any:
    """Look up what is loaded late."""
    if name == "__version__":
        return import_module("iar.version").VERSION
    if name in _LIBRARY:
        return getattr(import_module(f"iar.library.{_LIBRARY[name]}"), name)
    raise AttributeError(f"module 'iar' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), "__version__", *_LIBRARY])
