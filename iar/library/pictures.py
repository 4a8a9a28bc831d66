"""The picture of a night, from whatever there is of it."""

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from iar.fringes.interference import standing_lines
from iar.fringes.spacing import Spacing
from iar.fringes.verdict import Verdict
from iar.library.fringes import spacing as find_spacing
from iar.library.grids import Picture, Spectrogram, Times, even_picture, on_network_grid, read_spectrogram
from iar.night import SLOT_S
from iar.physics.sun import sun_elevation_deg
from iar.plots.picture import NightPicture
from iar.settings import FringeSettings
from iar.spectra.background import residual_db
from iar.spectra.grid import pieces_over
from iar.spectra.quality import QUALITY_FLAGS

Mask = npt.NDArray[np.bool_]
Position = tuple[float, float] | None

if TYPE_CHECKING:  # Matplotlib is slow to import
    from matplotlib.figure import Figure


def plot_night(
    density: Picture,
    frequency_hz: npt.ArrayLike | None = None,
    *,
    time: Times = None,
    spacing: xr.Dataset | None = None,
    position: tuple[float, float] | None = None,
    width_mm: float = 254.0,
) -> "Figure":
    """Figure of a night: the density of each coil with the fringes in it, effort, spacing; above them the sun.

    Parameters
    ----------
    density
        As for `iar.spacing`; all of its frequencies are shown, in slots of 100 s. A Dataset, such as a night of an
        archive that was opened, has effort, dark part, spacing and verdict beside it, and they are shown as they are.
    frequency_hz, time
        As for `iar.spacing`.
    spacing
        From `iar.spacing`; found by it where nothing is given.
    position
        Latitude and longitude, degrees: where the sun is shown. A Dataset may have them among its attributes,
        ``latitude_deg`` and ``longitude_deg``.
    width_mm
        Width on paper; the height follows from it.

    Raises
    ------
    InputError
        As `iar.spacing` does.
    """
    from iar.plots.night import plot_night as plot

    given = read_spectrogram(density, frequency_hz, time)
    beside = _beside(density)
    if spacing is None:
        spacing = beside if "delta_f_sigma_hz" in beside else find_spacing(density, frequency_hz, time=time)
    return plot(_picture(given, beside, spacing, position or _position(beside.attrs)), width_mm=width_mm)


def _beside(density: Picture) -> xr.Dataset:
    """What there is beside a density: the Dataset that it is of, or its coordinates."""
    if isinstance(density, xr.Dataset):
        return density
    if isinstance(density, xr.DataArray):
        return density.coords.to_dataset().reset_coords().assign_attrs(density.attrs)
    return xr.Dataset()


def _position(attrs: dict[str, Any]) -> Position:
    return (attrs["latitude_deg"], attrs["longitude_deg"]) if "latitude_deg" in attrs else None


def _picture(given: Spectrogram, beside: xr.Dataset, found: xr.Dataset, position: Position) -> NightPicture:
    shown = even_picture(given)
    there = np.asarray(np.isfinite(shown.values).any(axis=2))
    dated = given.origin is not None
    times = shown.labels["time"].values if dated else (shown.edges_s[:-1] * 1e3).astype("datetime64[ms]")
    quality = _along(beside, "quality", there, 0).astype(np.uint8)
    attrs, verdict = beside.attrs, found.attrs.get("verdict")
    return NightPicture(
        night=pd.Timestamp(attrs.get("night", times[0] - np.timedelta64(12, "h") * dated)).date(),
        station=str(attrs.get("station", "spectrogram")),
        channels=shown.channels,
        times=times,
        frequency_hz=shown.frequency_hz,
        density=shown.values,
        effort=_along(beside, "effort", there, there),
        clipped=quality & QUALITY_FLAGS["clipped"] > 0,
        constant=quality & QUALITY_FLAGS["constant"] > 0,
        dark=shown.dark,
        sun_deg=_sun_deg(times, position) if dated else np.full(len(times), np.nan),
        standing_hz=_standing(given),
        spacing=_spacing(found, shown),
        verdict=None if verdict is None else Verdict(verdict, found.attrs["reason"]),
        dated=dated,
    )


def _along(beside: xr.Dataset, name: str, there: Mask, otherwise: Any) -> npt.NDArray[Any]:
    """Variable of each channel and slot, if there is one of every slot shown."""
    if name in beside and beside[name].size == there.size:
        return np.asarray(beside[name].values.reshape(there.shape))
    return np.broadcast_to(otherwise, there.shape)


def _sun_deg(times: npt.NDArray[np.datetime64], position: Position) -> npt.NDArray[np.float64]:
    if position is None:
        return np.full(len(times), np.nan)
    return sun_elevation_deg(times + np.timedelta64(SLOT_S // 2, "s"), *position)


def _standing(given: Spectrogram) -> dict[str, list[float]]:
    """Lines of each channel that stand still in the dark part, Hz."""
    used = on_network_grid(given)
    pieces = pieces_over(used.frequency_hz, pieces_per_10_hz=FringeSettings().spline_pieces)
    residual = residual_db(used.values[:, used.dark], pieces=pieces)
    return {name: standing_lines(one, used.frequency_hz) for name, one in zip(used.channels, residual, strict=True)}


def _spacing(found: xr.Dataset, shown: Spectrogram) -> Spacing:
    """Spacing of the slots shown, from the nearest that there is."""
    half: Any = np.timedelta64(SLOT_S // 2, "s") if shown.origin is not None else SLOT_S / 2
    names = list(Spacing.__dataclass_fields__)
    near = found[names].reindex(time=shown.labels["time"].values, method="nearest", tolerance=half)
    return Spacing(*(near[name].values for name in names))
