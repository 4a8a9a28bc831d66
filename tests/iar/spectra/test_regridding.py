"""Another grid shows the same field: powers add up, levels that rise evenly go on doing so, holes stay holes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from iar.spectra.regridding import DENSITY, SHARE, onto_grid, pixel_edges, without_holes


def drawn(*shape, seed=0):
    return np.random.default_rng(seed).gamma(5, 0.1, shape).astype(np.float32)


def evenly(step, count, first=0.0):
    return first + step * np.arange(count + 1.0)


def test_what_lies_on_the_grid_already_stays_bit_by_bit():
    density = drawn(2, 30, 40)
    density[0, 3] = np.nan
    edges = evenly(100.0, 30)
    assert onto_grid(density, edges, edges + 0.01, axis=1) is density


@given(st.floats(5, 95), st.integers(0, 50))
def test_power_of_finer_pixels_adds_up(step_s, seed):
    rows = int(2000 // step_s) + 1
    density, edges = drawn(rows, 3, seed=seed), evenly(step_s, rows)
    new_edges = np.linspace(0, edges[-1], max(int(edges[-1] // 100), 1) + 1)  # of 100 s at least
    new = onto_grid(density, edges, new_edges, axis=0)
    energy = (density.astype(np.float64) ** 2 * step_s).sum(axis=0)
    np.testing.assert_allclose(
        (new.astype(np.float64) ** 2 * np.diff(new_edges)[:, None]).sum(axis=0), energy, rtol=1e-5
    )


@given(st.floats(110, 2000), st.floats(-0.005, 0.005))
def test_a_level_that_changes_evenly_in_db_is_read_between_coarser_pixels(step_s, rise):
    edges = evenly(step_s, 12)
    middle = (edges[1:] + edges[:-1]) / 2
    density = np.exp(rise * middle / 10)[:, None].astype(np.float32)
    new_edges = evenly(100.0, int(edges[-1] // 100))
    new_middle = (new_edges[1:] + new_edges[:-1]) / 2
    inside = (new_middle > middle[0]) & (new_middle < middle[-1])
    new = onto_grid(density, edges, new_edges, axis=0)[:, 0]
    np.testing.assert_allclose(new[inside], np.exp(rise * new_middle[inside] / 10), rtol=1e-3)


def test_probability_is_averaged_and_read_as_it_is():
    share = np.array([[0.0], [1.0], [0.0], [0.5]], np.float32)
    halves = onto_grid(share, evenly(50.0, 4), evenly(100.0, 2), axis=0, scale=SHARE)
    np.testing.assert_allclose(halves[:, 0], [0.5, 0.25])
    between = onto_grid(share, evenly(200.0, 4), evenly(100.0, 8), axis=0, scale=SHARE)
    np.testing.assert_allclose(between[:, 0], [0, 0.25, 0.75, 0.75, 0.25, 0.125, 0.375, 0.5])


@pytest.mark.parametrize("step_s", [30.0, 250.0])
@pytest.mark.parametrize("scale", [DENSITY, SHARE])
def test_a_hole_stays_where_it_is_and_spreads_to_nothing(step_s, scale):
    rows = int(6000 / step_s)
    values = np.full((rows, 2), 0.5, np.float32)
    edges = evenly(step_s, rows)
    hole = (edges[:-1] >= 1500) & (edges[:-1] < 3000)
    values[hole, 0] = np.nan
    new = onto_grid(values, edges, evenly(100.0, 60), axis=0, scale=scale)
    middle = evenly(100.0, 59, 50.0)
    np.testing.assert_array_equal(np.isnan(new[:, 0]), (middle > 1500) & (middle < 3000))
    np.testing.assert_allclose(new[~np.isnan(new)], 0.5)


def test_pixels_that_widen_upwards_are_averaged_below_and_read_between_above():
    middle = np.geomspace(0.4, 12, 300)
    edges = pixel_edges(middle)
    density = (1 / middle).astype(np.float32)[None]
    bin_hz = 100 / 4096
    new_edges = evenly(bin_hz, 410, 20.5 * bin_hz)
    new_middle = (new_edges[1:] + new_edges[:-1]) / 2
    np.testing.assert_allclose(onto_grid(density, edges, new_edges, axis=1)[0], 1 / new_middle, rtol=2e-3)


def test_frequencies_that_are_missing_between_others_are_bridged_and_those_at_the_ends_cost_the_spectrum():
    density = np.exp(np.linspace(0, 3, 20)).astype(np.float32) * np.ones((3, 1), np.float32)
    expected = density.copy()
    density[0, 5:9] = np.nan
    density[1, :2] = np.nan
    filled = without_holes(density)
    np.testing.assert_allclose(filled[0], expected[0], rtol=1e-6)
    assert np.isnan(filled[1]).all()
    np.testing.assert_array_equal(filled[2], expected[2])
    assert np.isnan(density[0, 5])  # what was given is left alone
