"""The sun over a station."""

import datetime as dt

import numpy as np
import numpy.typing as npt


def sun_elevation_deg(
    times: npt.NDArray[np.datetime64], latitude_deg: float, longitude_deg: float
) -> npt.NDArray[np.float64]:
    """Elevation of the sun's centre above the horizon, degrees, without refraction.

    Parameters
    ----------
    times
        UTC, shape (time,); taken to the second.
    latitude_deg, longitude_deg
        Degrees north and east.

    Returns
    -------
    float64, shape (time,). By the formulas of Meeus that NOAA publishes, within 0.02 degrees of the Astronomical
    Almanac's from 1900 to 2199; within 0.2 degrees of a pole the elevation is that of 89.8 degrees of latitude.
    """
    from astral import Observer
    from astral.sun import elevation

    here = Observer(latitude_deg, longitude_deg)
    instants: list[dt.datetime] = times.astype("datetime64[s]").tolist()
    return np.array([elevation(here, time.replace(tzinfo=dt.UTC), with_refraction=False) for time in instants])
