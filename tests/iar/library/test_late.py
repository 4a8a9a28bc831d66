"""`import iar` loads nothing that is not needed, and yet shows what it has."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import iar

STUB = Path(iar.__file__).with_name("__init__.pyi")
HEAVY = {
    "numpy", "scipy", "xarray", "pandas", "zarr", "matplotlib", "pydantic", "keras", "tensorflow", "openvino", "dask",
    "distributed", "prefect", "sklearn", "skimage", "importlib.metadata",
}  # fmt: skip
LOADED = "import sys; {}; print(*sorted(sys.modules))"


def loaded_after(code):
    done = subprocess.run([sys.executable, "-c", LOADED.format(code)], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_import_loads_neither_science_nor_pictures_nor_the_network():
    loaded = loaded_after("import iar; dir(iar)")
    assert "iar" in loaded
    assert not loaded & HEAVY
    assert not {name for name in loaded if name.startswith("iar.")}


def test_no_keras_prefect_workers_or_matplotlib_until_they_are_needed():
    loaded = loaded_after("import iar, numpy; iar.spectrogram(numpy.ones(20000), 100); iar.spacing")
    late = {"keras", "tensorflow", "distributed", "prefect", "matplotlib", "openvino", "sklearn"}
    assert not loaded & late  # Dask's arrays are loaded by xarray itself, wherever they are installed


def test_the_stub_for_type_checkers_names_what_is_there():
    named = {
        alias.name: f"{node.module}.{alias.name}"
        for node in ast.parse(STUB.read_text()).body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    there = {name: f"{getattr(iar, name).__module__}.{name}" for name in iar._LIBRARY}
    assert named == there
    assert set(named) <= set(dir(iar))
    assert iar.__version__


def test_what_is_not_there_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'iar' has no attribute 'spectrograms'"):
        _ = iar.spectrograms
