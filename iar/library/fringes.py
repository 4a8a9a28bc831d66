"""Fringes of a spectrogram: the network's probability, the published detector, the spacing with its error."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from iar.detection.bundle import SHIPPED, load_bundle
from iar.detection.classical import slots_with_data
from iar.detection.inference import bundle_probability, pack_probability, unpack_probability
from iar.errors import InputError
from iar.fringes.judging import Measured, Rules, judge_probability
from iar.fringes.ridges import find_ridges
from iar.fringes.spacing import fit_spacing
from iar.library.grids import Picture, Spectrogram, Times, grid_note, on_network_grid, read_spectrogram
from iar.night import CHANNELS, HARMONICS
from iar.settings import ClassicalSettings, FringeSettings
from iar.spectra.regridding import SHARE
from iar.stages.classical import detect_classical
from iar.stages.fringes import FRINGES

Network = str | Path | None
Share = npt.NDArray[np.float32]

ARRAYS = FRINGES.layout.arrays
THRESHOLD = 0.5
"""From which a probability counts as fringe, where it does not say so itself."""
STEPS = ("spots", "joined", "regions", "lines")


def probability(
    density: Picture,
    frequency_hz: npt.ArrayLike | None = None,
    *,
    time: Times = None,
    network: Network = None,
) -> xr.DataArray:
    """Probability that a pixel belongs to a fringe, shape (time, frequency), on the network's own grid.

    Parameters
    ----------
    density
        Amplitude density of one coil, shape (time, frequency), or of two, shape (channel, time, frequency), the one
        along the north first; NaN where there is none. With xarray the dimensions are named so, in any order, and a
        Dataset has it as ``density``. A factor changes nothing, so any unit will do.
    frequency_hz
        Hz, rising, evenly spaced or not, shape (frequency,). A labelled array has its own.
    time
        Start of each row, datetime64 in UTC or s, or how long a row is, s; 100 where nothing is said. A labelled array
        has its own.
    network
        Folder of a bundle, such as ``iar models show`` names it; the one that ships with the package where none is.

    Returns
    -------
    0 to 1 in steps of 1/250, as an archive keeps it, NaN where no coil has data; slots of 100 s, the frequencies from
    0.5 to 10.5 Hz that were given, in steps of 1/40.96 Hz. Its attributes say what it was resampled from, by which
    network, and from which threshold a pixel counts as fringe.

    Raises
    ------
    InputError
        If shapes do not fit each other, if fewer than 16 of the network's frequencies are among the ones given, or if
        there is no such network.
    """
    given = read_spectrogram(density, frequency_hz, time)
    used = on_network_grid(given)
    packed, attrs = _probability(used, network)
    return _labelled_share(unpack_probability(packed), used, attrs | grid_note(given, used))


def classical(
    density: Picture,
    frequency_hz: npt.ArrayLike | None = None,
    *,
    time: Times = None,
    settings: ClassicalSettings | None = None,
) -> xr.Dataset:
    """Every step of the published detector (Beggan 2014, doi:10.5194/angeo-32-951-2014).

    Parameters
    ----------
    density, frequency_hz, time
        As for `iar.probability`.
    settings
        Of the detector, `iar.settings.ClassicalSettings`; the published ones where none are given.

    Returns
    -------
    ``spots``, ``joined``, ``regions`` and ``lines``, bool, (time, frequency); ``line_hz``, Hz, and ``line_weight``, 0
    to 1, of each line, (time, line), NaN where there are fewer.

    Raises
    ------
    InputError
        As `iar.probability` does.
    """
    given = read_spectrogram(density, frequency_hz, time)
    used = on_network_grid(given)
    steps = detect_classical(used.values, used.frequency_hz, used.dark, settings or ClassicalSettings())
    pictures: dict[str, Any] = {name: (("time", "frequency"), getattr(steps, name)) for name in STEPS}
    lines = {
        "line_hz": (("time", "line"), steps.line_hz, {"long_name": "frequency of a line", "units": "Hz"}),
        "line_weight": (("time", "line"), steps.line_weight, {"long_name": "slots around with a spot", "units": "1"}),
    }
    return xr.Dataset(pictures | lines, used.labels, grid_note(given, used))


def spacing(
    density: Picture | None = None,
    frequency_hz: npt.ArrayLike | None = None,
    *,
    time: Times = None,
    probability: Picture | None = None,
    search_hz: tuple[float, float] | None = None,
    network: Network = None,
) -> xr.Dataset:
    """Spacing of fringes with its standard error, every 100 s, from a density, a probability, or both.

    Parameters
    ----------
    density
        As for `iar.probability`, on any grid of time and frequency. Where it has a coordinate ``dark``, fringes are
        looked for there only, as in an archive; else everywhere.
    frequency_hz, time
        As for `iar.probability`, of density and probability alike.
    probability
        Of fringe, 0 to 1, shape (time, frequency), such as `iar.probability` gives it: of a network's of your own, too.
        Without one the network is asked. One that is given as the first argument, labelled so, is understood.
        Without a density nothing but the ridges of the probability is looked at.
    search_hz
        Least and largest spacing looked for, Hz; 0.25 and 2.2 where nothing is said.
    network
        As for `iar.probability`.

    Returns
    -------
    The variables of an archive's ``fringes``, along time: ``delta_f_hz``, ``delta_f_sigma_hz``, ``phi``, ``harmonics``,
    ``confidence``, ``frequency_hz`` (time, harmonic), and with a density the other estimators. Its attributes hold the
    verdict with its reason, and what was resampled.

    Raises
    ------
    InputError
        As `iar.probability` does; if neither is given, if they lie on different grids, or if nothing lies between the
        least and the largest spacing.
    """
    if isinstance(density, xr.DataArray) and density.name == "probability":
        density, probability = None, density
    rules = _rules(search_hz)
    if density is None:
        if probability is None:
            raise InputError("neither density nor probability is given: expected one of them")
        return _of_probability(read_spectrogram(probability, frequency_hz, time), rules, _threshold(probability))
    given = read_spectrogram(density, frequency_hz, time)
    used = on_network_grid(given)
    if probability is None:
        packed, attrs = _probability(used, network)
    else:
        share = on_network_grid(read_spectrogram(probability, frequency_hz, time), SHARE).values[0]
        packed, attrs = pack_probability(share), {"threshold": _threshold(probability)}
    if packed.shape != used.values.shape[1:]:
        raise InputError(f"probability of shape {packed.shape}, density of {used.values.shape[1:]}: expected one grid")
    return _of_both(packed, used, rules, attrs | grid_note(given, used))


def _probability(used: Spectrogram, network: Network) -> tuple[npt.NDArray[np.uint8], dict[str, Any]]:
    """Probability as an archive keeps it, and what is said of the network."""
    bundle = load_bundle(SHIPPED if network is None else Path(network))
    found = bundle_probability(bundle, _two_coils(used.values), used.frequency_hz)
    attrs = {"threshold": bundle.card.threshold, "network": f"{bundle.card.name} {bundle.digest}"}
    return pack_probability(found), attrs


def _two_coils(density: Share) -> Share:
    """What the network takes: of a coil that is not there all is missing."""
    absent = np.full((len(CHANNELS) - len(density), *density.shape[1:]), np.nan, dtype=np.float32)
    return np.concatenate([density, absent])


def _threshold(share: Picture) -> float:
    return float(share.attrs.get("threshold", THRESHOLD)) if isinstance(share, xr.DataArray) else THRESHOLD


def _rules(search_hz: tuple[float, float] | None) -> Rules:
    settings = FringeSettings().model_dump()
    if search_hz is not None:
        least, most = search_hz
        if not 0 < 1.1 * least < most:  # also where one is NaN
            raise InputError(f"search_hz is {least:g} to {most:g}: expected two above 0, the second higher by a tenth")
        settings |= {"min_spacing_hz": least, "max_spacing_hz": most}
    return Rules(**settings)


def _of_both(packed: npt.NDArray[np.uint8], used: Spectrogram, rules: Rules, attrs: dict[str, Any]) -> xr.Dataset:
    """Judge's answer for a density and a probability on one grid."""
    night = Measured(used.values, slots_with_data(used.values), used.dark, used.frequency_hz, used.channels)
    estimates, verdict = judge_probability(packed, night, threshold=attrs["threshold"], rules=rules)
    return _labelled_fringes(estimates.arrays(), used, {"verdict": verdict.name, "reason": verdict.reason} | attrs)


