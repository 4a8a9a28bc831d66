"""The report of an evaluation, as a page.

Every figure of the dissertation's chapter 5 that a network's quality can be read from has its counterpart here.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from iar.detection.inference import STEPS
from iar.learning.judgement.pixels import StepTally, reliability, sweep_thresholds, threshold_step
from iar.learning.judgement.summary import evaluation_groups
from iar.plots.evaluation import plot_groups, plot_noise, plot_reliability, plot_spacing, plot_sweep
from iar.plots.learning import plot_training
from iar.results.outfile import check_out_file
from iar.results.page import Page, PageTable, Section, Tile, chart, decimals
from iar.school.evaluate import Evaluated, Subject
from iar.school.evaluation_ensemble import spread_section
from iar.school.evaluation_nights import night_sections
from iar.school.held_back import held_back_section
from iar.simulation.scenario import DEPTH_DB

SUFFIXES = (".html",)
COUNTERPARTS = (
    ("5.1, 5.6, 5.16", "cell pictures, a scheme of finalisation, a scheme of a layer", "none: not about fringes"),
    ("5.2, 5.9", "predictions after 1 to 10 epochs", "training curves: held-out scores after every epoch"),
    ("5.3", "number of folds", "the card's fold scores; a fold is whole months"),
    ("5.4, 5.5, 5.7, 5.10, 8.3", "loss and IoU over the epochs, by fold", "training curves"),
    ("5.8, 8.1, 8.2", "thresholds 0.4, 0.5, 0.6", "found at three thresholds, and scores at all 250"),
    ("5.11", "overlay on the present method", "overlay on the published detector, with the truth beside it"),
    ("5.12, 5.13", "negative controls: no signal, artificial signal", "the worst quiet, comb, storm and pearls night"),
    (
        "5.14, 5.15",
        "larger pictures, which failed",
        "two nights in one picture, four times as long as those learnt from",
    ),
    ("5.17, 5.18", "activations of layers 1 and 18", "activations of the first, the deepest and the last layer"),
    ("5.19", "probability heat map", "probability heat map, and how right a probability is"),
    (
        "chapter 7",
        "noise of the present method that the network does not make",
        "false pixels, counted against the truth",
    ),
)
"""Figures of the dissertation, what they show, and what shows it here."""

Numbers = Mapping[str, Any]


def check_report_file(path: Path) -> None:
    """Raise an InputError unless a report can be written to `path`: looked at before any work."""
    check_out_file(path, SUFFIXES)


def write_report(subject: Subject, evaluated: Evaluated, out: Path) -> None:
    """Write the report to `out`; an InputError if that is no HTML file in a folder that exists."""
    check_report_file(out)
    out.write_text(report_page(subject, evaluated).render(), encoding="utf-8")


def report_page(subject: Subject, evaluated: Evaluated) -> Page:
    """Page of an evaluation."""
    numbers = evaluated.numbers
    return Page(
        title=f"How well the network “{subject.name}” finds fringes",
        lead=(
            f"Judged on {numbers['nights']} simulated nights that nothing was trained on, of all scenarios, in the "
            f"dark part from 18 to 06 UTC, beside the published detector (Beggan 2014). A found pixel is right within "
            f"{numbers['tolerance_px']} slot and {numbers['tolerance_px']} bin of a true one, and false farther away."
        ),
        tiles=list(_tiles(numbers)),
        about={**subject.about, "threshold": f"{subject.threshold:g}", "seed of the nights": str(numbers["seed"])},
        sections=list(_sections(subject, evaluated)),
    )


def _tiles(numbers: Numbers) -> Iterator[Tile]:
    ours, theirs, raised = numbers["network"], numbers["classical"], numbers["at_classical_recall"]
    yield Tile(decimals(ours.get("f1")), f"F1 of fringe pixels; published detector {decimals(theirs.get('f1'))}")
    yield Tile(
        f"{decimals(ours.get('precision'))} / {decimals(ours.get('recall'))}",
        f"precision and recall; classical {decimals(theirs.get('precision'))} / {decimals(theirs.get('recall'))}",
    )
    yield _false_pixels(raised["fewer_false_pixels"], decimals(raised["classical_recall"]))
    yield Tile(
        _percent(ours.get("false_nights")),
        f"of nights without fringes are said to have some; classical {_percent(theirs.get('false_nights'))}",
    )
    yield Tile(
        _hertz(ours.get("spacing_error_median_hz")),
        f"median error of the spacing; classical {_hertz(theirs.get('spacing_error_median_hz'))}",
    )
    yield Tile(decimals(numbers["calibration_error"]), "expected error of a probability, 0 to 1")
    yield Tile(decimals(numbers["wide"]["network"].get("f1")), "F1 of fringe pixels in the wide world")


def _sections(subject: Subject, evaluated: Evaluated) -> Iterator[Section]:
    if "held_back" in evaluated.numbers:
        yield held_back_section(evaluated.numbers["held_back"])
    yield _sweep_section(subject, evaluated)
    yield _group_section(evaluated)
    yield _wide_section(evaluated)
    yield _noise_section(subject, evaluated)
    yield _spacing_section(evaluated)
    yield _calibration_section(evaluated)
    if "spread" in evaluated.numbers:
        yield spread_section(evaluated.numbers["spread"])
    yield from night_sections(subject, evaluated)
    if subject.histories:
        yield _training_section(subject)
    if evaluated.labelled:
        yield _labelled_section(evaluated)
    table = PageTable("Figures of the dissertation", ("figure", "shows", "here"), COUNTERPARTS, words=True)
    yield Section("What became of the dissertation's figures", "Each has its counterpart, or a reason.", (), (table,))


def _sweep_section(subject: Subject, evaluated: Evaluated) -> Section:
    evaluation, numbers = evaluated.evaluation, evaluated.numbers
    nights = len(evaluation.scenario)
    sweep = sweep_thresholds(evaluation.network.tally.pooled())
    best = int(np.nanargmax(sweep.f1[1:])) + 1
    theirs, raised = numbers["classical"], numbers["at_classical_recall"]
    curves = {"precision": sweep.precision, "recall": sweep.recall, "F1": sweep.f1, "IoU": sweep.iou_fringe}
    at_theirs = (
        "No threshold finds as much as the published detector."
        if raised["threshold"] is None
        else f"Raised to {raised['threshold']:.3g}, where it finds as much as the published detector "
        f"({decimals(raised['classical_recall'])}), it makes {raised['false_pixels']:,} false pixels in all nights, "
        f"the published detector {raised['classical_false_pixels']:,}."
    )
    figure = plot_sweep(
        curves, sweep.false / nights, threshold=subject.threshold,
        classical=(theirs["recall"], theirs["false_pixels_a_night"]),
    )  # fmt: skip
    return Section(
        "Scores at every threshold",
        f"F1 is highest, {decimals(float(sweep.f1[best]))}, at a threshold of {best / STEPS:.3g}; the network is used "
        f"at {subject.threshold:g}. {at_theirs}",
        (
            chart(
                figure,
                "Scores over the threshold, and false pixels over the recall",
                "Pixels of all nights together. Left: precision, recall, F1 and IoU of fringe, the grey line is the "
                "threshold in use. Right: false pixels a night against the recall; the square is the classical one.",
            ),
        ),
    )


def _group_section(evaluated: Evaluated) -> Section:
    numbers = evaluated.numbers
    groups = {
        word.replace("depth", "depth (dB)"): {
            name.removesuffix(" dB"): {
                "network": _number(group.get("f1")),
                "classical": _number(group["classical"].get("f1")),
            }
            for name, group in numbers[word + "s"].items()
            if "f1" in group
        }
        for word in ("scenario", "season", "depth")
    }
    caption = (
        "F1 of fringe pixels. Depth is that of a night's strongest fringe, peak to trough; winter is November to "
        "February, summer May to August."
    )
    return Section(
        "By scenario, season and depth",
        "Fringes of 5 dB and more are what a person sees at a glance; those of 2 to 4 dB hide in a pixel's scatter.",
        (chart(plot_groups(groups), "F1 of both detectors in groups of nights", caption),),
        tuple(_group_table(plural, numbers[plural]) for plural in ("scenarios", "seasons", "depths")),
    )


def _wide_section(evaluated: Evaluated) -> Section:
    wide = evaluated.numbers["wide"]
    ours = wide["network"]
    return Section(
        "The wide world",
        f"A second set of {wide['nights']} frozen nights, of other stations: offsets all round, ladders that bend, "
        "crests from a cosine to narrow ones that lean to either side, patches, one coil alone, backgrounds that are "
        f"bent, combs that drift. F1 {decimals(ours.get('f1'))}; {_percent(ours.get('false_nights'))} of the nights "
        "without fringes are said to have some; the median error of the spacing, against that of the time of flight, "
        f"is {_hertz(ours.get('spacing_error_median_hz'))}. A new champion must not be worse here either.",
        (),
        tuple(_wide_table(plural, wide[plural]) for plural in ("scenarios", "seasons", "depths")),
    )


def _wide_table(plural: str, groups: Numbers) -> PageTable:
    head = (
        plural[:-1], "nights", "F1", "precision", "recall", "false px a night", "false nights", "missed nights",
        "spacing error (Hz)",
    )  # fmt: skip
    rows = tuple(
        (
            name, str(of["nights"]), *(decimals(of.get(key)) for key in ("f1", "precision", "recall")),
            f"{of['false_pixels_a_night']:.0f}", _percent(of.get("false_nights")), _percent(of.get("missed_nights")),
            decimals(of.get("spacing_error_median_hz"), 4),
        )
        for name, of in groups.items()
    )  # fmt: skip
    return PageTable(f"The network in the wide world by {plural[:-1]}", head, rows)


def _group_table(plural: str, groups: Numbers) -> PageTable:
    head = (
        plural[:-1], "nights", "F1", "precision", "recall", "IoU", "false px a night", "false nights", "missed nights",
        "spacing error (Hz)", "classical: F1", "classical: false px a night", "noise removed",
    )  # fmt: skip
    rows = tuple(
        (
            name, str(of["nights"]), *(decimals(of.get(key)) for key in ("f1", "precision", "recall", "iou_fringe")),
            f"{of['false_pixels_a_night']:.0f}", _percent(of.get("false_nights")), _percent(of.get("missed_nights")),
            decimals(of.get("spacing_error_median_hz"), 4), decimals(of["classical"].get("f1")),
            f"{of['classical']['false_pixels_a_night']:.0f}", _percent(of["noise_removed"]),
        )
        for name, of in groups.items()
    )  # fmt: skip
    return PageTable(f"The network by {plural[:-1]}, and the published detector in the last columns", head, rows)


def _noise_section(subject: Subject, evaluated: Evaluated) -> Section:
    evaluation, numbers = evaluated.evaluation, evaluated.numbers
    raised = numbers["at_classical_recall"]["threshold"]
    false = {}
    for name, nights in evaluation_groups(evaluation)["scenarios"].items():
        far = evaluation.network.tally.far[nights]
        group = numbers["scenarios"][name]
        false[name] = {
            "classical": group["classical"]["false_pixels_a_night"],
            "network": float(far[:, threshold_step(subject.threshold) :].sum(axis=1).mean()),
        }
        if raised is not None:
            false[name]["same recall"] = float(far[:, threshold_step(raised) :].sum(axis=1).mean())
    return Section(
        "Noise that the network does not make",
        f"Near {_percent(numbers['noise_removed'])} of the published detector's false pixels the network finds "
        "nothing. A classical line is one pixel wide and a band of the network about three, so a false line counts "
        "three times against the network.",
        (
            chart(
                plot_noise(false),
                "False pixels a night by scenario",
                "False pixels a night: of the published detector, of the network at its threshold, and of the network "
                "where it finds no more than the published detector (dissertation, chapter 7).",
            ),
        ),
    )


def _errors_in_words(ours: Numbers) -> str:
    """How far the network's spacings are off; empty where there is none."""
    median, most = (ours.get(f"spacing_error_{name}_hz") for name in ("median", "p90"))
    if median is None or most is None:
        return ""
    return f"; half of them err by less than {_hertz(median)}, nine in ten by less than {_hertz(most)}"


