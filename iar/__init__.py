"""Ionospheric Alfvén resonances in years of induction-coil data, found by themselves, every night.

The folders are the stations of the data: ``records`` -> ``archive`` -> ``spectra`` -> ``detection`` -> ``fringes``,
with ``simulation`` and ``physics`` as the truth behind the tests, ``learning`` as the school of the network, and
``plots`` at the end. ``stages`` takes one night of an archive through them; ``cli`` is the command ``iar``.
"""

from importlib.metadata import version

__version__ = version("iar")
