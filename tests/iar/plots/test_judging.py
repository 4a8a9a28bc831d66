"""The picture that a person judges a night by: nothing of what was found is in it, and lines move nothing."""

import io
from dataclasses import replace

import numpy as np
import pytest
from matplotlib.figure import Figure

from iar.fringes.verdict import Verdict
from iar.plots.judging import blinded, panel_places, plot_judging, shown_hours
from tests.iar.plots.pictures import make_picture, make_spacing


def pixels(figure: Figure) -> bytes:
    out = io.BytesIO()
    figure.savefig(out, format="raw", dpi=40)
    return out.getvalue()


def gids(figure: Figure) -> set[str]:
    return {artist.get_gid() for axis in figure.axes for artist in axis.get_children() if artist.get_gid()}


def test_a_blind_picture_is_the_same_whatever_was_found():
    one = make_picture()
    other = replace(
        one, spacing=make_spacing(slice(400, 420), 5), standing_hz={}, verdict=Verdict("no_fringes", "none")
    )
    assert pixels(plot_judging(blinded(one))) == pixels(plot_judging(blinded(other)))


def test_lines_are_drawn_where_they_are_asked_for_and_nothing_moves():
    picture = make_picture()
    blind, shown = plot_judging(blinded(picture)), plot_judging(picture, over=("fringes",))
    assert {"fringes", "number"} <= gids(shown)
    assert not {"fringes", "number"} & gids(blind)
    for one, other in zip(blind.axes, shown.axes, strict=True):
        assert np.array_equal(one.get_position().bounds, other.get_position().bounds)
        assert (one.get_xlim(), one.get_ylim()) == (other.get_xlim(), other.get_ylim())


def test_the_picture_says_where_a_time_and_a_frequency_are():
    """As Matplotlib itself puts them: from data to the pixels of the canvas, from its lower left corner."""
    picture = make_picture()
    figure = plot_judging(blinded(picture))
    places = panel_places(figure, picture)
    (first, last), (low, high) = places["hours"], places["band_hz"]
    wide, tall = figure.bbox.size
    for axis, (left, top, width, height) in zip(figure.axes, places["panels"], strict=False):
        x, y = axis.transData.transform((20, 3))
        assert (left + (20 - first) / (last - first) * width) * wide == pytest.approx(x, abs=0.1)
        assert (top + (high - 3) / (high - low) * height) * tall == pytest.approx(tall - y, abs=0.1)
    assert len(places["panels"]) == 3


def test_the_dark_part_is_shown_with_an_hour_around_it_or_all_where_none_is_dark():
    picture = make_picture()
    assert shown_hours(picture) == (17, 31)  # dark from 18 to 6 h
    assert plot_judging(picture).axes[0].get_xlim() == (17, 31)
    assert shown_hours(replace(picture, dark=np.zeros_like(picture.dark))) == (12, 36)
