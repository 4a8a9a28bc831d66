"""Spacing, offset and every harmonic measured on the spectra, from a first guess of where the fringes are.

The guess says where to look, and where a detector puts its lines does not matter: all pixels of a night are laid over
each other by their place within a spacing, which gives the shape of its fringes and where the crest is (`crest`). What
the shape, put where the ladder says, leaves in the neighbourhood of each harmonic tells how far that one is shifted
(`shifts`); the shifts of all harmonics give the ladder (`ladder`); and so on, five times.
"""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import scipy

from iar.fringes.crest import TERMS, Shape, find_crest, fit_shape, lay_over, lay_over_each, shape_of
from iar.fringes.drift import drift_crests
from iar.fringes.frame import BLOCK_SLOTS, TOP, Blocks, Frame, calmed, numbered
from iar.fringes.ladder import STATES, Measured, follow_ladder
from iar.fringes.picture import Coils, Picture, join_coils, learn_coils
from iar.fringes.shifts import find_shifts, of_fan, reach_of, sum_cells
from iar.night import HARMONICS

Values = npt.NDArray[np.float64]

TURNS = 5
MIN_SLOTS = 9
CORRELATION = 1 + 2 * (4 / 9 + 1 / 36)
"""Variance of a sum over neighbouring bins over that of independent ones: their powers correlate by the Hann window."""
WANDER = 0.003
"""What the spacing changes from slot to slot, as a share of it, besides what the guess knows."""
WANDER_OF_SLOPE = 0.4
"""And as a share of what the guess changes itself."""
OFFSET_WANDER, BEND_WANDER = 0.0015, 0.0003
"""What offset and bend change from slot to slot, in spacings."""
SLOPE_DB_PER_HZ = 1.0
"""What a background may rise over a crest while the ladder is fitted, standard deviation: less gives, more is lost."""
REAL_SLOPE_DB_PER_HZ = 1.25
"""And what it does over a crest of a spacing of 1 Hz; it goes with the spacing. For the errors that are reported.

What is taken away follows the background less well over wide spacings; from fringes in real noise.
"""
SHALLOW_DB = 0.3
MOST_TOLD = 0.1
LEAST_HEIGHT_DB, LEAST_VARIANCE = 1e-6, 1e-6
MOST_LEFT = 0.15
"""Logarithm of the spacing over its guess, in the median, from which the spectra have no ladder.

On 150 nights of fringes over real and simulated noise it was 0.006 in the median, and 0.065 at most.
"""
MOST_SHIFTED = 0.05
"""Standard deviation of what a background may shift a crest by, at most, in spacings: it would not be seen as one."""


@dataclass(frozen=True)
class Refined:
    """Of some slots: the ladder with its errors, and each harmonic.

    `frame` as in `Frame`; `covariance` of its state, (slot, state, state); `depth_db` and `depth_sigma_db` of harmonics
    1 to 12, peak to trough, and `reach` from the deepest to each, `iar.fringes.shifts.reach_of`, all (slot, harmonic);
    `crest_sigma` standard error of the crest in all of them alike, `drift` covariance of what each lies beside it
    (harmonic, harmonic), and `slope_sigma` (harmonic,) of what a background may shift it, in spacings; `profile`,
    `information` and `shape` of the fringes laid over each other.
    """

    frame: Frame
    covariance: Values
    depth_db: Values
    depth_sigma_db: Values
    reach: Values
    crest_sigma: float
    drift: Values
    slope_sigma: Values
    profile: Values
    information: Values
    shape: Shape

    def frequency_hz(self) -> tuple[Values, Values]:
        """Frequency of harmonics 1 to 12 and its standard error, Hz, both (slot, harmonic)."""
        order = np.arange(1, HARMONICS + 1) + self.frame.offset[:, None] + self.frame.bend
        delta_f_hz = np.exp(self.frame.log_spacing)[:, None]
        c = self.covariance
        n = np.arange(HARMONICS) + 2
        variance = (
            order**2 * c[:, :1, 0] + c[:, 1:2, 1] + c[:, n, n] + 2 * (order * (c[:, :1, 1] + c[:, 0, 2:]) + c[:, 1, 2:])
        )
        variance += self.crest_sigma**2 + np.diag(self.drift) + (self.slope_sigma / 2) ** 2
        return order * delta_f_hz, delta_f_hz * np.sqrt(np.maximum(variance, 0))


@dataclass(frozen=True)
class _Pulled:
    """Where each harmonic is beside a `frame`, in spacings, and the information in that: both (slot, harmonic).

    `each` is the profile of every harmonic and the information in it, `coefficients` those of all laid over each
    other, and `variance` that of a pixel, see `iar.fringes.drift`.
    """

    frame: Frame
    shift: Values
    information: Values
    each: tuple[Values, Values]
    coefficients: npt.NDArray[np.complex128]
    variance: float


