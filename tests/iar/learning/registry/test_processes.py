"""Registries in processes of their own: two that record at once, and what one says."""

import logging
import multiprocessing
import shutil
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

from iar.detection.bundle import bundle_digest, load_bundle
from iar.learning.registry.versions import Registry
from tests.iar.learning.registry.cards import NOTHING

pytestmark = pytest.mark.filterwarnings(  # Keras 3.15 hands TensorFlow tensors to np.array(copy=False) of numpy 2
    "ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"
)


def record_and_promote(folder: str, bundles: list[str]) -> list[int]:
    """New versions, each of which tries to become champion."""
    registry = Registry(folder)
    numbers = [registry.record(bundle, **NOTHING) for bundle in bundles]
    for number in numbers:
        registry.promote(number)
    return numbers


def test_two_processes_that_record_at_once_from_the_first_moment_on_get_a_version_each(bundles, tmp_path):
    folder, paths = str(tmp_path / "at-once"), [str(bundles / name) for name in ("0.7", "0.9", "0.8")]
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as other:
        other.submit(load_bundle, bundles / "0.7").exception()  # until it has imported all that takes time
        theirs = other.submit(record_and_promote, folder, paths)
        ours = record_and_promote(folder, paths)
        numbers = ours + theirs.result()
    registry = Registry(folder)
    assert sorted(numbers) == [1, 2, 3, 4, 5, 6]
    assert registry.champion().performance.f1 == 0.9
    for number, path in zip(numbers, 2 * paths, strict=True):
        assert bundle_digest(registry.bundle_folder(number)) == bundle_digest(Path(path))


def test_mlflow_says_nothing_and_the_module_is_light(three, tmp_path):
    shutil.copytree(three, tmp_path / "registry")
    program = (
        "import sys; from iar.learning.registry.versions import Registry; "
        "assert not {'mlflow', 'sqlalchemy', 'keras', 'tensorflow'} & set(sys.modules); "
        f"r = Registry({str(tmp_path / 'registry')!r}); r.promote(3); assert r.champion().number == 3; "
        "assert not {'keras', 'tensorflow'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_creating_the_books_says_nothing(bundles, tmp_path, capfd, caplog):
    with caplog.at_level(logging.WARNING):
        Registry(str(tmp_path / "new")).record(str(bundles / "0.7"), **NOTHING)
    out, err = capfd.readouterr()
    assert (out, err, caplog.records) == ("", "", [])
