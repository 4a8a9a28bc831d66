"""Training and tuning as flows: a champion, trials, and pictures that the quick-look serves."""

import json

import pytest

from flows.retrain import retrain
from flows.tune import tune
from iar.errors import InputError
from iar.learning.registry.versions import Registry
from tasks.learning import read_form
from tasks.names import ROOTS
from tests.flows.seen import artifacts
from tests.recipes import TINY_RECIPE

pytestmark = pytest.mark.usefixtures("prefect_server")


@pytest.fixture
def recipe(tmp_path):
    path = tmp_path / "tiny.yaml"
    path.write_text(TINY_RECIPE)
    return path


def test_training_is_a_version_that_shows_its_pictures_and_no_champion_without_a_comparison(
    recipe, tmp_path, monkeypatch
):
    monkeypatch.setenv("IAR_QUICKLOOK_URL", "http://observatory:4201/")
    registry = tmp_path / "registry"
    decision = retrain(str(registry), recipe=str(recipe), learning_rate=0.02)
    assert decision.startswith("no champion: the two were judged on different evaluation nights")
    (version,) = Registry(str(registry)).versions()
    card = Registry(str(registry)).card(version.number)
    assert len(card.fold_scores) == 2
    assert card.training["training"]["learning_rate"] == 0.02
    assert len(json.loads(artifacts("folds")[-1].data)) == 2
    artifact = artifacts("champion")[-1].data
    assert f"Version {version.number}: {decision}" in artifact
    for page in ("curves.png", "overlays.png", "report.html"):
        assert f"(http://observatory:4201/models/{version.number}/{page})" in artifact
        assert Registry(str(registry)).page(version.number, page)


def test_two_processes_share_the_trials_of_a_study(recipe, tmp_path):
    space = tmp_path / "space.yaml"
    space.write_text("parameters: {unet.dropout: {values: [0.0, 0.5]}}")
    registry = str(tmp_path / "registry")
    given = {"space_file": str(space), "sampler": "grid", "recipe": str(recipe)}
    assert tune(registry, "dropout", at_once=2, **given) == 2
    trials = json.loads(artifacts("trials")[-1].data)
    assert sorted(trial["unet.dropout"] for trial in trials) == [0.0, 0.5]
    assert "(http://127.0.0.1:4201/studies/dropout/history.png)" in artifacts("study")[-1].data
    assert (tmp_path / "registry/studies/dropout/importance.png").read_bytes().startswith(b"\x89PNG")


def test_recipe_may_not_lead_out_of_the_roots(recipe, tmp_path, monkeypatch):
    monkeypatch.setenv(ROOTS, str(tmp_path))
    recipe.write_text(f"{TINY_RECIPE}\n".replace("slots: 32", "slots: 32, archive: /elsewhere, drawn: /elsewhere"))
    with pytest.raises(InputError, match=r"^archive /elsewhere lies outside the roots"):
        read_form.fn(str(recipe), "light")


def test_choices_of_the_form_change_the_recipe(recipe):
    chosen = read_form.fn(
        str(recipe), "light", loss="dice", optimiser="as the preset", self_training_rounds=1, epochs=None
    )
    assert (chosen.training.loss, chosen.training.optimiser, chosen.self_training.rounds) == ("dice", "adamw", 1)
