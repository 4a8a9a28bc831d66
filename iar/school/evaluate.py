"""Evaluation of a network: on the frozen simulated nights beside the published detector, and on labelled nights."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import reduce
from math import lcm
from operator import add
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np
import numpy.typing as npt

from iar.detection.bundle import SHIPPED, Bundle, fold_bundles, load_bundle
from iar.detection.inference import STEPS, fringe_probability, pack_probability
from iar.detection.tiling import Network
from iar.detection.unet import KerasModel
from iar.errors import InputError
from iar.fringes.judging import Rules
from iar.learning.judgement.evaluation import (
    DARK,
    FREQUENCY_HZ,
    Detector,
    Evaluation,
    Found,
    FrozenNight,
    count_examples,
    evaluate_nights,
    frozen_nights,
    network_detector,
    simulate_frozen,
)
from iar.learning.judgement.looks import averaged, turned
from iar.learning.judgement.pixels import StepTally, count_steps, reliability, score_at, stacked_steps
from iar.learning.judgement.summary import rounded, summary
from iar.learning.judgement.uncertainty import count_by_spread
from iar.night import SLOTS
from iar.school.examples import Labelled
from iar.settings import ClassicalSettings, Processing
from iar.simulation.scenario import SCENARIOS, WIDE_SCENARIOS
from iar.spectra.grid import pieces_over
from iar.stages.classical import detect_classical
from iar.stages.network import choose_bundle

NIGHTS = 300
SIZE_NIGHTS = 4
"""Nights that are looked at in pictures of several sizes."""
SPREAD_NIGHTS = 4
"""Nights of each scenario on which the disagreement of several networks is held against their errors."""
History = Sequence[Mapping[str, float]]


@dataclass(frozen=True)
class Subject:
    """What is evaluated: a network, and what its card says of it.

    `step` that sizes are multiples of; `pieces` over 10 Hz of the background; `threshold` of the probability; `about`
    facts for the report's head; `model` gives the Keras model for its activation maps, None where it has none;
    `histories` of its training and its folds, by their names, as `iar.plots.learning.plot_training` takes them;
    `members` the networks whose mean it is, where it is one of several; `learnt` the real nights that it learnt from.
    """

    name: str
    network: Network
    step: int
    pieces: int
    threshold: float
    about: Mapping[str, str] = field(default_factory=dict)
    model: Callable[[], KerasModel] | None = None
    histories: Mapping[str, History] = field(default_factory=dict)
    members: Sequence[Network] = ()
    learnt: frozenset[str] = frozenset()

    def probability(self, density: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Probability of fringe (slot, frequency) of a density (channel, slot, frequency)."""
        pieces = pieces_over(FREQUENCY_HZ, pieces_per_10_hz=self.pieces)
        return fringe_probability(density, self.network, step=self.step, pieces=pieces)


def bundle_subject(bundle: Bundle, histories: Mapping[str, History] | None = None) -> Subject:
    """Bundle as what is evaluated, with the histories of its training where they are known."""
    card = bundle.card
    about = {
        "digest": bundle.digest,
        "trained on": card.trained_on,
        "network": ", ".join(f"{name} {value}" for name, value in card.unet.model_dump().items()),
        "software": ", ".join(f"{name} {value}" for name, value in card.software.items()),
    }
    return Subject(
        name=card.name,
        network=bundle.network,
        step=card.unet.step,
        pieces=card.spline_pieces,
        threshold=card.threshold,
        about=about,
        model=lambda: bundle.model,
        histories=histories or {},
        learnt=frozenset(card.real_nights),
    )


def choose_subject(bundles: Sequence[Path], registry: str | None, version: str, *, folds: bool) -> Subject:
    """What somebody named: a bundle, several, a version of a registry, the folds of any of them; else the shipped one.

    Raises
    ------
    InputError
        If bundles and a registry are named, if there is no such bundle, version or fold.
    """
    folders = [choose_bundle(bundles[0] if bundles else None, registry, version) or SHIPPED, *bundles[1:]]
    if folds:
        folders = [fold for folder in folders for fold in fold_bundles(folder)]
    loaded = [load_bundle(folder) for folder in folders]
    return bundle_subject(loaded[0]) if len(loaded) == 1 else ensemble_subject(loaded)


