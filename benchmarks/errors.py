"""Whether the errors that are told hold, class by class: fringes of known frequency over noise (`benchmarks.laid`).

A class holds where 60 to 76 % of its slots lie within one standard error and 90 to 98 % within two. The bound is
Cramér's and Rao's for whoever knows shape, depth and scatter of each fringe, and no more of bend and wander than we do:
the information that its slope has of every harmonic, through the same smoother.
``python -m benchmarks.errors`` prints the table of `docs/limits.md`, and then all lines.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
import scipy

from benchmarks.fringes import ASKED, OFF_NORMAL
from benchmarks.laid import Laid, lay_night, real_density
from benchmarks.line import Line, seconds_line
from iar.detection.bundle import load_bundle
from iar.detection.inference import pack_probability
from iar.fringes.estimates import Estimates
from iar.fringes.frame import Blocks
from iar.fringes.judging import judge_probability
from iar.fringes.ladder import STATES, Measured, follow_ladder
from iar.fringes.picture import take_coils
from iar.fringes.refining import BEND_WANDER, CORRELATION, OFFSET_WANDER, WANDER, refine_ladder
from iar.learning.judgement.evaluation import DARK, FREQUENCY_HZ, RULES
from iar.night import HARMONICS
from iar.school.evaluate import Subject, bundle_subject
from iar.simulation.ladder import Crest

NIGHTS = 150
RIGHT = 0.1
"""Relative error of a spacing that is another's: half, double, or of another fan. Those are counted elsewhere."""
LEAST_DB = 0.6
"""Depth of the deepest harmonic in a slot that has fringes."""
SCATTER_DB = 2.9
"""Of a pixel of three Hann segments."""
ONE_SIGMA, TWO_SIGMAS = (0.68, OFF_NORMAL), (0.94, 0.04)
"""Share asked for within one and two standard errors, and how far from it is allowed."""
WHY = "a fan of few harmonics hardly shows its bend: without one the error is less than told, with the largest more"
LEAN_WHY = "noise hardly tells a crest with a steep side from a broad one that leans, so both are taken to be as likely"
BOUND_WHY = (
    "a crest of a wide ladder is tens of bins wide: the background's slope decides, of which the bound knows nothing"
)


@dataclass(frozen=True)
class Found:
    """Slots of a night with a right spacing.

    `error` and `sigma` of the spacing, over it, (slot,); `away` and `away_sigma` of every harmonic that is told, in
    spacings, (any,); `bound` the least standard error of the spacing, over it, (slot,).
    """

    night: Laid
    error: np.ndarray
    sigma: np.ndarray
    away: np.ndarray
    away_sigma: np.ndarray
    bound: np.ndarray

    @property
    def spacing_hz(self) -> float:
        """Median of the dark part."""
        return float(np.median(self.night.ladder.delta_f_hz[DARK]))

    @property
    def depth_db(self) -> float:
        """Depth of the deepest harmonic in the median of its slots."""
        deepest = self.night.depth_db.max(axis=1)[DARK]
        return float(np.median(deepest[deepest >= LEAST_DB]))


CLASSES: Mapping[str, Callable[[Found], bool]] = {
    "all": lambda _: True,
    "spacing below 0.4 Hz": lambda found: found.spacing_hz < 0.4,
    "0.4 to 1 Hz": lambda found: 0.4 <= found.spacing_hz < 1,
    "above 1 Hz": lambda found: found.spacing_hz >= 1,
    "2 to 3 dB": lambda found: 2 <= found.depth_db < 3,
    "3 to 4 dB": lambda found: 3 <= found.depth_db < 4,
    "4 to 6 dB": lambda found: 4 <= found.depth_db < 6,
    "above 6 dB": lambda found: found.depth_db >= 6,
    "no bend": lambda found: found.night.ladder.bend == 0,
    "bend of 0.06": lambda found: found.night.ladder.bend == 0.06,
    "bend of -0.06": lambda found: found.night.ladder.bend == -0.06,
    "bend of 0.12": lambda found: found.night.ladder.bend == 0.12,
    "bend of -0.12": lambda found: found.night.ladder.bend == -0.12,
    "cosine": lambda found: found.night.crest == "cosine",
    "narrow": lambda found: found.night.crest == "narrow",
    "steep below": lambda found: found.night.crest == "steep below",
    "steep above": lambda found: found.night.crest == "steep above",
    "one coil alone": lambda found: min(found.night.ladder.gain) == 0,
    "real noise": lambda found: found.night.real,
    "winter": lambda found: found.night.season == "winter",
    "equinox": lambda found: found.night.season == "equinox",
    "summer": lambda found: found.night.season == "summer",
    "three to eight harmonics": lambda found: found.night.few,
    "doubling within an hour": lambda found: found.night.course == "doubles",
}


