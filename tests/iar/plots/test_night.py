"""The picture of a night: everything in its place, in its unit, and as often as it is there."""

from dataclasses import replace

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.colors import to_rgb

from iar.plots.night import plot_night
from iar.plots.panels import NO_DATA
from tests.iar.plots.pictures import (
    COMB_HZ,
    FRINGE_HZ,
    check_texts,
    drawn,
    legend_words,
    make_picture,
    make_spacing,
    without,
)

SUN, NS, EW, FAN, EFFORT, SPACING, BAR, FAN_BAR = range(8)
ALL = ("fringes", "lines", "spots")
HOUR = 36
"""Slots of an hour."""


@pytest.fixture(scope="module")
def picture():
    return make_picture()


@pytest.fixture(scope="module")
def figure(picture):
    return plot_night(picture, over=ALL)


def names(figure) -> list[str]:
    return [axis.get_ylabel() for axis in figure.axes]


def test_panels_are_sun_channels_residual_effort_and_spacing_each_with_its_unit(figure):
    assert names(figure) == [
        "sun (°)", "frequency (Hz)", "frequency (Hz)", "frequency (Hz)", "effort", "spacing (Hz)",
        "density (pT/√Hz)", "residual (dB)",
    ]  # fmt: skip
    assert figure.axes[SPACING].get_xlabel() == "time (UTC), 2014-01-10 to 2014-01-11"


def test_time_runs_from_noon_to_noon_in_every_panel(figure):
    for axis in figure.axes[:BAR]:
        assert axis.get_xlim() == (12, 36)
    figure.draw_without_rendering()
    labels = dict(zip(figure.axes[SPACING].get_xticks(), figure.axes[SPACING].get_xticklabels(), strict=True))
    assert [labels[hour].get_text() for hour in (12, 14, 22, 24, 26, 36)] == ["12", "14", "22", "00", "02", "12"]


def test_a_pixel_lies_at_its_slot_and_frequency(picture, figure):
    (image,) = figure.axes[EW].images
    left, right, bottom, top = image.get_extent()
    assert (left, right) == (12, 36)
    half_bin = 100 / 4096 / 2
    assert (bottom, top) == pytest.approx((picture.frequency_hz[0] - half_bin, picture.frequency_hz[-1] + half_bin))
    shown = image.get_array()
    column, row = int((23.5 - left) / (right - left) * 864), int((7.8 - bottom) / (top - bottom) * 410)
    assert picture.frequency_hz[row] == pytest.approx(7.8, abs=half_bin)
    assert shown[row, column] == pytest.approx(max(picture.density[1, int(11.5 * HOUR), row], image.norm.vmin))


def test_both_channels_have_the_same_logarithmic_colours(picture, figure):
    ns, ew = (figure.axes[place].images[0] for place in (NS, EW))
    assert (ns.norm.vmin, ns.norm.vmax) == (ew.norm.vmin, ew.norm.vmax)
    assert ns.norm(np.sqrt(ns.norm.vmin * ns.norm.vmax)) == pytest.approx(0.5)
    beyond = np.mean((picture.density < ns.norm.vmin) | (picture.density > ns.norm.vmax))
    assert 0.01 < beyond < 0.05


@pytest.mark.parametrize(("name", "points"), [("fringes", 3 * 72), ("lines", 100), ("spots", 124)])
def test_every_point_that_was_found_is_drawn_in_both_channels(figure, name, points):
    for place in (NS, EW):
        (track,) = drawn(figure, name, place)
        hours, hz = track.get_data()
        ends = 1 if name == "spots" else 2
        assert np.isfinite(hz).sum() == ends * points
        assert np.isfinite(hours).sum() == ends * points


def test_a_fringe_lies_at_its_frequency_from_the_slots_start_to_its_end(figure):
    hours, hz = drawn(figure, "fringes", NS)[0].get_data()
    np.testing.assert_allclose(hours[:2], [20, 20 + 1 / HOUR])
    np.testing.assert_allclose(sorted(set(hz[np.isfinite(hz)].round(6))), FRINGE_HZ * np.array([1.3, 2.3, 3.3]))


def test_nothing_is_drawn_that_was_not_asked_for(picture):
    bare = plot_night(picture, over=())
    assert not any(drawn(bare, name) for name in ALL)
    assert "fringes (network)" not in legend_words(bare)


def test_triangles_stand_at_the_comb_in_the_channel_that_has_it(figure):
    assert len(drawn(figure, "standing lines", NS)[0].get_ydata()) == 0
    (triangles,) = drawn(figure, "standing lines", EW)
    np.testing.assert_allclose(triangles.get_ydata(), COMB_HZ * np.arange(1, 8))
    assert set(triangles.get_xdata()) == {1.0}  # of the frame's width
    assert triangles.get_transform() == figure.axes[EW].get_yaxis_transform()


