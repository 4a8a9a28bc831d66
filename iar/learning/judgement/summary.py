"""What an evaluation says in numbers, over all nights and by scenario, season and depth, for a card and a report."""

from collections.abc import Iterator
from dataclasses import asdict
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from iar.detection.inference import STEPS
from iar.learning.judgement.evaluation import Evaluation, Judged, false_nights, frozen_seed, missed_nights
from iar.learning.judgement.pixels import (
    Curve,
    Mask,
    reliability,
    score_at,
    step_of_recall,
    sweep_thresholds,
    threshold_step,
)
from iar.learning.judgement.scores import TOLERANCE_PX
from iar.night import SEASONS
from iar.simulation.scenario import SCENARIOS, WIDE_SCENARIOS

DEPTH_EDGES_DB = (2, 3, 4, 5, 6, 7, 8, 9)


def summary(evaluation: Evaluation, *, threshold: float) -> dict[str, Any]:
    """All numbers of an evaluation for a card, four digits each, None where there was nothing to judge.

    `network` and `classical` over all nights; `at_classical_recall`: false pixels of both where the network's threshold
    is raised until its recall is the published detector's; `noise_removed`: share of the published detector's false
    pixels near which the network finds nothing at its own threshold; `scenarios`, `seasons`, `depths`.
    """
    result: dict[str, Any] = {
        "nights": len(evaluation.scenario),
        "seed": frozen_seed(str(evaluation.scenario[0])),
        "digest": evaluation.digest,
        "tolerance_px": TOLERANCE_PX,
        "rules": asdict(evaluation.rules),
        "threshold": threshold,
        "network": _scores_of(evaluation, evaluation.network, threshold),
        "calibration_error": rounded(reliability(evaluation.network.tally.pooled()).error),
    }
    if evaluation.classical is not None:
        result["classical"] = _scores_of(evaluation, evaluation.classical, threshold)
        result["at_classical_recall"] = _at_classical_recall(evaluation.network, evaluation.classical)
        result["noise_removed"] = rounded(noise_removed(evaluation, threshold=threshold))
    for plural, groups in evaluation_groups(evaluation).items():
        result[plural] = {name: _group(evaluation, nights, threshold) for name, nights in groups.items()}
    return result


def noise_removed(evaluation: Evaluation, *, threshold: float, nights: Mask | None = None) -> float:
    """Share of the published detector's false pixels near which the network finds nothing; NaN if it made none."""
    if evaluation.remade is None:
        return float("nan")
    remade = np.sum(evaluation.remade if nights is None else evaluation.remade[nights], axis=0)
    total = int(remade.sum())
    return 1 - float(remade[threshold_step(threshold) :].sum()) / total if total else float("nan")


def evaluation_groups(evaluation: Evaluation) -> dict[str, dict[str, Mask]]:
    """Nights of each scenario, season and depth, in their order."""
    return {
        "scenarios": by_scenario(evaluation.scenario),
        "seasons": by_season(evaluation.month),
        "depths": by_depth(evaluation.depth_db),
    }


def by_scenario(scenario: npt.NDArray[np.str_]) -> dict[str, Mask]:
    """Nights of each scenario that there are any of, the simulator's first."""
    simulated = (*SCENARIOS, *WIDE_SCENARIOS)
    names = [*simulated, *sorted(set(scenario.tolist()) - set(simulated))]
    return {name: scenario == name for name in names if (scenario == name).any()}


def by_season(month: npt.NDArray[np.str_]) -> dict[str, Mask]:
    """Nights of each season, from months as 2012-01."""
    number = np.array([int(text[-2:]) for text in month.tolist()])
    return {name: np.isin(number, months) for name, months in SEASONS.items() if np.isin(number, months).any()}


def by_depth(depth_db: Curve) -> dict[str, Mask]:
    """Nights with fringes by their depth in dB; what is beyond the edges is with the first and the last."""
    place = np.clip(np.digitize(depth_db, DEPTH_EDGES_DB), 1, len(DEPTH_EDGES_DB) - 1)
    there = np.isfinite(depth_db)
    bins = {f"{low}-{high} dB": there & (place == i) for i, (low, high) in enumerate(pairwise(DEPTH_EDGES_DB), 1)}
    return {name: nights for name, nights in bins.items() if nights.any()}


def rounded(value: float) -> float | None:
    """Four digits after the point; None where there was nothing to judge, since JSON has no NaN."""
    return None if np.isnan(value) else round(float(value), 4)


def _at_classical_recall(network: Judged, classical: Judged) -> dict[str, float | int | None]:
    ours, theirs = (sweep_thresholds(judged.tally.pooled()) for judged in (network, classical))
    recall, false = float(theirs.recall[STEPS]), int(theirs.false[STEPS])
    result: dict[str, float | int | None] = {"classical_recall": rounded(recall), "classical_false_pixels": false}
    step = step_of_recall(ours, recall)
    if step is None or false == 0:  # no threshold finds as much, or nothing can be fewer than none
        return result | {"threshold": None, "recall": None, "false_pixels": None, "fewer_false_pixels": None}
    return result | {
        "threshold": step / STEPS,
        "recall": rounded(float(ours.recall[step])),
        "false_pixels": int(ours.false[step]),
        "fewer_false_pixels": rounded(1 - int(ours.false[step]) / false),
    }


def _group(evaluation: Evaluation, nights: Mask, threshold: float) -> dict[str, Any]:
    """Numbers of a group of nights: the network's, and the published detector's where it was asked for."""
    result: dict[str, Any] = dict(_scores_of(evaluation, evaluation.network, threshold, nights))
    if evaluation.classical is not None:
        result["classical"] = _scores_of(evaluation, evaluation.classical, threshold, nights)
        result["noise_removed"] = rounded(noise_removed(evaluation, threshold=threshold, nights=nights))
    return result


def _scores_of(
    evaluation: Evaluation, judged: Judged, threshold: float, nights: Mask | None = None
) -> dict[str, float | int | None]:
    """Numbers of a detector on some nights, all by default."""
    chosen = np.ones(len(evaluation.scenario), dtype=bool) if nights is None else nights
    return dict(_numbers(evaluation, judged, threshold, chosen))


def _numbers(
    evaluation: Evaluation, judged: Judged, threshold: float, nights: Mask
) -> Iterator[tuple[str, float | int | None]]:
    pooled = judged.tally.of(nights).pooled()
    yield "nights", int(nights.sum())
    if pooled.truth:
        yield from ((name, rounded(value)) for name, value in asdict(score_at(pooled, threshold)).items())
    yield "false_pixels_a_night", rounded(float(pooled.far[threshold_step(threshold) :].sum() / nights.sum()))
    without, clear = nights & evaluation.without, nights & evaluation.clear
    if without.any():
        yield "false_nights", rounded(float(false_nights(judged, evaluation)[without].mean()))
    if clear.any():
        yield "missed_nights", rounded(float(missed_nights(judged, evaluation)[clear].mean()))
        answered, spaced = np.isfinite(judged.error_hz[nights]), evaluation.spaced[nights]
        yield "answered_slots", rounded(float(answered[spaced].mean()))
        error_hz = np.abs(judged.error_hz[nights][answered & spaced])
        for name, share in (("median", 0.5), ("p90", 0.9)):
            yield f"spacing_error_{name}_hz", rounded(float(np.quantile(error_hz, share))) if len(error_hz) else None
