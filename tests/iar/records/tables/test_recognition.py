"""Which files a station's table is of, what comes of them, and what is said of the others."""

import numpy as np
import pandas as pd
import pytest

from iar.errors import InputError
from iar.records.finding import find_records
from iar.records.record import Expectation, OtherStreamError
from iar.records.tables.recognition import recognise
from iar.settings import Station
from iar.stages.ingest import station_format
from tests.iar.records.tables.samples import BX, BY, COUNTS, NAME, csv


class TestOneCoilAFile:
    table = {"kind": "text", "files": ["*_NS.txt", "*_EW.txt"], "channels": [1, 1],  # noqa: RUF012
             "start": {"kind": "name", "pattern": "%Y%m%d%H_*.txt"}}  # fmt: skip

    def test_goes_to_the_coil_of_its_name(self, read):
        for channel, end in enumerate(("NS", "EW")):
            content = "".join(f"{value}\n" for value in (BX, BY)[channel]).encode()
            coils, problems = read(f"2014011012_{end}.txt", content, self.table, channels_in_file=1)
            assert (list(coils), problems) == ([channel], {channel: {}})
            np.testing.assert_array_equal(coils[channel][0][1], COUNTS[channel])
        assert read("2014011012_Z.txt", content, self.table) == ({}, {})


def test_a_file_of_five_days_comes_in_nights(read):
    samples = 5 * 86_400
    values = np.arange(samples) % 1000
    frame = pd.DataFrame({"x": values})
    table = {"kind": "text", "channels": [1, None], "start": NAME}
    coils, problems = read(
        "KEV_20140110_0600.csv", frame.to_csv(index=False, header=False).encode(), table, rate_hz=1, unit="counts",
        channels_in_file=1,
    )  # fmt: skip
    assert [str(start)[:13] for start, _ in coils[0]] == ["2014-01-10T06", *(f"2014-01-{d}T12" for d in range(10, 15))]
    np.testing.assert_array_equal(np.concatenate([counts for _, counts in coils[0]]), values)
    assert problems == {0: {}}


def test_a_file_without_a_coil_is_passed_over(tmp_path):
    (tmp_path / "a.csv").write_bytes(csv())
    station = Station.model_validate({
        "format": "table", "table": {"kind": "text", "header_lines": 1, "channels": [None, None], "start": NAME}
    })  # fmt: skip
    source = find_records([tmp_path / "a.csv"], station_format(station))
    assert source.records == []
    (tmp_path / "KEV_20140110_1200.csv").write_bytes(csv())
    found = find_records([tmp_path], station_format(station))
    assert [other.reason for other in found.passed_over if "KEV" in other.place] == [str(OtherStreamError(
        "none of the station's coils is in it"
    ))]  # fmt: skip


def test_a_station_without_a_table_cannot_read_one(tmp_path):
    (tmp_path / "a.csv").write_bytes(csv())
    with pytest.raises(InputError, match="the station has no field table"):
        find_records([tmp_path / "a.csv"], lambda source: recognise(source, Expectation(100.0, 1)))


def test_what_a_file_brings_along_stands_in_a_reason_as_it_can_be_printed(read):
    table = {"kind": "text", "header_lines": 1, "channels": ["Bx", "By"], "start": NAME}
    with pytest.raises(ValueError, match=r"column 'Bx' is not there: the header has B\\x1b\[31mx, By") as error:
        read("KEV_20140110_1200.csv", b"B\x1b[31mx,By\n1,2\n", table)
    assert str(error.value).isprintable()
