"""Where a ladder is thought to be over a night: the frame in which its fringes are laid over each other."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy

from iar.night import HARMONICS

Values = npt.NDArray[np.float64]

LOWEST_OFFSET = -0.6
"""Harmonics are numbered so that the night's median offset lies from here to here plus 1.

Published offsets reach from -0.5 (frequencies as 1:3:5, https://doi.org/10.1109/tgrs.2024.3368032) to none, and vary
(https://doi.org/10.1029/2023JA032308); a resonator that is closed by a conducting layer has 0.2 to 0.3 (`iar.physics`).
The border is where none has been reported.
"""
TOP = 42
"""Harmonics that are laid over each other: as many as fit below 10.5 Hz at the least spacing."""
BLOCK_SLOTS = 3
FLANK = 0.15
"""What the band has to hold on either side of a crest to place it, in spacings."""
CUT, CUT_A_BLOCK = 0.1, 0.03
"""Change of the logarithm of the spacing between blocks that is a jump, and how much more for each block between."""
CALM_SLOTS, STILL_SLOTS = 3, 8
"""Standard deviations of what a guessed spacing and offset are smoothed with: their jitter would blur the fringes."""
ODD_SLOTS = 31
"""Slots in which an offset that differs from most others counts for nothing."""


@dataclass(frozen=True)
class Frame:
    """Where a ladder is thought to be in some slots: logarithm of the spacing, offset, (slot,), and bend (slot, 12)."""

    log_spacing: Values
    offset: Values
    bend: Values

    def places(self, frequency_hz: Values) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.float32]]:
        """Harmonic that each frequency is nearest to, and how far away it is, in spacings; (slot, frequency)."""
        order = frequency_hz * np.exp(-self.log_spacing)[:, None] - self.offset[:, None]
        crests = self._crests()
        number = np.clip(np.rint(order), 0, TOP).astype(np.int32)
        away = order - np.take_along_axis(crests, number, axis=1)
        for step in (1, -1):  # a bend moves the border between two
            other = np.clip(number + step, 0, TOP)
            from_other = order - np.take_along_axis(crests, other, axis=1)
            nearer = np.abs(from_other) < np.abs(away)
            number, away = np.where(nearer, other, number), np.where(nearer, from_other, away)
        return number, away.astype(np.float32)

    def inside(self, frequency_hz: Values) -> npt.NDArray[np.bool_]:
        """Whether the crest of each harmonic from 0 on lies in the band, and some of its flanks: (slot, harmonic)."""
        crest_hz, flank_hz = self.crest_hz(), FLANK * np.exp(self.log_spacing)[:, None]
        return np.asarray((crest_hz > frequency_hz[0] + flank_hz) & (crest_hz < frequency_hz[-1] - flank_hz))

    def crest_hz(self) -> Values:
        """Frequency of the crest of each harmonic from 0 on, Hz: (slot, harmonic)."""
        return np.asarray((self._crests() + self.offset[:, None]) * np.exp(self.log_spacing)[:, None])

    def _crests(self) -> Values:
        """Orders of the crests of harmonics from 0 on, the offset left out: (slot, harmonic)."""
        crests = np.arange(TOP + 1) + np.zeros((len(self.offset), 1))
        crests[:, 1 : HARMONICS + 1] += self.bend
        crests[:, 0] += self.bend[:, 0]
        return crests


@dataclass(frozen=True)
class Blocks:
    """Slots in blocks of three.

    `of_slot` is the block of each slot, `piece` the stretch between jumps that it lies in; of each block, `count` is
    its slots, `middle` where it lies, `cut` whether the spacing jumps there, `gap` how many blocks after the last, and
    `guess` the logarithm of the spacing that was guessed.
    """

    of_slot: npt.NDArray[np.intp]
    count: npt.NDArray[np.intp]
    middle: Values
    cut: npt.NDArray[np.bool_]
    gap: npt.NDArray[np.intp]
    piece: npt.NDArray[np.intp]
    guess: Values

    @classmethod
    def of(cls, slots: npt.NDArray[np.intp], log_spacing: Values) -> "Blocks":
        """Blocks of the slots of these numbers, rising."""
        number, of_slot = np.unique(slots // BLOCK_SLOTS, return_inverse=True)
        count = np.bincount(of_slot).astype(np.intp)
        mean: Values = np.bincount(of_slot, log_spacing) / count
        gap = np.diff(number, prepend=number[0] - 1)
        cut = np.abs(np.diff(mean, prepend=mean[0])) > CUT + CUT_A_BLOCK * gap
        middle = number * BLOCK_SLOTS + (BLOCK_SLOTS - 1) / 2
        piece = np.cumsum(cut, dtype=np.intp)[of_slot]
        return cls(of_slot, count, np.asarray(middle, dtype=np.float64), cut, gap, piece, mean)

    def total(self, values: Values) -> Values:
        """Sum over the slots of each block: (slot, ...) to (block, ...)."""
        return np.asarray(np.add.reduceat(values, np.concatenate([[0], np.cumsum(self.count)[:-1]]), axis=0))

    def mean(self, values: Values) -> Values:
        """Mean over the slots of each block: (slot, ...) to (block, ...)."""
        return self.total(values) / self.count.reshape(-1, *[1] * (values.ndim - 1))

    def between(self, slots: npt.NDArray[np.intp], values: Values) -> Values:
        """Values of the slots between those of the blocks, linear in time and never over a jump: (block, ...)."""
        flat = values.reshape(len(values), -1)
        out = np.empty((len(slots), flat.shape[1]))
        for piece in range(self.piece[-1] + 1):
            mine = self.piece == piece
            blocks = np.unique(self.of_slot[mine])
            for column in range(flat.shape[1]):
                out[mine, column] = np.interp(slots[mine], self.middle[blocks], flat[blocks, column])
        return out.reshape(len(slots), *values.shape[1:])


def calmed(blocks: Blocks, slots: npt.NDArray[np.intp], log_spacing: Values, offset: Values) -> Frame:
    """Guess as a smooth course: what is left of its jitter would blur the fringes that are laid over each other."""
    calm, still = log_spacing.copy(), offset.copy()
    for piece in range(blocks.piece[-1] + 1):
        mine = blocks.piece == piece
        span = np.arange(slots[mine][0], slots[mine][-1] + 1)
        at = slots[mine] - span[0]
        course = np.interp(span, slots[mine], log_spacing[mine])
        calm[mine] = scipy.ndimage.gaussian_filter1d(course, CALM_SLOTS, mode="nearest")[at]
        course = scipy.ndimage.median_filter(np.interp(span, slots[mine], offset[mine]), ODD_SLOTS, mode="nearest")
        still[mine] = scipy.ndimage.gaussian_filter1d(course, STILL_SLOTS, mode="nearest")[at]
    return numbered(Frame(calm, still, np.zeros((len(slots), HARMONICS))))


def numbered(frame: Frame) -> Frame:
    """Frame with the numbers that the convention of `LOWEST_OFFSET` asks for; itself where it has them.

    An offset wanders little: slots that are a whole spacing from most of the night have been counted wrong.
    """
    median = np.median(frame.offset)
    turns = int(np.floor(median - LOWEST_OFFSET))
    astray = np.rint(frame.offset - median)
    if not turns and not astray.any():
        return frame
    bend = np.zeros_like(frame.bend)
    old = np.arange(HARMONICS) - turns
    known = (old >= 0) & (old < HARMONICS)
    bend[:, known] = frame.bend[:, old[known]]
    return Frame(frame.log_spacing, frame.offset - turns - astray, bend)
