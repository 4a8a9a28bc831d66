"""An evening of two coils as files of many kinds, each by a writer that is not ours, or byte by byte as described."""

import struct
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import scipy.io
from scipy.signal import resample_poly

START = np.datetime64("2014-01-10T19:00:00", "ns")
START_S = 1_389_380_400
Field = np.ndarray
"""Field of both coils, shape (coil, sample), nT, at 100 Hz, from 19:00 on, whole hours."""
Write = Callable[[Path, Field], None]


def at(field: Field, up: int, down: int) -> Field:
    """Field at another rate, each hour by itself as a logger would not do: nobody looks at the borders."""
    return resample_poly(field, up, down, axis=1)


def hourly(field: Field, rate_hz: int) -> list[tuple[int, Field]]:
    """Hour and samples of each hour."""
    hours = field.shape[1] // (3600 * rate_hz)
    return [(19 + n, one) for n, one in enumerate(np.split(field, hours, axis=1))]


def write_carisma(folder: Path, field: Field) -> None:
    for hour, (n, e) in hourly(at(1000 * field, 1, 5), 20):
        with (folder / f"20140110MSTK{hour}.ICM20").open("w") as file:
            file.write("# MSTK 20140110 53.351 247.026 H 0.0 D 0.0 pT 20Hz\n")
            for place, values in enumerate(zip(n, e, strict=True)):
                second, rest = divmod(place, 20)
                clock = f"{hour}{second // 60:02d}{second % 60:02d}.{50 * rest:03d}"
                file.write("{} {:.2f} {:.2f} .\n".format(clock, *values))


def write_isee(folder: Path, field: Field) -> None:
    from cdflib import cdfepoch
    from cdflib.cdfwrite import CDF

    frequency_hz = np.geomspace(0.1, 32, 30)
    base = {"Num_Elements": 1, "Rec_Vary": True}
    for hour, one in hourly(at(field, 16, 25), 64):
        first = int(cdfepoch.compute_tt2000([2014, 1, 10, hour, 0, 0, 0, 0, 0]))
        times = first + np.rint(np.arange(one.shape[1]) * (10**9 / 64)).astype(np.int64)
        with CDF(folder / f"isee_induction_hus_20140110{hour}_v01.cdf") as file:
            file.write_var({**base, "Variable": "epoch_64hz", "Data_Type": 33, "Dim_Sizes": []}, {}, times)
            volts = np.vstack([0.2 * one, 0 * one[:1]]).T
            file.write_var(
                {**base, "Variable": "db_dt", "Data_Type": 45, "Dim_Sizes": [3]}, {"DEPEND_0": "epoch_64hz"}, volts
            )
            for name, values in (
                ("frequency", frequency_hz),
                ("sensitivity", np.full((30, 3), 0.2)),
                ("phase_difference", np.zeros((30, 3))),
            ):  # fmt: skip
                spec = {**base, "Variable": name, "Data_Type": 45, "Dim_Sizes": list(values.shape[1:])}
                file.write_var(spec, {"UNITS": "V/nT"} if name == "sensitivity" else {}, values)


def write_sodankyla(folder: Path, field: Field) -> None:
    for hour, one in hourly(at(field, 2, 5), 40):
        for letter, samples in zip("hd", one, strict=True):
            counts = np.rint(samples * 0.5 / 10 * 32768)
            scipy.io.savemat(folder / f"sod{letter}140110{hour}00.mat", {"dat": counts}, format="4")


def write_mth5(folder: Path, field: Field) -> None:
    import h5py

    with h5py.File(folder / "survey.h5", "w") as file:
        file.attrs["file.type"] = "MTH5"
        for hour, one in hourly(at(field, 16, 25), 64):
            for name, samples in zip(("hx", "hy"), one, strict=True):
                array = file.create_dataset(f"Survey/Stations/mt001/sr64_00{hour}/{name}", data=samples)
                start = f"2014-01-10T{hour}:00:00+00:00"
                array.attrs.update({"component": name, "sample_rate": 64.0, "units": "nanoTesla"})
                array.attrs["time_period.start"] = start