def lines(count: int = NIGHTS) -> Iterator[Line]:
    """Coverage and median error of each class, what is lost against the bound, and the time of a fit."""
    if real_density() is None:
        print("errors in real noise: not measured, the hours of Sierra Nevada are not there")
    subject = bundle_subject(load_bundle())
    found = list(found_nights(subject, count))
    for name, belongs in CLASSES.items():
        chosen = [one for one in found if belongs(one)]
        if chosen:
            yield from class_lines(f"{name} ({len(chosen)})", chosen)
    yield seconds_of_fit()


def found_nights(subject: Subject, count: int) -> Iterator[Found]:
    """Nights of `benchmarks.laid` in which anything was found."""
    for number in range(count):
        night = lay_night(number)
        if night is None:
            continue
        packed = pack_probability(subject.probability(night.measured.density))
        estimates, _ = judge_probability(packed, night.measured, threshold=subject.threshold, rules=RULES)
        found = compare(night, estimates)
        if len(found.error):
            yield found


def compare(night: Laid, estimates: Estimates) -> Found:
    """What is told of a night beside what is true."""
    spacing, truth_hz = estimates.spacing, night.ladder.delta_f_hz
    error = spacing.delta_f_hz / truth_hz - 1
    right = np.isfinite(error) & (night.depth_db.max(axis=1) >= LEAST_DB)
    right &= np.abs(np.where(right, error, np.inf)) < RIGHT
    told_hz, truth_of = spacing.frequency_hz[right], night.f_n[right]
    nearest = np.abs(told_hz[:, :, None] - truth_of[:, None, :]).argmin(axis=2)
    away = (told_hz - np.take_along_axis(truth_of, nearest, axis=1)) / truth_hz[right, None]
    sigma = estimates.certainty.frequency_sigma_hz[right] / truth_hz[right, None]
    told = np.isfinite(told_hz)
    return Found(
        night, error[right], (spacing.delta_f_sigma_hz / truth_hz)[right], away[told], sigma[told],
        bound_of(night, np.flatnonzero(right)),
    )  # fmt: skip


def bound_of(night: Laid, slots: np.ndarray) -> np.ndarray:
    """Least standard error of the spacing in these slots, over it, (slot,): shape, depth and scatter are known."""
    if not len(slots):
        return np.zeros(0)
    ladder, f_n = night.ladder, night.f_n[slots]
    square_db = squared_depth(night, slots) * ((f_n > FREQUENCY_HZ[0]) & (f_n < FREQUENCY_HZ[-1]))
    bins = ladder.delta_f_hz[slots] / (FREQUENCY_HZ[1] - FREQUENCY_HZ[0])
    known = (bins * steepness(ladder.crest))[:, None] * square_db / (CORRELATION * SCATTER_DB**2)
    order = np.arange(1, f_n.shape[1] + 1) + ladder.offset[slots, None]
    design = np.zeros((*order.shape, STATES))
    design[..., 0], design[..., 1] = order, 1
    design[:, np.arange(HARMONICS), np.arange(2, STATES)] = 1
    log_spacing = np.log(ladder.delta_f_hz[slots])
    blocks = Blocks.of(slots, log_spacing)
    matrix = blocks.total(np.einsum("sn,sni,snj->sij", known, design, design))
    step = WANDER * np.sqrt(blocks.gap * 3.0)
    measured = Measured(matrix, np.zeros(matrix.shape[:2]), blocks.guess, blocks.guess, step, blocks.cut)
    root = np.sqrt(3.0)
    _, covariance = follow_ladder(
        measured, np.zeros((HARMONICS, HARMONICS)), offset_step=OFFSET_WANDER * root, bend_step=BEND_WANDER * root
    )
    return np.asarray(np.sqrt(covariance[blocks.of_slot, 0, 0]))


