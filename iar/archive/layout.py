"""How arrays lie in an archive: dimensions, chunks, coordinates. Which there are, the stages declare.

The leading dimension is the night, at its full length from the first day, so every write is whole chunks at a known
place and any number of processes write different nights at once. Places without data take no room on disk.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt
import zarr
from zarr.codecs import BloscCodec, Crc32cCodec

from iar import __version__
from iar.night import HARMONICS, NIGHT_SAMPLES, SLOT_S, SLOTS
from iar.settings import Station

COMPRESSOR = BloscCodec(cname="zstd", clevel=3, shuffle="bitshuffle")
CHECKSUM = Crc32cCodec()
"""Of the compressed bytes: a chunk that was cut never reaches Blosc, which may crash on it, and a wrong bit is seen.

Four bytes a chunk, and no time that could be measured.
"""


NAN: float = float("nan")


@dataclass(frozen=True)
class ArraySpec:
    """One array: the dimensions after night, its type, what stands for missing, and its CF attributes."""

    dims: tuple[str, ...]
    dtype: str
    fill: float
    attrs: dict[str, Any]
    chunks: dict[str, int] = field(default_factory=dict)
    compressor: BloscCodec = COMPRESSOR


@dataclass(frozen=True)
class Dimension:
    """A dimension that only some arrays have: its coordinate, shape (length,), with its CF attributes."""

    values: npt.NDArray[Any]
    attrs: dict[str, Any]


@dataclass(frozen=True)
class Layout:
    """Arrays by their path, such as ``spectra/density``, and the dimensions of theirs that not every archive has.

    In each array the dimension ``night`` comes first, one night a chunk.
    """

    arrays: Mapping[str, ArraySpec] = field(default_factory=dict)
    dimensions: Mapping[str, Dimension] = field(default_factory=dict)

    @property
    def groups(self) -> tuple[str, ...]:
        """Groups that the arrays lie in, in order."""
        return tuple(sorted({path.partition("/")[0] for path in self.arrays}))


NO_LAYOUT: Layout = Layout()


def flags(meanings: Mapping[str, int], key: str) -> dict[str, Any]:
    """CF attributes of an array of flags; `key` is ``flag_values`` or ``flag_masks``."""
    return {key: list(meanings.values()), "flag_meanings": " ".join(meanings)}


def filled_chunks(values: npt.NDArray[Any], chunks: Sequence[int], fill: float) -> int:
    """Chunks of an array that hold anything but `fill`: those that Zarr writes; the others take no room on disk.

    Parameters
    ----------
    values
        Of one night, any shape.
    chunks
        Length of a chunk along each of its dimensions; the last may be shorter.
    fill
        What stands for missing.
    """
    starts = (range(0, size, chunk) for size, chunk in zip(values.shape, chunks, strict=True))
    corners = product(*starts)
    blocks = (
        values[tuple(slice(at, at + chunk) for at, chunk in zip(corner, chunks, strict=True))] for corner in corners
    )
    return sum(_holds_anything(block, fill) for block in blocks)


def _holds_anything(block: npt.NDArray[Any], fill: float) -> bool:
    """Whether any value is another than `fill`; most often the first one is."""
    empty = np.isnan if np.isnan(fill) else partial(np.equal, fill)
    return bool(block.size and (not empty(block.flat[0]) or not empty(block).all()))


def create_layout(root: zarr.Group, station: Station, frequency_hz: npt.NDArray[np.float64], layout: Layout) -> None:
    """Write the empty hierarchy: groups, coordinates, arrays, attributes.

    What is there already stays as it is, so a creation that was cut short is finished by the next.
    """
    create_arrays(root, station, frequency_hz, layout)
    root.attrs.put(_global_attributes(station))  # last, and in one write, as `update` is not: with these it is whole


def create_arrays(root: zarr.Group, station: Station, frequency_hz: npt.NDArray[np.float64], layout: Layout) -> None:
    """Make those arrays that are not there, empty, and the coordinates of their groups."""
    known = station_dimensions(station, frequency_hz) | dict(layout.dimensions)
    sizes = {name: len(dimension.values) for name, dimension in known.items()} | {"sample": NIGHT_SAMPLES}
    for name in layout.groups:
        group = root.require_group(name)
        used = {dim for path, spec in layout.arrays.items() if path.startswith(f"{name}/") for dim in spec.dims}
        _create_coordinates(group, {dim: known[dim] for dim in {"night", *used} & known.keys()})
    for path, spec in layout.arrays.items():
        if path in root:
            continue
        dims = ("night", *spec.dims)
        root.create_array(
            path,
            shape=tuple(sizes[dim] for dim in dims),
            chunks=tuple(1 if dim == "night" else min(spec.chunks.get(dim, sizes[dim]), sizes[dim]) for dim in dims),
            dtype=spec.dtype,
            fill_value=spec.fill,
            dimension_names=dims,
            attributes=spec.attrs,
            compressors=(spec.compressor, CHECKSUM),
        )


def station_dimensions(station: Station, frequency_hz: npt.NDArray[np.float64]) -> dict[str, Dimension]:
    """Dimensions that every archive has; that of samples has no coordinate."""
    nights = (station.last_night - station.first_night).days + 1
    start = f"{station.first_night} {station.boundary_hour:02d}:00:00"
    return {
        "night": Dimension(
            np.arange(nights, dtype="int32"),
            {"long_name": "start of the night", "standard_name": "time", "units": f"days since {start}",
             "calendar": "proleptic_gregorian", "axis": "T"},
        ),
        "channel": Dimension(
            np.array(station.channels, dtype=object), {"long_name": "direction that the coil measures"}
        ),
        "slot": Dimension(
            np.arange(SLOTS, dtype="int32") * SLOT_S, {"long_name": "start of the slot in its night", "units": "s"}
        ),
        "frequency": Dimension(
            frequency_hz, {"long_name": "frequency", "standard_name": "wave_frequency", "units": "Hz"}
        ),
        "harmonic": Dimension(
            np.arange(1, HARMONICS + 1, dtype="int32"), {"long_name": "number of the harmonic", "units": "1"}
        ),
    }  # fmt: skip


def _create_coordinates(group: zarr.Group, dimensions: Mapping[str, Dimension]) -> None:
    for name, dimension in sorted(dimensions.items()):
        if name not in group:
            group.create_array(
                name, shape=dimension.values.shape, chunks=dimension.values.shape,
                dtype="string" if name == "channel" else dimension.values.dtype, dimension_names=(name,),
                attributes=dimension.attrs,
            )  # fmt: skip
        coordinate: Any = group[name]
        coordinate[:] = dimension.values


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
