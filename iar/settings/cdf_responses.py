"""Sensitivities of induction coils that lie in the CDF files of their samples, as in those of ISEE and PWING."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from iar.errors import InputError, first_line
from iar.settings.cdf import open_cdf
from iar.settings.instruments import Asked, Row, as_table

SIGNATURES = (b"\xcd\xf3\x00\x01", b"\xcd\xf2\x60\x02", b"\x00\x00\xff\xff")
"""How files of CDF of version 3, 2.6 and before begin (CDF Internal Format Description)."""
VOLTS_PER_NT = {"": 1.0, "v/nt": 1.0, "mv/nt": 1e-3, "uv/nt": 1e-6}
"""Units that a sensitivity may have; without one it is taken for V/nT."""
COMPONENTS = ("H", "D")
NAMES = ("frequency", "sensitivity", "phase_difference")
MOST_PHASE = 1e4
"""What is beyond that is no phase but a fill value, as CDF has -1e31."""

Array = npt.NDArray[np.float64]


def read_cdf_rows(path: Path, asked: Asked) -> list[Row] | None:
    """Rows of H and D, the first and the second coil; None if it is no CDF file.

    The tables are the variables ``frequency``, ``sensitivity`` and ``phase_difference``, a row each frequency and a
    column each component (SPEDAS, erg_load_gmag_isee_induction). The phase is taken for that of the voltage ahead of
    the field, degrees unless its unit says rad. Nights are all, unless the station says from when to when.

    Raises
    ------
    InputError
        If cdflib is not installed.
    ValueError
        If it is damaged, or has no such tables.
    """
    with path.open("rb") as file:
        if file.read(4) not in SIGNATURES:
            return None
    try:
        read = _variables(open_cdf(path))
    except InputError:
        raise
    except Exception as error:  # bare exceptions of cdflib, and ValueErrors of struct  # noqa: BLE001
        raise ValueError(f"no whole CDF file: {first_line(error)}") from None
    frequency_hz, response = _tables(read)
    parts = path.name.split("_")
    site = parts[2].upper() if len(parts) > 3 else ""
    return [
        Row(f".{site}..{name}", coil, (None, None), asked.volts_per_count, as_table(name, frequency_hz, column))
        for name, coil, column in zip(COMPONENTS, asked.channels, response, strict=True)
    ]


def _variables(file: Any) -> dict[str, tuple[Any, str]]:
    """Array and unit of each variable of numbers."""
    info = file.cdf_info()
    arrays = {name: np.asarray(file.varget(name)) for name in (*info.rVariables, *info.zVariables) if name in NAMES}
    units = {name: "".join(str(file.varattsget(name).get("UNITS", "")).split()).lower() for name in arrays}
    return {name: (array, units[name]) for name, array in arrays.items() if array.dtype.kind in "iuf"}


def _tables(read: dict[str, tuple[Any, str]]) -> tuple[Array, npt.NDArray[np.complex128]]:
    """Frequencies, rising, shape (row,), Hz, and what both coils make of a field there, shape (coil, row), V/nT."""
    for name in NAMES:
        if name not in read:
            raise ValueError(f"it has no numbers {name}, which tell of its coils: it has {', '.join(read) or 'none'}")
    frequency_hz = np.ravel(read["frequency"][0]).astype(np.float64)
    sensitivity, phase = (_columns(read[name][0], len(frequency_hz), name) for name in NAMES[1:])
    unit = read["sensitivity"][1]
    if unit not in VOLTS_PER_NT:
        raise ValueError(f"its sensitivity is in {unit}: expected {', '.join(filter(None, VOLTS_PER_NT))}")
    there = (frequency_hz > 0) & (sensitivity > 0).all(axis=1) & (np.abs(phase) <= MOST_PHASE).all(axis=1)
    if np.count_nonzero(there) < 2:
        raise ValueError(f"{np.count_nonzero(there)} rows of its sensitivity are numbers above 0: expected at least 2")
    phase_rad = phase if read["phase_difference"][1].startswith("rad") else np.deg2rad(phase)
    response = np.asarray((sensitivity * VOLTS_PER_NT[unit] * np.exp(1j * phase_rad))[there].T, np.complex128)
    rising = np.argsort(frequency_hz[there])
    return frequency_hz[there][rising], response[:, rising]


def _columns(array: Any, rows: int, name: str) -> Array:
    """What a table says of both coils, shape (row, coil)."""
    squeezed = np.squeeze(array)
    if squeezed.ndim != 2 or squeezed.shape[0] != rows or squeezed.shape[1] < len(COMPONENTS):
        raise ValueError(f"{name} has the shape {array.shape}: expected {rows} frequencies of H, D, Z")
    return np.asarray(squeezed[:, : len(COMPONENTS)], np.float64)
