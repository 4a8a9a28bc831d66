"""The canary: a simulated night whose fringes are known goes the way of every night, to a verdict that is known, too.

A network, a version of a library or settings that find no fringes any more fail no night: nights just have none.
"""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from iar.records.finding import find_records
from iar.results.simulate import simulate_night
from iar.settings import Station
from iar.simulation.scenario import draw_scenario
from iar.simulation.truth import truth_dataset
from iar.spectra.band import Band
from iar.stages.creation import create_archive
from iar.stages.ingest import group_by_night, ingest_night, station_format
from iar.stages.process import process_night
from iar.stages.stage import Setup
from iar.stages.station import station_dark

NIGHT, SEED = dt.date(2014, 1, 10), 7
"""The night: strong fringes from dusk to dawn, and a machine's comb."""
LEAST_FOUND = 0.5
"""Share of the dark slots with fringes that has to have a spacing: of a well network's 0.9, with room."""
MOST_ERROR_HZ = 0.02
"""Error of the spacing in the median that is still well: four times that of the benchmark."""

Spacings = npt.NDArray[np.floating]


@dataclass(frozen=True)
class Sighting:
    """What came of the canary: verdict, share of the dark slots with fringes that have a spacing, its median error."""

    verdict: str
    found: float
    error_hz: float

    @property
    def faults(self) -> list[str]:
        """What is not as it has to be, in words."""
        return [
            *([f"the verdict is {self.verdict}, not fringes"] if self.verdict != "fringes" else []),
            *([f"{self.found:.0%} of the slots have a spacing, at least {LEAST_FOUND:.0%} should"]
              if self.found < LEAST_FOUND else []),
            *([f"spacings are off by {self.error_hz:.3f} Hz in the median, at most {MOST_ERROR_HZ:g} Hz is well"]
              if self.error_hz > MOST_ERROR_HZ else []),
        ]  # fmt: skip

    def __str__(self) -> str:
        """Tell it: ``fringes, a spacing in 92% of the slots, off by 0.004 Hz``."""
        return f"{self.verdict}, a spacing in {self.found:.0%} of the slots, off by {self.error_hz:.3f} Hz"


def look_at_canary(setup: Setup, place: Path) -> Sighting:
    """Simulate the night's hours, take them in and to their verdict, all below the empty folder `place`."""
    station, scenario = Station(), draw_scenario("fringes", NIGHT, SEED)
    hours = place / "hours"
    hours.mkdir()
    simulate_night(scenario, station, hours, seed=SEED)
    archive = create_archive(str(place / "archive"), station)
    for job in group_by_night(find_records([hours], station_format(station)).records, station.boundary_hour):
        ingest_night(archive, job)
    verdict = process_night(archive, NIGHT, setup).verdict
    truth_hz = truth_dataset([scenario], Band().frequency_hz, station.boundary_hour)["delta_f_hz"].values[0]
    truth_hz[~station_dark(station, NIGHT)] = np.nan
    return compare(str(verdict.name), archive.read(NIGHT, "fringes/delta_f_hz"), truth_hz)


def compare(verdict: str, spacing_hz: Spacings, truth_hz: Spacings) -> Sighting:
    """Hold spacings against the truth, both in Hz, shape (slot,), NaN where there is none."""
    there = np.isfinite(truth_hz)
    both = there & np.isfinite(spacing_hz)
    error_hz = float(np.median(np.abs(spacing_hz - truth_hz)[both])) if both.any() else 0.0
    return Sighting(verdict, float(both.sum() / max(there.sum(), 1)), error_hz)
