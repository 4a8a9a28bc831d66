"""A night is drawn from whatever there is of it: an opened archive, an array with times, an array with nothing."""

import numpy as np
import pytest

import iar
from iar.errors import InputError


@pytest.fixture(scope="module")
def night():
    return iar.simulate("2014-01-10", seed=3)


@pytest.fixture(scope="module")
def found(night):
    return iar.spacing(night)


def labels(figure):
    return [axis.get_ylabel() for axis in figure.axes]


def title(figure):
    return figure.texts[0].get_text()


def marks(figure, name):
    """Points of the drawing of that name, x and y."""
    (line,) = [line for axis in figure.axes for line in axis.lines if line.get_gid() == name]
    return line.get_xdata(), line.get_ydata()


def test_a_night_of_an_archive_is_drawn_as_it_was_sealed(processed):
    night = iar.open(processed).night("2014-01-10")
    figure = iar.plot_night(night)
    assert title(figure) == "eskdalemuir, night of 2014-01-10: fringes"
    assert labels(figure) == [
        "sun (°)", *["frequency (Hz)"] * 3, "effort", "spacing (Hz)", "density (pT/√Hz)", "residual (dB)",
    ]  # fmt: skip
    _, spacing = marks(figure, "spacing")
    there = night.delta_f_hz.values
    np.testing.assert_array_equal(spacing, there[np.isfinite(there)])


def test_an_array_with_dates_has_no_sun_until_it_has_a_place(night, found):
    density = night.density.drop_attrs().assign_attrs(units="pT/sqrt(Hz)")
    bare = iar.plot_night(density, spacing=found)
    assert labels(bare)[0] == "frequency (Hz)"
    assert title(bare).splitlines()[0] == "spectrogram, night of 2014-01-10: fringes"
    assert labels(iar.plot_night(density, spacing=found, position=(55.3, -3.2)))[0] == "sun (°)"


def test_an_array_of_one_coil_without_dates_counts_hours(night):
    density = night.density.values[0]
    figure = iar.plot_night(density, night.frequency.values)
    assert labels(figure) == [
        *["frequency (Hz)"] * 2, "effort", "spacing (Hz)", "density (pT/√Hz)", "residual (dB)",
    ]  # fmt: skip
    assert figure.axes[3].get_xlabel() == "time (h)"
    assert title(figure) == "spectrogram: fringes"
    assert figure.axes[3].get_xlim() == (0, 24)


def test_the_spacing_is_found_where_none_is_given(night, found):
    hours, spacing = marks(iar.plot_night(night), "spacing")
    expected = found.delta_f_hz.dropna("time")
    np.testing.assert_array_equal(spacing, expected)
    start_h = (expected.time - np.datetime64("2014-01-10")) / np.timedelta64(1, "h")
    np.testing.assert_allclose(hours, start_h + 50 / 3600)


def test_a_spacing_of_other_slots_is_drawn_where_it_belongs(night, found):
    late = slice("2014-01-10T20:00", "2014-01-10T22:00")
    hours, _ = marks(iar.plot_night(night.density.sel(time=late), spacing=found), "spacing")
    assert hours.min() >= 20
    assert hours.max() < 22.03
    assert len(hours) == int(np.isfinite(found.delta_f_hz.sel(time=late)).sum())


def test_frequencies_that_are_not_even_are_drawn_where_they_are():
    hz = np.geomspace(1, 9, 120)
    rows = np.ones((72, 1)) * np.where(np.abs(hz - 4) < 0.2, 10, 1)
    (image,) = iar.plot_night(rows, hz).axes[0].images
    drawn = np.asarray(image.get_array())[:, 0]
    *_, bottom, top = image.get_extent()
    shown_hz = np.linspace(bottom, top, len(drawn) + 1)
    middle = (shown_hz[1:] + shown_hz[:-1]) / 2
    assert np.abs(middle[drawn > 5] - 4).max() < 0.25
    assert (bottom, top) == pytest.approx((1, 9), abs=0.15)


def test_a_short_time_has_minutes_at_its_hours_and_days_have_fewer(night, found):
    short = iar.plot_night(night.density.sel(time=slice("2014-01-10T21:00", "2014-01-10T22:30")), spacing=found)
    short.draw_without_rendering()
    assert any(text.get_text().endswith(":30") for text in short.axes[-3].get_xticklabels())
    rows = np.ones((3 * 864, 100))
    days = iar.plot_night(rows, 1 + 0.05 * np.arange(100))
    days.draw_without_rendering()
    assert {text.get_text() for text in days.axes[3].get_xticklabels()} == {"00", "06", "12", "18"}


def test_what_cannot_be_drawn_is_named():
    with pytest.raises(InputError, match="density of 20 frequencies: expected frequency_hz"):
        iar.plot_night(np.ones((5, 20)))
