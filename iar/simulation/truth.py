"""The truth of simulated nights, as the dataset that is written beside their hour files."""

import numpy as np
import numpy.typing as npt
import xarray as xr

from iar.night import HARMONICS, SLOT_S, SLOTS
from iar.simulation.density import fringe_frequencies, fringe_mask
from iar.simulation.scenario import Scenario


def truth_dataset(scenarios: list[Scenario], frequency_hz: npt.NDArray[np.float64]) -> xr.Dataset:
    """Truth of nights.

    Returns
    -------
    Dataset with `frequency_hz` (night, slot, harmonic), Hz, NaN where a harmonic cannot be seen; `delta_f_hz`
    (night, slot), Hz, NaN where no harmonic is seen; `mask` (night, slot, frequency), 1 on a fringe; `scenario`
    (night).
    """
    f_n = np.stack([fringe_frequencies(s, frequency_hz) for s in scenarios])
    seen = np.isfinite(f_n).any(axis=2)
    spacing = np.stack([s.fringes.delta_f_hz if s.fringes else np.full(SLOTS, np.nan) for s in scenarios])
    mask = np.stack([fringe_mask(night, frequency_hz) for night in f_n])
    return xr.Dataset(
        {
            "frequency_hz": (("night", "slot", "harmonic"), f_n.astype(np.float32), {"units": "Hz"}),
            "delta_f_hz": (("night", "slot"), np.where(seen, spacing, np.nan).astype(np.float32), {"units": "Hz"}),
            "mask": (("night", "slot", "frequency"), mask.astype(np.uint8), {"long_name": "1 on a fringe"}),
            "scenario": ("night", np.array([s.name for s in scenarios], dtype=object)),
        },
        {
            "night": np.array([s.night for s in scenarios], dtype="datetime64[s]"),
            "slot": ("slot", np.arange(SLOTS, dtype=np.int32) * SLOT_S, {"units": "s"}),
            "frequency": ("frequency", frequency_hz, {"units": "Hz"}),
            "harmonic": np.arange(1, HARMONICS + 1, dtype=np.int32),
        },
        {"Conventions": "CF-1.11", "title": "Truth of simulated nights"},
    )
