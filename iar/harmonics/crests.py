"""Depth, shape and background of each harmonic, from the spectra and the ladder that was measured on them.

Depth and shape wait for each other: with the shapes that are known, the depths of all harmonics follow in each coil
(`iar.harmonics.teeth`); with the depths, all slots of a night laid over each other at their harmonic give its shape,
which leans on that of all harmonics together (`iar.fringes.crest`). A cosine is the first shape; two turns are enough.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from iar.fringes.crest import LEAST_HEIGHT, PLACES, TERMS, Shape, fit_shape, lay_over, lay_over_each, shape_of
from iar.fringes.frame import Frame
from iar.fringes.picture import Coils, still_level
from iar.fringes.refining import CORRELATION
from iar.fringes.spacing import Spacing
from iar.harmonics.teeth import Sums, solve_teeth, sum_teeth
from iar.night import HARMONICS
from iar.spectra.background import background_basis

Values = npt.NDArray[np.float64]
Slots = npt.NDArray[np.intp]

TURNS = 2
OWN_SHAPE = 0.3
"""How much the shape of one harmonic differs from that of all, as a share of what shapes of nights differ by."""
FIRST_VARIANCE = 15.0
"""Of a pixel, dB^2, before any model: that of three segments, whose neighbouring bins go together."""


@dataclass(frozen=True)
class Crests:
    """Of some slots: what their harmonics are like in each coil. Tooth 0 lies below the first harmonic.

    `depth_db` and `depth_sigma_db` from crest to trough, (channel, slot, tooth); `shapes` of each tooth; `smooth_db`
    what has to be added to the spline that was taken away to have the background of the fringes, (channel, slot,
    frequency); `sums` of each coil, slot by slot; `variance` of a pixel, dB^2.
    """

    depth_db: Values
    depth_sigma_db: Values
    shapes: Sequence[Shape]
    smooth_db: Values
    sums: Sequence[Sums]
    variance: float

    @property
    def better(self) -> int:
        """Coil that shows more of the fringes."""
        return int((np.maximum(self.depth_db, 0) ** 2).sum(axis=(1, 2)).argmax())


@dataclass(frozen=True)
class _Known:
    """What is known before a turn: shape of each tooth, what stands still in each coil, variance of a pixel."""

    shapes: Sequence[Shape]
    still_db: Sequence[npt.NDArray[np.float32]]
    variance: float


@dataclass(frozen=True)
class _Coil:
    """One coil after a turn: depths, what the spline took of them, what is left; both planes (slot, frequency)."""

    sums: Sums
    depth_db: Values
    depth_sigma_db: Values
    taken_db: Values
    left_db: Values
    still_db: npt.NDArray[np.float32]


def frame_of(spacing: Spacing, slots: Slots) -> Frame:
    """Frame of the slots that have a spacing, in which harmonics lie where they were measured.

    A harmonic that was not seen in a slot lies beside the ladder as it does in the median of the night.
    """
    delta_f_hz, phi = spacing.delta_f_hz[slots], spacing.phi[slots]
    beside = spacing.frequency_hz[slots] / delta_f_hz[:, None] - phi[:, None] - np.arange(1, HARMONICS + 1)
    seen = np.isfinite(beside)
    usual = [float(np.median(one[there])) if there.any() else 0.0 for one, there in zip(beside.T, seen.T, strict=True)]
    return Frame(np.log(delta_f_hz), phi, np.where(seen, beside, usual))


def measure_crests(coils: Coils, frame: Frame, slots: Slots, frequency_hz: Values, *, window_slots: int) -> Crests:
    """Harmonics of the slots, each depth averaged over `window_slots` around its slot.

    Parameters
    ----------
    coils
        From `iar.fringes.picture.take_coils`, of the slots alone.
    frame
        Where the ladder is, see `frame_of`.
    slots
        Numbers of the slots, rising, shape (slot,).
    frequency_hz
        Equally spaced, Hz, shape (frequency,).
    """
    tooth, away = frame.places(frequency_hz)
    teeth = int(tooth.max()) + 1
    still_db = [np.zeros(len(frequency_hz), dtype=np.float32) for _ in coils.level_db]
    known = _Known([shape_of(np.array([0.5 + 0j]))] * teeth, still_db, FIRST_VARIANCE)
    found = _solved(coils, known, tooth, away, slots, window_slots)
    for _ in range(TURNS):
        known = _learned(coils, known, found, tooth, away)
        found = _solved(coils, known, tooth, away, slots, window_slots)
    return Crests(
        depth_db=np.stack([one.depth_db for one in found]),
        depth_sigma_db=np.stack([one.depth_sigma_db for one in found]),
        shapes=known.shapes,
        smooth_db=np.stack([still - one.taken_db for still, one in zip(known.still_db, found, strict=True)]),
        sums=[one.sums for one in found],
        variance=known.variance,
    )


def _solved(
    coils: Coils,
    known: _Known,
    tooth: npt.NDArray[np.int32],
    away: npt.NDArray[np.float32],
    slots: Slots,
    window_slots: int,
) -> list[_Coil]:
    """Depths of all teeth in each coil, and what they leave."""
    height = np.zeros(tooth.shape)
    for number, shape in enumerate(known.shapes):
        mine = tooth == number
        height[mine] = shape.at(away[mine])[0]
    basis, found = background_basis(tooth.shape[1], coils.pieces), []
    for level_db, there, still_db in zip(coils.level_db, coils.there, known.still_db, strict=True):
        sums = sum_teeth(level_db - still_db, there * height, tooth, basis)
        depth_db, sigma_db = solve_teeth(sums.over(slots, window_slots), known.variance)
        model_db = height * np.take_along_axis(depth_db, tooth, axis=1)
        taken_db = (model_db @ basis) @ basis.T
        without_db = level_db - model_db + taken_db
        still = still_level(without_db.astype(np.float32), there)
        found.append(_Coil(sums, depth_db, sigma_db, taken_db, there * (without_db - still_db), still))
    return found


def _learned(
    coils: Coils,
    known: _Known,
    found: Sequence[_Coil],
    tooth: npt.NDArray[np.int32],
    away: npt.NDArray[np.float32],
) -> _Known:
    """Shapes, standing level and variance that the depths leave."""
    still_db = [one.still_db for one in found]
    counted = max(int(np.count_nonzero(coils.there)), 1)
    variance = max(CORRELATION * sum(float((one.left_db**2).sum()) for one in found) / counted, LEAST_HEIGHT)
    level_db = np.concatenate([
        level - still + one.taken_db
        for level, still, one in zip(coils.level_db, still_db, found, strict=True)
    ])  # fmt: skip
    depth_db = np.concatenate([np.take_along_axis(np.maximum(one.depth_db, 0), tooth, axis=1) for one in found])
    places = np.concatenate([tooth] * len(found)), np.concatenate([away] * len(found))
    pixels = level_db, np.concatenate(list(coils.there)) * (places[0] > 0), depth_db, places[1]
    shapes = _shapes(lay_over(*pixels), lay_over_each(*pixels, places[0], HARMONICS), variance)
    of_tooth = [shapes[number if number <= HARMONICS else 0] for number in range(len(known.shapes))]
    return _Known(of_tooth, still_db, variance)


def _shapes(laid: tuple[Values, Values], each: tuple[Values, Values], variance: float) -> list[Shape]:
    """Shape of height 1 of all harmonics together, and of each from 1 to 12."""
    usual = fit_shape(*laid, variance=variance, terms=TERMS)
    of_all = shape_of(usual).at(np.asarray(PLACES, dtype=np.float32))[0]
    own = [
        usual + fit_shape(profile - of_all, information, variance=variance / OWN_SHAPE**2, terms=TERMS)
        for profile, information in zip(*each, strict=True)
    ]
    return [shape_of(one / max(shape_of(one).height_db, LEAST_HEIGHT)) for one in (usual, *own)]
