"""Spectra that reach farther than fringes are looked for: nothing above changes what is found below."""

import numpy as np
import pytest

from iar.archive.store import Archive
from iar.results.picture import Look, night_plot
from iar.settings import DetectionSettings, Processing, SpectraSettings, Station
from iar.simulation.density import measured_density
from iar.simulation.scenario import draw_scenario
from iar.stages.creation import create_archive
from iar.stages.fringes import classical_fringes, read_verdict
from iar.stages.pipeline import PIPELINE, computed
from iar.stages.process import process_night
from iar.stages.stage import Setup
from tests.conftest import NIGHT
from tests.nights import seal_density

BINS, WIDE = 410, SpectraSettings(high_hz=24)
AFTER = tuple(stage.name for stage in computed() if stage.name != "spectra")


@pytest.fixture(scope="module")
def density() -> np.ndarray:
    """A night with fringes to 10.5 Hz, and above it something loud that would be taken for many."""
    drawn, rng = draw_scenario("fringes", NIGHT, 5), np.random.default_rng(5)
    narrow = measured_density(drawn, SpectraSettings().frequency_hz, rng)
    above = WIDE.frequency_hz[BINS:]
    comb = (0.2 + 0.2 * (np.sin(4 * np.pi * above) > 0.8)) * rng.gamma(3, 1 / 3, (2, 864, len(above)))
    return np.concatenate([narrow, comb], axis=2).astype(np.float32)


def process(folder, density, settings):
    archive = create_archive(str(folder), Station(), settings)
    seal_density(archive, NIGHT, density, settings)
    assert process_night(archive, NIGHT, Setup(Processing(spectra=settings))).ran == AFTER
    return archive


@pytest.fixture(scope="module")
def both(density, tmp_path_factory) -> tuple[Archive, Archive]:
    folder = tmp_path_factory.mktemp("searched")
    narrow = process(folder / "narrow", density[..., :BINS], SpectraSettings())
    return narrow, process(folder / "wide", density, WIDE)


@pytest.mark.parametrize("path", [p for one in PIPELINE for p in one.layout.arrays if p.startswith(("detect", "fri"))])
def test_detection_and_fringes_have_the_bytes_of_an_archive_that_ends_there(both, path):
    narrow, wide = (archive.read(NIGHT, path) for archive in both)
    if path.startswith("detection"):
        assert (wide[:, BINS:] == 255).all()
        wide = wide[:, :BINS]
    np.testing.assert_array_equal(wide, narrow)


def test_verdict_and_the_published_detectors_are_the_same(both):
    narrow, wide = ((read_verdict(archive, NIGHT), classical_fringes(archive, NIGHT)) for archive in both)
    assert narrow[0].name == "fringes"
    assert narrow[0] == wide[0]
    assert narrow[1][0] == wide[1][0]
    np.testing.assert_array_equal(narrow[1][1].delta_f_hz, wide[1][1].delta_f_hz)


def test_seals_say_how_far_was_looked_and_only_a_wide_one_depends_on_it(both):
    narrow, wide = both
    assert [archive.manifest(NIGHT).noted("probability", "searched_hz") for archive in both] == [10.498046875] * 2
    for archive, settings, ran in ((narrow, SpectraSettings(), ()), (wide, WIDE, AFTER[:-1])):
        farther = Processing(spectra=settings, detection=DetectionSettings(high_hz=20))
        assert process_night(archive, NIGHT, Setup(farther)).ran == ran
        process_night(archive, NIGHT, Setup(Processing(spectra=settings)))


def test_frequencies_of_fringes_are_a_chunk_of_their_own(both):
    _, wide = both
    group = wide._group["spectra/density"]
    assert group.chunks == (1, 2, 864, BINS)
    assert group.shape[-1] == len(WIDE.frequency_hz) > BINS


@pytest.mark.parametrize("view", ["night", "steps"])
def test_its_picture_is_drawn(both, view):
    assert night_plot(both[1], NIGHT, Look(view))().axes
