"""Sizes on paper: letters, lines of text, and the legend, against what Matplotlib measures when it draws."""

import matplotlib as mpl
import pytest
from matplotlib.lines import Line2D

from iar.plots.paper import Head, Paper, paper_style, resolution_dpi, text_width_pt

LONG = "329 dark slots have a spacing, median 0.88 Hz; 7 lines stand still in NS; 11 lines stand still in EW"


@pytest.mark.parametrize(("width_mm", "least_pt", "most_pt"), [(84, 7, 7), (170, 8, 9), (254, 10, 10), (400, 12, 12)])
def test_letters_grow_with_the_paper_from_7_points(width_mm, least_pt, most_pt):
    assert least_pt <= Paper(width_mm).font_pt <= most_pt


@pytest.mark.parametrize("weight", ["normal", "bold"])
def test_width_of_a_text_is_what_it_takes_when_drawn(weight):
    with paper_style():
        figure = Paper(254).figure(100)
        text = figure.text(0, 0.5, LONG, size=9, weight=weight)
        figure.set_dpi(720)
        figure.draw_without_rendering()
    assert text_width_pt(LONG, 9, weight) == pytest.approx(text.get_window_extent().width / 10, rel=0.01)


def test_a_text_is_broken_between_words_into_lines_that_fit():
    paper = Paper(84)
    lines = paper.wrap(LONG, paper.font_pt)
    assert " ".join(lines) == LONG
    assert len(lines) == 2
    assert all(text_width_pt(line, paper.font_pt) <= paper.width_pt - 2 * paper.edge_pt for line in lines)
    assert paper.wrap("", paper.font_pt) == []


@pytest.mark.parametrize("width_mm", [84, 130, 254])
@pytest.mark.parametrize("labels", [1, 5, 10])
def test_the_legend_lies_between_the_head_and_the_panels(width_mm, labels):
    with paper_style():
        entries = [Line2D([], [], label=f"entry {'x' * n}") for n in range(labels)]
        head = Head(Paper(width_mm), "title", LONG, entries)
        figure = Paper(width_mm).figure(head.height_pt + 100)
        head.draw(figure)
        figure.set_dpi(resolution_dpi(figure, vector=False))
        figure.draw_without_rendering()
    box = figure.legends[0].get_window_extent()
    assert box.x1 <= figure.bbox.x1
    assert box.y0 >= 100 * figure.dpi / 72
    assert box.y1 <= min(text.get_window_extent().y0 for text in figure.texts)


def test_pixels_are_many_enough_for_letters_and_few_enough_for_a_file():
    for width_mm, height_pt in ((84, 350), (254, 680), (400, 1000)):
        figure = Paper(width_mm).figure(height_pt)
        area = figure.get_figwidth() * figure.get_figheight()
        assert resolution_dpi(figure, vector=False) >= 150
        assert area * resolution_dpi(figure, vector=True) ** 2 == pytest.approx(0.75e6)
    assert resolution_dpi(Paper(84).figure(350), vector=False) > 300  # what journals ask for


def test_the_users_settings_neither_reach_a_picture_nor_are_lost():
    with mpl.rc_context({"font.size": 30, "lines.linewidth": 9}):
        with paper_style():
            assert mpl.rcParams["font.size"] == 10
        assert mpl.rcParams["font.size"] == 30
        assert mpl.rcParams["lines.linewidth"] == 9
