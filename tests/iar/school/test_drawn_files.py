import datetime as dt

import numpy as np
import pytest
from PIL import Image

from iar.errors import InputError
from iar.school.drawn_files import drawn_night, find_drawn, read_drawn_lines, read_drawn_picture

HEADER = "time,line,frequency_hz\n"
LINES = (
    HEADER
    + """2014-01-10T18:00:00,1,1.0
2014-01-10T19:00:00,upper,2.5
2014-01-11T06:00:00,1,1.2
2014-01-11T06:00:00+01:00,upper,2.75
"""
)


@pytest.fixture
def stroke():
    """A picture with a band from the bottom on the left to the top on the right: later, higher."""
    drawn = np.zeros((701, 1101), dtype=bool)
    for row in range(701):
        column = 100 + (700 - row)
        drawn[row, column : column + 6] = True
    return drawn


@pytest.fixture
def saved(tmp_path):
    def save(pixels, name="IAR_2014-01-10_mask.png", **options):
        path = tmp_path / name
        Image.fromarray(pixels).save(path, **options)
        return path

    return save


@pytest.fixture
def written(tmp_path):
    def write(text):
        path = tmp_path / "2014-01-10.csv"
        path.write_text(text)
        return path

    return write


def test_a_picture_is_read_with_time_and_frequency_rising(stroke, saved):
    drawn = read_drawn_picture(saved(255 * stroke.astype(np.uint8)))
    np.testing.assert_array_equal(drawn, stroke[::-1])
    middle = [np.flatnonzero(row).mean() for row in drawn]
    assert (np.diff(middle) > 0).all()


def test_the_dissertations_zeros_and_ones_are_read_as_well(stroke, saved):
    np.testing.assert_array_equal(read_drawn_picture(saved(stroke.astype(np.uint8))), stroke[::-1])
    np.testing.assert_array_equal(read_drawn_picture(saved(stroke)), stroke[::-1])  # a bit a pixel


@pytest.mark.parametrize("mode", ["RGB", "P", "RGBA", "LA"])
def test_any_way_to_save_a_picture_gives_the_same(stroke, tmp_path, mode):
    path = tmp_path / "2014-01-10.png"
    Image.fromarray(255 * stroke.astype(np.uint8)).convert(mode).save(path)
    np.testing.assert_array_equal(read_drawn_picture(path), stroke[::-1])


def test_a_red_stroke_is_a_stroke(stroke, saved):
    red = np.zeros((*stroke.shape, 3), dtype=np.uint8)
    red[stroke] = (220, 0, 0)
    np.testing.assert_array_equal(read_drawn_picture(saved(red)), stroke[::-1])


def test_jpeg_smears_a_stroke_by_a_pixel_at_most(stroke, saved):
    drawn = read_drawn_picture(saved(255 * stroke.astype(np.uint8), "2014-01-10.jpg", quality=80))
    assert np.mean(drawn != stroke[::-1]) < 0.15 * stroke.mean()


def test_a_picture_may_stand_upright(stroke, saved):
    assert read_drawn_picture(saved(stroke.T.copy())).shape == (1101, 701)


def test_pictures_that_say_nothing_are_errors(stroke, saved):
    with pytest.raises(InputError, match=r"mask.png has no drawn pixel: fringes are light on dark"):
        read_drawn_picture(saved(np.zeros_like(stroke)))
    with pytest.raises(InputError, match="99% of its pixels are drawn: fringes are light on dark"):
        read_drawn_picture(saved(255 * (~stroke).astype(np.uint8)))


def test_a_picture_of_another_size_is_an_error_that_says_which(saved):
    with pytest.raises(InputError, match="is 512 wide and 256 high, in pixels: expected 1101 and 701, or 701 and 1101"):
        read_drawn_picture(saved(np.zeros((256, 512), dtype=np.uint8)))


def test_what_is_no_picture_is_an_error(tmp_path, stroke, saved):
    path = tmp_path / "2014-01-10.png"
    path.write_text("no picture")
    with pytest.raises(InputError, match=r"2014-01-10.png is no picture"):
        read_drawn_picture(path)
    whole = saved(255 * stroke.astype(np.uint8))
    whole.write_bytes(whole.read_bytes()[:600])
    with pytest.raises(InputError, match=r"mask.png is no picture"):
        read_drawn_picture(whole)


def test_files_are_found_by_the_night_in_their_names(tmp_path):
    for name in ("a_2014-01-12.JPG", "2014-01-10.csv", "2013-12-31_GD.png", "README.md", "notes.txt"):
        (tmp_path / name).touch()
    found = find_drawn(tmp_path)
    assert [(night.isoformat(), path.name) for night, path in found.items()] == [
        ("2013-12-31", "2013-12-31_GD.png"), ("2014-01-10", "2014-01-10.csv"), ("2014-01-12", "a_2014-01-12.JPG"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("mask_7.png", "has to hold one date"),
        ("2014-01-10_to_2014-01-11.png", "has to hold one date"),
        ("12014-01-101.png", "has to hold one date"),
        ("2014-13-10.png", "'2014-13-10' is no date"),
        ("1066-10-14.png", "outside the years"),
    ],
)
def test_a_name_without_a_night_is_an_error(tmp_path, name, message):
    with pytest.raises(InputError, match=message):
        drawn_night(tmp_path / name)


def test_folders_that_cannot_be_used_are_errors(tmp_path):
    with pytest.raises(InputError, match=r"holds no drawn mask: no file \*.png"):
        find_drawn(tmp_path)
    with pytest.raises(InputError, match="none: no such folder"):
        find_drawn(tmp_path / "none")
    for name in ("2014-01-10.csv", "2014-01-10.png"):
        (tmp_path / name).touch()
    with pytest.raises(InputError, match=r"2014-01-10.png: night 2014-01-10 is drawn in 2014-01-10.csv, too"):
        find_drawn(tmp_path)


def test_lines_are_read_with_their_points_in_utc(written):
    one, upper = read_drawn_lines(written(LINES))
    assert (one.name, upper.name) == ("1", "upper")
    np.testing.assert_array_equal(one.time, np.array(["2014-01-10T18:00", "2014-01-11T06:00"], "datetime64[ms]"))
    np.testing.assert_array_equal(upper.time, np.array(["2014-01-10T19:00", "2014-01-11T05:00"], "datetime64[ms]"))
    np.testing.assert_array_equal(upper.frequency_hz, [2.5, 2.75])
    assert drawn_night(written(LINES)) == dt.date(2014, 1, 10)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("time,line\n", "has no column frequency_hz"),
        (HEADER, "is empty"),
        (LINES + "18:05,1,1.2\n", ":6: time '18:05' is none: expected UTC, such as"),
        (LINES + "2014-01-11T06:00:00,1,1.2\n", ":6: time 2014-01-11T06:00:00 of line 1 is not after the one before"),
        (LINES + "2014-01-11T07:00:00,1,high\n", ":6: frequency_hz 'high' is no number"),
        (LINES + "2014-01-11T07:00:00,1,nan\n", ":6: frequency_hz 'nan' is no number"),
        (LINES + "2014-01-11T07:00:00,3,3.1\n", "2014-01-10.csv: line 3 has a single point"),
    ],
)
def test_what_is_wrong_with_lines_is_said_in_one_line(written, text, message):
    with pytest.raises(InputError, match=message) as raised:
        read_drawn_lines(written(text))
    assert "\n" not in str(raised.value)
