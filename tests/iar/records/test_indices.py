"""Indices of the sun and the field, from the file that comes with a package, and from files that are none."""

import numpy as np
import pytest

from iar.errors import InputError
from iar.records.indices import DAILY, read_indices


@pytest.fixture(scope="module")
def shipped():
    return read_indices()


def test_a_storm_stands_where_it_was(shipped):
    """St Patrick's Day 2015: Kp 8- (7.667) from 12 to 18 and 21 to 24 h UTC, Ap 108 (GFZ Potsdam)."""
    storm = shipped.three_hourly.loc["2015-03-17"]
    assert storm["kp"].max() == pytest.approx(23 / 3)
    assert shipped.daily.loc["2015-03-17", "ap_day"] == pytest.approx(108, abs=1)


def test_kp_and_ap_are_those_of_the_published_scale(shipped):
    kp, ap = (shipped.three_hourly[name]["2012":"2018"].to_numpy() for name in ("kp", "ap"))
    scale = {0: 0, 1 / 3: 2, 2 / 3: 3, 1: 4, 4 / 3: 5, 5 / 3: 6, 2: 7, 7 / 3: 9, 8 / 3: 12, 3: 15, 4: 27, 5: 48, 6: 80}
    for step, nt in scale.items():
        there = np.isclose(kp, step)
        assert there.any()
        assert set(ap[there]) == {nt}


def test_no_prediction_is_an_index_and_no_day_is_left_out(shipped):
    assert (shipped.daily.index.to_series().diff().dropna() == np.timedelta64(1, "D")).all()
    assert shipped.last == shipped.daily.index[-1]
    assert shipped.three_hourly["kp"].iloc[-8:].notna().any()
    assert list(shipped.daily.columns) == list(DAILY)
    assert (shipped.daily.min() >= 0).all()


@pytest.mark.parametrize("content", [b"", b"no table", b"\xff\xfe\x00" * 100, b"2014,1,10\n" * 5])
def test_a_file_that_is_none_is_named_in_one_line(tmp_path, content):
    path = tmp_path / "SW-All.txt"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"SW-All\.txt") as error:
        read_indices(path)
    assert "\n" not in str(error.value)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(InputError, match=r"nothing\.txt"):
        read_indices(tmp_path / "nothing.txt")