def _false_pixels(fewer: float | None, recall: str) -> Tile:
    """False pixels beside the published detector's at the recall that it has; how many times as many, if more."""
    if fewer is None:
        return Tile("–", f"false pixels at the published detector's own recall of {recall}: the network never has that")
    if fewer < 0:
        return Tile(
            f"{1 - fewer:.3g} times", f"the false pixels of the published detector at its own recall of {recall}"
        )
    return Tile(_percent(fewer), f"fewer false pixels than the published detector at its own recall of {recall}")


def _spacing_section(evaluated: Evaluated) -> Section:
    evaluation, numbers = evaluated.evaluation, evaluated.numbers
    both = {"network": evaluation.network, "classical": evaluation.classical}
    errors_hz = {
        name: {who: judged.error_hz[nights].astype(float) for who, judged in both.items() if judged is not None}
        for name, nights in evaluation_groups(evaluation)["scenarios"].items()
        if name in DEPTH_DB
    }
    ours, theirs = numbers["network"], numbers["classical"]
    return Section(
        "Spacing of the fringes",
        f"In {_percent(ours.get('answered_slots'))} of the dark slots with three fringes or more there is an answer "
        f"(classical {_percent(theirs.get('answered_slots'))}){_errors_in_words(ours)}.",
        (
            chart(
                plot_spacing(errors_hz),
                "Error of the spacing by scenario",
                "Error of the spacing in slots with fringes that have an answer: the median, and from the 10th to the "
                "90th percentile. The same fit goes through the network's ridges and the published detector's lines.",
            ),
        ),
    )


