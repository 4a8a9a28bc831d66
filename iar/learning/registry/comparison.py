"""Which of two networks is the better one, by what their cards say of the same frozen nights."""

from dataclasses import dataclass, fields

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


def compare(candidate: Card, champion: Card, *, holder: str = "champion") -> tuple[bool, str]:
    """Whether the candidate beats the champion on the frozen nights, and why; `holder` is what that is called.

    It has to have a higher F1, no more false nights, no larger error of the spacing, and to answer in as many slots,
    give or take a hundredth.

    Raises
    ------
    InputError
        If the two were judged on different nights or by different rules, or one was not judged at all.
    """
    for name in _SAME_JUDGE:
        new_value, old_value = candidate.evaluation.get(name), champion.evaluation.get(name)
        if new_value != old_value:
            apart = "on different evaluation nights" if name in _SAME_NIGHTS else "by different rules"
            both = f"{name} is {new_value} for the candidate, {old_value} for the {holder}"
            raise InputError(f"the two were judged {apart}: {both}")
    new, old = performance(candidate), performance(champion)
    if new.f1 is None or old.f1 is None or new.false_nights is None or old.false_nights is None:
        told = f"{new.f1} and {new.false_nights} for the candidate, {old.f1} and {old.false_nights} for the champion"
        raise InputError(f"nothing to compare: F1 and false nights are {told}")
    better = new.f1 > old.f1 and new.false_nights <= old.false_nights
    told = f"F1 {new.f1:.3f} against {old.f1:.3f}, false nights {new.false_nights:.1%} against {old.false_nights:.1%}"
    new_hz, old_hz = new.spacing_error_median_hz, old.spacing_error_median_hz
    if old_hz is not None:  # who gives no spacing at all does not beat who does
        better = better and new_hz is not None and new_hz <= old_hz
        told += f", spacing error {'none' if new_hz is None else f'{new_hz:.4f} Hz'} against {old_hz:.4f} Hz"
    new_share, old_share = new.answered_slots, old.answered_slots
    if new_share is not None and old_share is not None:
        better = better and new_share >= old_share - _FEWER_ANSWERS
        told += f", slots answered {new_share:.1%} against {old_share:.1%}"
    return better, f"{'promoted' if better else f'{holder} stays'}: {told}"


def judged_alike(one: Card, other: Card) -> bool:
    """Whether the numbers of two cards can be compared, see `compare`."""
    return all(one.evaluation.get(name) == other.evaluation.get(name) for name in _SAME_JUDGE)


def check_judged(card: Card, name: str) -> None:
    """Raise an InputError if a card does not say how good its network is on the frozen nights."""
    told = performance(card)
    if told.f1 is None or told.false_nights is None:
        raise InputError(f"{name} was not judged: its F1 is {told.f1}, its share of false nights {told.false_nights}")


def performance(card: Card) -> Performance:
    """What a card says of its network on the frozen nights, see `iar.learning.judgement.summary.summary`."""
    network = card.evaluation.get("network", {})
    return Performance(*(network.get(name) for name in _PERFORMANCE))
