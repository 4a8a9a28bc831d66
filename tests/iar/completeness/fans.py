"""A fan without any chance in it, and noise to lay it over."""

import numpy as np

from iar.completeness.injections import Fan
from iar.fringes.judging import Measured
from iar.learning.judgement.evaluation import DARK, FREQUENCY_HZ
from iar.night import CHANNELS, SLOTS
from iar.simulation.ladder import Crest, Ladder


def plain_fan(depth_db: float = 3.0, spacing_hz: float = 0.8) -> Fan:
    """Eight cosines in both coils, alike in all dark slots."""
    depth = np.zeros((SLOTS, 24))
    depth[DARK, :8] = depth_db
    ladder = Ladder(np.full(SLOTS, spacing_hz), np.full(SLOTS, 0.2), 0.0, 1.0, Crest(), depth, (1.0, 1.0), 0.0)
    return Fan(ladder, DARK, depth_db, spacing_hz, 0.2)


def noise(seed: int = 0, scatter_db: float = 3.0) -> Measured:
    """Night whose pixels scatter by themselves, in dB as a normal distribution, about 1/f."""
    scatter = np.random.default_rng(seed).normal(0, scatter_db, (2, SLOTS, len(FREQUENCY_HZ)))
    density = (10 ** (scatter / 20) / FREQUENCY_HZ).astype(np.float32)
    return Measured(density, np.ones((2, SLOTS), dtype=np.float32), DARK, FREQUENCY_HZ, CHANNELS)