def squared_depth(night: Laid, slots: np.ndarray) -> np.ndarray:
    """Square of each harmonic's depth, dB, over the coils that have samples: (slot, harmonic)."""
    ladder, depth_db = night.ladder, night.ladder.depth_db[slots]
    crest, trough = (10 ** (depth_db * share / 10) - 1 for share in (1 - ladder.crest.mean, -ladder.crest.mean))
    there = np.isfinite(night.measured.density).any(axis=2)[:, slots]
    parts = [
        (10 * np.log10((1 + gain * crest) / (1 + gain * trough))) ** 2 * one[:, None]
        for gain, one in zip(ladder.gain, there, strict=True)
    ]
    return np.asarray(sum(parts))


def steepness(crest: Crest) -> float:
    """Mean square of a crest's slope, per spacing, with a height of 1 from trough to crest."""
    place = np.linspace(-0.5, 0.5, 1001)
    return float(np.mean(np.gradient(crest.height(place), place) ** 2))


def class_lines(name: str, found: list[Found]) -> Iterator[Line]:
    """Figures of one class."""
    error, sigma, away, away_sigma, bound = (
        np.concatenate([getattr(one, part) for one in found])
        for part in ("error", "sigma", "away", "away_sigma", "bound")
    )
    line = partial(Line, unit="1", peer_is=ASKED, more_is_better=False)
    yield line(f"{name}: spacing error, median", np.median(np.abs(error)), peer=0.01)
    for count, (share, allowed) in enumerate((ONE_SIGMA, TWO_SIGMAS), 1):
        for what, off, told in (("spacing", error, sigma), ("harmonics", away, away_sigma)):
            missed = abs(float(np.mean(np.abs(off) < count * told)) - share)
            yield line(f"{name}: {what} within {count} sigma, off {share} by", missed, peer=allowed, why=WHY)
    yield line(f"{name}: harmonics off, median, spacings", abs(np.median(away)), peer=0.01, why=LEAN_WHY)
    lost = np.quantile(np.abs(error) / bound, 0.683)
    yield line(f"{name}: error over the Cramér-Rao bound", lost, peer=1.5, why=BOUND_WHY)


def seconds_of_fit() -> Line:
    """Time of the fit of a night beside that of a ladder of cosines, fitted to each slot by itself."""
    night = next(one for one in map(lay_night, range(20)) if one is not None and not one.real)
    slots = np.flatnonzero(DARK & (night.depth_db.max(axis=1) > LEAST_DB))
    residual = night.measured.residual(RULES)[:, slots]
    coils = take_coils(residual, FREQUENCY_HZ, ((), ()), pieces=night.measured.pieces(RULES))
    delta_f_hz, offset = night.ladder.delta_f_hz[slots], night.ladder.offset[slots]

    def cosines(frequency_hz: np.ndarray, height: float, spacing_hz: float, phi: float) -> np.ndarray:
        """Level of an even ladder."""
        return np.asarray(height * np.cos(2 * np.pi * (frequency_hz / spacing_hz - phi)))

    def slot_by_slot() -> None:
        """Fit each slot."""
        for level, spacing_hz, phi in zip(np.nan_to_num(residual).mean(axis=0), delta_f_hz, offset, strict=True):
            scipy.optimize.curve_fit(cosines, FREQUENCY_HZ, level, (1.0, spacing_hz, phi), maxfev=10_000)

    return seconds_line(
        "fit of a night's ladder", lambda: refine_ladder(coils, slots, delta_f_hz, offset, FREQUENCY_HZ), slot_by_slot,
        "SciPy's curve_fit of cosines, slot by slot",
        why="one ladder through all slots, coils, bends and shapes of crest, five times over",
    )  # fmt: skip


def table_row(name: str, found: list[Found]) -> str:
    """Row of the table in `docs/limits.md`."""
    error, sigma, away, away_sigma = (
        np.concatenate([getattr(one, part) for one in found]) for part in ("error", "sigma", "away", "away_sigma")
    )
    within = [f"{np.mean(np.abs(off) < n * told):.0%}".replace("%", " %") for off, told in
              ((error, sigma), (away, away_sigma)) for n in (1, 2)]  # fmt: skip
    first = f"| {name} | {len(found)} | {100 * np.median(np.abs(error)):.2f} % | {within[0]} | {within[1]}"
    return f"{first} | {np.median(away):+.3f} | {within[2]} | {within[3]} |"


def main() -> None:
    found = list(found_nights(bundle_subject(load_bundle()), NIGHTS))
    for name, belongs in CLASSES.items():
        print(table_row(name, [one for one in found if belongs(one)]), flush=True)
        print(*class_lines(name, [one for one in found if belongs(one)]), sep="\n", flush=True)


if __name__ == "__main__":
    main()