def ensemble_subject(bundles: Sequence[Bundle]) -> Subject:
    """Mean of the networks of several bundles as what is evaluated, at the mean of their thresholds.

    Raises
    ------
    InputError
        If they look at pictures of different kinds.
    """
    cards = [bundle.card for bundle in bundles]
    kinds = {(card.spline_pieces, card.unet.planes) for card in cards}
    if len(kinds) > 1:
        listed = ", ".join(f"{pieces} spline pieces and {planes} planes" for pieces, planes in sorted(kinds))
        raise InputError(f"networks that look at different pictures have no mean: {listed}")
    members = tuple(bundle.network for bundle in bundles)
    return Subject(
        name=f"mean of {', '.join(card.name for card in cards)}",
        network=averaged(members),
        step=lcm(*(card.unet.step for card in cards)),
        pieces=cards[0].spline_pieces,
        threshold=fmean(card.threshold for card in cards),
        about={
            "digests": ", ".join(bundle.digest for bundle in bundles),
            "trained on": " | ".join(dict.fromkeys(card.trained_on for card in cards)),
        },
        members=members,
        learnt=frozenset().union(*(card.real_nights for card in cards)),
    )


def turned_subject(subject: Subject) -> Subject:
    """Subject that looks at each night forwards and backwards, and with the channels swapped."""
    return replace(subject, network=turned(subject.network), members=tuple(map(turned, subject.members)))


def classical_detector(settings: ClassicalSettings) -> Detector:
    """Detector that looks at whole nights as published: its lines are what it finds."""

    def detect(density: npt.NDArray[np.float32], dark: npt.NDArray[np.bool_]) -> Found:
        """Find lines."""
        steps = detect_classical(density, FREQUENCY_HZ, dark, settings)
        return Found(steps.lines * np.uint8(STEPS), lines=(steps.line_hz, steps.line_weight))

    return detect


@dataclass(frozen=True)
class Evaluated:
    """What came of an evaluation: of each night, in numbers for a card, and the tally of each labelled set.

    `wide` is that of the second frozen set, the nights of the wide world, without the published detector; `processing`
    is that of the published detector, and of the verdicts.
    """

    evaluation: Evaluation
    numbers: dict[str, Any]
    labelled: dict[str, StepTally]
    processing: Processing
    wide: Evaluation


def evaluate(
    subject: Subject,
    *,
    nights: int = NIGHTS,
    labelled: Mapping[str, Labelled] | None = None,
    processing: Processing | None = None,
    report: Callable[[int, int], None] | None = None,
) -> Evaluated:
    """Evaluate a network; `iar.school.evaluation_report.write_report` makes a page of it.

    Parameters
    ----------
    nights
        Frozen simulated nights of all scenarios, and as many of the wide world.
    labelled
        Further nights to judge it on, by their names: such as those of an archive with labels somebody drew.
    processing
        How the operator's nights come to their verdict, and how the published detector looks at them; the defaults if
        nothing is said. The spectra are always those of the simulated nights.
    report
        Called after each simulated night with how many are done, of how many.

    Returns
    -------
    Among its numbers those of `judgement.summary`; `wide`: the same of the wide world; `labelled`: scores on each
    further set, and how many of its nights were learnt from; `picture_slots`: F1 of the same dark parts in pictures of
    several sizes; `spread` of several networks, see `score_spread`.

    Raises
    ------
    InputError
        If there are fewer nights than scenarios.
    """
    detector = network_detector(subject.network, step=subject.step, pieces=subject.pieces, threshold=subject.threshold)
    chosen = processing or Processing()
    classical, rules = classical_detector(chosen.classical), Rules(**chosen.fringes.model_dump())
    tell = report or (lambda _done, _total: None)
    evaluation = evaluate_nights(
        detector, nights=nights, classical=classical, rules=rules, report=lambda done, total: tell(done, 2 * total)
    )
    wide = evaluate_nights(
        detector, nights=nights, scenarios=WIDE_SCENARIOS, rules=rules,
        report=lambda done, total: tell(total + done, 2 * total),
    )  # fmt: skip
    sets = labelled or {}
    tallies = {name: count_examples(subject.network, nights_of.examples) for name, nights_of in sets.items()}
    numbers = summary(evaluation, threshold=subject.threshold)
    numbers["wide"] = summary(wide, threshold=subject.threshold)
    numbers["labelled"] = {
        name: {
            **_labelled_numbers(tally, subject.threshold),
            "learnt_from": len(subject.learnt & set(sets[name].nights)),
        }
        for name, tally in tallies.items()
    }
    typical = typical_nights(evaluation, "fringes", threshold=subject.threshold)[:SIZE_NIGHTS]
    if subject.members:
        numbers["spread"] = score_spread(subject, spread_nights(nights))
    numbers["picture_slots"] = score_sizes(subject, [frozen_nights(nights)[number] for number in typical])
    return Evaluated(evaluation, numbers, tallies, chosen, wide)


