import dataclasses
import datetime as dt

import numpy as np
import pytest
from pydantic import ValidationError

from iar.detection.classical import slots_with_data
from iar.errors import NightNotSealedError
from iar.fringes.spacing import fit_spacing
from iar.learning.judgement.scores import score_masks
from iar.night import dark_slots
from iar.settings import ClassicalSettings, Processing, Station
from iar.simulation.density import measured_density
from iar.simulation.fringes import draw_fringes, draw_resonator
from iar.simulation.scenario import ESKDALEMUIR, draw_scenario
from iar.simulation.truth import fringe_frequencies, fringe_mask, fringe_spacing
from iar.spectra.grid import frequencies
from iar.stages.classical import classical_steps, detect_classical
from iar.stages.creation import create_archive
from iar.stages.night_view import NightView
from iar.stages.stage import Setup
from tests.nights import run_stage, stage_signature

NIGHT = dt.date(2014, 1, 10)
FREQUENCY_HZ = frequencies(0.5, 10.5, 4096)
DARK = dark_slots(18, 6, 12)
DEFAULT = ClassicalSettings()


def deep_night(seed, depth_db=9):
    """A winter night whose strongest fringe is as deep as they are seen."""
    rng = np.random.default_rng(seed)
    fringes = draw_fringes(rng, draw_resonator(rng, NIGHT, ESKDALEMUIR, "chapman"), depth_db)
    return dataclasses.replace(draw_scenario("fringes", NIGHT, seed), fringes=fringes)


def density_of(scenario):
    return measured_density(scenario, FREQUENCY_HZ, np.random.default_rng(0))


@pytest.fixture(scope="module")
def density():
    """Of a deep night, without a gap; not to be changed."""
    values = density_of(deep_night(1))
    assert np.isfinite(values).all()
    values.setflags(write=False)
    return values


@pytest.fixture
def detected(tmp_path):
    """Steps of a night with this density, after the stage has sealed what they give."""

    def detect(density, settings=DEFAULT):
        archive = create_archive(str(tmp_path / "archive"), Station(first_night=NIGHT, last_night=NIGHT))
        archive.write(NIGHT, {"spectra/density": density})
        archive.seal(NIGHT, "spectra", "simulated")
        assert run_stage("classical", archive, NIGHT, Processing(classical=settings))
        assert not run_stage("classical", archive, NIGHT, Processing(classical=settings))
        (sealed,) = archive.read_sealed(NIGHT, "classical", "detection/classical")
        steps = classical_steps(archive, NIGHT, settings)
        there = slots_with_data(density).any(axis=0)
        np.testing.assert_array_equal(sealed == 255, np.broadcast_to(~there[:, None], sealed.shape))  # not: no fringes
        np.testing.assert_array_equal(sealed == 2, steps.lines)
        np.testing.assert_array_equal((sealed == 1) | (sealed == 2), steps.regions | steps.lines)
        assert NightView(archive, NIGHT).settings("classical", ClassicalSettings) == settings
        return steps

    return detect


def lines_with_weights(steps):
    np.testing.assert_array_equal(np.isfinite(steps.line_hz), np.isfinite(steps.line_weight))
    assert np.nanmin(steps.line_weight) > 0
    assert np.nanmax(steps.line_weight) <= 1
    return np.isfinite(steps.line_hz).any(axis=1)


def test_a_night_of_fringes_has_spots_by_day_too_and_everything_else_in_the_dark(density, detected):
    steps = detected(density)
    assert steps.spots[~DARK].any()
    for picture in (steps.joined, steps.regions, steps.lines):
        assert picture[DARK].any()
        assert not picture[~DARK].any()
    np.testing.assert_array_equal(lines_with_weights(steps), steps.lines.any(axis=1))
    slots_with_spots = steps.line_weight[np.isfinite(steps.line_weight)] * DEFAULT.dilate_slots
    np.testing.assert_allclose(slots_with_spots, np.rint(slots_with_spots))
    assert len(np.unique(np.rint(slots_with_spots))) > 5


@pytest.mark.parametrize("lost", [np.nan, 0.0])
@pytest.mark.parametrize("channel", [0, 1])
def test_lines_are_those_of_the_other_channel_where_one_is_missing_or_constant(density, detected, channel, lost):
    one = density.copy()
    one[channel] = lost
    steps = detected(one)
    alone = detect_classical(density[[1 - channel]], FREQUENCY_HZ, DARK, DEFAULT)
    assert lines_with_weights(steps).sum() > 100
    np.testing.assert_array_equal(steps.line_hz, alone.line_hz)
    np.testing.assert_array_equal(steps.line_weight, alone.line_weight)


