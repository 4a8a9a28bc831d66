"""miniSEED and GCF files with bytes changed where headers are: the rest is read, or it is told why not."""

import io
import time
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from obspy import Stream, Trace, UTCDateTime

from iar.night import MISSING
from iar.records.finding import Found
from iar.records.members import TarMember
from iar.records.record import Expectation
from iar.records.seed import recognise_gcf, recognise_miniseed
from iar.stages.ingest import group_by_night

FORMS = {"MSEED": (recognise_miniseed, 512), "GCF": (recognise_gcf, 1024)}
LENGTH_PLACE = 54
"""Byte of a miniSEED block that holds the power of 2 of its length."""


def written(kind: str, folder: Path) -> bytes:
    """File of both channels, 30 s each."""
    stream = Stream()
    for number, channel in enumerate(("HHN", "HHE")):
        values = np.cumsum(np.random.default_rng(number).integers(-50, 50, 3000), dtype=np.int32)
        header = {"network": "GB", "station": "ESK", "channel": channel, "sampling_rate": 100.0}
        stream += Trace(values, {**header, "starttime": UTCDateTime("2014-01-10T12:00")})
    if kind == "GCF":
        stream.write(str(folder / "file.gcf"), format=kind)
        return (folder / "file.gcf").read_bytes()
    out = io.BytesIO()
    stream.write(out, format=kind, encoding="STEIM2", reclen=512)
    return out.getvalue()


@pytest.fixture(scope="module", params=FORMS)
def whole(request, tmp_path_factory):
    """Format, length of its blocks, and a file of it."""
    return *FORMS[request.param], written(request.param, tmp_path_factory.mktemp("seed"))


def look(content: bytes, form) -> Found:
    found = Found()
    member = TarMember(Path("2014.tar"), "file", len(content), 0, content)
    found.add(member, partial(form, expected=Expectation(100.0, 2)))
    return found


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # ObsPy's log of names that are no UTF-8
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_file_whose_headers_are_changed_is_read_or_reported(whole, data):
    form, block, content = whole
    changed = bytearray(content)
    for _ in range(data.draw(st.integers(1, 5))):
        place = block * data.draw(st.integers(0, len(content) // block - 1)) + data.draw(st.integers(0, 63))
        changed[place] = data.draw(st.integers(0, 255))
    cut = bytes(changed[: data.draw(st.none() | st.integers(0, len(content)))])
    found = look(cut, form)
    group_by_night(found.records, 12)
    for record in found.records:
        try:
            counts, _ = record.decode(cut)
        except ValueError:
            continue
        assert (counts != MISSING).any()
        assert len(counts) <= 2 * 86_400 * 100


@pytest.mark.parametrize("power", [0, 1, 6, 21, 255])
def test_a_length_that_no_block_has_does_not_take_for_ever(power, tmp_path):
    content = bytearray(written("MSEED", tmp_path))
    content[LENGTH_PLACE] = power
    content += b"?" * 100_000  # so that the file is read block by block
    begun = time.monotonic()
    found = look(bytes(content), recognise_miniseed)
    assert time.monotonic() - begun < 20  # at every byte: minutes
    assert len(found.records) == 2
