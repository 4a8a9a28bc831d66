"""Names, dimensions and chunks of the archive, in one table.

The leading dimension is the night, at its full length from the first day, so every write is whole chunks at a known
place and any number of processes write different nights at once. Places without data take no room on disk.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import zarr
from zarr.codecs import BloscCodec, Crc32cCodec

from iar import __version__
from iar.night import HARMONICS, HOUR_SAMPLES, MISSING, NIGHT_SAMPLES, RATE_HZ, SLOT_S, SLOTS
from iar.settings import Station
from iar.spectra.quality import QUALITY_FLAGS

COUNTS_CHUNK = HOUR_SAMPLES
COMPRESSOR = BloscCodec(cname="zstd", clevel=3, shuffle="bitshuffle")
COUNTS_COMPRESSOR = BloscCodec(cname="zstd", clevel=3, shuffle="bitshuffle", blocksize=4 * COUNTS_CHUNK)
"""An hour in one block: 2 to 7 % smaller than in Blosc's own blocks, at no cost, and 23 to 31 % smaller than Steim-2.

Level 9 takes 1 to 2 % less room and 20 times as long; PCodec 4 to 8 % less, but is in no Zarr specification, as little
as a delta, which takes 1 % less of one coil and 14 % more of another (`benchmarks/archive.py`).
"""
CHECKSUM = Crc32cCodec()
"""Of the compressed bytes: a chunk that was cut never reaches Blosc, which may crash on it, and a wrong bit is seen.

