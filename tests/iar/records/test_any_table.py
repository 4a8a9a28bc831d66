"""Tables and pictures that people keep by hand: what is read is what was written, and all else an InputError."""

import csv
import datetime as dt
import io
import zlib

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from iar.errors import InputError
from iar.records.table import read_table
from iar.school.curation import COLUMNS as CURATED
from iar.school.curation import read_curation
from iar.school.drawn_files import COLUMNS as DRAWN
from iar.school.drawn_files import read_drawn_lines, read_drawn_picture
from iar.settings.calibration import COLUMNS as CALIBRATION
from iar.settings.calibration import read_calibration
from iar.upkeep.faults import COLUMNS as HOLES
from iar.upkeep.faults import STAGES, Fault, read_faults, write_faults

ANY = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
READERS = {
    "curated": (read_curation, CURATED),
    "drawn": (read_drawn_lines, DRAWN),
    "calibration": (read_calibration, tuple(CALIBRATION)),
    "holes": (read_faults, HOLES),
}
FIELDS = st.text(max_size=6) | st.sampled_from(
    ["2014-01-10", "0001-01-01", "good", "counts", "1", "2", "-1", "1e999", "nan", '"', "\0", "\r", "\u2028", "\ufeff",
     "2014-01-10T18:00", "0001-01-01T00:00+14:00", "9999-12-31T23:59-12:00", "2014-W02"]
)  # fmt: skip
UTF8 = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
NIGHTS = st.dates(dt.date(1900, 1, 1), dt.date(2199, 12, 31))


def lines_of(rows: list[list[str]]) -> bytes:
    return "\n".join(",".join(row) for row in rows).encode("utf-8", "surrogatepass")


@pytest.mark.parametrize("kind", READERS)
@ANY
@given(data=st.data())
def test_any_table_is_read_or_reported(kind, tmp_path, data):
    read, columns = READERS[kind]
    rows = data.draw(
        st.lists(
            st.lists(FIELDS, min_size=1, max_size=5) | st.lists(FIELDS, min_size=len(columns), max_size=len(columns)),
            max_size=5,
        )
    )
    header = data.draw(st.just(lines_of([list(columns)]) + b"\n") | st.binary(max_size=30))
    path = tmp_path / "any.csv"
    path.write_bytes(header + lines_of(rows) + data.draw(st.just(b"") | st.binary(max_size=5)))
    try:
        read(path)
    except InputError as error:
        assert str(error).startswith(str(path))  # noqa: PT017 - the other half of the claim


@ANY
@given(st.lists(st.builds(Fault, NIGHTS, st.sampled_from(["manifest", *STAGES]), UTF8), min_size=1, max_size=6))
def test_faults_are_read_as_they_were_written_in_one_line_each(tmp_path, faults):
    write_faults(faults, tmp_path / "holes.csv")
    read = read_faults(tmp_path / "holes.csv")
    assert read == [Fault(fault.night, fault.stage, " ".join(fault.fault.split())) for fault in faults]


@ANY
@given(
    st.lists(
        st.tuples(*[st.text(st.characters(exclude_categories=["Cs", "Cc"])).map(str.strip)] * 2).filter(any),
        min_size=1,
        max_size=5,
    )
)
def test_a_table_of_any_words_is_read_as_it_was_written(tmp_path, rows):
    out = io.StringIO(newline="")
    lines = csv.writer(out)
    lines.writerow(("one", "other"))
    lines.writerows(rows)
    (tmp_path / "words.csv").write_text(out.getvalue(), encoding="utf-8", newline="")
    read = read_table(tmp_path / "words.csv", ("one", "other"))
    assert [tuple(row.fields.values()) for row in read] == rows


@pytest.mark.parametrize("time", ["0001-01-01T00:00+14:00", "9999-12-31T23:59-12:00"])
def test_a_time_that_no_night_has_is_reported(time, tmp_path):
    path = tmp_path / "2014-01-10.csv"
    path.write_text(f"time,line,frequency_hz\n{time},1,2\n{time},1,2\n")
    with pytest.raises(InputError, match=r"csv:2: time '.*' is none: expected UTC"):
        read_drawn_lines(path)


@pytest.fixture(scope="module")
def picture() -> bytes:
    """PNG of a stroke."""
    pixels = np.zeros((701, 1101), np.uint8)
    pixels[300:310] = 255
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "png")
    return out.getvalue()


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_picture_changed_anywhere_is_read_or_reported(picture, tmp_path, data):
    changed = bytearray(picture)
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, 60) | st.integers(0, len(picture) - 1))
        changed[place] = data.draw(st.integers(0, 255))
    if data.draw(st.booleans()):
        changed[29:33] = zlib.crc32(changed[12:29]).to_bytes(4, "big")  # of the header, which says the size
    path = tmp_path / "2014-01-10.png"
    path.write_bytes(changed[: data.draw(st.just(None) | st.integers(0, len(picture)))])
    try:
        assert read_drawn_picture(path).any()
    except InputError as error:
        assert str(error).startswith(str(path))  # noqa: PT017 - the other half of the claim
