"""Spectrograms that a caller has, NumPy or xarray, with their times and frequencies; and on the network's own grid."""

from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import xarray as xr

from iar.errors import InputError
from iar.library.labels import check_rising, density_factor, frequency_label, seconds, time_label
from iar.night import CHANNELS, SLOT_S
from iar.settings.processing import LEAST_BINS
from iar.spectra.band import Band
from iar.spectra.regridding import DENSITY, Scale, onto_grid, pixel_edges, without_holes

Times: TypeAlias = Any
"""None: slots of 100 s. A number: the step, s. Else the start of each row, datetime64 or seconds."""
Picture: TypeAlias = xr.Dataset | xr.DataArray | npt.ArrayLike

GRID = Band()
"""Frequencies that the network has learnt, and how far apart they are."""
COIL = "coil"
"""Name of a single one that has none."""
_FAINT = 1e-6
"""Median below which a density is in another unit than pT/sqrt(Hz): a factor changes nothing that is looked for."""


@dataclass(frozen=True)
class Spectrogram:
    """Values of each channel over time and frequency.

    `values` float32, shape (channel, row, frequency), NaN where there are none; `channels` their names; `edges_s` of
    the rows, s after `origin` (datetime64, None where no date is known), shape (row + 1,); `frequency_hz` of the
    columns, rising, shape (frequency,); `dark` the rows in which fringes are looked for, bool, shape (row,).
    """

    values: npt.NDArray[np.float32]
    channels: tuple[str, ...]
    edges_s: npt.NDArray[np.float64]
    origin: np.datetime64 | None
    frequency_hz: npt.NDArray[np.float64]
    dark: npt.NDArray[np.bool_]

    @property
    def labels(self) -> dict[str, xr.DataArray]:
        """Coordinates of time and frequency."""
        return {"time": time_label(self.edges_s[:-1], self.origin), "frequency": frequency_label(self.frequency_hz)}

    @property
    def words(self) -> str:
        """The grid in words."""
        step_s, hz = np.median(np.diff(self.edges_s)), self.frequency_hz
        return (
            f"{self.values.shape[1]} rows of {step_s:g} s, {len(hz)} frequencies from {hz[0]:.3f} to {hz[-1]:.3f} Hz "
            f"in steps of {np.median(np.diff(hz)):.4f} Hz"
        )


def read_spectrogram(data: Picture, frequency_hz: npt.ArrayLike | None = None, time: Times = None) -> Spectrogram:
    """Spectrogram from what somebody has.

    Parameters
    ----------
    data
        Shape (time, frequency) of one coil, or (channel, time, frequency) of one or two; with xarray the dimensions are
        named so, in any order, and a Dataset has it as ``density``.
    frequency_hz
        Hz, rising, shape (frequency,); of a labelled array its own coordinate.
    time
        Start of each row, datetime64 (UTC) or s, or how long a row is, s (100 where nothing is said); of a labelled
        array its own coordinate.

    Raises
    ------
    InputError
        If shapes do not fit each other, frequencies or times do not rise, or the unit is not that of a density.
    """
    named: dict[str, Any] = {"frequency": frequency_hz, "time": time, "channel": None, "dark": None}
    if isinstance(data, xr.Dataset | xr.DataArray):
        data, named = _unlabelled(data, named)
    values = np.asarray(np.ma.filled(np.ma.asarray(data, dtype=np.float32), np.nan))
    if values.ndim == 2:
        values = values[None]
    if values.ndim != 3 or not 1 <= len(values) <= len(CHANNELS) or 0 in values.shape:
        raise InputError(
            f"density of shape {values.shape}: expected (time, frequency) or (channel 1 or 2, time, frequency)"
        )
    channels = named["channel"] or (CHANNELS if len(values) > 1 else (COIL,))
    hz = _frequencies(named["frequency"], values.shape[2])
    edges_s, origin, row = _row_edges(named["time"], values.shape[1])
    holed = np.full((len(values), len(edges_s) - 1, len(hz)), np.nan, dtype=np.float32)
    holed[:, row] = values
    dark = np.zeros(len(edges_s) - 1, dtype=bool)
    dark[row] = True if named["dark"] is None else named["dark"]
    return Spectrogram(holed, tuple(channels), edges_s, origin, hz, dark)


def on_network_grid(given: Spectrogram, scale: Scale = DENSITY) -> Spectrogram:
    """The same in slots of 100 s and at the frequencies that the network has learnt, as far as there are any.

    Raises
    ------
    InputError
        If fewer than 16 of those frequencies are among the ones given.
    """
    given = _measured_columns(given)
    if scale is DENSITY:
        given = replace(given, values=without_holes(_visible(given.values)))
    edges_hz = pixel_edges(given.frequency_hz)
    wanted = GRID.frequency_hz[(GRID.frequency_hz > edges_hz[0]) & (GRID.frequency_hz < edges_hz[-1])]
    if len(wanted) < LEAST_BINS:
        raise InputError(
            f"frequencies from {given.frequency_hz[0]:.3f} to {given.frequency_hz[-1]:.3f} Hz hold {len(wanted)} of "
            f"those that the network knows, from {GRID.frequency_hz[0]:.3f} to {GRID.frequency_hz[-1]:.3f} Hz: at "
            f"least {LEAST_BINS} are needed"
        )
    return _resampled(given, wanted, scale)


