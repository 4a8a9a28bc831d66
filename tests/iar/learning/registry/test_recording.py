"""What is recorded comes back: versions, bundles, pages, and what stands in MLflow's books."""

import shutil
from pathlib import Path

import pytest

from iar.detection.bundle import bundle_digest, load_bundle
from iar.errors import InputError
from iar.learning.registry.comparison import Performance
from iar.learning.registry.versions import Registry
from tests.iar.learning.registry.cards import NOTHING, card_of

pytestmark = pytest.mark.filterwarnings(  # Keras 3.15 hands TensorFlow tensors to np.array(copy=False) of numpy 2
    "ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"
)


def test_what_was_recorded_is_a_version_that_tells_where_it_comes_from(registry, bundles):
    first, second, third = registry.versions()
    assert [first.number, second.number, third.number] == [1, 2, 3]
    assert first.when <= second.when <= third.when
    assert second.performance == Performance(0.8, 0.0, None, None)
    assert (second.name, second.trained_on, second.aliases) == ("tiny", "nothing", ())
    assert second.digest == bundle_digest(bundles / "0.8") == load_bundle(registry.bundle_folder(2)).digest
    assert registry.card(2).evaluation == card_of(0.8).evaluation


class TestPages:
    @pytest.fixture
    def paged(self, registry, bundles):
        """Registry whose version 4 has a page."""
        registry.record(str(bundles / "0.7"), **NOTHING | {"pages": {"report.html": b"<!doctype html>"}})
        return registry

    def test_a_page_comes_back_byte_by_byte(self, paged):
        assert paged.page(4, "report.html") == b"<!doctype html>"

    @pytest.mark.usefixtures("paged")
    def test_a_page_of_a_database_is_fetched(self, tmp_path):
        """The books of a registry in a folder, opened as those of a database."""
        place = (tmp_path / "registry" / "artifacts").as_uri()
        remote = Registry(f"sqlite:///{tmp_path}/registry/mlflow.db", artifacts=place)
        assert remote.page(4, "report.html") == b"<!doctype html>"
        with pytest.raises(InputError, match=r"version 4 in the registry at .* has no page 'curves.png'"):
            remote.page(4, "curves.png")

    @pytest.mark.parametrize("name", ["curves.png", "../bundle/card.json", "/etc/hostname", "..", "", "a\0b"])
    def test_what_is_no_page_is_not_read(self, paged, name):
        with pytest.raises(InputError, match=r"version 4 in the registry at .* has no page"):
            paged.page(4, name)


def test_a_version_has_a_number_or_an_alias(registry):
    registry.promote(2)
    assert registry.get(2) == registry.get("2") == registry.get("champion") == registry.champion()


def test_reading_makes_no_registry(tmp_path):
    registry = Registry(str(tmp_path / "none"))
    assert registry.versions() == []
    assert registry.champion() is None
    for action in (registry.rollback, lambda: registry.promote(1), lambda: registry.bundle_folder("champion")):
        with pytest.raises(InputError, match=r"no (champion|version 1) in .*none: it holds no versions"):
            action()
    assert not (tmp_path / "none").exists()


def test_parameters_curves_scores_and_pictures_are_in_the_books(registry, bundles, tmp_path):
    from mlflow import MlflowClient

    curve = tuple(
        {"loss": 1 / epoch, "held_loss": float("nan")} for epoch in range(1, 1201)
    )  # more than MLflow's batch
    more = {f"more{i}": i for i in range(150)}  # more than MLflow takes at once, and so are the epochs
    recipe = {"training": {"batch": 2, "loss": "dice"}} | more
    number = registry.record(
        str(bundles / "0.9"),
        recipe=recipe,
        folds=[{"f1": 0.5, "iou_fringe": None}, {"f1": 0.75}],
        curves={"fold 0": curve},
        pages={"curves.png": b"\x89PNG of curves"},
    )
    books = f"sqlite:///{tmp_path / 'registry' / 'mlflow.db'}"
    client = MlflowClient(tracking_uri=books, registry_uri=books)
    run = client.get_run(registry.get(number).run)
    assert run.info.status == "FINISHED"
    assert run.data.params == {"training.batch": "2", "training.loss": "dice"} | {
        f"more{i}": str(i) for i in range(150)
    }
    history = client.get_metric_history(run.info.run_id, "fold 0/loss")
    assert [(m.step, m.value) for m in history] == [(e, pytest.approx(1 / e)) for e in range(1, 1201)]
    assert [(m.step, m.value) for m in client.get_metric_history(run.info.run_id, "folds/f1")] == [(0, 0.5), (1, 0.75)]
    assert "fold 0/held_loss" not in run.data.metrics  # what was not judged is not drawn
    assert run.data.metrics["evaluation/network/f1"] == pytest.approx(0.9)
    picture = client.download_artifacts(run.info.run_id, "pages/curves.png", str(tmp_path))
    assert Path(picture).read_bytes() == b"\x89PNG of curves"


def test_a_wrong_bundle_is_not_recorded(registry, bundles, tmp_path):
    with pytest.raises(InputError, match="no bundle in"):
        registry.record(str(tmp_path / "nowhere"), **NOTHING)
    shutil.copytree(bundles / "0.7", tmp_path / "cut")
    (tmp_path / "cut" / "model.keras").write_bytes(b"PK cut")
    with pytest.raises(InputError, match=r"of the bundle in .*cut "):
        registry.record(str(tmp_path / "cut"), **NOTHING)
    assert len(registry.versions()) == 3


def test_a_bundle_that_was_damaged_is_not_handed_out_nor_promoted(registry):
    (registry.bundle_folder(2) / "model.keras").write_bytes(b"PK cut")
    (registry.bundle_folder(3) / "card.json").unlink()
    with pytest.raises(InputError, match=r"bundle of version 2 in .* cannot be used: model.keras is damaged"):
        registry.promote(2)
    with pytest.raises(InputError, match=r"bundle of version 3 in .* cannot be used: card.json is missing"):
        registry.bundle_folder(3)
    assert registry.champion() is None
