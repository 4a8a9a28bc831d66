"""A registry of three versions, made once; each test has a copy of its own."""

import shutil

import pytest

from iar.detection.backend import keras
from iar.detection.bundle import save_bundle
from iar.detection.unet import build_unet
from iar.learning.registry.versions import Registry
from tests.iar.learning.registry.cards import NOTHING, TINY, card_of


@pytest.fixture(scope="session")
def model():
    return build_unet(TINY)


@pytest.fixture(scope="session")
def bundles(model, tmp_path_factory):
    """Folders of bundles that find more and more, by their F1; not to be changed."""
    folder = tmp_path_factory.mktemp("bundles")
    for f1 in (0.7, 0.8, 0.9):
        keras().utils.set_random_seed(int(10 * f1))
        save_bundle(folder / str(f1), model, card_of(f1))
    return folder


@pytest.fixture(scope="session")
def three(bundles, tmp_path_factory):
    """Folder of a registry with those three as versions 1 to 3, none of them champion; not to be changed."""
    folder = tmp_path_factory.mktemp("three") / "registry"
    for f1 in (0.7, 0.8, 0.9):
        Registry(str(folder)).record(str(bundles / str(f1)), **NOTHING)
    return folder


@pytest.fixture
def registry(three, tmp_path):
    """Registry of one's own, elsewhere than where it was made."""
    shutil.copytree(three, tmp_path / "registry")
    return Registry(str(tmp_path / "registry"))
