"""The registry on a live MLflow server: trained into, chosen from, worked with, on machines that share no folder."""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from iar.archive.store import Archive
from iar.cli import main
from iar.detection.bundle import SHIPPED, bundle_digest
from iar.learning.registry.versions import Registry
from iar.stages.network import name_network, network_folder
from tests.commands import check_refused, run_apart, run_here
from tests.recipes import TINY_RECIPE
from tests.servers import answers, free_port, kill_with_children, start_apart, wait_until_ready

pytestmark = pytest.mark.filterwarnings(  # Keras 3.15 hands TensorFlow tensors to np.array(copy=False) of numpy 2
    "ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of an empty server that keeps its books in SQLite and hands out the artifacts itself."""
    folder, port = tmp_path_factory.mktemp("mlflow"), free_port()
    program = "from mlflow.cli import cli; cli()"
    books, files = f"sqlite:///{folder}/mlflow.db", str(folder / "artifacts")
    options = ["--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    options += ["--backend-store-uri", books, "--artifacts-destination", files]
    environ = {"PATH": str(Path(sys.executable).parent), "HOME": str(folder), "MLFLOW_DISABLE_TELEMETRY": "true"}
    process = start_apart([sys.executable, "-c", program, "server", *options], environ, folder / "server.log")
    try:
        wait_until_ready(process, folder / "server.log", lambda: answers(f"http://127.0.0.1:{port}/health"))
        yield f"http://127.0.0.1:{port}"
    finally:
        kill_with_children(process)


@pytest.fixture(scope="module")
def registry(server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Registry on the server: version 1 was trained and is the champion, version 2 is the shipped network."""
    folder = tmp_path_factory.mktemp("trained")
    recipe = folder / "tiny.yaml"
    recipe.write_text(TINY_RECIPE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        with pytest.raises(SystemExit) as left:
            main(["train", "--registry", server, "--recipe", str(recipe), "--place", str(folder / "trainings")])
        assert left.value.code == 0
        Registry(server).promote(1, force=True)
        Registry(server).record(str(SHIPPED), recipe={}, folds=[], curves={}, pages={})
        yield server


def test_a_training_is_a_version_with_its_report(registry, capsys):
    status, out, _ = run_here(capsys, "models", "list", "--registry", registry)
    assert status == 0
    first, _, last = out.splitlines()
    assert first.split()[0] == "1"
    assert first.endswith("<- champion")
    assert last == f"2 version(s) in {registry}"
    assert Registry(registry).page(1, "report.html").lstrip().startswith(b"<!")


def test_a_card_tells_where_its_bundle_lies_now(registry, capsys):
    status, out, _ = run_here(capsys, "models", "show", "2", "--registry", registry)
    assert status == 0
    folder = Path(out.splitlines()[-1].partition(": ")[2])
    assert bundle_digest(folder) == bundle_digest(SHIPPED)


def test_a_champion_is_promoted_and_rolled_back(registry, capsys):
    status, out, _ = run_here(capsys, "models", "promote", "2", "--force", "--registry", registry)
    assert (status, Registry(registry).get("champion").number) == (0, 2), out
    status, out, _ = run_here(capsys, "models", "rollback", "--registry", registry)
    assert (status, Registry(registry).get("champion").number) == (0, 1), out
    check_refused(run_here(capsys, "models", "promote", "7", "--registry", registry), "no version 7", registry)


def test_nights_are_worked_on_by_the_champion(registry, processed, night, tmp_path, capsys):
    archive = shutil.copytree(processed, tmp_path / "archive")
    span = ("--first-night", night, "--last-night", night)
    status, out, err = run_here(capsys, "process", "--archive", archive, *span, "--registry", registry)
    assert status == 0, err
    assert "processed 1 night(s)" in out
    used = Archive(str(archive)).manifest(night).stages["probability"].note["digest"]
    assert used == Registry(registry).get(1).digest


def test_another_machine_finds_the_network_that_was_named_for_the_run(registry, tmp_path):
    name = name_network(None, registry)
    assert name == f"{registry}#1"
    Registry(registry).promote(2, force=True)
    try:
        program = f"from iar.stages.network import network_folder; print(network_folder({name!r})); raise SystemExit"
        status, out, err = run_apart(before=program, XDG_CACHE_HOME=str(tmp_path))
    finally:
        Registry(registry).rollback()
    assert status == 0, err
    found = Path(out.strip())
    assert found.is_relative_to(tmp_path)
    assert bundle_digest(found) == Registry(registry).get(1).digest == bundle_digest(network_folder(name))
