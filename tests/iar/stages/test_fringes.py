"""From sealed spectra to fringes and a verdict: what a night may lack, and what its answers are held against."""

import datetime as dt
import shutil

import numpy as np
import pandas as pd
import pytest

from iar.archive.store import Archive
from iar.errors import NightNotSealedError
from iar.fringes.estimates import OTHERS, estimate_night
from iar.night import SLOTS, dark_slots
from iar.results.export import Wanted, night_tables
from iar.settings import Processing, Station
from iar.simulation.density import measured_density
from iar.simulation.scenario import draw_scenario
from iar.simulation.truth import fringe_frequencies, fringe_spacing
from iar.spectra.background import residual_db
from iar.stages.creation import create_archive
from iar.stages.fringes import FRINGES, classical_fringes, read_estimators, read_spacing, read_verdict
from iar.stages.process import process_night
from iar.stages.stage import Setup
from tests.nights import run_stage, seal_density

NIGHT = dt.date(2014, 1, 10)
DRAWN = draw_scenario("fringes", NIGHT, 7)
DARK = dark_slots(18, 6, 12)
MIDNIGHT = SLOTS // 2


@pytest.fixture(scope="module")
def empty(tmp_path_factory) -> Archive:
    return create_archive(str(tmp_path_factory.mktemp("fringes") / "archive"), Station())


@pytest.fixture(scope="module")
def density(empty) -> np.ndarray:
    return measured_density(DRAWN, empty.frequency_hz, np.random.default_rng(1))


@pytest.fixture
def judge(empty, tmp_path):
    """Process a density; returns the archive."""

    def to_verdict(density):
        shutil.copytree(empty.url, tmp_path / "archive")
        archive = Archive(str(tmp_path / "archive"))
        seal_density(archive, NIGHT, density)
        process_night(archive, NIGHT, Setup())
        return archive

    return to_verdict


def truth_hz(archive):
    return fringe_spacing(DRAWN, fringe_frequencies(DRAWN, archive.frequency_hz))


def error_hz(archive):
    return np.abs(read_spacing(archive, NIGHT).delta_f_hz - truth_hz(archive))


def test_a_whole_night_is_fringes_by_both_estimators(judge, density):
    archive = judge(density)
    assert read_verdict(archive, NIGHT).name == "fringes"
    assert np.nanmedian(error_hz(archive)) < 0.01
    others = read_estimators(archive, NIGHT)
    apart = np.abs(others["matched_delta_f_hz"] - truth_hz(archive))
    assert np.nanmedian(apart) < 0.02
    assert np.isfinite(apart).sum() > 150
    for name in OTHERS:
        assert np.isnan(others[name][~DARK]).all()


def test_half_a_night_is_judged_by_the_half_that_is_there(judge, density):
    half = density.copy()
    half[:, MIDNIGHT:] = np.nan
    archive = judge(half)
    spacing = read_spacing(archive, NIGHT)
    assert read_verdict(archive, NIGHT).name == "fringes"
    assert np.isnan(spacing.delta_f_hz[MIDNIGHT:]).all()
    assert np.nanmedian(error_hz(archive)) < 0.01


@pytest.mark.parametrize("channel", [0, 1])
def test_one_channel_is_enough(judge, density, channel):
    one = density.copy()
    one[1 - channel] = np.nan
    archive = judge(one)
    assert read_verdict(archive, NIGHT).name == "fringes"
    assert np.nanmedian(error_hz(archive)) < 0.02


def test_a_night_without_any_density_is_no_data_and_has_no_number(judge, density):
    archive = judge(np.full_like(density, np.nan))
    verdict = read_verdict(archive, NIGHT)
    assert (verdict.name, verdict.reason) == ("no_data", "0% of the dark part has samples, 25% are needed")
    table = pd.concat(night_tables(archive, NIGHT, Wanted(("network", "classical"), more=True)))
    values = table.drop(columns=["time", "night", "verdict", "source"])
    assert values.isna().all(axis=None)
    assert set(table["verdict"]) == {"no_data"}


def test_a_night_of_a_dead_digitiser_has_no_fringes(judge, density):
    archive = judge(np.zeros_like(density))
    assert read_verdict(archive, NIGHT).name == "no_fringes"
    assert np.isnan(read_spacing(archive, NIGHT).delta_f_hz).all()
    assert np.isnan(read_estimators(archive, NIGHT)["matched_delta_f_hz"]).all()


def test_a_night_without_spectra_is_not_sealed(empty):
    for ask in (read_verdict, read_spacing, read_estimators, classical_fringes):
        with pytest.raises(NightNotSealedError, match="2014-01-10 has no sealed fringes"):
            ask(empty, NIGHT)
    with pytest.raises(NightNotSealedError, match="no sealed probability"):
        run_stage("fringes", empty, NIGHT, Processing())


def test_a_probability_of_another_grid_is_refused(empty, density):
    residual = residual_db(density, pieces=3)
    with pytest.raises(ValueError, match=r"probability of shape \(864, 300\) .* grid of 864 slots and 410 frequencies"):
        estimate_night(
            np.zeros((864, 300), np.float32), residual, DARK, empty.frequency_hz, threshold=0.3,
            pieces=3, min_spacing_hz=0.25, max_spacing_hz=2.2,
        )  # fmt: skip


def test_an_archive_of_an_earlier_version_gets_the_arrays_that_it_lacks(empty, density, tmp_path):
    shutil.copytree(empty.url, tmp_path / "archive")
    for name in OTHERS:
        shutil.rmtree(tmp_path / "archive" / "fringes" / name)
    archive = Archive(str(tmp_path / "archive"))
    seal_density(archive, NIGHT, density)
    process_night(archive, NIGHT, Setup())
    assert np.isfinite(read_estimators(archive, NIGHT)["matched_score"]).sum() == DARK.sum()


def test_a_dark_part_that_the_boundary_cuts_in_two_is_one_night_of_two_ends(tmp_path, density):
    """From midnight to midnight the dark part has a hole by day, in which nothing is looked for."""
    archive = create_archive(str(tmp_path / "archive"), Station(boundary_hour=0))
    seal_density(archive, NIGHT, np.roll(density, SLOTS // 2, axis=1))
    process_night(archive, NIGHT, Setup())
    dark = dark_slots(18, 6, 0)
    found = read_spacing(archive, NIGHT).delta_f_hz
    assert np.isnan(found[~dark]).all()
    expected = np.roll(truth_hz(archive), SLOTS // 2)
    assert (
        np.nanmedian(np.abs(found - expected)) < 0.015
    )  # of two ends apart, and a resonator whose fringes are not even


def test_archives_are_made_anew_where_what_is_computed_moved(processed, night):
    """The numbers of a version, loosely: where they move, raise it, too, or archives keep the old ones."""
    archive = Archive(str(processed))
    spacing, phi = (float(np.nanmedian(archive.read(night, f"fringes/{name}"))) for name in ("delta_f_hz", "phi"))
    assert (FRINGES.version, spacing, phi) == (5, pytest.approx(0.949, abs=0.003), pytest.approx(0.243, abs=0.02))
