"""What is told of each Pc1 event: when, in which band, how strong, and how it turns."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from iar.night import SLOT_S
from iar.pc1.events import Event
from iar.polarisation.ellipse import polarisation
from iar.polarisation.stokes import Stokes
from iar.spectra.averages import bins_worth

Values = npt.NDArray[np.float64]

NEIGHBOURS = 5
"""Bins of an event that are taken for neighbours, in what its average is worth."""


@dataclass(frozen=True)
class Pc1:
    """Of the events of a night, each (event,).

    `start_s`, `end_s` from the start of the night; `low_hz`, `high_hz` of its pixels, and `frequency_hz` where its
    level is, in the mean; `peak_db` over the ambient spectrum; `power_pt2` of both coils over the background in its
    pixels, in the mean of its time, pT^2; `degree` of polarisation, `azimuth_deg`, `ellipticity`: `iar.polarisation`.
    """

    start_s: Values
    end_s: Values
    low_hz: Values
    high_hz: Values
    frequency_hz: Values
    peak_db: Values
    power_pt2: Values
    degree: Values
    azimuth_deg: Values
    ellipticity: Values


def measure_events(
    events: Sequence[Event],
    density: npt.NDArray[np.floating],
    background: npt.NDArray[np.floating],
    cross: npt.NDArray[np.complexfloating],
    frequency_hz: Values,
    *,
    averages: float,
) -> Pc1:
    """Measure each event.

    Parameters
    ----------
    density, background
        pT/sqrt(Hz), shape (channel 2, slot, frequency), towards north first; NaN where there is none.
    cross
        North times the conjugate of east, pT^2/Hz, shape (slot, frequency).
    frequency_hz
        Equally spaced, Hz, shape (frequency,).
    averages
        Independent spectra in a slot.
    """
    step_hz = float(frequency_hz[1] - frequency_hz[0])
    rows, stokes = [], []
    for one in events:
        part = slice(one.first, one.last + 1), slice(one.low, one.low + one.pixels.shape[1])
        power = density[:, *part].astype(np.float64) ** 2
        above = np.nansum(power - background[:, *part].astype(np.float64) ** 2, axis=0)[one.pixels].sum() * step_hz
        hz = frequency_hz[part[1]]
        rows.append((
            one.first * SLOT_S, (one.last + 1) * SLOT_S, hz[0], hz[-1], one.frequency_hz.mean(), one.peak_db,
            above / len(one.pixels),
        ))  # fmt: skip
        stokes.append(_summed(power, cross[part], one.pixels))
    ellipse = polarisation(
        Stokes(*np.array(stokes, dtype=np.float64).reshape(-1, 5).T),
        averages=averages * bins_worth(NEIGHBOURS) / NEIGHBOURS,
    )
    start_s, end_s, low_hz, high_hz, middle_hz, peak_db, power_pt2 = np.array(rows, np.float64).reshape(-1, 7).T
    return Pc1(
        start_s, end_s, low_hz, high_hz, middle_hz, peak_db, power_pt2, ellipse.degree, ellipse.azimuth_deg,
        ellipse.ellipticity,
    )  # fmt: skip


def _summed(
    power: Values, cross: npt.NDArray[np.complexfloating], pixels: npt.NDArray[np.bool_]
) -> tuple[float, float, float, float, float]:
    """Stokes parameters of the pixels in which both coils are, and how many those are."""
    used = pixels & np.isfinite(power).all(axis=0) & np.isfinite(cross)
    north, east, both = power[0][used].sum(), power[1][used].sum(), cross[used].sum()
    return north + east, north - east, 2 * both.real, 2 * both.imag, float(used.sum())
