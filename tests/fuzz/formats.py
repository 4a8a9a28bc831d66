"""Targets of the readers of files that loggers and others write."""

import io
import itertools
import struct
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import cdflib
import h5py
import numpy as np
import pandas as pd
import scipy.io
from cdflib.cdfwrite import CDF

from iar.records.finding import Found
from iar.records.members import TarMember
from iar.records.record import Recognise
from iar.records.resampling import resampled_length
from iar.settings import Station
from iar.stages.ingest import group_by_night, read_counts, station_format
from tests.fuzz.target import Target

BX = np.arange(64) * 0.25
SINCE = {"kind": "name", "pattern": "%Y%m%d_%H.*"}
TABLES: dict[str, dict[str, Any]] = {
    "text": {"header_lines": 1, "channels": ["bx", 3], "start": {"kind": "columns", "of": ["time"]}},
    "hdf5": {"channels": ["/bx", "/b[1]"], "rate": "/bx@fs", "start": {"kind": "array", "of": "/t"}},
    "netcdf": {"channels": ["bx", "by"], "rate": "@fs", "start": {"kind": "array", "of": "t"}},
    "mat": {"channels": ["bx", "b[1]"], "rate": "fs", "start": {"kind": "value", "of": "t0", "form": "matlab"}},
    "cdf": {"channels": ["b[0]", "b[1]"]},
    "wav": {"channels": [1, 2], "start": SINCE},
}


def reading(name: str, station: dict[str, Any]) -> Callable[[bytes], None]:
    """Read bytes as a file of a station: records that lie in nights, or words for why it is of no use."""
    recognise = station_format(Station.model_validate(station))
    return partial(_read, name, recognise)


def _read(name: str, recognise: Recognise, content: bytes) -> None:
    found = Found()
    found.add(TarMember(Path("2014.tar"), name, len(content), 0, content), recognise)
    assert all(bad.reason and bad.reason.isprintable() for bad in found.unusable)
    group_by_night(found.records, 12)
    for record in found.records:
        try:
            counts, _ = read_counts(record, content, full_scale=2**23)
        except ValueError as error:
            assert str(error).strip()  # noqa: PT017 - who shows it makes it one line
            continue
        assert counts.dtype == np.int32
        assert 0 < len(counts) <= resampled_length(record.samples, record.rate_hz)


def _texts() -> Iterator[bytes]:
    times = np.datetime64("2014-01-10T12:00") + (np.arange(64) * 250).astype("timedelta64[ms]")
    frame = pd.DataFrame({"time": times, "bx": BX, "by": -BX})
    yield frame.to_csv(index=False).encode()
    yield frame.drop(index=range(20, 30)).to_csv(index=False, lineterminator="\r\n").encode()


def _hdf5s() -> Iterator[bytes]:
    for options in ({}, {"compression": "gzip", "chunks": (16, 2)}):
        out = io.BytesIO()
        with h5py.File(out, "w") as file:
            file["bx"] = BX
            file["bx"].attrs["fs"] = 4.0
            file.create_dataset("b", data=np.c_[BX, -BX], **options)
            file["t"] = np.arange(64) / 4
            file["t"].attrs["units"] = "seconds since 2014-01-10"
        yield out.getvalue()


def _netcdfs() -> Iterator[bytes]:
    out = io.BytesIO()
    file = scipy.io.netcdf_file(out, "w")
    file.fs = 4.0
    file.createDimension("n", 64)
    for name, values in (("bx", BX), ("by", -BX), ("t", np.arange(64) / 4)):
        variable = file.createVariable(name, "f8", ("n",))
        variable[:] = values
        variable.units = "seconds since 2014-01-10"
    file.flush()
    yield out.getvalue()


def _mats() -> Iterator[bytes]:
    for version in ("4", "5"):
        out = io.BytesIO()
        scipy.io.savemat(out, {"bx": BX, "b": np.c_[BX, -BX], "fs": 4.0, "t0": 735_609.5}, format=version)
        yield out.getvalue()


def _wavs() -> Iterator[bytes]:
    for kind in (np.int16, np.int32, np.float32, np.uint8):
        out = io.BytesIO()
        scipy.io.wavfile.write(out, 4, np.c_[BX, BX].astype(kind))
        yield out.getvalue()