def test_the_spacing_is_drawn_with_its_error(figure):
    (points,) = drawn(figure, "spacing")
    hours, delta_f = points.get_data()
    assert len(hours) == 72
    np.testing.assert_allclose(hours[0], 20 + 0.5 / HOUR)
    np.testing.assert_allclose(delta_f, FRINGE_HZ)
    (error,) = drawn(figure, "error")
    np.testing.assert_allclose(error.get_segments()[0][:, 1], [0.76, 0.84])


def test_one_huge_error_does_not_squeeze_the_curve(picture):
    picture.spacing.delta_f_sigma_hz[300], kept = 40.0, picture.spacing.delta_f_sigma_hz[300]
    low, high = plot_night(picture).axes[SPACING].get_ylim()
    picture.spacing.delta_f_sigma_hz[300] = kept
    assert high - low < 0.7


def test_the_dark_part_is_a_bar_below_the_sun_and_has_its_edges_in_the_panels(figure):
    (bar,) = drawn(figure, "dark part", SUN)
    assert (bar.get_x(), bar.get_x() + bar.get_width()) == pytest.approx((18, 30))
    for place in (NS, EW):
        assert [edge.get_xdata()[0] for edge in drawn(figure, "dark part", place)] == pytest.approx([18, 30])


@pytest.mark.parametrize(
    ("dark", "bars", "edges"), [(np.zeros(864, dtype=bool), 0, 0), (np.ones(864, dtype=bool), 1, 0)]
)
def test_a_night_may_be_dark_throughout_or_not_at_all(picture, dark, bars, edges):
    figure = plot_night(replace(picture, dark=dark))
    assert len(drawn(figure, "dark part", SUN)) == bars
    assert len(drawn(figure, "dark part", NS)) == edges
    assert ("dark part" in legend_words(figure)) == bool(bars)


def test_the_curve_of_the_sun_is_in_degrees_and_the_sky_follows_it(picture, figure):
    (curve,) = drawn(figure, "sun")
    np.testing.assert_allclose(curve.get_ydata(), picture.sun_deg)
    low, high = figure.axes[SUN].get_ylim()
    assert low < picture.sun_deg.min() < picture.sun_deg.max() < high
    (sky,) = figure.axes[SUN].images
    shown = sky.get_array()[0]
    np.testing.assert_array_equal(shown == 0, picture.sun_deg > -0.833)
    np.testing.assert_array_equal(shown == 2, picture.sun_deg <= -18)


def test_flagged_slots_are_marked_in_the_row_of_their_channel(picture):
    clipped, constant = picture.clipped.copy(), picture.constant.copy()
    clipped[1, [0, 100]], constant[0, 863] = True, True
    figure = plot_night(replace(picture, clipped=clipped, constant=constant))
    ns, ew = drawn(figure, "clipped")
    assert len(ns.get_xdata()) == 0
    np.testing.assert_allclose(ew.get_data(), [[12 + 0.5 / HOUR, 12 + 100.5 / HOUR], [1.5, 1.5]])
    ns, ew = drawn(figure, "constant")
    np.testing.assert_allclose(ns.get_data(), [[36 - 0.5 / HOUR], [0.5]])
    assert {"clipped slot", "constant slot"} <= set(legend_words(figure))
    assert not {"clipped slot", "constant slot"} & set(legend_words(plot_night(picture)))


def test_effort_fills_as_much_of_its_row_as_there_is(picture):
    effort = picture.effort.copy()
    effort[1, :432], effort[1, 432:] = 0.25, np.nan
    figure = plot_night(replace(picture, effort=effort))
    grey, ns, other_grey, ew = figure.axes[EFFORT].collections
    np.testing.assert_allclose([np.ptp(row.get_paths()[0].vertices[:, 1]) for row in (grey, other_grey)], 0.8)
    assert np.ptp(ns.get_paths()[0].vertices[:, 1]) == pytest.approx(0.8)
    filled = ew.get_paths()[0].vertices
    assert np.ptp(filled[:, 1]) == pytest.approx(0.25 * 0.8)
    assert filled[filled[:, 1] < filled[:, 1].max() - 0.01][:, 0].max() == pytest.approx(24)


def test_a_missing_channel_is_grey_with_nothing_over_it(picture):
    figure = plot_night(without(picture, 1), over=ALL)
    assert to_rgb(figure.axes[EW].get_facecolor()) == to_rgb(NO_DATA)
    assert figure.axes[EW].images[0].get_array().mask.all()
    assert "no data" in [text.get_text() for text in figure.axes[EW].texts]
    assert "no data" not in [text.get_text() for text in figure.axes[NS].texts]
    for name in ALL:
        assert len(drawn(figure, name, EW)[0].get_xdata()) == 0
        assert len(drawn(figure, name, NS)[0].get_xdata()) > 0
    assert "no data" in legend_words(figure)