@pytest.mark.parametrize("lost", [np.nan, 0.0])
def test_no_region_reaches_into_slots_without_data(density, detected, lost):
    gap, half = slice(400, 420), slice(450, 470)
    holed = density.copy()
    holed[:, gap] = lost
    holed[0, half] = np.nan
    steps = detected(holed)
    for picture in (steps.spots, steps.joined, steps.regions, steps.lines):
        assert not picture[gap].any()
    there = lines_with_weights(steps)
    assert there[half].any()
    assert there[380:400].any()
    assert there[420:440].any()


@pytest.mark.parametrize("lost", [np.nan, 0.0])
def test_a_night_without_any_data_has_no_line(detected, lost):
    steps = detected(np.full((2, 864, len(FREQUENCY_HZ)), lost, dtype=np.float32))
    assert not (steps.spots | steps.joined | steps.regions | steps.lines).any()
    assert np.isnan(steps.line_hz).all()
    spacing = fit_spacing(steps.line_hz, steps.line_weight, min_spacing_hz=0.25, max_spacing_hz=2.2)
    assert np.isnan(spacing.delta_f_hz).all()


def test_a_night_without_spectra_is_reported(tmp_path):
    archive = create_archive(str(tmp_path / "archive"), Station(first_night=NIGHT, last_night=NIGHT))
    with pytest.raises(NightNotSealedError, match="2014-01-10 has no sealed spectra"):
        classical_steps(archive, NIGHT, DEFAULT)


CHANGED = {
    "smoothing_bins": (9, "spots"),
    "spline_pieces": (2, "spots"),
    "spline_order": (3, "spots"),
    "min_height_db": (1.5, "spots"),
    "peak_distance_bins": (5, "spots"),
    "dilate_slots": (9, "joined"),
    "erode_bins": (1, "joined"),
    "widen_slots": (3, "joined"),
    "widen_bins": (3, "joined"),
    "neighbours": (4, "regions"),
    "min_region_pixels": (160, "regions"),
}
"""Another value of each setting, and the first step that it decides."""


def test_every_setting_is_looked_at():
    assert set(CHANGED) == set(ClassicalSettings.model_fields)


@pytest.mark.parametrize("name", CHANGED)
def test_a_setting_changes_its_step_and_none_before(density, name):
    value, first = CHANGED[name]
    order = ("spots", "joined", "regions", "line_hz")
    before = detect_classical(density, FREQUENCY_HZ, DARK, DEFAULT)
    after = detect_classical(density, FREQUENCY_HZ, DARK, DEFAULT.model_copy(update={name: value}))
    for step in order[: order.index(first)]:
        np.testing.assert_array_equal(getattr(after, step), getattr(before, step))
    for step in order[order.index(first) :]:
        assert not np.array_equal(getattr(after, step), getattr(before, step), equal_nan=True)


def test_every_setting_is_in_the_signature(tmp_path):
    archive = create_archive(str(tmp_path / "archive"), Station(first_night=NIGHT, last_night=NIGHT))
    archive.seal(NIGHT, "spectra", "simulated")
    others = [DEFAULT.model_copy(update={name: value}) for name, (value, _) in CHANGED.items()]
    signatures = {
        stage_signature("classical", archive, NIGHT, Setup(Processing(classical=settings)))
        for settings in (DEFAULT, *others)
    }
    assert len(signatures) == 1 + len(CHANGED)


@pytest.mark.parametrize(("name", "value"), [("neighbours", 6), ("neighbours", 12), ("erode_bins", 0)])
def test_a_setting_out_of_bounds_is_refused(name, value):
    with pytest.raises(ValidationError, match=name):
        ClassicalSettings(**{name: value})


def test_the_published_numbers_are_the_defaults():
    assert (DEFAULT.dilate_slots, DEFAULT.erode_bins, DEFAULT.min_region_pixels) == (15, 3, 80)
    assert (DEFAULT.widen_slots, DEFAULT.widen_bins) == (1, 1)


@pytest.mark.parametrize("seed", [1, 3, 31])
def test_spacing_of_the_lines_of_deep_fringes_is_the_true_one(seed):
    scenario = deep_night(seed)
    steps = detect_classical(density_of(scenario), FREQUENCY_HZ, DARK, DEFAULT)
    f_n = fringe_frequencies(scenario, FREQUENCY_HZ)
    spacing = fit_spacing(steps.line_hz, steps.line_weight, min_spacing_hz=0.25, max_spacing_hz=2.2)
    error_hz = (spacing.delta_f_hz - fringe_spacing(scenario, f_n))[DARK]
    error_hz = np.abs(error_hz[np.isfinite(error_hz)])
    assert len(error_hz) > 100
    assert np.median(error_hz) < 0.03
    assert (error_hz > 0.1).mean() < 0.08
    score = score_masks(steps.lines, fringe_mask(f_n, FREQUENCY_HZ) & DARK[:, None])
    assert score.precision > 0.5
