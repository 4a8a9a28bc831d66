"""How right the answers are, on the 300 frozen nights that nothing was trained on, beside the published detector."""

from collections.abc import Iterator

from benchmarks.line import Line
from iar.detection.bundle import load_bundle
from iar.stages.evaluate import NIGHTS, bundle_subject, evaluate

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
    numbers = evaluated.numbers
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
