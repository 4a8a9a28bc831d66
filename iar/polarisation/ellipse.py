"""From Stokes parameters to the ellipse of the field, with what chance makes of it.

Errors and the bias of the degree are those of a complex Gaussian field that stays the same over its average, a complex
Wishart matrix of N degrees of freedom (Goodman 1963, doi:10.1214/aoms/1177704250).
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from iar.polarisation.stokes import Stokes

Plane = npt.NDArray[np.float64]

UNKNOWN_AZIMUTH_DEG = float(180 / np.sqrt(12))
"""Standard error of an azimuth of which nothing is known."""


@dataclass(frozen=True)
class Polarisation:
    """What the field does, with standard errors; NaN where nothing is known.

    `degree` 0 to 1, its bias taken out: 0 where chance alone explains it. `azimuth_deg` of the major axis, degrees from
    north over east, above -90 and up to 90. `ellipticity` minor over major axis, from -1 to 1: positive where the
    vector turns from north to east, clockwise as seen from above, which is right-handed about the main field where that
    points down. All of the shape of the Stokes parameters.
    """

    degree: Plane
    degree_sigma: Plane
    azimuth_deg: Plane
    azimuth_sigma_deg: Plane
    ellipticity: Plane
    ellipticity_sigma: Plane


def polarisation(stokes: Stokes, *, averages: float) -> Polarisation:
    """Polarisation of averages that are worth so many independent spectra where all of their slots are there."""
    with np.errstate(invalid="ignore", divide="ignore"):
        n = np.maximum(averages * stokes.share, 1 + 1e-9)
        polarised = np.sqrt(stokes.q**2 + stokes.u**2 + stokes.v**2)
        degree = unbiased_degree(np.minimum(polarised / stokes.i, 1), n)
        azimuth = np.arctan2(stokes.u, stokes.q) / 2
        chi = np.arcsin(np.clip(stokes.v / polarised, -1, 1)) / 2
        turn = np.sqrt((1 - degree**2) / (2 * n)) / degree / 2  # of half an angle on Poincare's sphere
        azimuth_sigma_deg = np.degrees(turn / np.maximum(np.cos(2 * chi), 1e-9))
        ellipticity = np.tan(chi)
        found = Polarisation(
            degree=degree,
            degree_sigma=(1 - degree**2) / np.sqrt(2 * n),
            azimuth_deg=np.degrees(azimuth),
            azimuth_sigma_deg=np.minimum(azimuth_sigma_deg, UNKNOWN_AZIMUTH_DEG),
            ellipticity=ellipticity,
            ellipticity_sigma=np.minimum((1 + ellipticity**2) * turn, 1.0),
        )
    unknown = np.isfinite(degree) & (degree == 0)
    for values in (found.azimuth_deg, found.ellipticity, found.azimuth_sigma_deg, found.ellipticity_sigma):
        values[unknown] = np.nan
    return found


def unbiased_degree(degree: Plane, averages: Plane) -> Plane:
    """Degree of polarisation without what chance adds at few averages.

    With p^2 = 1 - 4 det S / (tr S)^2 and S the mean of N outer products of the field, E[det] = (1 - 1/N) det and
    E[tr^2] = tr^2 (1 + (1 + p^2) / 2N): solved for p.

    Parameters
    ----------
    degree
        As found, 0 to 1.
    averages
        N, above 1.
    """
    left = (1 - degree**2) * averages / (averages - 1)
    squared = (1 - left * (1 + 1 / (2 * averages))) / (1 + left / (2 * averages))
    return np.asarray(np.sqrt(np.maximum(squared, 0)))
