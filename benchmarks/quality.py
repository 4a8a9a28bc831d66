"""How right the answers are, on the 300 frozen nights that nothing was trained on, beside the published detector."""

from collections.abc import Iterator

from benchmarks.line import Line
from iar.detection.bundle import load_bundle
from iar.school.evaluate import NIGHTS, bundle_subject, evaluate

NAMES = {
    "precision": "fringe precision (1 bin, 1 slot)",
    "recall": "fringe recall (1 bin, 1 slot)",
    "f1": "fringe F1 (1 bin, 1 slot)",
    "iou_fringe": "fringe IoU",
}
ERRORS = {"spacing_error_median_hz": "Hz", "false_pixels_a_night": "px", "false_nights": "1", "missed_nights": "1"}
CLASSICAL = "published detector"


def lines(nights: int = NIGHTS) -> Iterator[Line]:
    subject = bundle_subject(load_bundle())
    evaluated = evaluate(subject, nights=nights)
    numbers = evaluated.numbers
    network, classical = numbers["network"], numbers["classical"]
    yield Line(f"all {nights} nights: {NAMES['f1']}", network["f1"], "1", 0.85, "F1 that was asked for")
    for key, name in NAMES.items():
        yield Line(f"all: {name}", network[key], "1", classical[key], CLASSICAL)
    for key, unit in ERRORS.items():
        name = f"all: {key.removesuffix('_hz').replace('_', ' ')}"
        yield Line(name, network[key], unit, classical[key], CLASSICAL, more_is_better=False)
    raised = numbers["at_classical_recall"]
    yield Line("all: false pixels at the published recall", raised["false_pixels"], "px",
               raised["classical_false_pixels"], CLASSICAL, more_is_better=False)  # fmt: skip
    for scenario, ours in numbers["scenarios"].items():
        theirs = ours["classical"]
        if "f1" not in ours:
            for key, unit in (("false_nights", "1"), ("false_pixels_a_night", "px")):
                name = f"{scenario}: {key.replace('_', ' ')}"
                yield Line(name, ours[key], unit, theirs[key], CLASSICAL, more_is_better=False)
            continue
        for key, name in NAMES.items():
            yield Line(f"{scenario}: {name}", ours[key], "1", theirs[key], CLASSICAL)
