"""Which of two networks is the better one, by what their cards say of the same frozen nights."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

from iar.detection.bundle import Card
from iar.errors import InputError

_FEWER_ANSWERS = 0.01
"""Share of slots that a better network may leave without a spacing where the champion had one."""
_SAME_NIGHTS = ("nights", "seed", "digest", "tolerance_px")
_SAME_JUDGE = (*_SAME_NIGHTS, "rules")
"""What has to be equal in two evaluations for their numbers to be compared."""


@dataclass(frozen=True)
class Performance:
    """What a candidate is judged by, over all the frozen nights; None where there was nothing to judge."""

    f1: float | None
    false_nights: float | None
    spacing_error_median_hz: float | None
    answered_slots: float | None


_PERFORMANCE = tuple(field.name for field in fields(Performance))


def compare(
    candidate: Card, champion: Card, *, holder: str = "champion", digest: str | None = None
) -> tuple[bool, str]:
    """Whether the candidate beats the champion on the frozen nights, and why; `holder` is what that is called.

    On neither set of frozen nights may it lose: no lower F1, no more false nights, no larger error of the spacing, and
    answers in as many slots, give or take a hundredth. On one of them its F1 has to be higher. A champion from before
    the wide world is held against on the first set alone. A candidate that learnt from labels may not lose on the
    held-back real nights either, by more than the interval of the difference: see `iar.labels.beside`.

    Parameters
    ----------
    digest
        The champion's, where it is known: the held-back nights have to have been judged beside that one.

    Raises
    ------
    InputError
        If the two were judged on different nights, or one was not judged at all.
    """
    found = [(name, *_compare_set(new, old, holder)) for name, new, old in _sets(candidate, champion)]
    better = all(no_worse for _, no_worse, _, _ in found) and any(higher for _, _, higher, _ in found)
    real = candidate.evaluation.get("held_back")
    if real is not None and digest not in {None, real["beside"]}:
        raise InputError(f"held-back nights were judged beside network {real['beside']}, the {holder} is {digest}")
    better = better and not (real and real["lost"])
    reasons = "; ".join([f"{name}{words}" for name, _, _, words in found] + ([real["words"]] if real else []))
    return better, f"{'promoted' if better else f'{holder} stays'}: {reasons}"


def judged_alike(candidate: Card, champion: Card) -> bool:
    """Whether the numbers of two cards can be compared, see `compare`."""
    sets = _sets(candidate, champion)
    return all(new.get(name) == old.get(name) for _, new, old in sets for name in _SAME_JUDGE)


def _sets(candidate: Card, champion: Card) -> Iterator[tuple[str, Mapping[str, Any], Mapping[str, Any]]]:
    """Name and both evaluations of each set of frozen nights that the champion was judged on."""
    yield "", candidate.evaluation, champion.evaluation
    if "wide" in champion.evaluation:
        yield "wide: ", candidate.evaluation.get("wide", {}), champion.evaluation["wide"]


def _compare_set(candidate: Mapping[str, Any], champion: Mapping[str, Any], holder: str) -> tuple[bool, bool, str]:
    """Whether the candidate is no worse on one set of nights, whether its F1 is higher there, and both in words."""
    for name in _SAME_JUDGE:
        new_value, old_value = candidate.get(name), champion.get(name)
        if new_value != old_value:
            apart = "on different evaluation nights" if name in _SAME_NIGHTS else "by different rules"
            both = f"{name} is {new_value} for the candidate, {old_value} for the {holder}"
            raise InputError(f"the two were judged {apart}: {both}")
    new, old = _performance(candidate), _performance(champion)
    if new.f1 is None or old.f1 is None or new.false_nights is None or old.false_nights is None:
        scores = f"{new.f1} and {new.false_nights} for the candidate, {old.f1} and {old.false_nights} for the champion"
        raise InputError(f"nothing to compare: F1 and false nights are {scores}")
    better = new.f1 >= old.f1 and new.false_nights <= old.false_nights
    reason = f"F1 {new.f1:.3f} against {old.f1:.3f}, false nights {new.false_nights:.1%} against {old.false_nights:.1%}"
    new_hz, old_hz = new.spacing_error_median_hz, old.spacing_error_median_hz
    if old_hz is not None:  # who gives no spacing at all does not beat who does
        better = better and new_hz is not None and new_hz <= old_hz
        reason += f", spacing error {'none' if new_hz is None else f'{new_hz:.4f} Hz'} against {old_hz:.4f} Hz"
    new_share, old_share = new.answered_slots, old.answered_slots
    if new_share is not None and old_share is not None:
        better = better and new_share >= old_share - _FEWER_ANSWERS
        reason += f", slots answered {new_share:.1%} against {old_share:.1%}"
    return better, new.f1 > old.f1, reason


def check_judged(card: Card, name: str) -> None:
    """Raise an InputError if a card does not say how good its network is on the frozen nights."""
    scores = performance(card)
    if scores.f1 is None or scores.false_nights is None:
        raise InputError(
            f"{name} was not judged: its F1 is {scores.f1}, its share of false nights {scores.false_nights}"
        )


def performance(card: Card) -> Performance:
    """What a card says of its network on the frozen nights, see `iar.learning.judgement.summary.summary`."""
    return _performance(card.evaluation)


def _performance(evaluation: Mapping[str, Any]) -> Performance:
    """What the numbers of one set of nights say."""
    network = evaluation.get("network", {})
    return Performance(*(network.get(name) for name in _PERFORMANCE))