@dataclass(frozen=True)
class _Turn:
    """What is known before a turn: coils, ladder, shape of the fringes, and the model that they make together."""

    coils: Coils
    frame: Frame
    shape: Shape
    model_db: npt.NDArray[np.float32]


def refine_ladder(
    coils: Coils, slots: npt.NDArray[np.intp], delta_f_hz: Values, phi: Values, frequency_hz: Values
) -> Refined | None:
    """Ladder measured on the spectra, or None where there are too few slots, or no fringes in them.

    Parameters
    ----------
    coils
        From `iar.fringes.picture.take_coils`, of the slots alone.
    slots
        Numbers of the slots that have a guess, rising, shape (slot,).
    delta_f_hz, phi
        The guess, Hz and spacings, shape (slot,).
    frequency_hz
        Equally spaced, Hz, shape (frequency,).
    """
    if len(slots) < MIN_SLOTS:
        return None
    blocks = Blocks.of(slots, np.log(delta_f_hz))
    start = calmed(blocks, slots, np.log(delta_f_hz), phi)
    state = _Turn(coils, start, shape_of(np.ones(1, dtype=complex)), np.zeros(coils.level_db.shape[1:], np.float32))
    for turn in range(TURNS + 1):  # the last one only where another number turned out to be the right one
        state, refined, pulled = _turned(state, blocks, slots, frequency_hz, first=not turn)
        if not refined.depth_db.any() or not np.isfinite(refined.frame.log_spacing).all():
            return None
        frame = numbered(state.frame)
        if turn >= TURNS - 1 and frame is state.frame:
            break
        state = replace(state, frame=frame)
    reported = _reported(refined, pulled, blocks, slots)
    left = np.median(np.abs(reported.frame.log_spacing - blocks.guess[blocks.of_slot]))
    return reported if left <= MOST_LEFT else None  # not a number is no ladder either


def _turned(
    state: _Turn, blocks: Blocks, slots: npt.NDArray[np.intp], frequency_hz: Values, *, first: bool
) -> tuple[_Turn, Refined, _Pulled]:
    """Ladder, then shape, then coils: each from what is known of the others."""
    picture = join_coils(state.coils, state.model_db)
    cells = sum_cells(picture, *state.frame.places(frequency_hz), state.shape)
    left = picture.weight * (picture.level_db - state.model_db) ** 2
    variance = max(CORRELATION * float(left.sum()) / max(int(np.count_nonzero(left)), 1), LEAST_VARIANCE)
    depth, depth_variance, shift, information = find_shifts(cells, variance, slots, first=first)
    reach = reach_of(depth, depth_variance, slots)
    information = np.where(state.frame.inside(frequency_hz), information * reach, 0)
    if not first:
        information *= of_fan(shift, information, slots)
    slope_sigma = _shifted_by_slopes(depth * state.shape.height_db, information, state.frame)
    found, covariance = _followed(_measured(state.frame, blocks, shift, information), np.diag(slope_sigma**2))
    frame = _moved(state.frame, blocks, slots, found)
    laid, each = _laid_over(picture, frame, depth, frequency_hz)
    coefficients = fit_shape(*laid, variance=variance, terms=1 if first else TERMS)
    crest, crest_sigma = find_crest(*laid, coefficients, variance=variance)
    pulled = _Pulled(state.frame, shift + crest, information, each, coefficients, variance)
    turned = coefficients * np.exp(-2j * np.pi * np.arange(1, len(coefficients) + 1) * crest)
    height_db = max(shape_of(turned).height_db, LEAST_HEIGHT_DB)
    frame, shape = replace(frame, offset=frame.offset + crest), shape_of(turned / height_db)
    number, away = frame.places(frequency_hz)
    model_db = (shape.at(away)[0] * np.take_along_axis(depth * height_db, number, axis=1)).astype(np.float32)
    coils = state.coils if first else learn_coils(state.coils, model_db)
    kept = slice(1, HARMONICS + 1)
    refined = Refined(
        frame, covariance[blocks.of_slot], height_db * depth[:, kept],
        height_db * np.sqrt(depth_variance[:, kept]), reach[:, kept], crest_sigma, np.zeros((HARMONICS, HARMONICS)),
        slope_sigma, *laid, shape,
    )  # fmt: skip
    return _Turn(coils, frame, shape, model_db), refined, pulled


def _laid_over(
    picture: Picture, frame: Frame, depth: Values, frequency_hz: Values
) -> tuple[tuple[Values, Values], tuple[Values, Values]]:
    """Profile of all fringes over a spacing and the information in it, and those of each: see `iar.fringes.crest`."""
    number, away = frame.places(frequency_hz)
    pixels = picture.level_db, picture.weight, np.take_along_axis(depth, number, axis=1), away
    return lay_over(*pixels), lay_over_each(*pixels, number, HARMONICS)


