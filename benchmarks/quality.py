"""How right the answers are, on simulated nights that nothing was trained on, beside the published detector."""

import datetime as dt
from collections.abc import Iterator

import numpy as np

from benchmarks.line import Line
from benchmarks.peers import matched_filter
from iar.detection.bundle import load_bundle
from iar.detection.inference import fringe_probability
from iar.fringes.ridges import find_ridges
from iar.fringes.spacing import fit_spacing
from iar.learning.scores import score_masks
from iar.night import dark_slots
from iar.settings import ClassicalSettings
from iar.simulation.density import measured_density
from iar.simulation.scenario import draw_scenario
from iar.simulation.truth import fringe_frequencies, fringe_mask, fringe_spacing
from iar.spectra.density import Band
from iar.stages.detection import detect_classical

NIGHTS = 12
DAYS_APART = 331
"""Nights of all seasons, over a cycle of the sun."""
SEED = 30_000_000
FREQUENCY_HZ = Band().frequency_hz
DARK = dark_slots(18, 6, 12)
SCORES = {
    "fringe precision (1 bin, 1 slot)": "precision",
    "fringe recall (1 bin, 1 slot)": "recall",
    "fringe F1 (1 bin, 1 slot)": "f1",
    "fringe IoU": "iou_fringe",
}


def lines() -> Iterator[Line]:
    for scenario in ("fringes", "faint", "gaps"):
        network, classical, truth, errors, peer_errors = _run(scenario)
        ours, theirs = score_masks(network, truth), score_masks(classical, truth)
        for name, score in SCORES.items():
            yield Line(f"{scenario}: {name}", getattr(ours, score), "1", getattr(theirs, score), "classical detector")
        ours, theirs = float(np.median(np.abs(errors))), float(np.median(np.abs(peer_errors)))
        yield Line(f"{scenario}: spacing error, median", ours, "Hz", theirs, "matched filter", more_is_better=False)
    for scenario in ("quiet", "comb", "storm", "pearls"):
        network, classical, *_ = _run(scenario)
        yield Line(f"{scenario}: false pixels a night", network.sum() / NIGHTS, "px", classical.sum() / NIGHTS,
                   "classical detector", more_is_better=False)  # fmt: skip


def _run(scenario: str) -> tuple[np.ndarray, ...]:
    """Masks of network, classical detector and truth in the dark; errors of the spacing and of its peer, Hz."""
    bundle, found, lines_found, truths = load_bundle(), [], [], []
    errors, peer_errors = [np.empty(0)], [np.empty(0)]
    for i in range(NIGHTS):
        drawn = draw_scenario(scenario, dt.date(2009, 1, 1) + dt.timedelta(days=i * DAYS_APART), SEED)
        density = measured_density(drawn, FREQUENCY_HZ, np.random.default_rng([SEED, i]))
        probability = fringe_probability(density, bundle.network, step=bundle.card.unet.step, pieces=3)
        probability[~DARK] = np.nan
        ridges = find_ridges(probability, FREQUENCY_HZ, threshold=0.5)
        spacing = fit_spacing(*ridges, min_spacing_hz=0.25, max_spacing_hz=2.2).delta_f_hz
        f_n = fringe_frequencies(drawn, FREQUENCY_HZ)
        if drawn.fringes is not None:
            truth_hz = fringe_spacing(drawn, f_n)
            error = spacing - truth_hz
            errors.append(error[np.isfinite(error)])
            peer_error = matched_filter(density) - truth_hz
            peer_errors.append(peer_error[np.isfinite(error)])  # judged where ours gives an answer
        found.append(np.nan_to_num(probability) >= bundle.card.threshold)
        lines_found.append(detect_classical(density, FREQUENCY_HZ, DARK, ClassicalSettings()).lines)
        truths.append(fringe_mask(f_n, FREQUENCY_HZ) & DARK[:, None])
    return np.stack(found), np.stack(lines_found), np.stack(truths), np.concatenate(errors), np.concatenate(peer_errors)
