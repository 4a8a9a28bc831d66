"""Errors of others, in one line."""

import pytest

from iar.errors import first_line, kind_and_line, reading_whole


@pytest.mark.parametrize("text", ["", " ", "\n"])
def test_an_error_that_says_nothing_is_told_by_its_kind(text):
    assert first_line(ValueError(text)) == kind_and_line(ValueError(text)) == "ValueError"


def test_of_many_lines_the_first_is_reported():
    assert first_line(KeyError("\nno night\nof that name".strip())) == r"'no night\nof that name'"
    assert first_line(OSError("\nno night\nof that name")) == "no night"
    assert kind_and_line(OSError("no night\nof that name")) == "OSError: no night"


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        (
            "bad version number for layout message",
            "no whole MTH5 file, or one of a newer version than is read here: bad",
        ),
        ("addr overflow", "no whole MTH5 file: addr overflow"),
    ],
)
def test_a_file_that_may_only_be_too_new_is_not_called_damaged(told, shown):
    with pytest.raises(ValueError, match=shown), reading_whole("MTH5"):
        raise OSError(told)