def _cdfs(name: str = "b") -> Iterator[bytes]:
    for compressed in (0, 1):
        with TemporaryDirectory() as folder:
            path = Path(folder) / "written.cdf"
            base = {"Num_Elements": 1, "Rec_Vary": True, "Compress": 6 * compressed}
            with CDF(path, cdf_spec={"Compressed": compressed}) as file:
                epochs = cdflib.cdfepoch.compute_tt2000([[2014, 1, 10, 12, 0, n // 4, n % 4 * 250] for n in range(64)])
                file.write_var({**base, "Variable": "t", "Data_Type": 33, "Dim_Sizes": []}, {}, epochs)
                attributes = {"DEPEND_0": "t", "FILLVAL": -1e31}
                file.write_var(
                    {**base, "Variable": name, "Data_Type": 45, "Dim_Sizes": [2]}, attributes, np.c_[BX, -BX]
                )
            yield path.read_bytes()


def _ats() -> Iterator[bytes]:
    for sensor in (b"Hx", b"Hy", b"Ex"):
        header = bytearray(1024)
        struct.pack_into("<HhIfId", header, 0, 1024, 80, 64, 128.0, 1_389_355_200, 0.0025)
        header[0x26:0x28] = sensor
        yield bytes(header) + bytes(range(256))


def _phoenix() -> Iterator[bytes]:
    header = bytearray(128)
    struct.pack_into("<BBH8s8sIBIH", header, 0, 2, 2, 128, b"MTU-5C", b"10128", 1_619_493_876, 0, 1, 360)
    struct.pack_into("<HbB", header, 59, 150, 0, 4)
    yield bytes(header) + BX.astype("<f4").tobytes()


def _carisma() -> Iterator[bytes]:
    rows = "".join(f"0559{n // 20 + 58:02d}.{n % 20 * 50:03d} {x:9.2f} {-x:9.2f} .\n" for n, x in enumerate(BX[:40]))
    yield b"# FCHU 20140110 58.763 265.920 H 0.0 D 0.0 pT 20Hz\n" + rows.encode()
    yield rows.replace("\n", "\r\n").replace(" .", " x", 3).encode()


def _lemi() -> Iterator[bytes]:
    header = b"%LEMI423 #0036\r\n%Kmx = 2.5e-06\r\n%Kmy = 5e-06\r\n%Ax = -50.0\r\n%Ay = 25\r\n".ljust(1024)
    records = [struct.pack("<IHiiiiiI", 1_389_355_200 + n // 16, n % 16, n, -n, n, n, n, n) for n in range(64)]
    yield header + b"".join(records)


def _mth5s() -> Iterator[bytes]:
    for place in ("Survey/Stations/mt001/a", "Experiment/Surveys/alps/Stations/mt001/a"):
        out = io.BytesIO()
        with h5py.File(out, "w") as file:
            file.attrs["file.type"] = "MTH5"
            for run, name in itertools.product(("1", "2"), ("hx", "hy")):
                file[f"{place}{run}/{name}"] = BX
                attributes = {"component": name, "sample_rate": 4.0, "units": "nanoTesla"}
                file[f"{place}{run}/{name}"].attrs.update(
                    {**attributes, "time_period.start": f"2014-01-10T12:0{run}:00"}
                )
        yield out.getvalue()


_SEEDS = {"text": _texts, "hdf5": _hdf5s, "netcdf": _netcdfs, "mat": _mats, "cdf": _cdfs, "wav": _wavs}
_WORDS = {
    "text": (b"nan", b"1e400", b"\n", b"2014-01-10T12:00:00", b"-99999.9", b'"', b"\0"),
    "hdf5": (b"SNOD", b"TREE", b"HEAP", b"OHDR", b"GCOL", b"units", b"\x89HDF"),
    "netcdf": (b"CDF\x01", b"CDF\x02", b"units", b"\0\0\0\x0a", b"\0\0\0\x0b", b"\0\0\0\x0c"),
    "mat": (b"MATLAB", b"\0\x01IM", b"\x0f\0\0\0", b"\x0e\0\0\0", b"fs\0", b"t0\0"),
    "cdf": (b"\xcd\xf3\x00\x01", b"\x00\x00\xff\xff", b"\xcc\xcc\x00\x01", b"DEPEND_0", b"\0\0\0\x21", b"\0\0\0\x2d"),
    "wav": (b"RIFF", b"RIFX", b"RF64", b"WAVE", b"fmt ", b"data", b"LIST", b"fact"),
}
TARGETS = {
    kind: Target(
        reading("20140110_12.bin", {"format": "table", "rate_hz": 4, "unit": "nT", "table": {"kind": kind, **table}}),
        _SEEDS[kind],
        _WORDS[kind],
    )
    for kind, table in TABLES.items()
} | {
    "ats": Target(
        reading("x.ats", {"format": "ats", "rate_hz": 128, "unit": "V"}), _ats, (b"Hx", b"\x50\0", b"\x51\0")
    ),
    "carisma": Target(
        reading("20140110FCHU05.ICM20", {"format": "carisma", "rate_hz": 20, "unit": "pT"}),
        _carisma,
        (b"235959.950", b" x\n", b"# ", b" pT ", b" nT ", b"nan", b"1e400", b"\0"),
    ),
    "isee": Target(
        reading("isee_induction_msr_2014011012_v01.cdf", {"format": "isee", "rate_hz": 4, "unit": "V"}),
        partial(_cdfs, "db_dt"),
        (*_WORDS["cdf"], b"db_dt"),
    ),
    "lemi": Target(
        reading("x.b423", {"format": "lemi", "rate_hz": 16, "unit": "nT"}),
        _lemi,
        (b"%Kmx = ", b"%Ay = ", b"nan", b"1e400"),
    ),
    "mth5": Target(
        reading("x.h5", {"format": "mth5", "rate_hz": 4, "unit": "nT"}),
        _mth5s,
        (b"MTH5", b"sample_rate", b"time_period.start", b"component", b"SNOD", b"TREE", b"OHDR", b"units"),
    ),
    "phoenix": Target(
        reading("x.td_150", {"format": "phoenix", "rate_hz": 150, "unit": "V"}), _phoenix, (b"MTU-5C", b"\x96\0\0\x04")
    ),
}