def _shifted_by_slopes(depth_db: Values, information: Values, frame: Frame) -> Values:
    """Standard deviation of what a sloping background shifts each crest by, in spacings, shape (12,).

    A slope moves the crest of a cosine of half the depth by slope / (half depth (2 pi)^2), in spacings.
    """
    half_db = np.maximum(_usual_depth(depth_db, information) / 2, SHALLOW_DB)
    slope_db = SLOPE_DB_PER_HZ * float(np.exp(np.median(frame.log_spacing)))
    return np.asarray(np.minimum(slope_db / (half_db * (2 * np.pi) ** 2), MOST_SHIFTED))


def _usual_depth(depth: Values, information: Values) -> Values:
    """Depth of harmonics 1 to 12 over the night, where they are measured best: shape (12,)."""
    counted = information[:, 1 : HARMONICS + 1]
    square = (depth[:, 1 : HARMONICS + 1] ** 2 * counted).sum(axis=0) / np.maximum(counted.sum(axis=0), 1e-9)
    return np.asarray(np.sqrt(square))


def _measured(frame: Frame, blocks: Blocks, shift: Values, information: Values) -> Measured:
    """What the shifts of all harmonics say of the state, block by block."""
    order = np.arange(TOP + 1) + frame.offset[:, None]
    order[:, 1 : HARMONICS + 1] += frame.bend
    of_state = np.zeros((TOP + 1, STATES))
    of_state[:, 1] = 1
    of_state[np.arange(1, HARMONICS + 1), np.arange(2, STATES)] = 1
    known = [blocks.total(information * order**power) for power in range(3)]
    pulled = [blocks.total(information * shift * order**power) for power in range(2)]
    matrix = np.einsum("bn,ni,nj->bij", known[0], of_state, of_state)
    matrix[:, 0, 1:] = matrix[:, 1:, 0] = known[1] @ of_state[:, 1:]
    matrix[:, 0, 0] = known[2].sum(axis=1)
    vector = pulled[0] @ of_state
    vector[:, 0] = pulled[1].sum(axis=1)
    log_spacing = blocks.mean(frame.log_spacing)
    now = np.column_stack([np.zeros(len(vector)), blocks.mean(frame.offset), blocks.mean(frame.bend)])
    vector += np.einsum("bij,bj->bi", matrix, now)
    return Measured(matrix, vector, log_spacing, blocks.guess, _step(log_spacing, blocks), blocks.cut)


def _followed(measured: Measured, uneven: Values) -> tuple[Values, Values]:
    root = np.sqrt(BLOCK_SLOTS)
    return follow_ladder(measured, uneven, offset_step=OFFSET_WANDER * root, bend_step=BEND_WANDER * root)


def _moved(frame: Frame, blocks: Blocks, slots: npt.NDArray[np.intp], state: Values) -> Frame:
    """Frame that follows the state of each block."""
    found = blocks.between(slots, state)
    return Frame(frame.log_spacing + found[:, 0], found[:, 1], found[:, 2:])


def _reported(refined: Refined, pulled: _Pulled, blocks: Blocks, slots: npt.NDArray[np.intp]) -> Refined:
    """Ladder of the crests themselves, with the errors that a background gives it that slopes as much as it does."""
    spacing_hz = float(np.exp(np.median(refined.frame.log_spacing)))
    sloping = np.minimum(refined.slope_sigma * REAL_SLOPE_DB_PER_HZ / SLOPE_DB_PER_HZ * spacing_hz, MOST_TOLD)
    slope_sigma = np.maximum(refined.slope_sigma, sloping)
    drift, uncertain = drift_crests(*pulled.each, pulled.coefficients, variance=pulled.variance)
    beside = np.pad(drift, (1, TOP - HARMONICS), mode="edge")
    measured = _measured(pulled.frame, blocks, pulled.shift + beside, pulled.information)
    found, covariance = _followed(measured, np.diag(slope_sigma**2) + uncertain)
    frame = _moved(pulled.frame, blocks, slots, found)
    return replace(
        refined, frame=frame, covariance=covariance[blocks.of_slot], drift=uncertain, slope_sigma=slope_sigma
    )


def _step(log_spacing: Values, blocks: Blocks) -> Values:
    """Standard deviation of what the spacing changes from the block before, as a share of it."""
    smooth = scipy.ndimage.gaussian_filter1d(log_spacing, 3)
    slope = np.abs(np.gradient(smooth)) if len(smooth) > 1 else np.zeros(1)
    return np.asarray(np.sqrt((WANDER**2 * BLOCK_SLOTS + (WANDER_OF_SLOPE * slope / blocks.gap) ** 2) * blocks.gap))
