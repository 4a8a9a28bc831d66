"""Training and tuning as flows: a champion, trials, and pictures that the quick-look serves."""

import datetime as dt
import json
import shutil

import pytest

from flows.retrain import retrain
from flows.tune import tune
from iar.archive.labels import Label, LabelBook
from iar.archive.reader import Reader
from iar.detection.bundle import SHIPPED, bundle_digest
from iar.errors import InputError
from iar.labels.current import signatures
from iar.labels.sample import make_sample
from iar.labels.versions import version_of
from iar.learning.registry.versions import Registry
from tasks.learning import read_form
from tasks.names import ROOTS
from tests.flows.seen import NIGHTS, artifacts
from tests.recipes import TINY_RECIPE

pytestmark = pytest.mark.usefixtures("prefect_server")


@pytest.fixture
def recipe(tmp_path):
    path = tmp_path / "tiny.yaml"
    path.write_text(TINY_RECIPE)
    return path


@pytest.fixture
def labelled(judged, tmp_path):
    """Archive whose nights two people judged: one of them is its random sample."""
    url = str(shutil.copytree(judged, tmp_path / "archive"))
    book, now = LabelBook(url), dt.datetime(2026, 12, 1, tzinfo=dt.UTC)
    book.keep_sample(make_sample(dict.fromkeys(NIGHTS, "fringes"), now, size=1, seed=1))
    for who in ("ada", "ben"):
        for night in NIGHTS:
            spectra, network = signatures(Reader(url).look(night))
            book.add(Label(
                night=night, who=who, when=now, verdict="fringes", mode="blind", queue="random", spectra=spectra,
                network=network, software="0",
            ))  # fmt: skip
    return url


def test_training_is_a_version_that_shows_its_pictures_and_no_champion_without_a_comparison(
    recipe, labelled, tmp_path, monkeypatch
):
    monkeypatch.setenv("IAR_QUICKLOOK_URL", "http://observatory:4201/")
    registry = tmp_path / "registry"
    decision = retrain(str(registry), recipe=str(recipe), learning_rate=0.02, archive=labelled, labels="latest")
    assert decision.startswith("no champion: the two were judged on different evaluation nights")
    (version,) = Registry(str(registry)).versions()
    card = Registry(str(registry)).card(version.number)
    assert len(card.fold_scores) == 2
    assert card.training["training"]["learning_rate"] == 0.02
    check_labels(card, LabelBook(labelled))
    assert len(json.loads(artifacts("folds")[-1].data)) == 2
    artifact = artifacts("champion")[-1].data
    assert f"Version {version.number}: {decision}" in artifact
    for page in ("curves.png", "overlays.png", "report.html"):
        assert f"(http://observatory:4201/models/{version.number}/{page})" in artifact
        assert Registry(str(registry)).page(version.number, page)


def check_labels(card, book):
    """The card says which labels it learnt from, and how it does on the night that was kept from it."""
    (apart,) = book.sample().nights
    assert card.training["sources"]["labels"] == card.labels.version == version_of(book.read())
    assert (card.labels.people, card.labels.fringes, card.labels.held_back) == (2, len(NIGHTS) - 1, 1)
    assert card.span.sources == {"labelled": 2 * (len(NIGHTS) - 1), "simulated": 8}
    assert str(apart.night) not in card.real_nights
    found = card.evaluation["held_back"]
    assert (found["nights"], found["people"], found["found"]["second"], found["lost"]) == (1, 2, 1.0, False)
    assert found["beside"] == bundle_digest(SHIPPED)


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
