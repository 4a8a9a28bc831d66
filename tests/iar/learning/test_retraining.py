import json

import numpy as np
import pytest

from iar.errors import InputError
from iar.learning import retraining
from iar.learning.examples import Examples
from iar.learning.judgement.evaluation import EVALUATION_SEED
from iar.learning.judgement.pixels import count_steps
from iar.learning.retraining import (
    GIVEN,
    PRESET_RECIPES,
    FoldResult,
    Recipe,
    changed_recipe,
    choose_threshold,
    fold_scores,
    given_recipe,
    learn_final,
    learn_fold,
    software,
    split_fold,
)

TINY = changed_recipe(
    Recipe(),
    {"unet.base_filters": 2, "unet.depth": 2, "unet.stem": 1, "training.epochs": 2, "training.batch": 4, "folds": 2,
     "training.precision": "float32", "training.learning_rate": 0.01},
)  # fmt: skip


def bright_lines():
    """Eight pictures of as many months, with a line of three bins, twice the scatter above the rest."""
    rng = np.random.default_rng(0)
    mask = np.zeros((8, 32, 32), dtype=bool)
    for i in range(8):
        mask[i, :, 3 * i + 1 : 3 * i + 4] = True
    picture = np.ones((8, 32, 32, 3), dtype=np.float16)
    picture[..., :2] = 0.5 * rng.standard_normal((8, 32, 32, 2)) + mask[..., None]
    return Examples(picture, mask, np.array([f"2010-{i + 1:02}" for i in range(8)]), np.array(["lines"] * 8))


def result_with(low, high, noise=10):
    """Fold whose true pixels have the steps `low` (half of them) and `high`, and whose other pixels have `noise`."""
    truth = np.zeros((20, 20), dtype=bool)
    truth[:, 10] = True
    packed = np.full((20, 20), noise, dtype=np.uint8)
    packed[:, 9:12] = high
    packed[::2, 9:12] = low
    return FoldResult((), count_steps(packed, truth))


def test_folds_judge_only_months_that_they_did_not_learn_from():
    examples = bright_lines()
    results = [learn_fold(TINY, examples, fold)[1] for fold in range(2)]
    assert sum(int(result.tally.truth) for result in results) == examples.mask.sum()
    assert [len(result.history) for result in results] == [2, 2]
    assert {"loss", "held_loss", "held_f1"} <= set(results[0].history[0])
    assert [result.loss for result in results] == [result.history[-1]["held_loss"] for result in results]


def test_loss_of_a_fold_is_that_of_the_epoch_that_was_kept():
    """At this rate the last epochs are worse than an early one."""
    impatient = changed_recipe(TINY, {"training.epochs": 6, "training.patience": 2, "training.learning_rate": 0.5})
    _, result = learn_fold(impatient, bright_lines(), 0)
    held = [row["held_loss"] for row in result.history]
    assert result.loss == min(held) < held[-1]


def test_leave_one_out_has_a_fold_a_month():
    assert TINY.fold_count(bright_lines()) == 2
    assert changed_recipe(TINY, {"leave_one_out": True}).fold_count(bright_lines()) == 8


def test_final_network_learns_from_all_examples():
    epochs = []
    model, history = learn_final(TINY, bright_lines(), report=lambda epoch, _: epochs.append(epoch))
    assert epochs == [1, 2]
    assert history[1]["loss"] < history[0]["loss"]
    assert model.output_shape[-1] == 1


def test_threshold_is_the_one_with_the_best_f1_on_the_held_out_months():
    """Pixels at 10 of 250 are false, true ones begin at 60: between the two everything is found and nothing else."""
    threshold = choose_threshold(TINY, [result_with(60, 200), result_with(90, 220)])
    assert 10 / 250 < threshold <= 60 / 250
    assert [score.f1 for score in fold_scores([result_with(60, 200)], threshold)] == [1.0]


def test_a_fold_is_scored_at_the_threshold_of_the_others():
    """The noise of one reaches to 10 of 250, that of the other to 70: each is best just above its own."""
    clean, noisy = result_with(60, 200), result_with(90, 220, noise=70)
    scores = fold_scores([clean, noisy])
    assert scores[0].threshold > 70 / 250 > scores[1].threshold > 10 / 250
    assert scores[1].precision < 1 == fold_scores([noisy])[0].precision
    assert [score.threshold for score in fold_scores([clean, noisy], 0.5)] == [0.5, 0.5]


def test_threshold_of_the_recipe_stands_above_the_folds():
    assert choose_threshold(changed_recipe(TINY, {"threshold": 0.7}), [result_with(60, 200)]) == 0.7


def test_threshold_without_folds_is_a_half():
    assert choose_threshold(TINY, []) == 0.5


