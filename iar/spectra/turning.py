"""Spectra along two coils to spectra along north and east."""

import numpy as np

from iar.spectra.density import Spectra


def turn_spectra(spectra: Spectra, azimuth_deg: tuple[float, float]) -> Spectra:
    """Spectra along north and east from those along two coils.

    With the field b = (north, east) a coil measures m = b cos(azimuth), b sin(azimuth), so b = R m, and the matrix of
    spectra turns as R S R^T. Both coils are needed: where one is missing, so are both directions.

    Parameters
    ----------
    azimuth_deg
        Of the positive axis of each coil, degrees from north over east; they need not be at right angles, but the
        nearer they are, the more of the noise of both passes for a field.

    Raises
    ------
    ValueError
        If they are the same, or opposite.
    """
    if abs(np.sin(np.radians(azimuth_deg[1] - azimuth_deg[0]))) < 1e-6:
        raise ValueError(f"azimuths {azimuth_deg[0]:g} and {azimuth_deg[1]:g} degrees: the coils point the same way")
    azimuth = np.radians(azimuth_deg)
    turn = np.linalg.inv(np.column_stack([np.cos(azimuth), np.sin(azimuth)]))
    first, second = spectra.density.astype(np.float64) ** 2
    cross = spectra.cross.astype(np.complex128)
    power = [
        row[0] ** 2 * first + row[1] ** 2 * second + 2 * row[0] * row[1] * cross.real  # of one missing, cross is NaN
        for row in turn
    ]
    (a, b), (c, d) = turn
    turned = a * c * first + b * d * second + a * d * cross + b * c * cross.conj()
    density = np.sqrt(np.maximum(power, 0)).astype(np.float32)
    return Spectra(density, turned.astype(np.complex64))
