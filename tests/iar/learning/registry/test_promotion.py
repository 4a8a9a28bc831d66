"""The better one is champion, and a rollback returns."""

import pytest

from iar.detection.bundle import bundle_digest, save_bundle
from iar.errors import InputError
from iar.learning.registry.versions import Registry
from tests.iar.learning.registry.cards import NOTHING, card_of

pytestmark = pytest.mark.filterwarnings(  # Keras 3.15 hands TensorFlow tensors to np.array(copy=False) of numpy 2
    "ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"
)


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
