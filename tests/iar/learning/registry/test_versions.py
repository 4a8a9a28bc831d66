"""The registry: what is recorded comes back, the better one is champion, and a rollback returns."""

import logging
import multiprocessing
import shutil
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

from iar.detection.backend import keras
from iar.detection.bundle import Card, bundle_digest, load_bundle, save_bundle
from iar.detection.unet import UnetConfig, build_unet
from iar.errors import InputError
from iar.learning.registry.comparison import Performance, compare, performance
from iar.learning.registry.versions import Registry

pytestmark = pytest.mark.filterwarnings(  # Keras 3.15 hands TensorFlow tensors to np.array(copy=False) of numpy 2
    "ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"
)
TINY = UnetConfig(base_filters=1, depth=2)
NOTHING = {"recipe": {}, "folds": [], "curves": {}, "pages": {}}


def card_of(f1, false_nights=0.0, nights=10, spacing_error_hz=None):
    network = {"f1": f1, "false_nights": false_nights, "spacing_error_median_hz": spacing_error_hz}
    return Card(
        name="tiny", trained_on="nothing", unet=TINY, spline_pieces=3, threshold=0.5, training={}, fold_scores=(),
        evaluation={"nights": nights, "seed": 20_000_000, "tolerance_px": 1, "network": network}, software={},
    )  # fmt: skip


@pytest.fixture(scope="module")
def model():
    return build_unet(TINY)


@pytest.fixture(scope="module")
def bundles(model, tmp_path_factory):
    """Folders of bundles that find more and more, by their F1; not to be changed."""
    folder = tmp_path_factory.mktemp("bundles")
    for f1 in (0.7, 0.8, 0.9):
        keras().utils.set_random_seed(int(10 * f1))
        save_bundle(folder / str(f1), model, card_of(f1))
    return folder


@pytest.fixture(scope="module")
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


def test_the_first_is_champion_the_better_one_follows_and_a_worse_one_does_not(registry):
    assert registry.promote(2) == "promoted: there was no champion"
    assert registry.promote(1) == "champion stays: F1 0.700 against 0.800, false nights 0.0% against 0.0%"
    assert registry.champion().number == 2
    assert registry.promote(3).startswith("promoted: F1 0.900 against 0.800")
    assert registry.get("previous").number == 2
    assert registry.promote("champion") == "champion stays: it is version 3 itself"
    assert registry.champion().number == 3


def test_a_worse_one_can_be_forced(registry):
    registry.promote(3)
    assert registry.promote(1, force=True) == "promoted: version 1 in place of 3, without a comparison"
    assert registry.champion().number == 1


def test_a_rollback_returns_further_each_time_until_there_is_none(registry):
    for number in (1, 2, 3):
        registry.promote(number)
    assert registry.rollback() == "rolled back: version 2 is champion again, in place of version 3"
    assert (registry.champion().number, registry.get("previous").number) == (2, 1)
    registry.rollback()
    assert registry.champion().number == 1
    with pytest.raises(InputError, match="no champion before version 1 in the registry at"):
        registry.rollback()
    with pytest.raises(InputError, match=r"no previous in the registry at .*: it holds versions 1 to 3"):
        registry.get("previous")
    assert registry.champion().number == 1


def test_a_rollback_after_a_new_promotion_returns_to_what_was_rolled_back_to(registry):
    registry.promote(1)
    registry.promote(2)
    registry.rollback()
    registry.promote(3)
    registry.rollback()
    assert registry.champion().number == 1


