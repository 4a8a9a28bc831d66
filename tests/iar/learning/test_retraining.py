import numpy as np
import pytest

from iar.detection.backend import keras
from iar.detection.bundle import Card, bundle_digest, load_bundle, save_bundle
from iar.detection.unet import UnetConfig, build_unet
from iar.errors import InputError
from iar.learning.retraining import (
    EVALUATION_SEED,
    Recipe,
    champion_folder,
    compare,
    promote,
    recipe_examples,
    train_final,
    train_fold,
)
from iar.simulation.scenario import DEPTH_DB, SCENARIOS

pytestmark = pytest.mark.filterwarnings(  # Keras 3.15 hands TensorFlow tensors to np.array(copy=False) of numpy 2
    "ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"
)
TINY = UnetConfig(base_filters=1, depth=2)
RECIPE = Recipe(  # the fewest nights that a recipe may have
    nights=32, slots=32, folds=2, epochs=1, base_filters=1, depth=2, evaluation_nights=1, learning_rate=0.02
)


@pytest.fixture(scope="module")
def scores():
    return [train_fold(RECIPE, fold) for fold in range(RECIPE.folds)]


@pytest.fixture(scope="module")
def trained(scores, tmp_path_factory):
    """Folder and card of a bundle that went the whole way; the epochs that were reported."""
    folder, epochs = tmp_path_factory.mktemp("trained") / "candidate", []
    card = train_final(RECIPE, scores, folder, report=lambda epoch, _loss: epochs.append(epoch))
    return folder, card, epochs


def card_of(f1, false_nights, nights=10, **changes):
    evaluation = {name: {"f1": f1} if name in DEPTH_DB else {"false_nights": false_nights} for name in SCENARIOS}
    evaluation["nights_per_scenario"] = nights
    fields = {
        "name": "tiny", "trained_on": "nothing", "unet": TINY, "spline_pieces": 3, "threshold": 0.5, "training": {},
        "fold_scores": (), "evaluation": evaluation, "software": {},
    }  # fmt: skip
    return Card(**(fields | changes))


def bundle_at(folder, f1, false_nights=0.0, seed=0):
    keras().utils.set_random_seed(seed)
    save_bundle(folder, build_unet(TINY), card_of(f1, false_nights))
    return folder


def test_each_fold_gives_a_score_of_shares(scores):
    assert len(scores) == 2
    shares = np.array([[s.precision, s.recall, s.f1, s.iou_fringe] for s in scores], dtype=float)
    assert np.all(np.isnan(shares) | ((shares >= 0) & (shares <= 1)))


def test_examples_follow_from_the_recipe_and_are_simulated_once():
    assert recipe_examples(RECIPE) is recipe_examples(RECIPE)
    assert len(recipe_examples(RECIPE)) == 32
    assert len(set(recipe_examples(RECIPE).month)) == 32


def test_final_model_is_a_bundle_whose_card_tells_how_it_came_about(trained):
    folder, card, epochs = trained
    loaded = load_bundle(folder)
    assert loaded.card.training == RECIPE.model_dump()
    assert loaded.card.unet == card.unet == RECIPE.unet
    assert "simulator" in loaded.card.trained_on
    assert "no real night" in loaded.card.trained_on
    assert len(loaded.card.fold_scores) == 2
    assert loaded.card.evaluation["seed"] == EVALUATION_SEED
    assert set(loaded.card.software) == {"iar", "keras", "tensorflow", "numpy", "python"}
    assert epochs == [1]


def test_frozen_nights_of_every_scenario_are_judged(trained):
    _, card, _ = trained
    for name in SCENARIOS:
        told = {"precision", "recall", "f1", "iou_fringe"} if name in DEPTH_DB else {"false_nights"}
        assert set(card.evaluation[name]) == told


def test_first_candidate_becomes_champion(trained, tmp_path):
    folder, _, _ = trained
    assert promote(folder, tmp_path) == "promoted: there was no champion"
    assert bundle_digest(champion_folder(tmp_path)) == bundle_digest(folder)


def test_better_candidate_replaces_the_champion_and_a_worse_one_does_not(tmp_path):
    registry = tmp_path / "registry"
    good = bundle_at(tmp_path / "good", 0.8, seed=1)
    promote(good, registry)
    told = promote(bundle_at(tmp_path / "worse", 0.7, seed=2), registry)
    assert told == "champion stays: F1 0.700 against 0.800, false nights 0.0% against 0.0%"
    assert bundle_digest(champion_folder(registry)) == bundle_digest(good)
    better = bundle_at(tmp_path / "better", 0.9, seed=3)
    assert promote(better, registry).startswith("promoted: F1 0.900 against 0.800")
    assert bundle_digest(champion_folder(registry)) == bundle_digest(better)


@pytest.mark.parametrize(
    ("candidate", "champion", "better"),
    [
        ((0.8, 0.1), (0.7, 0.1), True),
        ((0.8, 0.0), (0.7, 0.1), True),
        ((0.8, 0.2), (0.7, 0.1), False),  # sees more, and more that is not there
        ((0.7, 0.0), (0.7, 0.0), False),  # no better: the champion stays
        ((0.6, 0.0), (0.7, 0.5), False),
    ],
)
def test_candidate_must_find_more_and_invent_no_more(candidate, champion, better):
    decided, told = compare(card_of(*candidate), card_of(*champion))
    assert decided is better
    assert told.startswith("promoted" if better else "champion stays")


def test_champion_that_finds_nothing_gives_way_to_one_that_finds_something(tmp_path):
    registry = tmp_path / "registry"
    promote(bundle_at(tmp_path / "blind", 0.0, seed=1), registry)
    assert promote(bundle_at(tmp_path / "better", 0.9, seed=2), registry).startswith("promoted: F1 0.900")


def test_cards_that_were_judged_on_other_nights_are_not_compared():
    better, told = compare(card_of(0.99, 0.0, nights=1), card_of(0.5, 0.5, nights=10))
    assert not better
    assert told == "champion stays: judged on 10 nights of each scenario, the candidate on 1"


def test_candidate_that_is_not_there_is_an_input_error(tmp_path):
    with pytest.raises(InputError, match="no bundle in"):
        promote(tmp_path / "nowhere", tmp_path / "registry")
    assert not champion_folder(tmp_path / "registry").exists()


def test_recipe_of_one_month_cannot_be_folded():
    with pytest.raises(InputError, match="2 folds of 1 months"):
        train_fold(RECIPE.model_copy(update={"nights": 1}), 0)


@pytest.mark.parametrize("wrong", [{"seed": EVALUATION_SEED}, {"nights": 3}, {"slots": 865}, {"optimiser": "sgd"}])
def test_recipe_outside_its_bounds_raises(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Recipe(**wrong)
