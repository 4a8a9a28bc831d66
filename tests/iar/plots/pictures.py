"""A night made of known numbers, and ways to look at what was drawn of it."""

import datetime as dt
from dataclasses import replace
from itertools import combinations

import numpy as np
from matplotlib.text import Text

from iar.detection.classical import ClassicalSteps
from iar.fringes.spacing import Spacing
from iar.fringes.verdict import Verdict
from iar.night import HARMONICS, SLOTS, dark_slots, slot_times
from iar.physics.sun import sun_elevation_deg
from iar.plots.paper import resolution_dpi
from iar.plots.picture import NightPicture
from iar.spectra.grid import frequencies

NIGHT = dt.date(2014, 1, 10)
COMB_HZ = 1.416
FRINGE_HZ = 0.8


def make_picture(high_hz: float = 10.5, **changes) -> NightPicture:
    """A night at Eskdalemuir with three fringes from 20 to 22 h, a comb in EW, and one region with its line."""
    frequency_hz = frequencies(0.5, high_hz, 4096)
    rng = np.random.default_rng(1)
    density = rng.gamma(3, 0.3, (2, SLOTS, 1)) * rng.gamma(3, 0.3, len(frequency_hz)) / frequency_hz
    times = slot_times(NIGHT, 12)
    picture = NightPicture(
        night=NIGHT,
        station="eskdalemuir",
        channels=("NS", "EW"),
        times=times,
        frequency_hz=frequency_hz,
        density=density.astype(np.float32),
        effort=np.ones((2, SLOTS), dtype=np.float32),
        clipped=np.zeros((2, SLOTS), dtype=bool),
        constant=np.zeros((2, SLOTS), dtype=bool),
        dark=dark_slots(18, 6, 12),
        sun_deg=sun_elevation_deg(times, 55.3, -3.2),
        standing_hz={"NS": [], "EW": [COMB_HZ * n for n in range(1, 8)]},
        spacing=make_spacing(slice(288, 360)),
        verdict=Verdict("fringes", "72 dark slots have a spacing, median 0.80 Hz; 7 lines stand still in EW"),
        classical=make_steps(frequency_hz),
    )
    return replace(picture, **changes)


def make_spacing(slots: slice, harmonics: int = 3) -> Spacing:
    """Spacing of 0.8 Hz in some slots."""
    delta_f_hz = np.full(SLOTS, np.nan)
    delta_f_hz[slots] = FRINGE_HZ
    frequency_hz = np.full((SLOTS, HARMONICS), np.nan)
    frequency_hz[slots, :harmonics] = FRINGE_HZ * (np.arange(harmonics) + 1.3)
    return Spacing(delta_f_hz, 0.05 * delta_f_hz, delta_f_hz, delta_f_hz, delta_f_hz, frequency_hz)


def make_steps(frequency_hz: np.ndarray) -> ClassicalSteps:
    """Spots in a row along time in the dark and by day; in the dark they make a region of 3 bins, and a line."""
    shape = (SLOTS, len(frequency_hz))
    spots, joined, regions, lines = (np.zeros(shape, dtype=bool) for _ in range(4))
    spots[::7, 40] = True
    joined[300:400, 39:42] = regions[300:400, 39:42] = lines[300:400, 40] = True
    joined[500:505, 50:53] = True
    line_hz = np.full((SLOTS, 1), np.nan)
    line_hz[300:400] = frequency_hz[40]
    return ClassicalSteps(spots, joined, regions, lines, line_hz, np.where(np.isnan(line_hz), np.nan, 1.0))


def without(picture: NightPicture, *channels: int) -> NightPicture:
    """The same night with nothing from some channels."""
    density, effort = picture.density.copy(), picture.effort.copy()
    density[list(channels)], effort[list(channels)] = np.nan, 0
    return replace(picture, density=density, effort=effort)


def drawn(figure, name: str, axis: int | None = None) -> list:
    """Artists of that name, in all axes or one."""
    axes = figure.axes if axis is None else [figure.axes[axis]]
    return [artist for one in axes for artist in one.findobj(lambda artist: artist.get_gid() == name)]


def legend_words(figure) -> list[str]:
    """What the legend names."""
    return [text.get_text() for text in figure.legends[0].get_texts()]


def check_texts(figure, least_pt: float = 7.0) -> None:
    """Every text is large enough, lies inside the figure, and on no other."""
    figure.set_dpi(resolution_dpi(figure, vector=False))
    figure.draw_without_rendering()
    whole, boxes, hidden = figure.bbox, {}, _hidden_labels(figure)
    for text in figure.findobj(lambda artist: isinstance(artist, Text)):
        if text.get_visible() and text.get_text().strip() and text not in hidden:
            assert text.get_fontsize() >= least_pt - 1e-9, text
            box = text.get_window_extent()
            assert whole.x0 <= box.x0 <= box.x1 <= whole.x1, (text, box, whole)
            assert whole.y0 <= box.y0 <= box.y1 <= whole.y1, (text, box, whole)
            boxes[text] = box
    for one, other in combinations(boxes, 2):
        assert not boxes[one].padded(-0.5).overlaps(boxes[other].padded(-0.5)), (one, other)


def _hidden_labels(figure) -> set[Text]:
    """Labels of ticks that lie beyond the ends of an axis: they exist but are not drawn."""
    hidden = set()
    for axis in (axis for axes in figure.axes for axis in (axes.xaxis, axes.yaxis)):
        low, high = sorted(axis.get_view_interval())
        for tick in axis.get_major_ticks() + axis.get_minor_ticks():
            if not low - 1e-9 <= tick.get_loc() <= high + 1e-9:
                hidden |= {tick.label1, tick.label2}
    return hidden