def _calibration_section(evaluated: Evaluated) -> Section:
    shown = reliability(evaluated.evaluation.network.tally.pooled())
    return Section(
        "Is a probability what it says?",
        f"A probability errs by {decimals(shown.error)} on average over all pixels, most of which are near 0. A curve "
        "below the diagonal means that the network is too sure of itself.",
        (
            chart(
                plot_reliability(shown.mean, shown.true_share, shown.pixels),
                "Reliability diagram",
                "Left: share of true pixels among those of a probability, without any tolerance. Right: how many "
                "pixels there are of each probability.",
            ),
        ),
    )


def _training_section(subject: Subject) -> Section:
    return Section(
        "How it learnt",
        "Where the dashed curve turns away from the solid one, the network learns its examples by heart.",
        (
            chart(
                plot_training(subject.histories),
                "Loss and IoU over the epochs",
                "Solid: nights learnt from. Dashed: nights of other months, held out (dissertation, figures 5.4, 5.5, "
                "5.7 and 5.10).",
            ),
        ),
    )


def _labelled_section(evaluated: Evaluated) -> Section:
    head = (
        "labels",
        "nights",
        "learnt from",
        "F1",
        "precision",
        "recall",
        "IoU",
        "calibration error",
        "best threshold",
        "F1 there",
    )
    rows = tuple(
        (
            name, str(group["nights"]), str(group["learnt_from"]),
            *(decimals(group[key]) for key in ("f1", "precision", "recall", "iou_fringe")),
            decimals(group["calibration_error"]), *_best(evaluated.labelled[name]),
        )
        for name, group in evaluated.numbers["labelled"].items()
    )  # fmt: skip
    table = PageTable("The network against labels", head, rows)
    text = (
        "Labels are drawn by a person or made by a detector: agreement with them is not yet agreement with nature. "
        "Nights that the network learnt from, if there are any, flatter it."
    )
    return Section("Against labels", text, (), (table,))


def _best(tally: StepTally) -> tuple[str, str]:
    """Threshold of the highest F1, and that F1."""
    f1 = np.nan_to_num(sweep_thresholds(tally.pooled()).f1[1:])
    return f"{(f1.argmax() + 1) / STEPS:.3g}", decimals(float(f1.max()))


def _number(value: float | None) -> float:
    return float("nan") if value is None else value


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.1f} %"


def _hertz(value: float | None) -> str:
    return "–" if value is None else f"{value:.4f} Hz"
