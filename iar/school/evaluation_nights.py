"""Single nights of an evaluation, as its report shows them: typical ones with fringes, the worst without."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure

from iar.detection.classical import slots_with_data
from iar.detection.planes import network_input
from iar.learning.judgement.activations import layer_activations
from iar.learning.judgement.evaluation import DARK, FREQUENCY_HZ, FrozenNight, Judged, frozen_nights, simulate_frozen
from iar.learning.judgement.pixels import Mask, threshold_step
from iar.night import SLOT_S, SLOTS
from iar.plots.examined import ExaminedNight, plot_controls, plot_heat_map, plot_large, plot_overlay, plot_thresholds
from iar.plots.learning import plot_activations
from iar.results.page import Section, decimals, photograph
from iar.school.evaluate import Evaluated, Subject, classical_detector, two_nights, typical_nights
from iar.settings import ClassicalSettings
from iar.simulation.scenario import DEPTH_DB
from iar.simulation.truth import fringe_mask
from iar.spectra.background import residual_db
from iar.spectra.grid import pieces_over

BOUNDARY_HOUR = 12
"""At which simulated nights begin, UTC."""
CONTROLS = ("quiet", "comb", "storm", "pearls")


def night_sections(subject: Subject, evaluated: Evaluated) -> Iterator[Section]:
    """What is seen on single nights: typical ones with fringes, the worst without."""
    evaluation = evaluated.evaluation
    frozen = frozen_nights(len(evaluation.scenario))
    nights = _typical(subject, evaluated)
    seen = {name: examine(subject, night, evaluated.processing.classical) for name, night in nights.items()}
    yield _overlay_section(subject, seen)
    yield _threshold_section(seen["fringes"])
    controls = [simulate_frozen(*frozen[number]) for number in _control_nights(subject, evaluated)]
    yield _control_section([examine(subject, night, evaluated.processing.classical) for night in controls])
    drawn = nights["fringes"].drawn
    yield _size_section(subject, evaluated, (drawn.name, drawn.night))
    if subject.model is not None:
        residual = residual_db(nights["fringes"].density[:, DARK], pieces=_pieces(subject))
        picture = network_input(residual, step=subject.step)
        yield _layer_section(layer_activations(subject.model(), picture), seen["fringes"].name)


def overlay_figure(subject: Subject, evaluated: Evaluated) -> Figure:
    """Figure of the typical nights with fringes: measured, true, found by both detectors, and both over each other."""
    seen = [examine(subject, night, evaluated.processing.classical) for night in _typical(subject, evaluated).values()]
    return plot_overlay(seen, threshold=subject.threshold)


def examine(subject: Subject, night: FrozenNight, settings: ClassicalSettings, *, whole: bool = False) -> ExaminedNight:
    """Night as its pictures show it: its dark part, or the `whole` of it; `settings` are the published detector's."""
    part = np.ones(night.density.shape[1], dtype=bool) if whole else DARK
    first = int(np.flatnonzero(part)[0])
    present = slots_with_data(night.density)
    residual = np.where(present[..., None], residual_db(night.density, pieces=_pieces(subject)), -np.inf).max(axis=0)
    first_hour, last_hour = (BOUNDARY_HOUR + slot * SLOT_S / 3600 for slot in (first, first + int(part.sum())))
    return ExaminedNight(
        name=f"{night.drawn.name}, {night.drawn.night}",
        hours=(first_hour, last_hour),
        band_hz=(float(FREQUENCY_HZ[0]), float(FREQUENCY_HZ[-1])),
        residual=np.where(np.isfinite(residual), residual, np.nan)[part].astype(np.float32),
        probability=subject.probability(night.density)[part],
        truth=fringe_mask(night.f_n[part], FREQUENCY_HZ),
        classical=classical_detector(settings)(night.density, part).packed[part] > 0,
    )


def worst_night(judged: Judged, nights: Mask, *, threshold: float) -> int:
    """Among `nights` (night,) the one with the most false pixels."""
    false = judged.tally.far[:, threshold_step(threshold) :].sum(axis=1)
    return int(np.flatnonzero(nights)[false[nights].argmax()])


