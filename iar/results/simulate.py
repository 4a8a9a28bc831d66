"""Simulated nights as a station would have written them: hour files and their truth."""

import datetime as dt
import os
from contextlib import closing
from pathlib import Path

import numpy as np
import numpy.typing as npt
import xarray as xr
from xarray.backends import H5NetCDFStore

from iar.errors import InputError
from iar.night import CHANNELS, HOUR_SAMPLES, MISSING, RATE_HZ, YEARS, night_range, night_start
from iar.physics.alfven import field_strength
from iar.records import bgs
from iar.records.finding import TRUTH
from iar.settings import Station
from iar.simulation.coil import coil_counts, frame_frequencies
from iar.simulation.defects import Defect
from iar.simulation.scenario import Scenario
from iar.simulation.truth import truth_dataset
from iar.spectra.band import Band
from iar.stages.station import coils_pt_per_count

GARBLED = b"-12#4"
"""What stands in a line that is no integer."""

MOST_HOURS_OFF = 3.0
"""Hours that a night may begin off local noon: simulated fringes lie around the middle of the night."""
LEAST_DIP_DEG = 20.0
"""Dip of the field below which a field line never reaches the height where waves turn."""


def check_station(station: Station) -> None:
    """Raise an InputError if files like the station's cannot be written, or the physics does not hold there."""
    if station.format != "bgs":
        raise InputError(f"station {station.name} has files of format {station.format}: only bgs files can be written")
    if station.rate_hz != RATE_HZ:
        raise InputError(f"station {station.name} samples at {station.rate_hz:g} Hz: only {RATE_HZ} Hz can be written")
    local_hour = (station.boundary_hour + station.longitude_deg / 15) % 24
    if abs(local_hour - 12) > MOST_HOURS_OFF:
        raise InputError(
            f"nights of station {station.name} begin at {local_hour:.1f} h of local solar time, simulated at noon, "
            f"give or take {MOST_HOURS_OFF:g} h: set boundary_hour to {round(12 - station.longitude_deg / 15) % 24}"
        )
    _, dip_deg = field_strength(station.latitude_deg, station.longitude_deg, np.array([100.0]), station.first_night)
    if abs(dip_deg) < LEAST_DIP_DEG:
        raise InputError(
            f"at station {station.name} the field dips by {abs(dip_deg):.1f} degrees: fringes are simulated where it "
            f"dips by at least {LEAST_DIP_DEG:g}"
        )


def nights_from(first: dt.date, count: int) -> list[dt.date]:
    """As many nights from `first` on; an InputError if an hour of the last is beyond the years that a night can be in.

    A night ends on the morning after its date.
    """
    nights = night_range(first, first + dt.timedelta(days=count - 1))
    if (nights[-1] + dt.timedelta(days=1)).year > YEARS[1]:
        raise InputError(f"{count} night(s) from {first} end after the year {YEARS[1]}")
    return nights


def check_folder(out: Path, nights: list[dt.date], station: Station) -> None:
    """Raise an InputError if `out` holds a truth or hour files of other nights, or hour files that nobody simulated.

    What the same nights left there is written over.
    """
    there = {path.name for path in out.glob("CH*.dat")}
    if (out / TRUTH).exists():
        others = sorted(_truth_nights(out / TRUTH) - set(nights))
        if others:
            raise InputError(f"{out} holds the truth of other nights, such as {others[0]}: choose an empty folder")
    elif there:
        raise InputError(f"{out} holds hour files without {TRUTH}, such as {min(there)}: choose an empty folder")
    if there:
        there.difference_update(*(_file_names(night, station.boundary_hour) for night in nights))
    if there:
        raise InputError(f"{out} holds hour files of other nights, such as {min(there)}: choose an empty folder")


def _truth_nights(path: Path) -> set[dt.date]:
    try:
        with xr.open_dataset(path, engine="h5netcdf") as truth:
            return set(truth["night"].values.astype("datetime64[D]").astype(dt.date).tolist())
    except (OSError, ValueError, KeyError) as error:
        raise InputError(f"{path} is no truth of simulated nights: choose an empty folder") from error


def _file_names(night: dt.date, boundary_hour: int) -> list[str]:
    """Names of the hour files of both channels."""
    start = night_start(night, boundary_hour)
    hours = [start + np.timedelta64(hour, "h") for hour in range(24)]
    return [bgs.file_name(channel, hour) for channel in range(len(CHANNELS)) for hour in hours]


def simulate_night(scenario: Scenario, station: Station, out: Path, *, seed: int) -> list[Path]:
    """Write the hour files of one night to `out`; returns their paths. An hour without any sample has no file.

    A gap inside an hour is lines that are no integer; a file that is cut ends within a line. A file was last modified
    when its hour ended, as at a station. Hour files of that night from before go.
    """
    for name in _file_names(scenario.night, station.boundary_hour):
        (out / name).unlink(missing_ok=True)
    response = 1 / coils_pt_per_count(station, scenario.night, np.maximum(frame_frequencies(), 0.1))
    rng = np.random.default_rng([seed, scenario.night.toordinal(), 2])
    counts = coil_counts(scenario, response, rng, full_scale=station.full_scale_counts)
    start = night_start(scenario.night, station.boundary_hour)
    written = []
    for channel in range(len(CHANNELS)):
        for hour, samples in enumerate(counts[channel].reshape(-1, HOUR_SAMPLES)):
            if (samples != MISSING).any():
                begin = start + np.timedelta64(hour, "h")
                path = out / bgs.file_name(channel, begin)
                defects = [d for d in scenario.defects if (d.channel, d.second // 3600) == (channel, hour)]
                path.write_bytes(_hour_text(samples, defects))
                ended_s = int((begin + np.timedelta64(1, "h")).astype("datetime64[s]").astype(np.int64))
                os.utime(path, (ended_s, ended_s))
                written.append(path)
    return written


def _hour_text(samples: npt.NDArray[np.int32], defects: list[Defect]) -> bytes:
    """Text of an hour file, with what is wrong with its text."""
    for defect in defects:
        if defect.kind == "cut":
            kept = samples[: defect.second % 3600 * RATE_HZ]
            return bgs.encode(kept).rstrip()[:-1] if len(kept) else b""
    text = bgs.encode(samples)
    for defect in defects:
        if defect.kind == "garbled":
            lines = text.split(b"\n")
            lines[defect.second % 3600 * RATE_HZ] = GARBLED
            text = b"\n".join(lines)
    return text


def write_truth(scenarios: list[Scenario], out: Path, station: Station | None = None) -> Path:
    """Write ``truth.nc`` beside the hour files; returns its path, where no file is if there are no nights.

    Its nights begin as the station's do, Eskdalemuir's where none is named.

    Its variables keep no order: HDF5 would write down the time of day beside it, and no two files would be the same.
    """
    path = out / TRUTH
    if not scenarios:
        path.unlink(missing_ok=True)
        return path
    dataset = truth_dataset(scenarios, Band().frequency_hz, (station or Station()).boundary_hour)
    unfinished = out / f"{TRUTH}.partial"
    with closing(H5NetCDFStore.open(str(unfinished), "w", driver_kwds={"track_order": False})) as store:
        dataset.dump_to_store(store, encoding={name: {"zlib": True} for name in ("mask", "frequency_hz", "line_hz")})
    return unfinished.replace(path)
