"""An hour of both coils in formats of loggers, from bytes to counts in their places, beside the plain way to them."""

import io
import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import cdflib
import h5py
import numpy as np
import pandas as pd
import scipy.io
from cdflib.cdfwrite import CDF

from benchmarks.line import Line, seconds_line
from iar.records.finding import Found
from iar.records.members import TarMember
from iar.settings import Station
from iar.stages.ingest import station_format

START_S = 1_389_355_200
UNIT = "nT"
WHY = (
    "each sample gets its place by its own time, is looked at whether it is there, and becomes a count of 32 bits; the "
    "peer has numbers in memory."
)


def lines() -> Iterator[Line]:
    field = np.random.default_rng(0).normal(0, 0.1, (2, 3600 * 250))
    yield _line(field, "carisma", "20140110FCHU12.ICM20", 20, _carisma, _pandas_text, "pandas.read_csv", unit="pT")
    yield _line(field, "lemi", "1.B423", 250, _lemi, _numpy_records, "np.frombuffer, times by pandas")
    yield _line(field, "mth5", "a.h5", 64, _mth5, _h5py, "h5py")
    table = {"kind": "mat", "channels": ["h", "d"], "start": {"kind": "name", "pattern": "%Y%m%d%H.mat"}}
    yield _line(
        field, "mat, packed", "2014011012.mat", 64, _mat, _scipy, "scipy.io.loadmat", format="table", table=table
    )
    yield _line(field, "isee", "isee_induction_hus_2014011012_v01.cdf", 64, _cdf, _cdflib, "cdflib", unit="V")


def _line(  # noqa: PLR0913, PLR0917 - a line has many parts
    field: np.ndarray, name: str, file: str, rate_hz: float, write: Callable[[np.ndarray], bytes],
    plainly: Callable[[bytes], object], peer: str, **fields: Any,
) -> Line:  # fmt: skip
    recognise = station_format(
        Station.model_validate({"format": name, "rate_hz": rate_hz, "channels_in_file": 2, "unit": UNIT, **fields})
    )
    hours = write(field), write(field[::-1])
    turn = itertools.cycle(hours)  # the last that was parsed is remembered

    def read() -> None:
        content, found = next(turn), Found()
        found.add(TarMember(Path("2014.tar"), file, len(content), 0, content), recognise)
        if len(found.records) != 2:
            raise RuntimeError(f"{file}: {found}")
        for record in found.records:
            record.decode(content)

    return seconds_line(f"an hour of {name}, {rate_hz:g} Hz, to counts", read, lambda: plainly(hours[0]), peer, why=WHY)


def _carisma(field: np.ndarray) -> bytes:
    rows = (
        f"12{n // 1200:02d}{n // 20 % 60:02d}.{n % 20 * 50:03d} {x:9.2f} {y:9.2f} .\n"
        for n, (x, y) in enumerate(1000 * field[:, : 3600 * 20].T)
    )
    return b"# FCHU 20140110 58.763 265.920 H 0.0 D 0.0 pT 20Hz\n" + "".join(rows).encode()


def _pandas_text(content: bytes) -> None:
    pd.read_csv(io.BytesIO(content), sep=r"\s+", comment="#", header=None)


RECORD = np.dtype([("time", "<u4"), ("tick", "<u2"), ("b", "<i4", 3), ("e", "<i4", 2), ("rest", "<u4")])


def _lemi(field: np.ndarray) -> bytes:
    records = np.zeros(field.shape[1], RECORD)
    places = np.arange(len(records))
    records["time"], records["tick"] = START_S + places // 250, places % 250
    records["b"][:, :2] = np.rint((field.T + 50) / 2.9e-6)
    header = "".join(f"%Km{axis} = 2.9e-06\r\n%A{axis} = -50\r\n" for axis in "xy")
    return header.encode().ljust(1024) + records.tobytes()


def _numpy_records(content: bytes) -> None:
    frame = pd.DataFrame(dict(_columns(np.frombuffer(content, RECORD, offset=1024))))
    pd.to_datetime(frame["time"], unit="s") + pd.to_timedelta(frame["tick"] * 4, unit="ms")


def _columns(records: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
    yield from (("time", records["time"]), ("tick", records["tick"]))
    yield from ((f"b{axis}", records["b"][:, axis] * 2.9e-6 - 50) for axis in (0, 1))


def _mth5(field: np.ndarray) -> bytes:
    out = io.BytesIO()
    with h5py.File(out, "w") as file:
        file.attrs["file.type"] = "MTH5"
        for name, samples in zip(("hx", "hy"), field[:, : 3600 * 64], strict=True):
            array = file.create_dataset(f"Survey/Stations/mt001/a/{name}", data=samples, compression="gzip")
            array.attrs.update({"component": name, "sample_rate": 64.0, "units": "nanoTesla"})
            array.attrs["time_period.start"] = "2014-01-10T12:00:00"
    return out.getvalue()


def _h5py(content: bytes) -> None:
    with h5py.File(io.BytesIO(content)) as file:
        for name in ("hx", "hy"):
            np.rint(file[f"Survey/Stations/mt001/a/{name}"][()] / 1e-4).astype(np.int32)


def _mat(field: np.ndarray) -> bytes:
    out = io.BytesIO()
    scipy.io.savemat(out, dict(zip("hd", field[:, : 3600 * 64], strict=True)), do_compression=True)
    return out.getvalue()


def _scipy(content: bytes) -> None:
    found = scipy.io.loadmat(io.BytesIO(content))
    for name in "hd":
        np.rint(found[name] / 1e-4).astype(np.int32)


def _cdf(field: np.ndarray) -> bytes:
    volts = np.vstack([field[:, : 3600 * 64], field[:1, : 3600 * 64]]).T
    first = int(cdflib.cdfepoch.compute_tt2000([2014, 1, 10, 12, 0, 0, 0, 0, 0]))
    times = first + np.rint(np.arange(len(volts)) * (10**9 / 64)).astype(np.int64)
    base = {"Num_Elements": 1, "Rec_Vary": True}
    with TemporaryDirectory() as folder:
        path = Path(folder) / "a.cdf"
        with CDF(path) as file:
            file.write_var({**base, "Variable": "epoch_64hz", "Data_Type": 33, "Dim_Sizes": []}, {}, times)
            spec = {**base, "Variable": "db_dt", "Data_Type": 45, "Dim_Sizes": [3]}
            file.write_var(spec, {"DEPEND_0": "epoch_64hz"}, volts)
        return path.read_bytes()


def _cdflib(content: bytes) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "a.cdf"
        path.write_bytes(content)
        file = cdflib.CDF(str(path))
        cdflib.cdfepoch.to_datetime(file.varget("epoch_64hz"))
        np.rint(file.varget("db_dt")[:, :2] / 1e-7).astype(np.int32)
