"""Simulated nights as a station would have written them: hour files and their truth."""

from pathlib import Path

import numpy as np

from iar.night import CHANNELS, HOUR_SAMPLES, MISSING, SLOT_SAMPLES, night_start
from iar.records import bgs
from iar.settings import SpectraSettings, Station
from iar.simulation.coil import coil_counts, frame_frequencies
from iar.simulation.density import expected_density
from iar.simulation.scenario import Scenario
from iar.simulation.truth import truth_dataset
from iar.spectra.density import Band
from iar.stages.station import station_pt_per_count


def simulate_night(scenario: Scenario, station: Station, out: Path, *, seed: int) -> list[Path]:
    """Write the hour files of one night to `out`; returns their paths. An hour without any sample has no file.

    In this format only whole hours can be absent; a shorter gap is lines that are no integer, which readers report.
    """
    frequency_hz = frame_frequencies()
    calibration = station_pt_per_count(station, np.maximum(frequency_hz, 0.1))
    expected = expected_density(scenario, frequency_hz)
    start = night_start(scenario.night, station.boundary_hour)
    written = []
    for channel in range(len(CHANNELS)):
        rng = np.random.default_rng([seed, scenario.night.toordinal(), 2, channel])
        counts = coil_counts(expected[channel], calibration, rng, full_scale=station.full_scale_counts)
        counts.reshape(-1, SLOT_SAMPLES)[scenario.missing[channel]] = MISSING
        for hour, samples in enumerate(counts.reshape(-1, HOUR_SAMPLES)):
            if (samples != MISSING).any():
                path = out / bgs.file_name(channel, start + np.timedelta64(hour, "h"))
                path.write_bytes(bgs.encode(samples))
                written.append(path)
    return written


def write_truth(scenarios: list[Scenario], out: Path) -> Path:
    """Write ``truth.nc`` beside the hour files; returns its path."""
    path = out / "truth.nc"
    dataset = truth_dataset(scenarios, Band(**SpectraSettings().model_dump()).frequency_hz)
    dataset.to_netcdf(path, engine="h5netcdf", encoding={"mask": {"zlib": True}, "frequency_hz": {"zlib": True}})
    return path
