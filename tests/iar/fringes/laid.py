"""Nights of noise with a ladder of known frequencies laid over them."""

import numpy as np

from iar.night import SLOTS
from iar.settings import SpectraSettings
from iar.simulation.density import fringe_gain, scattered
from iar.simulation.ladder import LADDER_HARMONICS, Crest, Ladder
from iar.spectra.background import residual_db

FREQUENCY_HZ = SpectraSettings().frequency_hz
PIECES = 3


def a_ladder(
    delta_f_hz=0.6, offset=0.2, bend=0.0, decay=1.5, crest=None, depth_db=6.0, *, slots=SLOTS, gain=(1.0, 0.7)
) -> Ladder:
    """Ladder whose spacing wanders by some per cent."""
    course = 1 + 0.06 * np.sin(np.arange(slots) / 40)
    return Ladder(
        delta_f_hz=delta_f_hz * course,
        offset=np.full(slots, offset),
        bend=bend,
        decay=decay,
        crest=crest or Crest(),
        depth_db=np.full((slots, LADDER_HARMONICS), depth_db),
        gain=gain,
        lag_rad=0.0,
    )


def residual_of(ladder: Ladder, seed=1, scatter=True):
    """Height above the background of both coils, dB: noise that falls with frequency, times the ladder."""
    gain = fringe_gain(ladder, FREQUENCY_HZ)
    power = (gain / FREQUENCY_HZ**2).astype(np.float32)
    quiet = np.zeros_like(power)
    density = scattered(power, quiet, np.random.default_rng(seed)) if scatter else np.sqrt(power)
    return residual_db(density, pieces=PIECES)
