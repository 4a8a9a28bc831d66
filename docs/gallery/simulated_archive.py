"""An archive of simulated nights with their verdicts, as `iar ingest` and `iar process` would have made it of files.

Their density is drawn without samples behind it, which is much faster; the stages after it are the real ones.
"""

import datetime as dt
from pathlib import Path

import numpy as np

from iar.archive.store import Archive
from iar.settings import Station
from iar.simulation.density import measured_density
from iar.simulation.scenario import draw_scenario
from iar.stages.creation import create_archive
from iar.stages.night_view import NightView
from iar.stages.process import process_night
from iar.stages.spectra import SPECTRA
from iar.stages.stage import Setup

DAYS = {5: "fringes", 20: "mixed"}
"""Two nights a month: one with fringes, and one with whatever comes."""


def make_archive(folder: Path, *, year: int) -> Path:
    """Archive of two nights a month, made in `folder`; returns the folder."""
    archive = create_archive(str(folder), Station())
    for month in range(1, 13):
        for day, scenario in DAYS.items():
            night = dt.date(year, month, day)
            _seal_spectra(archive, night, scenario)
            process_night(archive, night, Setup())
    return folder


def _seal_spectra(archive: Archive, night: dt.date, scenario: str) -> None:
    """Spectra of a simulated night, sealed as if they had come from counts."""
    drawn, setup = draw_scenario(scenario, night, 11), Setup()
    density = measured_density(drawn, archive.frequency_hz, np.random.default_rng(night.toordinal()))
    there = np.isfinite(density).all(axis=2)
    effort = dict(zip(archive.channels, there.mean(axis=1).tolist(), strict=True))
    archive.seal(night, "counts", "simulated", {"effort": effort, "edges": {}})
    arrays = {"density": density, "effort": there.astype(np.float32), "quality": np.zeros(there.shape, np.uint8)}
    archive.write(night, {f"spectra/{name}": values for name, values in arrays.items()})
    signature = SPECTRA.signature(NightView(archive, night), setup)
    archive.seal(night, "spectra", signature, {"settings": setup.processing.spectra.model_dump()})