def _typical(subject: Subject, evaluated: Evaluated) -> dict[str, FrozenNight]:
    """Night of median F1 of each scenario with fringes."""
    evaluation = evaluated.evaluation
    frozen = frozen_nights(len(evaluation.scenario))
    typical = {name: typical_nights(evaluation, name, threshold=subject.threshold)[0] for name in DEPTH_DB}
    return {name: simulate_frozen(*frozen[number]) for name, number in typical.items()}


def _control_nights(subject: Subject, evaluated: Evaluated) -> list[int]:
    """Worst night of each scenario without fringes, and the one with the comb that misleads the published detector."""
    evaluation = evaluated.evaluation
    scenario, threshold = evaluation.scenario, subject.threshold
    worst = [worst_night(evaluation.network, scenario == name, threshold=threshold) for name in CONTROLS]
    if evaluation.classical is not None:
        worst.append(worst_night(evaluation.classical, scenario == "comb", threshold=threshold))
    return sorted(set(worst), key=lambda number: CONTROLS.index(str(scenario[number])))


def _overlay_section(subject: Subject, seen: Mapping[str, ExaminedNight]) -> Section:
    return Section(
        "Beside the published detector",
        "The night of median F1 of each scenario with fringes, neither the best nor the worst.",
        (
            photograph(
                plot_overlay(list(seen.values()), threshold=subject.threshold),
                "Nights with fringes: measured, true, found by both detectors, and both over each other",
                f"Network at a threshold of {subject.threshold:g}. In the overlay black was found by both, vermilion "
                "by the published detector alone, blue by the network alone (dissertation, figure 5.11).",
            ),
        ),
    )


def _threshold_section(night: ExaminedNight) -> Section:
    return Section(
        "Probability, and what a threshold makes of it",
        f"The night of {night.name}. Grey is without data.",
        (
            photograph(
                plot_heat_map(night),
                "What was measured, and the probability of fringe",
                "Left: above the background, in the channel where it is higher. Right: probability (dissertation, "
                "figure 5.19).",
            ),
            photograph(
                plot_thresholds(night),
                "True fringes, and what is found at three thresholds",
                "A higher threshold keeps the surest pixels: lines become thin before they break (dissertation, "
                "figure 5.8).",
            ),
        ),
    )


def _control_section(nights: Sequence[ExaminedNight]) -> Section:
    return Section(
        "Negative controls",
        "Nights without fringes: of each scenario the one with the most false pixels of the network, and the comb that "
        "misleads the published detector most. What is found there is the worst, not the custom.",
        (
            photograph(
                plot_controls(nights),
                "Nights without fringes, and what is found on them",
                "From left to right: what was measured, the published detector's lines, the network's probability, and "
                "what it finds at thresholds 0.4 and 0.5 (dissertation, figures 5.12 and 5.13).",
            ),
        ),
    )


def _layer_section(maps: Mapping[str, npt.NDArray[np.float32]], name: str) -> Section:
    return Section(
        "What the layers see",
        f"Maps of the night of {name}. The first layer answers to edges and lines, the deepest to where fringes are at "
        "all, the last is close to the answer.",
        (
            photograph(
                plot_activations(maps),
                "Activation maps of three layers",
                "Time to the right, frequency upwards; each map in the colours of its own range (dissertation, figures "
                "5.17 and 5.18).",
            ),
        ),
    )


def _size_section(subject: Subject, evaluated: Evaluated, night: tuple[str, dt.date]) -> Section:
    sizes = evaluated.numbers["picture_slots"]
    listed = ", ".join(f"{decimals(f1)} in a picture of {slots} slots" for slots, f1 in sizes.items())
    return Section(
        "Pictures larger than those learnt from",
        f"A pixel is a slot and a bin whatever the size of the picture, so its proportions stay. F1 of the same dark "
        f"parts: {listed}.",
        (
            photograph(
                plot_large(examine(subject, two_nights(*night), evaluated.processing.classical, whole=True)),
                "Two nights in one picture",
                f"Two nights in a row, {2 * SLOTS} slots in one picture (dissertation, figures 5.14 and 5.15).",
            ),
        ),
    )


def _pieces(subject: Subject) -> int:
    return pieces_over(FREQUENCY_HZ, pieces_per_10_hz=subject.pieces)