def test_a_dead_channel_is_dark_not_missing(picture):
    density = picture.density.copy()
    density[1] = 0
    figure = plot_night(replace(picture, density=density))
    (image,) = figure.axes[EW].images
    coloured = image.norm(image.get_array())
    assert not np.ma.getmaskarray(coloured).any()
    np.testing.assert_allclose(coloured, 0, atol=1e-6)


def test_a_night_without_data_is_drawn_all_the_same(picture):
    nothing = replace(without(picture, 0, 1), spacing=make_spacing(slice(0)), standing_hz={})
    figure = plot_night(nothing, width_mm=84)
    check_texts(figure)
    assert "no spacing" in [text.get_text() for text in figure.axes[SPACING].texts]
    assert "fringes (network)" not in legend_words(figure)


TALES = {
    "short": {},
    "long": {
        "station": "a-station-with-a-very-long-name-on-an-island",
        "channels": ("north-coil-16-ch", "east-coil-16-cha"),
    },
    "wide": {"high_hz": 49.0},
    "narrow": {"high_hz": 2.0},
    "bright": {"sun_deg": np.linspace(2.0, 40.0, 864)},
    "tropics": {"sun_deg": np.linspace(-89.0, 89.0, 864)},
}


@pytest.mark.parametrize(
    ("tale", "width_mm"), [*((tale, 84) for tale in TALES), ("short", 254), ("long", 120), ("long", 254), ("wide", 400)]
)
def test_texts_are_legible_and_apart_at_every_width(tale, width_mm):
    picture = make_picture(**TALES[tale])
    flags = np.ones((2, 864), dtype=bool)
    figure = plot_night(replace(without(picture, 1), clipped=flags, constant=flags), over=ALL, width_mm=width_mm)
    assert figure.get_figwidth() * 25.4 == pytest.approx(width_mm)
    check_texts(figure)


def test_wider_than_high_on_a_screen(figure):
    assert figure.get_figwidth() > figure.get_figheight()


def test_title_tells_station_night_and_verdict_and_below_it_the_reason(picture, figure):
    title, reason = (text.get_text().replace("\n", " ") for text in figure.texts)
    assert title == "eskdalemuir, night of 2014-01-10: fringes"
    assert reason == picture.verdict.reason


def test_tracks_differ_in_lightness_and_stand_out_from_every_colour_of_the_density(figure):
    def lightness(colour):
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]
        return np.dot(linear, (0.2126, 0.7152, 0.0722))

    def contrast(one, other):  # of WCAG 2.2, which asks for 3 between parts of a picture
        low, high = sorted((lightness(one), lightness(other)))
        return (high + 0.05) / (low + 0.05)

    fringe, line = (drawn(figure, name, NS)[0] for name in ("fringes", "lines"))
    assert contrast(fringe.get_color(), line.get_color()) > 10
    for track in (fringe, line):
        casing = track.get_path_effects()[0]._gc["foreground"]
        for colour in mpl.colormaps["viridis"](np.linspace(0, 1, 32)):
            assert max(contrast(track.get_color(), colour), contrast(casing, colour)) > 3


def test_the_residual_panel_shows_a_band_and_not_the_slope_it_lies_on(picture):
    rng = np.random.default_rng(5)
    shape = (2, picture.times.size, picture.frequency_hz.size)
    density = (1 / picture.frequency_hz + 0.2 * rng.standard_normal(shape) / picture.frequency_hz).astype(np.float32)
    band = np.abs(picture.frequency_hz - 4.0) < 0.15
    density[:, 300:400, band] *= 10 ** (3 / 20)  # 3 dB
    density[:, :10] = np.nan
    figure = plot_night(replace(picture, density=density))
    shown = figure.axes[FAN].images[0].get_array().T  # (slot, frequency)
    inside, beside = shown[310:390, band].mean(), shown[500:600, band].mean()
    assert 2.0 < inside - beside < 3.3
    assert abs(shown[500:600, picture.frequency_hz < 1].mean()) < 0.3
    assert shown.mask[:10].all()
    assert not shown.mask[10:].any()


def test_every_harmonic_that_is_seen_has_its_number(picture):
    figure = plot_night(replace(picture, spacing=make_spacing(slice(288, 360))))
    for panel in (NS, EW, FAN):
        assert [text.get_text() for text in drawn(figure, "number", panel)] == ["1", "2", "3"]
