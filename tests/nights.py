"""Archives of simulated nights, as tests of what comes after the samples want them."""

import datetime as dt
import shutil
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from iar.archive.store import Archive
from iar.settings import Processing, SpectraSettings, Station
from iar.simulation.density import measured_density
from iar.simulation.scenario import draw_scenario
from iar.stages.creation import create_archive
from iar.stages.night_view import NightView
from iar.stages.pipeline import PIPELINE
from iar.stages.process import process_night, run_stages
from iar.stages.stage import Setup

STAGES = {stage.name: stage for stage in PIPELINE}
DEFAULT, PLAIN = Processing(), Setup()


def archive_with_spectra(folder: Path, nights: Iterable[dt.date]) -> Path:
    """Archive, made in `folder`, of nights with sealed spectra and without samples."""
    archive = create_archive(str(folder), Station())
    for night in nights:
        _seal_spectra(archive, night)
    return folder


def copy_with_verdicts(spectra: Path, folder: Path, nights: Iterable[dt.date]) -> Path:
    """Copy of that archive, made in `folder`, with its nights as `iar process` takes them to their verdict."""
    shutil.copytree(spectra, folder)
    for night in nights:
        process_night(Archive(str(folder)), night, Setup())
    return folder


def _seal_spectra(archive: Archive, night: dt.date) -> None:
    """Spectra of a simulated night, as if they had come from counts."""
    drawn = draw_scenario("fringes", night, 5)
    seal_density(archive, night, measured_density(drawn, archive.frequency_hz, np.random.default_rng(5)))


def seal_density(
    archive: Archive, night: dt.date, density: np.ndarray, settings: SpectraSettings = DEFAULT.spectra
) -> None:
    """Seal a density (channel, slot, frequency), NaN where there are no samples, as if it had come from counts."""
    archive.seal(night, "counts", "c", {"effort": {"NS": 1.0, "EW": 1.0}, "edges": {}})
    effort = np.isfinite(density).all(axis=2).astype(np.float32)
    archive.write(night, {"spectra/density": density, "spectra/effort": effort, "spectra/quality": 0 * effort})
    signature = stage_signature("spectra", archive, night, Setup(Processing(spectra=settings)))
    archive.seal(night, "spectra", signature, {"settings": settings.model_dump()})


def archive_with_resonances(folder: Path, night: dt.date) -> Archive:
    """Archive of a night with spectra to 25 Hz: three modes in NS, from 6 h after its start on; EW without samples."""
    settings = SpectraSettings(high_hz=25)
    archive = create_archive(str(folder), Station(), settings)
    hz = archive.frequency_hz
    bells = [a / (1 + ((hz - f) / s) ** 2) for a, f, s in ((0.3, 7.9, 1.2), (0.25, 14.3, 1.5), (0.2, 20.4, 1.8))]
    scatter = np.sqrt(np.random.default_rng(3).gamma(2.89, 1 / 2.89, (2, 864, len(hz))))
    density = ((0.1 + sum(bells)) * scatter).astype(np.float32)
    density[1], density[0, :216] = np.nan, np.nan
    seal_density(archive, night, density, settings)
    return archive


def run_stage(name: str, archive: Archive, night: dt.date, processing: Processing = DEFAULT) -> bool:
    """Run one stage of a night; whether it had to."""
    return run_stages(archive, night, Setup(processing), [STAGES[name]]) == (name,)


def stage_signature(name: str, archive: Archive, night: dt.date, setup: Setup = PLAIN) -> str:
    """Signature that a stage of a night would have now."""
    return STAGES[name].signature(NightView(archive, night), setup)