Four bytes a chunk, and no time that could be measured.
"""

VERDICTS = {"no_data": 0, "no_fringes": 1, "fringes": 2, "interference": 3}
NO_VERDICT = 255


@dataclass(frozen=True)
class ArraySpec:
    """One array: the dimensions after night, its type, what stands for missing, and its CF attributes."""

    dims: tuple[str, ...]
    dtype: str
    fill: float
    attrs: dict[str, Any]
    chunks: dict[str, int] = field(default_factory=dict)
    compressor: BloscCodec = COMPRESSOR


def _flags(meanings: dict[str, int], key: str) -> dict[str, Any]:
    return {key: list(meanings.values()), "flag_meanings": " ".join(meanings)}


_NAN = float("nan")
ARRAYS: dict[str, ArraySpec] = {
    "counts/counts": ArraySpec(
        ("channel", "sample"), "int32", int(MISSING),
        {"long_name": "digitiser counts", "units": "1", "sampling_rate_hz": RATE_HZ, "_FillValue": int(MISSING)},
        {"channel": 1, "sample": COUNTS_CHUNK},
        COUNTS_COMPRESSOR,
    ),
    "spectra/density": ArraySpec(
        ("channel", "slot", "frequency"), "float32", _NAN,
        {"long_name": "amplitude spectral density of the magnetic field", "units": "pT/sqrt(Hz)",
         "comment": "the square is in pT2 Hz-1: UDUNITS knows no half powers, and reads Hz-0.5 as a factor"},
    ),
    "spectra/cross_real": ArraySpec(
        ("slot", "frequency"), "float32", _NAN,
        {"long_name": "co-spectrum of the two channels: real part of the first times the conjugate of the second",
         "units": "pT2 Hz-1"},
    ),
    "spectra/cross_imag": ArraySpec(
        ("slot", "frequency"), "float32", _NAN,
        {"long_name": "quadrature spectrum of the two channels: imaginary part, positive where the second lags behind",
         "units": "pT2 Hz-1"},
    ),
    "spectra/effort": ArraySpec(
        ("channel", "slot"), "float32", _NAN,
        {"long_name": "share of the slot's samples that are there", "units": "1", "valid_range": [0, 1]},
    ),
    "spectra/quality": ArraySpec(
        ("channel", "slot"), "uint8", 0,
        {"long_name": "what is wrong with the slot", **_flags(QUALITY_FLAGS, "flag_masks")},
    ),
    "detection/probability": ArraySpec(
        ("slot", "frequency"), "uint8", 255,
        {"long_name": "probability of fringe, of the U-net", "units": "1", "scale_factor": 1 / 250, "_FillValue": 255},
    ),
    "detection/classical": ArraySpec(
        ("slot", "frequency"), "uint8", 255,
        {"long_name": "fringe regions of the classical detector (Beggan 2014)", "flag_values": [0, 1, 2],
         "flag_meanings": "background region line", "_FillValue": 255},
    ),
    "fringes/delta_f_hz": ArraySpec(("slot",), "float32", _NAN, {"long_name": "spacing of fringes", "units": "Hz"}),
    "fringes/delta_f_sigma_hz": ArraySpec(
        ("slot",), "float32", _NAN, {"long_name": "standard error of the spacing", "units": "Hz"}
    ),
    "fringes/phi": ArraySpec(("slot",), "float32", _NAN, {"long_name": "offset of the fringes", "units": "1"}),
    "fringes/harmonics": ArraySpec(
        ("slot",), "float32", _NAN, {"long_name": "number of harmonics that were seen", "units": "1"}
    ),
    "fringes/confidence": ArraySpec(
        ("slot",), "float32", _NAN, {"long_name": "confidence in the spacing, 0 to 1", "units": "1"}
    ),
    "fringes/frequency_hz": ArraySpec(
        ("slot", "harmonic"), "float32", _NAN, {"long_name": "frequency of each harmonic", "units": "Hz"}
    ),
    "fringes/matched_delta_f_hz": ArraySpec(
        ("slot",), "float32", _NAN, {"long_name": "spacing of fringes by the matched filter alone", "units": "Hz"}
    ),
    "fringes/matched_score": ArraySpec(
        ("slot",), "float32", _NAN,
        {"long_name": "share of the residual's variance that the matched filter explains", "units": "1"},
    ),
    "fringes/autocorrelation_delta_f_hz": ArraySpec(
        ("slot",), "float32", _NAN,
        {"long_name": "spacing by autocorrelation, which takes combs for fringes, too", "units": "Hz"},
    ),
    "fringes/autocorrelation": ArraySpec(
        ("slot",), "float32", _NAN, {"long_name": "coefficient of autocorrelation at that spacing", "units": "1"}
    ),
    "fringes/verdict": ArraySpec(
        (), "uint8", NO_VERDICT,
        {"long_name": "verdict of the night", "_FillValue": NO_VERDICT, **_flags(VERDICTS, "flag_values")},
    ),
}  # fmt: skip
"""Every array by its path; the dimension ``night`` comes first in each, one night a chunk."""
GROUPS = tuple(sorted({path.partition("/")[0] for path in ARRAYS}))


def create_layout(root: zarr.Group, station: Station, frequency_hz: npt.NDArray[np.float64]) -> None:
    """Write the empty hierarchy: groups, coordinates, arrays, attributes.

    What is there already stays as it is, so a creation that was cut short is finished by the next.
    """
    nights = _places(station)
    for group in GROUPS:
        used = {dim for path, spec in ARRAYS.items() if path.startswith(f"{group}/") for dim in spec.dims}
        _create_coordinates(root.require_group(group), used, station, frequency_hz, nights)
    create_arrays(root, station, len(frequency_hz), ARRAYS)
    root.attrs.put(_global_attributes(station))  # last, and in one write, as `update` is not: with these it is whole


def create_arrays(root: zarr.Group, station: Station, frequencies: int, paths: Iterable[str]) -> None:
    """Make those of the arrays at `paths` that are not there, empty, for spectra of so many `frequencies`."""
    sizes = {
        "night": _places(station), "channel": len(station.channels), "slot": SLOTS, "frequency": frequencies,
        "sample": NIGHT_SAMPLES, "harmonic": HARMONICS,
    }  # fmt: skip
    for path in paths:
        if path in root:
            continue
        spec = ARRAYS[path]
        dims = ("night", *spec.dims)
        root.create_array(
            path,
            shape=tuple(sizes[dim] for dim in dims),
            chunks=tuple(1 if dim == "night" else spec.chunks.get(dim, sizes[dim]) for dim in dims),
            dtype=spec.dtype,
            fill_value=spec.fill,
            dimension_names=dims,
            attributes=spec.attrs,
            compressors=(spec.compressor, CHECKSUM),
        )


def _places(station: Station) -> int:
    """Nights that an archive has a place for."""
    return (station.last_night - station.first_night).days + 1


def _create_coordinates(
    group: zarr.Group, used: set[str], station: Station, frequency_hz: npt.NDArray[np.float64], nights: int
) -> None:
    start = f"{station.first_night} {station.boundary_hour:02d}:00:00"
    coordinates: dict[str, tuple[npt.NDArray[Any], dict[str, Any]]] = {
        "night": (
            np.arange(nights, dtype="int32"),
            {"long_name": "start of the night", "standard_name": "time", "units": f"days since {start}",
             "calendar": "proleptic_gregorian", "axis": "T"},
        ),
        "channel": (np.array(station.channels, dtype=object), {"long_name": "direction that the coil measures"}),
        "slot": (
            np.arange(SLOTS, dtype="int32") * SLOT_S, {"long_name": "start of the slot in its night", "units": "s"},
        ),
        "frequency": (frequency_hz, {"long_name": "frequency", "standard_name": "wave_frequency", "units": "Hz"}),
        "harmonic": (np.arange(1, HARMONICS + 1, dtype="int32"), {"long_name": "number of the harmonic", "units": "1"}),
    }  # fmt: skip
    for name in ("night", *sorted(used & coordinates.keys())):
        values, attrs = coordinates[name]
        if name not in group:
            group.create_array(
                name, shape=values.shape, chunks=values.shape, dtype="string" if name == "channel" else values.dtype,
                dimension_names=(name,), attributes=attrs,
            )  # fmt: skip
        coordinate: Any = group[name]
        coordinate[:] = values


def _global_attributes(station: Station) -> dict[str, Any]:
    return {
        "Conventions": "CF-1.11, ACDD-1.3",
        "title": f"Ionospheric Alfvén resonances at {station.name}",
        "source": f"induction coils of {station.name}, files of format {station.format}",
        "history": f"created by iar {__version__}",
        "geospatial_lat_min": station.latitude_deg,
        "geospatial_lat_max": station.latitude_deg,
        "geospatial_lon_min": station.longitude_deg,
        "geospatial_lon_max": station.longitude_deg,
        "station": station.model_dump(mode="json"),
    }
