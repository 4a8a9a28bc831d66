"""Where a registry may lie: a folder, also one that was moved, a database, a server; and what is none."""

import shutil

import pytest

from iar.detection.bundle import bundle_digest
from iar.errors import InputError
from iar.learning.registry.versions import Registry
from tests.iar.learning.registry.cards import NOTHING

pytestmark = pytest.mark.filterwarnings(  # Keras 3.15 hands TensorFlow tensors to np.array(copy=False) of numpy 2
    "ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"
)


def test_a_registry_that_was_moved_finds_and_takes_bundles_where_it_is_now(registry, three, bundles, tmp_path):
    assert registry.bundle_folder(1).is_relative_to(tmp_path / "registry")
    before = sorted(three.rglob("*"))
    assert registry.record(str(bundles / "0.7"), **NOTHING) == 4
    assert registry.record(str(bundles / "0.8"), **NOTHING) == 5
    assert registry.bundle_folder(5).is_relative_to(tmp_path / "registry")
    assert bundle_digest(registry.bundle_folder(5)) == bundle_digest(bundles / "0.8")
    assert sorted(three.rglob("*")) == before


def test_a_folder_of_any_name_can_be_a_registry(three, tmp_path, bundles):
    folder = tmp_path / "a b#c%20d é"
    shutil.copytree(three, folder)
    assert Registry(str(folder)).record(str(bundles / "0.7"), **NOTHING) == 4
    assert bundle_digest(Registry(str(folder)).bundle_folder(4)) == bundle_digest(bundles / "0.7")


def test_a_relative_folder_is_the_same_registry(registry, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert Registry("registry").versions() == registry.versions()


def test_a_folder_that_cannot_be_written_is_an_input_error(bundles, tmp_path):
    (tmp_path / "file").write_text("here is no room for a folder")
    with pytest.raises(InputError, match=r"registry at .*file/registry cannot be written: Not a directory"):
        Registry(str(tmp_path / "file" / "registry")).record(str(bundles / "0.7"), **NOTHING)


def test_books_that_are_none_are_an_input_error(tmp_path):
    (tmp_path / "mlflow.db").write_text("no database " * 100)
    with pytest.raises(InputError, match=r"the registry at .* file is not a database"):
        Registry(str(tmp_path)).versions()


def test_a_server_that_does_not_answer_is_an_input_error_without_the_password(monkeypatch):
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    with pytest.raises(InputError, match=r"registry at http://me:[*]{3}@127.0.0.1:9 cannot be reached") as said:
        Registry("http://me:secret@127.0.0.1:9").versions()
    assert "secret" not in str(said.value)
    assert "\n" not in str(said.value)


def test_a_database_needs_a_place_for_bundles_and_others_have_one(tmp_path):
    with pytest.raises(InputError, match="needs a place for bundles: artifacts is None"):
        Registry(f"sqlite:///{tmp_path}/books.db")
    with pytest.raises(InputError, match="has its own place for bundles"):
        Registry(str(tmp_path), artifacts="elsewhere")


def test_a_bundle_from_a_database_is_fetched_once_and_checked(registry, bundles, tmp_path):
    """The books of a registry in a folder, opened as those of a database."""
    number = registry.record(str(bundles / "0.9"), **NOTHING)
    url = f"sqlite:///{tmp_path}/registry/mlflow.db"
    remote = Registry(url, artifacts=(tmp_path / "registry" / "artifacts").as_uri(), cache=str(tmp_path / "cache"))
    folder = remote.bundle_folder(number)
    assert folder.is_relative_to(tmp_path / "cache")
    assert bundle_digest(folder) == bundle_digest(bundles / "0.9")
    shutil.rmtree(registry.bundle_folder(number))
    assert remote.bundle_folder(number) == folder
    (folder / "model.keras").write_bytes(b"PK cut")
    with pytest.raises(InputError, match=r"model\.keras is damaged"):
        remote.bundle_folder(number)