def even_picture(given: Spectrogram) -> Spectrogram:
    """The same in slots of 100 s and at even frequencies, all that were given."""
    hz = given.frequency_hz
    step_hz = float(np.median(np.diff(hz)))
    count = round((hz[-1] - hz[0]) / step_hz) + 1
    return _resampled(given, hz[0] + step_hz * np.arange(count), DENSITY)


def _resampled(given: Spectrogram, wanted_hz: npt.NDArray[np.float64], scale: Scale) -> Spectrogram:
    slots = max(int((given.edges_s[-1] - given.edges_s[0]) / SLOT_S + 0.5), 1)
    edges_s = given.edges_s[0] + SLOT_S * np.arange(slots + 1.0)
    values = onto_grid(given.values, pixel_edges(given.frequency_hz), pixel_edges(wanted_hz), axis=2, scale=scale)
    values = onto_grid(values, given.edges_s, edges_s, axis=1, scale=scale)
    middle = (edges_s[1:] + edges_s[:-1]) / 2
    home = np.searchsorted(given.edges_s, middle, side="right") - 1
    return Spectrogram(values, given.channels, edges_s, given.origin, wanted_hz, given.dark[home])


def grid_note(given: Spectrogram, used: Spectrogram) -> dict[str, str]:
    """What an answer says of the grid that it lies on."""
    if given.words == used.words:
        return {"grid": f"as given: {used.words}"}
    return {"grid": f"resampled to the network's own, {used.words}; given were {given.words}"}


def _unlabelled(labelled: xr.Dataset | xr.DataArray, given: dict[str, Any]) -> tuple[npt.NDArray[Any], dict[str, Any]]:
    """Values in our order of dimensions, and the labels of each that the caller has not given."""
    if isinstance(labelled, xr.Dataset) and "density" not in labelled:
        raise InputError(f"a Dataset of {', '.join(map(str, labelled)) or 'nothing'}: expected a variable density")
    data = labelled["density"] if isinstance(labelled, xr.Dataset) else labelled
    data = data.rename({"slot": "time"}) if "slot" in data.dims else data
    order = [name for name in ("channel", "time", "frequency") if name in data.dims]
    if len(order) != data.ndim or order[-2:] != ["time", "frequency"]:
        raise InputError(
            f"density with dimensions {', '.join(map(str, data.dims))}: expected (channel,) time, frequency"
        )
    labels = {name: data.coords[name] for name in (*order, "dark") if name in data.coords}
    hertz = labels["frequency"].attrs.get("units", "Hz") if "frequency" in labels else "Hz"
    if hertz != "Hz":
        raise InputError(f"coordinate frequency is in {hertz!r}: expected Hz")
    found = {name: label.values for name, label in labels.items()}
    if "channel" in found:
        found["channel"] = tuple(str(name) for name in found["channel"])
    factor = np.float32(density_factor(str(data.attrs.get("units", ""))))
    asked = {name: label for name, label in given.items() if label is not None}
    return data.transpose(*order).values * factor, given | found | asked


def _frequencies(frequency_hz: npt.ArrayLike | None, columns: int) -> npt.NDArray[np.float64]:
    if frequency_hz is None:
        raise InputError(f"density of {columns} frequencies: expected frequency_hz, or a coordinate named frequency")
    hz = np.asarray(frequency_hz, dtype=np.float64)
    if hz.shape != (columns,) or columns < 2:
        raise InputError(
            f"frequency_hz has shape {hz.shape}, the density {columns} columns: expected one for each, at least 2"
        )
    check_rising("frequency_hz", hz)
    return hz


def _row_edges(time: Times, rows: int) -> tuple[npt.NDArray[np.float64], np.datetime64 | None, npt.NDArray[np.intp]]:
    """Edges of rows, s after the origin; the origin; and the place of each row given: holes have rows of their own."""
    if time is None or np.ndim(time) == 0:
        step_s = float(SLOT_S if time is None else time)
        if not step_s > 0:
            raise InputError(f"time is {step_s:g}: expected the length of a row, s, above 0, or the start of each")
        return step_s * np.arange(rows + 1.0), None, np.arange(rows)
    start_s, origin = seconds(time)
    if start_s.shape != (rows,):
        raise InputError(f"time has shape {start_s.shape}, the density {rows} rows: expected one for each")
    check_rising("time, s", start_s)
    step = np.diff(start_s)
    step_s = float(np.median(step)) if rows > 1 else float(SLOT_S)
    hole = np.append(step > 1.5 * step_s, False)
    row = np.arange(rows) + np.cumsum(hole) - hole
    edges = np.empty(rows + hole.sum() + 1)
    edges[row], edges[row[hole] + 1], edges[-1] = start_s, start_s[hole] + step_s, start_s[-1] + step_s
    return edges, origin, row


def _measured_columns(given: Spectrogram) -> Spectrogram:
    """The part from the first to the last frequency that every channel has data at."""
    measured = np.asarray(np.isfinite(given.values).any(axis=1))
    column = np.flatnonzero(measured[measured.any(axis=1)].all(axis=0))
    if not len(column):
        return given
    part = slice(column[0], column[-1] + 1)
    return replace(given, values=given.values[:, :, part], frequency_hz=given.frequency_hz[part])


def _visible(density: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Density in whatever unit, brought to where a dead channel can be told from one in T/sqrt(Hz)."""
    there = density[density > 0]
    median = float(np.median(there)) if there.size else 1.0
    return density if median > _FAINT else density * np.float32(1 / median)
