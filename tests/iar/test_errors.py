"""Errors of others, in one line."""

import pytest

from iar.errors import first_line, kind_and_line


@pytest.mark.parametrize("text", ["", " ", "\n"])
def test_an_error_that_says_nothing_is_told_by_its_kind(text):
    assert first_line(ValueError(text)) == kind_and_line(ValueError(text)) == "ValueError"


def test_of_many_lines_the_first_is_reported():
    assert first_line(KeyError("\nno night\nof that name".strip())) == r"'no night\nof that name'"
    assert first_line(OSError("\nno night\nof that name")) == "no night"
    assert kind_and_line(OSError("no night\nof that name")) == "OSError: no night"
