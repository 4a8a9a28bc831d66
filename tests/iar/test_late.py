"""What a command needs is imported when it needs it: each process that is started pays for it."""

import subprocess
import sys

import pytest

LATE = {
    "iar.upkeep.coverage": {"scipy", "pandas", "xarray", "matplotlib"},
    "iar.stages.ingest": {"scipy.signal", "scipy.ndimage", "scipy.stats", "pandas", "xarray", "matplotlib"},
    "iar.stages.process": {"scipy.signal", "scipy.stats", "pandas", "xarray", "matplotlib", "keras", "openvino"},
    "iar.quicklook.app": {"scipy.signal", "scipy.stats", "xarray", "matplotlib", "keras", "openvino"},
    "iar.results.export": {"scipy.signal", "scipy.stats", "xarray", "matplotlib", "keras", "openvino"},
}
"""Modules in the order of what they need, and what is not there yet once one is imported."""
PROGRAM = "import sys, importlib\nfor name in sys.argv[1:]: importlib.import_module(name); print(*sys.modules)"


@pytest.mark.smoke
def test_what_a_module_does_not_need_it_does_not_import():
    done = subprocess.run([sys.executable, "-c", PROGRAM, *LATE], capture_output=True, text=True, check=True)
    loaded = [set(line.split()) for line in done.stdout.splitlines()]
    assert {name: late & there for (name, late), there in zip(LATE.items(), loaded, strict=True) if late & there} == {}