@pytest.mark.parametrize(("name", "batch", "rate"), [("x-unet", 2, 1e-4), ("k-unet", 2, 1e-4)])
def test_recipes_of_the_dissertation_are_those_of_its_table(name, batch, rate):
    training = PRESET_RECIPES[name].training
    assert (training.batch, training.learning_rate, training.optimiser, training.loss) == (
        batch,
        rate,
        "adam",
        "entropy",
    )
    assert training.augmentation == name
    assert PRESET_RECIPES[name].unet.base_filters == 64


def test_default_network_stays_below_two_and_a_half_million_parameters():
    from iar.detection.unet import build_unet

    assert build_unet(Recipe().unet).count_params() <= 2_500_000


def test_a_recipe_survives_json():
    assert Recipe.model_validate(json.loads(Recipe().model_dump_json())) == Recipe()


def test_what_a_person_gives_stands_above_the_preset_and_what_is_not_given_stays():
    recipe = given_recipe(Recipe(), seed=5, nights=40, epochs=None)
    assert (recipe.sources.seed, recipe.training.seed, recipe.sources.simulated) == (5, 5, 40)
    assert recipe.training.epochs == Recipe().training.epochs


def test_every_given_name_is_a_field():
    for path in GIVEN.values():
        *outer, last = path.split(".")
        fields = Recipe().model_dump()
        for part in outer:
            fields = fields[part]
        assert last in fields


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"training.speed": 1}, "recipe has no field training.speed"),
        ({"soup.salt": 1}, "recipe has no field soup.salt"),
        ({"folds.deep": 1}, "recipe has no field folds.deep"),
        ({"training.epochs": 0}, "training.epochs = 0"),
        ({"evaluation_nights": 3}, "evaluation_nights = 3"),
        ({"sources.seed": EVALUATION_SEED}, "sources.seed = 20000000: from 20000000 on are the evaluation nights"),
        ({"name": "../escape"}, "name = '../escape'"),
        (
            {"sources.unlabelled_first": "2014-01-01", "sources.unlabelled_last": "2014-01-02", "sources.archive": "a"},
            "nothing learns from them with self_training.rounds = 0",
        ),
        ({"sources.unlabelled_first": "2014-01-01", "self_training.rounds": 1}, "give both, or neither"),
        ({"unet.normalisation": "group", "unet.base_filters": 64, "unet.stem": 1}, r"524288 pixels fit .* have 718848"),
    ],
)
def test_a_wrong_recipe_is_in_one_line(changes, message):
    with pytest.raises(InputError, match=message) as error:
        changed_recipe(Recipe(), changes)
    assert "\n" not in str(error.value)


def test_software_names_what_is_installed():
    assert {"python", "iar", "keras", "numpy"} <= set(software())


def test_self_training_of_a_recipe_goes_on_from_the_round_in_which_it_was_killed(tmp_path):
    recipe = changed_recipe(TINY, {"self_training.rounds": 1, "self_training.keep_labelled": False})
    undisturbed, _ = learn_final(recipe, bright_lines())

    def killed(epoch, _):
        if epoch == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        learn_final(recipe, bright_lines(), checkpoints=str(tmp_path), report=killed)
    epochs = []
    resumed, _ = learn_final(
        recipe, bright_lines(), checkpoints=str(tmp_path), report=lambda epoch, _: epochs.append(epoch)
    )
    assert epochs == [4]
    for one, other in zip(resumed.get_weights(), undisturbed.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_nights_without_labels_are_never_held_out_and_those_of_held_out_months_are_not_learnt_from():
    lines = bright_lines()
    some = np.arange(8) % 2 == 0
    mixed = Examples(
        np.concatenate([lines.picture, lines.picture]), np.concatenate([lines.mask, lines.mask]),
        np.concatenate([lines.month, lines.month]), np.array(["lines"] * 8 + ["unlabelled"] * 8),
    ).take(np.flatnonzero(np.concatenate([some, np.ones(8, bool)])))  # fmt: skip
    assert TINY.fold_count(mixed) == 2
    for fold in range(2):
        learnt, held = split_fold(TINY, mixed, fold)
        assert set(held.scenario.tolist()) == {"lines"}
        assert not set(held.month.tolist()) & set(learnt.month.tolist())
        assert len(held) == 2
        assert len(learnt) == 2 + 6


def test_the_first_round_learns_from_labels_alone(monkeypatch):
    lines, seen = bright_lines(), []
    mixed = Examples(lines.picture, lines.mask, lines.month, np.array(["lines"] * 5 + ["unlabelled"] * 3))
    recipe = changed_recipe(TINY, {"self_training.rounds": 1, "training.epochs": 1})
    learn = retraining.train

    def watched(examples, **how):
        seen.append(examples.scenario.tolist())
        return learn(examples, **how)

    monkeypatch.setattr(retraining, "train", watched)
    learn_final(recipe, mixed)
    assert seen == [["lines"] * 5, ["lines"] * 5 + ["lines"] * 5 + ["unlabelled"] * 3]