def write_lemi(folder: Path, field: Field) -> None:
    factors = "".join(f"%Km{axis} = 2.9e-06\r\n%A{axis} = -50.0\r\n" for axis in "xy")
    header = f"%LEMI423 #0036\r\n%FIRMWARE Ver.2.1\r\n{factors}".encode().ljust(1024)
    kind = np.dtype({
        "names": ["time", "tick", "x", "y"], "formats": ["<u4", "<u2", "<i4", "<i4"], "offsets": [0, 4, 6, 10],
        "itemsize": 30,
    })  # fmt: skip
    for hour, one in hourly(at(field, 5, 2), 250):
        records = np.zeros(one.shape[1], kind)
        places = np.arange(one.shape[1])
        records["time"], records["tick"] = START_S + 3600 * (hour - 19) + places // 250, places % 250
        records["x"], records["y"] = np.rint((one + 50) / 2.9e-6)
        (folder / f"{hour}.B423").write_bytes(header + records.tobytes())


def write_lemi_424(folder: Path, field: Field) -> None:
    with (folder / "20140110.txt").open("w") as file:
        for second, (x, y) in enumerate(field[:, ::100].T):
            clock = f"2014 01 10 {19 + second // 3600} {second // 60 % 60:02d} {second % 60:02d}"
            file.write(f"{clock} {20_000 + x:.3f} {y:.3f} 45000.0 12.1 11.9 0.1 0.2 0.3 0.4 12.8 300.0\n")


def write_metronix(folder: Path, field: Field) -> None:
    for sensor, samples in zip((b"Hx", b"Hy"), at(field, 32, 25), strict=True):
        header = bytearray(1024)
        struct.pack_into("<HhIfId", header, 0, 1024, 80, len(samples), 128.0, START_S, 0.0001)
        header[0x26:0x28] = sensor
        counts = np.rint(samples * 0.2 / 1e-7).astype("<i4")
        (folder / f"084_V01_R000_T{sensor.decode()}_BL_128H.ats").write_bytes(bytes(header) + counts.tobytes())


def write_phoenix(folder: Path, field: Field) -> None:
    for channel, samples in enumerate(at(field, 3, 2)):
        header = bytearray(128)
        gps_s = START_S + 18 - 1  # the first file begins a second after its recording
        struct.pack_into("<BBH8s8sIBIH", header, 0, 2, 2, 128, b"MTU-5C", b"10128", gps_s, channel, 1, 3600)
        struct.pack_into("<HbB", header, 59, 150, 0, 4)
        content = bytes(header) + (samples * 0.2).astype("<f4").tobytes()
        (folder / f"10128_{channel}_00000001.td_150").write_bytes(content)


def write_hdf5(folder: Path, field: Field) -> None:
    import h5py

    with h5py.File(folder / "run.h5", "w") as file:
        file.attrs["start"] = "2014-01-10T19:00:00"
        file["run/b"] = np.rint(at(field, 1, 2) * 0.06 / 1.2e-6).astype(np.int32).T
        file["run/b"].attrs["sample_rate"] = 50.0


def write_netcdf(folder: Path, field: Field) -> None:
    import netCDF4

    with netCDF4.Dataset(folder / "evening.nc", "w") as file:
        bx, by = at(1000 * field, 1, 2)
        file.createDimension("time", len(bx))
        for name, values, units in (
            ("bx", bx, "pT"), ("by", by, "pT"), ("time", 68_400 + np.arange(len(bx)) / 50, "seconds since 2014-01-10")
        ):  # fmt: skip
            variable = file.createVariable(name, "f8", ("time",))
            variable[:], variable.units = values, units


def write_sound(folder: Path, field: Field) -> None:
    counts = np.rint(field * 0.05 / 1e-6).astype(np.int32)
    scipy.io.wavfile.write(folder / "20140110_190000.wav", 100, counts.T)


WRITERS: Mapping[str, Write] = {
    "carisma": write_carisma, "isee": write_isee, "sodankyla": write_sodankyla, "mth5": write_mth5, "lemi": write_lemi,
    "lemi-424": write_lemi_424, "metronix": write_metronix, "phoenix": write_phoenix, "hdf5": write_hdf5,
    "netcdf": write_netcdf, "sound": write_sound,
}  # fmt: skip
"""Of each recipe of the page, by the name of its station."""
