"""Fringes of a spectrogram: the network's probability, the published detector, the spacing with its error."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from iar.detection.bundle import SHIPPED, Bundle, load_bundle
from iar.detection.inference import fringe_probability, pack_probability, unpack_probability
from iar.errors import InputError
from iar.fringes.estimates import estimate_night
from iar.fringes.ridges import find_ridges
from iar.fringes.spacing import fit_spacing
from iar.fringes.table import MEANINGS, UNITS
from iar.library.labelled import Picture, Spectrogram, Times, grid_note, on_network_grid, read_spectrogram
from iar.night import CHANNELS, HARMONICS
from iar.spectra.background import residual_db
from iar.spectra.grid import pieces_over
from iar.spectra.regridding import SHARE

SEARCH_HZ = (0.25, 2.2)


def probability(
    density: Picture,
    frequency_hz: npt.ArrayLike | None = None,
    *,
    time: Times = None,
    network: str | Path | None = None,
) -> xr.DataArray:
    bundle = load_bundle(SHIPPED if network is None else Path(network))
    given = read_spectrogram(density, frequency_hz, time)
    used = on_network_grid(given)
    pieces = pieces_over(used.frequency_hz, pieces_per_10_hz=bundle.card.spline_pieces)
    found = fringe_probability(_two_coils(used.values), bundle.network, step=bundle.card.unet.step, pieces=pieces)
    attrs = {"long_name": "probability of fringe", "units": "1", "threshold": bundle.card.threshold}
    attrs |= {"network": f"{bundle.card.name} {bundle.digest}"} | grid_note(given, used)
    return xr.DataArray(
        unpack_probability(pack_probability(found)), used.labels, ("time", "frequency"), "probability", attrs
    )

def _two_coils(values):
    if len(values) == len(CHANNELS):
        return values
    return np.concatenate([values, np.full_like(values, np.nan)])
def spacing(density=None, frequency_hz=None, *, time=None, probability=None, search_hz=SEARCH_HZ, network=None):
    prob = globals()["probability"](density, frequency_hz, time=time, network=network)
    used=on_network_grid(read_spectrogram(density, frequency_hz, time))
    residual = residual_db(used.values, pieces=pieces_over(used.frequency_hz, pieces_per_10_hz=3))
    return prob, residual, used, estimate_night(prob.values, residual, np.ones(len(prob),bool), used.frequency_hz, threshold=prob.attrs["threshold"], min_spacing_hz=search_hz[0], max_spacing_hz=search_hz[1])
