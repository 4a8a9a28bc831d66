"""How right the answers are, on the 300 frozen nights that nothing was trained on, beside the published detector."""

from collections.abc import Iterator

import numpy as np

from benchmarks.line import Line
from benchmarks.peers import matched_filter
from iar.detection.bundle import load_bundle
from iar.learning.evaluation import DARK, frozen_nights, simulate_frozen
from iar.simulation.truth import fringe_spacing
from iar.stages.evaluate import NIGHTS, bundle_subject, evaluate

PEER_NIGHTS = 12
"""Nights of each scenario on which the matched filter, which takes a second a night, is asked as well."""
NAMES = {
    "precision": "fringe precision (1 bin, 1 slot)",
    "recall": "fringe recall (1 bin, 1 slot)",
    "f1": "fringe F1 (1 bin, 1 slot)",
    "iou_fringe": "fringe IoU",
}
CLASSICAL = "classical detector"


def lines() -> Iterator[Line]:
    subject = bundle_subject(load_bundle())
    evaluated = evaluate(subject, nights=NIGHTS)
    numbers, error_hz = evaluated.numbers, evaluated.evaluation.network.error_hz
    yield Line(f"all {NIGHTS} nights: {NAMES['f1']}", numbers["network"]["f1"], "1", 0.85, "F1 that was asked for")
    raised = numbers["at_classical_recall"]
    yield Line("all: false pixels at the classical recall", raised["false_pixels"], "px",
               raised["classical_false_pixels"], CLASSICAL, more_is_better=False)  # fmt: skip
    yield Line("all: missed nights", numbers["network"]["missed_nights"], "1", numbers["classical"]["missed_nights"],
               CLASSICAL, more_is_better=False)  # fmt: skip
    for scenario, ours in numbers["scenarios"].items():
        theirs = ours["classical"]
        if "f1" not in ours:
            for key, unit in (("false_nights", "1"), ("false_pixels_a_night", "px")):
                name = f"{scenario}: {key.replace('_', ' ')}"
                yield Line(name, ours[key], unit, theirs[key], CLASSICAL, more_is_better=False)
            continue
        for key, name in NAMES.items():
            yield Line(f"{scenario}: {name}", ours[key], "1", theirs[key], CLASSICAL)
        yield _spacing(scenario, error_hz)


def _spacing(scenario: str, error_hz: np.ndarray) -> Line:
    """Median error of the spacing on some nights, beside a matched filter where ours gives an answer."""
    frozen = frozen_nights(NIGHTS)
    chosen = [i for i, (name, _) in enumerate(frozen) if name == scenario][:PEER_NIGHTS]
    peer = []
    for i in chosen:
        night = simulate_frozen(*frozen[i])
        truth_hz = fringe_spacing(night.drawn, night.f_n)
        peer.append(np.where(np.isfinite(error_hz[i]), (matched_filter(night.density) - truth_hz)[DARK], np.nan))
    ours, theirs = (float(np.nanmedian(np.abs(one))) for one in (error_hz[chosen], np.array(peer)))
    return Line(f"{scenario}: spacing error, median", ours, "Hz", theirs, "matched filter", more_is_better=False)
