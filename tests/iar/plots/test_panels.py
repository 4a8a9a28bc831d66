import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure

from iar.plots.panels import colour_bar, log_norm
from iar.plots.paper import Box, Paper
from iar.plots.picture import runs


@settings(max_examples=20)
@example(low=1.0, factor=90.0)
@given(low=st.floats(1e-6, 1e3), factor=st.floats(2, 1e4))
def test_the_colour_bar_has_plain_numbers_from_end_to_end(low, factor):
    figure = Figure()
    mesh = figure.add_subplot().imshow([[low, low * factor]], norm=LogNorm(low, low * factor))
    bar = colour_bar(figure, Paper(84), Box(0, 0, 10, 100), mesh)
    ticks = bar.ax.get_yticks()
    inside = ticks[(ticks >= low) & (ticks <= low * factor)]
    assert 2 <= len(inside) <= 9
    assert np.diff(np.log10([low, *inside, low * factor])).max() <= 1
    for text, tick in zip(bar.ax.yaxis.get_major_formatter().format_ticks(ticks), ticks, strict=True):
        assert "^" not in text
        assert float(text) == pytest.approx(tick, rel=1e-6)


@pytest.mark.parametrize("density", [np.full((2, 3, 4), np.nan), np.zeros((2, 3, 4)), np.full((2, 3, 4), 0.2)])
def test_colours_of_a_density_without_contrast_are_still_a_range(density):
    norm = log_norm(density.astype(np.float32))
    assert 0 < norm.vmin < norm.vmax


@given(mask=st.lists(st.booleans(), min_size=1, max_size=30).map(np.array))
def test_runs_cover_a_mask_and_nothing_else(mask):
    edges = np.arange(len(mask) + 1) * 0.5
    covered = np.zeros(len(mask), dtype=bool)
    for start, end in runs(mask, edges):
        covered |= (edges[:-1] >= start) & (edges[1:] <= end)
    np.testing.assert_array_equal(covered, mask)
