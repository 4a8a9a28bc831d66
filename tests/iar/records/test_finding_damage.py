"""Archives and names that nobody meant: what they hold is used or told, and nothing stops the others."""

import gzip
import io
import os
import tarfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iar.records import bgs
from iar.records.finding import LARGEST_BYTES, Found, find_records
from iar.records.members import TarMember
from iar.records.record import RecordFile
from iar.records.tar import stream_tar
from iar.settings import Station
from iar.stages.creation import create_archive
from iar.stages.ingest import group_by_night, ingest_night
from iar.stages.quarantine import quarantine_unusable
from tests.fuzz.targets import BGS, HOUR, INFO, INFO_FILE, SIERRA, STATION_FILE, recognise_any, some_tar, with_checksums

TEXT = b"1\n2\n"
EVERY_ERROR = settings(max_examples=60)


def packed(name: str = HOUR, **pax: str) -> bytes:
    """Tar archive of one hour file whose header says more than it should."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
        member = tarfile.TarInfo(name)
        member.size, member.pax_headers = len(TEXT), {key.replace("__", "."): value for key, value in pax.items()}
        tar.addfile(member, io.BytesIO(TEXT))
    return out.getvalue()


@pytest.fixture
def streamed(tmp_path):
    def stream(content: bytes) -> Found:
        path = tmp_path / "year.tar"
        path.write_bytes(content)
        whole = Found()
        for found in stream_tar(path, BGS):
            whole.records += found.records
            whole.unusable += found.unusable
        return whole

    return stream


@pytest.mark.parametrize("mtime", ["inf", "-inf", "nan", "1e300", "soon"])
def test_a_member_whose_time_no_clock_shows_is_used(mtime, streamed):
    (record,) = streamed(packed(mtime=mtime)).records
    assert (record.source.mtime_ns, record.source.read()) == (0, TEXT)


@pytest.mark.parametrize(
    "pax",
    [
        {"GNU__sparse__map": "a,b"},
        {"GNU__sparse__realsize": "x"},
        {"GNU__sparse__major": "1", "GNU__sparse__minor": "0"},
    ],
)
def test_a_header_whose_fields_make_no_sense_is_a_damaged_archive(pax, streamed):
    (bad,) = streamed(packed(**pax)).unusable
    assert "damaged archive, what came out of it may be wrong or incomplete: bad header: " in bad.reason


def test_headers_that_only_lead_to_the_next_header_are_a_damaged_archive(streamed):
    name = tarfile.TarInfo("././@LongLink")
    name.type, name.size = tarfile.GNUTYPE_LONGNAME, 4
    (bad,) = streamed((name.tobuf(tarfile.GNU_FORMAT) + b"abc".ljust(512, b"\0")) * 3000).unusable
    assert "bad header: maximum recursion depth" in bad.reason


def test_a_petabyte_of_holes_in_a_kilobyte_is_told_and_not_read(streamed):
    (bad,) = streamed(packed(GNU__sparse__map="0,1", GNU__sparse__size=str(10**15))).unusable
    assert bad.reason == "a sparse member, which is not read: pack it without --sparse"


def test_a_file_too_large_for_memory_is_unreadable_and_the_others_are_ingested(tmp_path):
    for hour in (12, 13):
        (tmp_path / f"CH1_2014_01_10_{hour}.dat").write_bytes(TEXT)
    os.truncate(tmp_path / "CH1_2014_01_10_12.dat", LARGEST_BYTES + 1)
    archive = create_archive(str(tmp_path / "archive"), Station())
    (job,) = group_by_night(find_records([tmp_path], BGS).records, 12)
    report = ingest_night(archive, job)
    assert [line.partition(": ")[2] for line in report.unreadable] == ["1073741825 bytes: at most 1073741824 are read"]
    assert len(report.read) == 2


def test_a_member_too_large_for_memory_cannot_be_read():
    with pytest.raises(ValueError, match="1073741825 bytes: at most 1073741824 are read"):
        TarMember(Path("year.tar"), HOUR, LARGEST_BYTES + 1, 0, b"").read()


@pytest.mark.parametrize("start", ["01-01-0001 00:00:00.0", "31-12-9999 23:59:59.9", "31-12-1899 23:59:59.9"])
def test_a_record_of_a_year_that_is_a_misprint_is_reported(start):
    info = INFO.replace(b"01-03-2015 00:49:34.658", start.encode())
    found = Found()
    found.add(TarMember(Path("2015.tar"), STATION_FILE, 2, 0, bytes(2), {INFO_FILE: info}), SIERRA)
    assert not found.records
    assert (
        found.unusable[0].reason
        == f"it begins at {start[6:10]}-{start[3:5]}-{start[:2]}T{start[11:]}00, outside the years 1900 to 2199"
    )


def test_a_record_that_begins_at_no_time_is_reported():
    def recognise(source):
        return [RecordFile(source, 0, np.datetime64("NaT"), 100.0, 1, bgs.decode)]

    found = Found()
    found.add(TarMember(Path("2015.tar"), "x", 2, 0, b""), recognise)
    assert found.unusable[0].reason == "it begins at NaT, outside the years 1900 to 2199"


class TestNamesThatAreNoUtf8:
    def test_an_archive_of_such_a_name_is_ingested(self, tmp_path):
        path = tmp_path / os.fsdecode(b"year-\xff.tar")
        path.write_bytes(packed())
        archive = create_archive(str(tmp_path / "archive"), Station())
        (found,) = stream_tar(path, BGS)
        (job,) = group_by_night(found.records, 12)
        ingest_night(archive, job)
        assert archive.manifest(job.night).sources[0].name == f"year-\\udcff.tar/{HOUR}"

    def test_a_member_of_such_a_name_finds_the_file_beside_it(self, tmp_path):
        path, name = tmp_path / "2015.tar", os.fsdecode(b"\xff") + STATION_FILE
        path.write_bytes(some_tar(**{name: bytes(40), f"{name}_info.txt": INFO}))
        records = [record for found in stream_tar(path, SIERRA) for record in found.records]
        assert [record.source.name for record in records] == [f"2015.tar/\\udcff{STATION_FILE}"]

    def test_a_file_of_such_a_name_is_quarantined_as_any(self, tmp_path):
        (tmp_path / (os.fsdecode(b"\xff") + STATION_FILE)).write_bytes(bytes(40))
        archive = create_archive(str(tmp_path / "archive"), Station())
        quarantine_unusable(archive, find_records([tmp_path], SIERRA).unusable, ())
        (entry,) = archive.quarantine()
        assert entry.name == f"\\udcff{STATION_FILE}"
        assert entry.reason == f"\\udcff{STATION_FILE}_info.txt is not beside it: no start time"

    def test_a_link_to_such_a_name_is_reported(self, streamed):
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w") as tar:
            link = tarfile.TarInfo(os.fsdecode(b"\xfe"))
            link.type, link.linkname = tarfile.SYMTYPE, os.fsdecode(b"\xff")
            tar.addfile(link)
        (bad,) = streamed(out.getvalue()).unusable
        assert bad.place.endswith("year.tar:\\udcfe")
        assert bad.reason == "a symbolic link to \\udcff, which is not followed"


WHOLE = some_tar(**{"a/README": b"x", HOUR: TEXT * 300, STATION_FILE: bytes(40), INFO_FILE: INFO})
CHANGES = st.lists(
    st.tuples(st.integers(0, len(WHOLE) - 1), st.binary(min_size=1, max_size=12)), min_size=1, max_size=6
)


def changed(content: bytes, changes: list[tuple[int, bytes]]) -> bytes:
    for place, with_ in changes:
        content = content[:place] + with_ + content[place + len(with_) :]
    return content


@EVERY_ERROR
@given(CHANGES, st.booleans(), st.integers(0, len(WHOLE)))
def test_of_a_tar_archive_changed_anywhere_all_is_used_or_reported(tmp_path_factory, changes, checked, length):
    damaged = changed(WHOLE, changes)[: length or None]
    path = tmp_path_factory.mktemp("tar") / "year.tar.gz"
    path.write_bytes(gzip.compress(with_checksums(damaged, None) if checked else damaged, 1))
    founds = list(stream_tar(path, recognise_any))
    assert any(found.records or found.unusable or found.passed_over for found in founds)
    for found in founds:
        group_by_night(found.records, 12)
        for bad in found.unusable:
            f"{bad.place}: {bad.reason}".encode()  # as the quarantine writes it


@EVERY_ERROR
@given(CHANGES, st.integers(0, 2**16))
def test_of_a_compressed_archive_changed_anywhere_all_is_used_or_reported(tmp_path_factory, changes, length):
    path = tmp_path_factory.mktemp("gz") / "year.tgz"
    zipped = gzip.compress(WHOLE, 1)
    path.write_bytes(changed(zipped, [(place % len(zipped), with_) for place, with_ in changes])[:length])
    founds = list(stream_tar(path, recognise_any))
    assert any(found.records or found.unusable or found.passed_over for found in founds)
    if zipped != path.read_bytes():
        group_by_night([record for found in founds for record in found.records], 12)


@EVERY_ERROR
@given(
    st.lists(
        st.sampled_from(INFO.splitlines()) | st.binary(max_size=40)
        | st.builds(b"1st sample timestamp: %d-%02d-%04d %d:%d:%d.%d UTC".__mod__, st.tuples(
            *[st.integers(0, 40), st.integers(0, 13), st.integers(0, 9999), *[st.integers(0, 61)] * 3, st.integers(0)]))
        | st.builds(b"number of samples: %d".__mod__, st.integers(0)),
        max_size=8,
    )
)  # fmt: skip
def test_whatever_lies_beside_a_file_its_record_lies_in_a_night_or_it_is_reported(lines):
    found = Found()
    found.add(TarMember(Path("2015.tar"), STATION_FILE, 2, 0, bytes(2), {INFO_FILE: b"\n".join(lines)}), SIERRA)
    assert len(found.records) + len(found.unusable) == 1
    assert 1 <= len(group_by_night(found.records, 12)) + len(found.unusable) <= 3


@EVERY_ERROR
@given(st.from_regex(r"CH[12]_\d{4}_\d\d_\d\d_\d\d\.dat|.*_sensor_[01]_\d{10}", fullmatch=True) | st.text(max_size=30))
def test_any_name_is_of_a_format_or_of_none_or_reported(name):
    found = Found()
    found.add(TarMember(Path("2015.tar"), name, 2, 0, b"1\n"), recognise_any)
    assert len(found.records) + len(found.unusable) + found.ignored == 1
    group_by_night(found.records, 12)
