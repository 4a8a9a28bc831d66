"""The network over a night: density in, probability of fringe out."""

import numpy as np
import numpy.typing as npt

from iar.detection.bundle import Bundle
from iar.detection.planes import network_input
from iar.detection.tiling import Network
from iar.spectra.background import carried_bins, residual_db
from iar.spectra.grid import pieces_over

STEPS = 250
MISSING_PROBABILITY = 255


def fringe_probability(
    density: npt.NDArray[np.float32], network: Network, *, step: int, pieces: int
) -> npt.NDArray[np.float32]:
    """Probability that a pixel belongs to a fringe.

    Parameters
    ----------
    density
        pT/sqrt(Hz), shape (channel 2, slot, frequency), NaN where a slot has no samples.
    network
        That of a bundle, or `iar.detection.runtime.as_network` of a Keras model.
    step, pieces
        What sizes are padded to multiples of, and pieces of the background spline, as its card says.

    Returns
    -------
    float32, shape (slot, frequency), 0 to 1; NaN in slots where neither channel has samples, and at frequencies at the
    end that no slot has.
    """
    _, slots, bins = density.shape
    carried = carried_bins(density)
    picture = network_input(residual_db(density, pieces=pieces), step=step)
    probability = network(picture[None])[0, :slots, :bins]
    probability[np.isnan(density).all(axis=(0, 2))] = np.nan
    probability[:, carried:] = np.nan
    return probability


def bundle_probability(
    bundle: Bundle, density: npt.NDArray[np.float32], frequency_hz: npt.NDArray[np.float64]
) -> npt.NDArray[np.float32]:
    """Probability of a bundle's network, with the background that its card asks for over these frequencies, Hz."""
    pieces = pieces_over(frequency_hz, pieces_per_10_hz=bundle.card.spline_pieces)
    return fringe_probability(density, bundle.network, step=bundle.card.unet.step, pieces=pieces)


def pack_probability(probability: npt.NDArray[np.float32]) -> npt.NDArray[np.uint8]:
    """Probability as the archive keeps it: steps of 1/250, 255 for missing."""
    steps = np.rint(np.nan_to_num(probability) * STEPS)
    return np.where(np.isnan(probability), MISSING_PROBABILITY, steps).astype(np.uint8)


def unpack_probability(packed: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """Probability from the archive's steps, NaN for missing."""
    return np.where(packed == MISSING_PROBABILITY, np.nan, packed / np.float32(STEPS)).astype(np.float32)
