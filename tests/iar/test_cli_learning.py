"""Commands over networks: `recipe`, `train`, `evaluate`, `models`; trained is a network of a few weights."""

import json
import re
import shutil
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest
import yaml

from iar.cli import main
from iar.detection.bundle import read_card
from iar.learning.registry.versions import Registry
from iar.learning.retraining import Recipe, changed_recipe, given_recipe
from iar.school import retrain
from iar.school.retrain import clear_training, judge_final, read_recipe, record_training, training_folder
from iar.settings import FringeSettings, Processing
from tests.commands import check_refused, run_here
from tests.recipes import TINY_RECIPE

pytestmark = [
    pytest.mark.system,  # `iar train` is called, which nobody sees who reads the tests
    pytest.mark.filterwarnings(  # Keras 3.15 hands TensorFlow tensors to np.array(copy=False) of numpy 2
        "ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"
    ),
]


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("recipe") / "tiny.yaml"
    file.write_text(TINY_RECIPE + "keep_folds: true\n")
    return file


@pytest.fixture(scope="module")
def registry(recipe: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Registry with the one version that `iar train` made; not to be changed."""
    folder = tmp_path_factory.mktemp("models") / "registry"
    with (
        pytest.MonkeyPatch.context() as patch,
        (folder.parent / "told.txt").open("w") as log,
        redirect_stderr(log),
        redirect_stdout(log),
    ):
        patch.setattr(retrain, "LINE_EVERY_S", 0)
        with pytest.raises(SystemExit) as left:
            main(["train", "--registry", str(folder), "--recipe", str(recipe)])
    assert left.value.code == 0
    assert Registry(str(folder)).champion() is None
    assert Registry(str(folder)).promote(1, force=True) == "promoted: there was no champion"
    return folder


def test_a_first_training_that_was_not_judged_beside_the_shipped_network_does_not_take_its_place(registry):
    last = (registry.parent / "told.txt").read_text().splitlines()[-1]
    assert last.startswith("no champion: the two were judged on different evaluation nights: ")


def test_a_training_tells_how_far_it_is(registry):
    log = iter((registry.parent / "told.txt").read_text().splitlines())
    for wanted in (
        "gathered 8 of 8 examples",
        "8 examples of 8 months, 2 folds",
        "fold 0: epoch 1 of 1, loss ",
        "final: epoch 1 of 1, loss ",
        "judged 1 of 14 nights",
        "judged 14 of 14 nights",
    ):
        assert any(line.startswith(wanted) for line in log), wanted  # in this order: what was read is gone


def test_the_list_tells_which_version_is_champion(registry, capsys):
    status, out, _ = run_here(capsys, "models", "list", "--registry", registry)
    assert status == 0
    first, last = out.splitlines()
    assert "tiny" in first
    assert first.endswith("<- champion")
    assert last == f"1 version(s) in {registry}"


def test_a_recorded_training_leaves_nothing_under_way(registry):
    assert not list((registry / "trainings").glob("*/*"))


def test_the_card_tells_recipe_folds_and_judgement(registry, recipe, capsys):
    status, out, _ = run_here(capsys, "models", "show", "--json", "--registry", registry)
    assert status == 0
    card = json.loads(out[: out.rindex("}") + 1])
    assert Recipe.model_validate(card["training"]) == read_recipe(recipe)
    assert len(card["fold_scores"]) == 2
    assert card["evaluation"]["nights"] == 7
    assert card["span"]["sources"] == {"simulated": 8}
    assert len(card["signature"]) == 64
    assert "no real night" in card["trained_on"]


def test_a_version_is_shown_in_a_screenful(registry, capsys):
    status, out, _ = run_here(capsys, "models", "show", "--registry", registry)
    assert status == 0
    first, *rest = out.splitlines()
    assert first.startswith("tiny: U-net, learnt from ")
    assert "F1 of 2 fold(s)" in out
    assert "judged on 7 simulated nights" in out
    assert rest[-1] == f"version 1: {Registry(str(registry)).bundle_folder(1)}"
    assert len(rest) < 24


def test_report_and_pictures_of_a_training_are_kept_beside_its_bundle(registry):
    books = Registry(str(registry))
    assert b"fringes" in books.page("champion", "report.html")
    for name in ("curves.png", "overlays.png"):
        assert books.page(1, name).startswith(b"\x89PNG")


def test_evaluate_prints_scores_beside_the_published_detector_and_writes_a_page(registry, tmp_path, capsys):
    page = tmp_path / "report.html"
    status, out, err = run_here(capsys, "evaluate", "--registry", registry, "--nights", 7, "--out", page)
    assert status == 0, err
    assert out.startswith("judged on 7 simulated nights")
    assert "published" in out
    assert out.splitlines()[-1] == f"wrote {page}"
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")


def test_evaluate_judges_the_mean_of_the_folds_and_how_far_they_disagree(registry, tmp_path, capsys):
    page = tmp_path / "folds.html"
    status, out, err = run_here(capsys, "evaluate", "--registry", registry, "--folds", "--nights", 7, "--out", page)
    assert status == 0, err
    assert "where the 2 networks spread by 0 to 0.01: " in out
    assert "mean of tiny, fold 0, tiny, fold 1" in page.read_text(encoding="utf-8")
    assert "Where the networks disagree" in page.read_text(encoding="utf-8")


def test_mean_of_a_bundle_with_itself_is_the_bundle(registry, capsys):
    bundle = Registry(str(registry)).bundle_folder(1)
    asked = ("evaluate", "--nights", 7, "--bundle", bundle)
    _, alone, _ = run_here(capsys, *asked)
    _, both, _ = run_here(capsys, *asked, "--bundle", bundle)
    assert [line for line in both.splitlines() if "spread by" not in line] == alone.splitlines()


def test_a_killed_training_goes_on_with_what_is_done(recipe, tmp_path):
    """Its folder has the first fold already, with a history that no training would have: it is taken as it is."""
    from iar.school.retrain import prepare_examples, run_fold

    chosen = read_recipe(recipe)
    folder = training_folder(chosen, tmp_path / "trainings")
    examples = prepare_examples(chosen, folder)
    run_fold(chosen, folder, 0)
    done = folder / "fold-0.json"
    done.write_text(done.read_text().replace('"history": [', '"history": [{"loss": 42.0}, '))
    assert run_fold(chosen, folder, 0).history[0] == {"loss": 42.0}
    assert prepare_examples(chosen, folder).picture.shape == examples.picture.shape


@pytest.fixture
def finished(registry, recipe, tmp_path):
    """A copy of the registry, and the folder of a training that ended with the network of its one version."""
    books = Registry(str(shutil.copytree(registry, tmp_path / "registry")))
    folder = training_folder(read_recipe(recipe), tmp_path / "trainings")
    shutil.copytree(books.bundle_folder(1), folder / "bundle")
    (folder / "curves.json").write_text("{}")
    for name in ("report.html", "curves.png", "overlays.png"):
        (folder / name).write_text("to look at")
    return books, folder


def evaluated_otherwise(folder, **changes):
    """Card of the bundle with another evaluation."""
    card = json.loads((folder / "bundle/card.json").read_text())
    card["evaluation"] |= changes
    (folder / "bundle/card.json").write_text(json.dumps(card))


def test_a_training_is_one_version_however_often_it_is_recorded_and_keeps_it_where_nothing_can_be_compared(
    finished, recipe
):
    """As if it was killed between the record and the end; its card tells of other nights than the champion's."""
    books, folder = finished
    evaluated_otherwise(folder, nights=8)
    number, decision = record_training(read_recipe(recipe), folder, [], books, Processing())
    assert number == 2
    assert decision.startswith("champion stays: the two were judged on different evaluation nights")
    assert record_training(read_recipe(recipe), folder, [], books, Processing())[0] == 2
    assert [version.number for version in books.versions()] == [1, 2]
    clear_training(folder)
    assert not folder.exists()


def test_a_champion_is_chosen_by_the_operators_rules_and_judged_anew_where_others_were_used(finished, recipe):
    books, folder = finished
    mine = Processing(fringes=FringeSettings(min_slots=60))
    judge_final(read_recipe(recipe), folder, mine, books)
    rules = read_card(folder / "bundle").evaluation["rules"]
    assert (rules["min_slots"], books.card(1).evaluation["rules"]["min_slots"]) == (60, 36)
    page = (folder / "report.html").read_bytes()
    assert page.startswith(b"<!doctype html>")  # made anew: by which rules it was judged has changed
    judge_final(read_recipe(recipe), folder, mine, books)
    assert (folder / "report.html").read_bytes() == page
    _, decision = record_training(read_recipe(recipe), folder, [], books, mine)
    f1 = rf"{books.card(1).evaluation['network']['f1']:.3f}"
    assert decision.startswith(f"champion stays: F1 {f1} against {f1}")  # it is the same network


def test_evaluate_judges_by_the_processing_that_it_is_given(tmp_path, capsys):
    """Nobody finds a spacing where the range leaves out those that there are."""
    (tmp_path / "mine.yaml").write_text("fringes: {min_spacing_hz: 2.5, max_spacing_hz: 4.0}")
    _, out, _ = run_here(capsys, "evaluate", "--nights", 7, "--processing", tmp_path / "mine.yaml")
    (line,) = [line for line in out.splitlines() if "missed nights" in line]
    assert line.split() == ["missed", "nights", "100.0%", "published", "100.0%"]


def test_a_training_of_changed_labels_is_another_one(recipe, tmp_path):
    (tmp_path / "good.csv").write_text("night,verdict,who,why\n2014-01-10,good,me,clear\n")
    real = given_recipe(read_recipe(recipe), archive=str(tmp_path), curated=str(tmp_path / "good.csv"))
    before = training_folder(real, tmp_path)
    assert training_folder(real, tmp_path) == before
    (tmp_path / "good.csv").write_text("night,verdict,who,why\n2014-01-11,good,me,clear\n")
    assert training_folder(real, tmp_path) != before


def test_a_recipe_file_changes_what_it_says_and_nothing_else(tmp_path):
    (tmp_path / "r.yaml").write_text("training: {learning_rate: 0.005}\nsources: {seed: 9}")
    changed = read_recipe(tmp_path / "r.yaml")
    assert changed == changed_recipe(Recipe(), {"training.learning_rate": 0.005, "sources.seed": 9})


def test_a_recipe_is_printed_as_it_is_read(tmp_path, capsys):
    status, out, _ = run_here(capsys, "recipe", "--preset", "x-unet")
    assert status == 0
    (tmp_path / "x.yaml").write_text(out)
    assert read_recipe(tmp_path / "x.yaml") == read_recipe(None, "x-unet")
    assert yaml.safe_load(out)["training"]["augmentation"] == "x-unet"


def test_tuning_shares_its_trials_with_the_next_run_and_is_drawn(recipe, tmp_path, capsys):
    (tmp_path / "space.yaml").write_text("parameters: {unet.dropout: {values: [0.0, 0.5]}}")
    asked = ["tune", "--storage", tmp_path / "trials.db", "--space", tmp_path / "space.yaml", "--recipe", recipe]
    status, first, err = run_here(capsys, *asked, "--trials", 1)
    assert status == 0, err
    line = re.escape(f"1 trial(s) in {tmp_path / 'trials.db'}, of 2 of the grid: the other 1 take some ")
    assert re.fullmatch(line + r"\d+ (s|min) at this pace", first.splitlines()[-1])
    status, both, _ = run_here(capsys, *asked, "--out", tmp_path / "drawn")
    assert status == 0
    assert f"2 trial(s) in {tmp_path / 'trials.db'}" in both.splitlines()
    assert first.splitlines()[0] in both
    for name in ("history.png", "importance.png"):
        assert (tmp_path / "drawn" / name).read_bytes().startswith(b"\x89PNG")


class TestBadInputIsOneLineAndStatusTwo:
    def test_space_that_is_none(self, tmp_path, capsys):
        outcome = run_here(capsys, "tune", "--storage", tmp_path / "t.db", "--space", "dissertation-3")
        check_refused(outcome, "'dissertation-3' is neither of dissertation-1, dissertation-2 nor a file")

    def test_search_without_an_end(self, tmp_path, capsys):
        check_refused(run_here(capsys, "tune", "--storage", tmp_path / "t.db", "--sampler", "tpe"), "number of trials")

    def test_space_of_what_a_recipe_has_not(self, recipe, tmp_path, capsys):
        (tmp_path / "space.yaml").write_text("parameters: {unet.colour: {values: [1]}}")
        outcome = run_here(
            capsys, "tune", "--storage", tmp_path / "t.db", "--space", tmp_path / "space.yaml", "--recipe", recipe
        )
        check_refused(outcome, "recipe has no field unet.colour")

    def test_unknown_preset(self, capsys):
        check_refused(run_here(capsys, "recipe", "--preset", "y-unet"), "'y-unet' is none of light, x-unet, k-unet")

    def test_wrong_recipe(self, tmp_path, capsys):
        (tmp_path / "r.yaml").write_text("training: {epochs: -3}")
        outcome = run_here(capsys, "train", "--registry", tmp_path / "reg", "--recipe", tmp_path / "r.yaml")
        check_refused(outcome, "r.yaml: training.epochs = -3")
        assert not (tmp_path / "reg").exists()

    def test_recipe_that_is_not_there(self, tmp_path, capsys):
        outcome = run_here(capsys, "train", "--registry", tmp_path / "reg", "--recipe", tmp_path / "none.yaml")
        check_refused(outcome, "none.yaml", "No such file")

    def test_registry_without_versions(self, tmp_path, capsys):
        check_refused(run_here(capsys, "models", "show", "--registry", tmp_path / "reg"), "no champion")
        check_refused(run_here(capsys, "models", "rollback", "--registry", tmp_path / "reg"), "no champion")
        assert not (tmp_path / "reg").exists()

    def test_version_that_is_not_there(self, registry, capsys):
        check_refused(run_here(capsys, "models", "promote", 7, "--registry", registry), "no version 7")

    def test_no_champion_before_the_first(self, registry, capsys):
        check_refused(run_here(capsys, "models", "rollback", "--registry", registry), "no champion before version 1")

    def test_report_that_is_no_page(self, tmp_path, capsys):
        check_refused(run_here(capsys, "evaluate", "--out", tmp_path / "report.docx"), "report.docx")

    def test_two_networks_at_once(self, registry, tmp_path, capsys):
        outcome = run_here(capsys, "evaluate", "--registry", registry, "--bundle", tmp_path)
        check_refused(outcome, "name two networks: give one")

    def test_bundle_that_is_none(self, tmp_path, capsys):
        check_refused(run_here(capsys, "evaluate", "--bundle", tmp_path), "no bundle", "model.keras is missing")

    def test_folds_that_were_not_kept(self, capsys):
        check_refused(run_here(capsys, "evaluate", "--folds"), "has no networks of its folds", "keep_folds: true")

    def test_version_of_no_registry(self, capsys):
        check_refused(run_here(capsys, "evaluate", "--version", 3), "--version 3 of which registry?")

    def test_archive_without_labels(self, tmp_path, capsys):
        check_refused(run_here(capsys, "evaluate", "--archive", tmp_path), "give --curated or --drawn")

    def test_labels_without_an_archive(self, tmp_path, capsys):
        outcome = run_here(capsys, "evaluate", "--nights", 7, "--drawn", tmp_path)
        check_refused(outcome, "--drawn", "in an archive: say which")

    def test_folds_of_too_few_months(self, recipe, tmp_path, capsys):
        log = run_here(capsys, "train", "--registry", tmp_path / "reg", "--recipe", recipe, "--nights", 1, "--folds", 2)
        check_refused(log, "2 folds of 1 months")