@pytest.mark.parametrize("killed_in", ["set_registered_model_alias", "set_registered_model_tag"])
@pytest.mark.parametrize("action", ["promote", "rollback"])
def test_who_is_killed_between_two_steps_leaves_a_champion_that_can_be_rolled_back(
    registry, action, killed_in, monkeypatch
):
    from mlflow import MlflowClient

    registry.promote(1)
    registry.promote(2)
    with monkeypatch.context() as killed:
        killed.setattr(MlflowClient, killed_in, lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            registry.promote(3) if action == "promote" else registry.rollback()
    if registry.champion().number == 2:
        registry.rollback()
    assert registry.champion().number == 1
    with pytest.raises(InputError, match="no champion before version 1"):
        registry.rollback()


def test_an_unknown_version_is_told_with_those_that_there_are(registry):
    with pytest.raises(InputError, match=r"no version 7 in the registry at .*registry: it holds versions 1 to 3"):
        registry.promote(7)
    with pytest.raises(InputError, match="no champion in the registry at"):
        registry.rollback()


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


@pytest.mark.parametrize(
    ("candidate", "champion", "better"),
    [
        ({"f1": 0.8, "false_nights": 0.1}, {"f1": 0.7, "false_nights": 0.1}, True),
        ({"f1": 0.8, "false_nights": 0.0}, {"f1": 0.7, "false_nights": 0.1}, True),
        ({"f1": 0.8, "false_nights": 0.2}, {"f1": 0.7, "false_nights": 0.1}, False),  # sees more, invents more
        ({"f1": 0.7}, {"f1": 0.7}, False),  # no better: the champion stays
        ({"f1": 0.6}, {"f1": 0.7, "false_nights": 0.5}, False),
        ({"f1": 0.9, "spacing_error_hz": 0.02}, {"f1": 0.7, "spacing_error_hz": 0.01}, False),
        ({"f1": 0.9, "spacing_error_hz": 0.01}, {"f1": 0.7, "spacing_error_hz": 0.02}, True),
        ({"f1": 0.9, "spacing_error_hz": 0.01}, {"f1": 0.7}, True),  # an old card does not say it
        ({"f1": 0.9}, {"f1": 0.7, "spacing_error_hz": 0.01}, False),  # who answers nothing does not beat who does
    ],
)
def test_candidate_must_find_more_invent_no_more_and_measure_no_worse(candidate, champion, better):
    decided, said = compare(card_of(**candidate), card_of(**champion))
    assert decided is better
    assert said.startswith("promoted" if better else "champion stays")


def judged_on_both(f1, wide_f1, **wide):
    """Card of a network that was judged in the wide world, too."""
    card = card_of(f1)
    network = {"f1": wide_f1, "false_nights": 0.0} | wide
    return card.model_copy(
        update={"evaluation": card.evaluation | {"wide": card.evaluation | {"seed": 30_000_000, "network": network}}}
    )


@pytest.mark.parametrize(
    ("candidate", "better"),
    [
        (judged_on_both(0.8, 0.7), True),
        (judged_on_both(0.7, 0.8), True),  # as good here, better there
        (judged_on_both(0.7, 0.7), False),
        (judged_on_both(0.9, 0.6), False),
        (judged_on_both(0.6, 0.9), False),
        (judged_on_both(0.9, 0.9, false_nights=0.1), False),
    ],
)
def test_candidate_must_not_lose_in_either_world(candidate, better):
    decided, said = compare(candidate, judged_on_both(0.7, 0.7))
    assert decided is better
    assert "wide: F1" in said


def test_a_champion_from_before_the_wide_world_is_held_against_in_the_first_alone():
    decided, said = compare(judged_on_both(0.8, 0.1), card_of(0.7))
    assert decided
    assert "wide" not in said


def test_a_candidate_that_was_not_judged_in_the_wide_world_is_not_compared_with_one_that_was():
    with pytest.raises(InputError, match="nights is None for the candidate, 10 for the champion"):
        compare(card_of(0.9), judged_on_both(0.7, 0.7))


def test_cards_that_were_judged_on_other_nights_are_not_compared():
    with pytest.raises(InputError, match="evaluation nights: nights is 1 for the candidate, 10 for the champion"):
        compare(card_of(0.99, nights=1), card_of(0.5, nights=10))


def test_cards_that_were_judged_by_other_rules_are_not_compared():
    one, other = (
        card_of(f1).model_copy(update={"evaluation": card_of(f1).evaluation | {"rules": {"min_slots": slots}}})
        for f1, slots in ((0.9, 36), (0.8, 60))
    )
    with pytest.raises(InputError, match=r"judged by different rules: rules is .* 36.* candidate, .* 60.* champion"):
        compare(one, other)


def test_a_champion_that_was_judged_anew_is_compared_by_that(registry):
    registry.promote(1)
    anew = {bundle_digest(registry.bundle_folder(1)): card_of(0.95).evaluation}
    assert registry.promote(3, judged_anew=anew).startswith("champion stays: F1 0.900 against 0.950")
    others = {"of another bundle": card_of(0.95).evaluation}
    assert registry.promote(3, judged_anew=others).startswith("promoted: F1 0.900 against 0.700")


def test_a_candidate_that_was_judged_on_other_nights_changes_nothing_unless_it_is_forced(registry, model, tmp_path):
    registry.promote(1)
    save_bundle(tmp_path / "other", model, card_of(0.99, nights=1))
    number = registry.record(str(tmp_path / "other"), **NOTHING)
    with pytest.raises(InputError, match="judged on different evaluation nights"):
        registry.promote(number)
    assert registry.champion().number == 1
    registry.promote(number, force=True)
    assert registry.champion().number == number


def test_a_network_that_was_not_judged_becomes_no_champion_unless_it_is_forced(model, tmp_path):
    registry = Registry(str(tmp_path / "registry"))
    save_bundle(tmp_path / "bundle", model, card_of(0.5).model_copy(update={"evaluation": {}}))
    registry.record(str(tmp_path / "bundle"), **NOTHING)
    with pytest.raises(InputError, match="version 1 was not judged: its F1 is None"):
        registry.promote(1)
    assert registry.champion() is None
    registry.promote(1, force=True)
    assert registry.champion().number == 1


def test_as_many_nights_of_the_same_seed_may_be_others():
    one, other = (
        card_of(f1).model_copy(update={"evaluation": card_of(f1).evaluation | {"digest": digest}})
        for f1, digest in ((0.9, "a"), (0.8, "b"))
    )
    with pytest.raises(InputError, match="digest is a for the candidate, b for the champion"):
        compare(one, other)


def test_a_network_that_was_not_judged_cannot_be_compared():
    with pytest.raises(InputError, match=r"F1 and false nights are None and 0\.0 for the candidate"):
        compare(card_of(None), card_of(0.5))
    card = card_of(0.5).model_copy(update={"evaluation": {}})
    assert performance(card) == Performance(None, None, None, None)


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