def typical_nights(evaluation: Evaluation, scenario: str, *, threshold: float) -> list[int]:
    """Nights of a scenario with fringes, the nearest to their median F1 first."""
    nights = np.flatnonzero(evaluation.scenario == scenario)
    tally = evaluation.network.tally
    f1 = np.array([score_at(tally.of(np.array([night])).pooled(), threshold).f1 for night in nights])
    order = np.argsort(np.abs(np.nan_to_num(f1) - np.nanmedian(f1)), kind="stable")
    return [int(night) for night in nights[order]]


def score_sizes(subject: Subject, nights: Sequence[tuple[str, dt.date]]) -> dict[str, float | None]:
    """F1 of the same dark parts in pictures of several sizes, by their slots: alone, in their night, and in two nights.

    Parameters
    ----------
    nights
        Scenario and date of each, as of `iar.learning.judgement.evaluation.frozen_nights`.
    """
    tallies: dict[str, list[StepTally]] = {}
    for scenario, date in nights:
        night = simulate_frozen(scenario, date)
        two = two_nights(scenario, date)
        pictures = {int(DARK.sum()): subject.probability(night.density[:, DARK])}
        pictures[SLOTS] = subject.probability(night.density)[DARK]
        pictures[2 * SLOTS] = subject.probability(two.density)[:SLOTS][DARK]
        for slots, probability in pictures.items():
            tallies.setdefault(str(slots), []).append(count_steps(pack_probability(probability), night.truth))
    pooled = {slots: stacked_steps(rows).pooled() for slots, rows in tallies.items()}
    return {slots: rounded(score_at(all_of_them, subject.threshold).f1) for slots, all_of_them in pooled.items()}


def spread_nights(nights: int) -> list[tuple[str, dt.date]]:
    """Scenario and date of some of that many frozen nights: a few of each scenario, over all years."""
    frozen = frozen_nights(nights)
    of_each = [[night for night in frozen if night[0] == scenario] for scenario in SCENARIOS]
    return [some[i] for some in of_each for i in sorted({i * len(some) // SPREAD_NIGHTS for i in range(SPREAD_NIGHTS)})]


def score_spread(subject: Subject, nights: Sequence[tuple[str, dt.date]]) -> dict[str, Any]:
    """How often the mean of several networks is wrong by how far they disagree, see `judgement.uncertainty`.

    Parameters
    ----------
    nights
        Scenario and date of each, as of `iar.learning.judgement.evaluation.frozen_nights`.
    """
    rows = []
    for scenario, date in nights:
        night = simulate_frozen(scenario, date)
        looks = [replace(subject, network=member).probability(night.density)[DARK] for member in subject.members]
        rows.append(count_by_spread(np.stack(looks), night.truth, threshold=subject.threshold))
    pooled = reduce(add, rows)
    return {"nights": len(nights), "networks": len(subject.members), **pooled.shares()}


def two_nights(scenario: str, date: dt.date) -> FrozenNight:
    """Night and the one after it in one picture, which is four times as long as those learnt from."""
    first, second = (simulate_frozen(scenario, date + dt.timedelta(days=later)) for later in (0, 1))
    density = np.concatenate([first.density, second.density], axis=1)
    return FrozenNight(first.drawn, density, np.concatenate([first.f_n, second.f_n]))


def _labelled_numbers(tally: StepTally, threshold: float) -> dict[str, float | int | None]:
    """Scores on a set of labelled nights, over all their pixels."""
    pooled = tally.pooled()
    scores = {name: rounded(value) for name, value in asdict(score_at(pooled, threshold)).items()}
    return {"nights": len(tally.truth), **scores, "calibration_error": rounded(reliability(pooled).error)}