def _of_probability(given: Spectrogram, rules: Rules, threshold: float) -> xr.Dataset:
    """Spacing by the ridges of a probability alone."""
    used = on_network_grid(given, SHARE)
    ridge_hz, weight = find_ridges(used.values[0], used.frequency_hz, threshold=threshold)
    found = fit_spacing(ridge_hz, weight, min_spacing_hz=rules.min_spacing_hz, max_spacing_hz=rules.max_spacing_hz)
    return _labelled_fringes(vars(found), used, {"threshold": threshold} | grid_note(given, used))


def _labelled_share(share: Share, used: Spectrogram, attrs: dict[str, Any]) -> xr.DataArray:
    meaning = {"long_name": "probability of fringe", "units": "1"}
    return xr.DataArray(share, used.labels, ("time", "frequency"), "probability", meaning | attrs)


def _labelled_fringes(arrays: dict[str, npt.NDArray[Any]], used: Spectrogram, attrs: dict[str, Any]) -> xr.Dataset:
    """Results by name, shape (slot,) or (slot, harmonic), with their units."""
    harmonic = xr.DataArray(np.arange(1, HARMONICS + 1), dims="harmonic", attrs={"long_name": "number of the harmonic"})
    variables = {
        name: (("time", "harmonic")[: values.ndim], values.astype(np.float32), ARRAYS[f"fringes/{name}"].attrs)
        for name, values in arrays.items()
    }
    return xr.Dataset(variables, {"time": used.labels["time"], "harmonic": harmonic}, attrs)
