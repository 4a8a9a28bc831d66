"""The better candidate finds more, invents no more and measures no worse, on the same nights by the same rules."""

import pytest

from iar.errors import InputError
from iar.learning.registry.comparison import Performance, compare, performance
from tests.iar.learning.registry.cards import card_of


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


def with_held_back(card, *, lost, beside="d1"):
    held_back = {"beside": beside, "lost": lost, "words": "held-back nights: so"}
    return card.model_copy(update={"evaluation": card.evaluation | {"held_back": held_back}})


def test_a_candidate_that_loses_on_real_nights_is_not_promoted_however_good_it_is_on_the_frozen_ones():
    better, said = compare(with_held_back(card_of(0.8), lost=False), card_of(0.7), digest="d1")
    assert better
    assert said.endswith("; held-back nights: so")
    assert not compare(with_held_back(card_of(0.8), lost=True), card_of(0.7), digest="d1")[0]
    with pytest.raises(InputError, match="judged beside network d1, the champion is d2"):
        compare(with_held_back(card_of(0.8), lost=False), card_of(0.7), digest="d2")


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
