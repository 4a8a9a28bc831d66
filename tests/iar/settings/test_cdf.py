"""Damaged CDF files, which cdflib alone would follow for ever."""

import struct
from pathlib import Path

import numpy as np
import pytest

cdflib = pytest.importorskip("cdflib", reason="cdflib is not installed")
from cdflib.cdfwrite import CDF  # noqa: E402

from iar.records.tables.cdf import read_cdf  # noqa: E402
from iar.settings.cdf import open_cdf  # noqa: E402
from iar.settings.table import CdfTable  # noqa: E402


@pytest.fixture
def content(tmp_path: Path) -> bytes:
    """Two variables, of which the second says that the first follows, and that there are two thousand million."""
    path = tmp_path / "a.cdf"
    with CDF(path) as file:
        for name in ("a", "b"):
            spec = {"Variable": name, "Data_Type": 45, "Num_Elements": 1, "Rec_Vary": True, "Dim_Sizes": []}
            file.write_var(spec, {}, np.arange(5.0))
    whole = bytearray(path.read_bytes())
    (general,) = struct.unpack_from(">q", whole, 8 + 12)  # places by the CDF Internal Format Description
    (first,) = struct.unpack_from(">q", whole, general + 20)
    (second,) = struct.unpack_from(">q", whole, first + 12)
    struct.pack_into(">q", whole, second + 12, first)
    struct.pack_into(">i", whole, general + 60, 2**31 - 1)
    return bytes(whole)


def test_more_dimensions_than_there_can_be_are_not_counted(content, tmp_path):
    damaged = bytearray(content)
    (general,) = struct.unpack_from(">q", damaged, 8 + 12)
    struct.pack_into(">i", damaged, general + 56, 2**31 - 1)
    (tmp_path / "b.cdf").write_bytes(damaged)
    with pytest.raises(ValueError, match="2147483647 dimensions, of 10 that a CDF can have"):
        open_cdf(tmp_path / "b.cdf")


def test_a_list_that_joins_itself_is_given_up(content, tmp_path):
    (tmp_path / "b.cdf").write_bytes(content)
    file = open_cdf(tmp_path / "b.cdf")
    np.testing.assert_array_equal(file.varget("b"), np.arange(5.0))
    with pytest.raises(ValueError, match="what it says of itself goes round in circles"):
        file.varget("c")
    with pytest.raises(ValueError, match="what it says of itself goes round in circles"):
        read_cdf(content, CdfTable(channels=("a", "b")), start_ns=0, rate_hz=1.0)
