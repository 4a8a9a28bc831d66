"""Files that the tools of everybody packed: gzip, bzip2, xz, zstd, zip; what is read is what was packed."""

import bz2
import contextlib
import gzip
import io
import lzma
import stat
import struct
import subprocess
import sys
import zipfile
from functools import partial
from pathlib import Path

import numcodecs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iar.records import bgs, compression, sierra_nevada
from iar.records.compression import open_unpacked, unpack, unpacked_name
from iar.records.finding import find_records, is_tar
from iar.records.record import Expectation
from iar.records.tar import stream_tar
from tests.fuzz.targets import some_tar

BGS = partial(bgs.recognise, expected=Expectation(100.0, 1))
SIERRA = partial(sierra_nevada.recognise, expected=Expectation(1e6 / 3906, 1))
HOUR = "CH1_2014_01_10_22.dat"
OTHER = "CH2_2014_01_10_22.dat"
INFO = b"sampling period (usec): 3906.0\n1st sample timestamp: 01-03-2015 00:00:00.000 UTC\nnumber of samples: 4\n"
TEXT = b"".join(b"%d\n" % n for n in np.random.default_rng(1).integers(-(10**6), 10**6, 20_000))
PACK = {
    ".gz": gzip.compress,
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
    ".zst": numcodecs.Zstd(level=3, checksum=True).encode,
}
ENDS = list(PACK)


def unusable(path: Path, recognise=BGS) -> list[tuple[str, str]]:
    return [(bad.place, bad.reason) for found in stream_tar(path, recognise) for bad in found.unusable]


def streamed(path: Path, recognise=BGS) -> dict[str, bytes]:
    records = [record for found in stream_tar(path, recognise) for record in found.records]
    return {record.source.name: record.source.read() for record in records}


@pytest.mark.parametrize("end", ENDS)
class TestAFileOfItsOwn:
    def test_is_the_hour_that_was_packed(self, end, tmp_path):
        path = tmp_path / f"{HOUR}{end}"
        path.write_bytes(PACK[end](TEXT))
        (record,) = find_records([tmp_path], BGS).records
        assert (record.source.read(), record.channel) == (TEXT, 0)
        assert record.source.name == f"{HOUR}{end}/{HOUR}"
        assert record.source.place == str(path)
        assert record.source.size == path.stat().st_size  # by which it is known again

    def test_that_was_cut_is_told_with_its_reason_when_it_is_read(self, end, tmp_path):
        (tmp_path / f"{HOUR}{end}").write_bytes(PACK[end](TEXT)[:-300])
        (record,) = find_records([tmp_path], BGS).records
        with pytest.raises(ValueError, match=r"^damaged, it cannot be unpacked: \w+"):
            record.source.read()

    def test_that_was_written_in_pieces_is_read_to_its_end(self, end):
        assert unpack(PACK[end](TEXT) + PACK[end](b"7\n"), f"x{end}", most=2**30) == TEXT + b"7\n"

    def test_that_unpacks_to_more_than_memory_holds_is_refused(self, end):
        with pytest.raises(ValueError, match="it unpacks to more than 1000000 bytes, which is the most that is read"):
            unpack(PACK[end](bytes(1_000_001)), f"x{end}", most=1_000_000)
        assert len(unpack(PACK[end](bytes(1_000_000)), f"x{end}", most=1_000_000)) == 1_000_000

    @settings(max_examples=40)
    @given(changes=st.lists(st.tuples(st.integers(0, 400), st.binary(min_size=1, max_size=8)), min_size=1, max_size=4))
    def test_that_is_changed_anywhere_gives_the_bytes_that_were_packed_or_a_reason(self, end, changes):
        packed = bytearray(PACK[end](TEXT[:300]))
        for place, new in changes:
            packed[place : place + len(new)] = new
        try:
            assert TEXT[:300] in unpack(bytes(packed), f"x{end}", most=10**6)
        except ValueError as error:
            assert str(error).startswith("damaged, it cannot be unpacked")  # noqa: PT017

    def test_finds_the_file_beside_it_packed_or_not(self, end, tmp_path):
        for name, packed in (("x_sensor_0_1503010001", True), ("x_sensor_0_1503010002", False)):
            (tmp_path / f"{name}{end}").write_bytes(PACK[end](bytes(8)))
            (tmp_path / f"{name}_info.txt{end if packed else ''}").write_bytes(PACK[end](INFO) if packed else INFO)
        found = find_records([tmp_path], SIERRA)
        assert [record.source.read() for record in found.records] == [bytes(8)] * 2
        assert found.unusable == []

    def test_in_a_tar_or_zip_is_unpacked_there(self, end, tmp_path):
        path = tmp_path / "year.tar"
        path.write_bytes(some_tar(**{f"2014/01/{HOUR}{end}": PACK[end](TEXT), OTHER: b"5\n"}))
        assert streamed(path) == {f"year.tar/{HOUR}{end}/{HOUR}": TEXT, f"year.tar/{OTHER}": b"5\n"}


@pytest.mark.parametrize("end", ENDS)
def test_a_tar_that_is_packed_so_is_streamed_to_its_end(end, tmp_path):
    path = tmp_path / f"year.tar{end}"
    path.write_bytes(PACK[end](some_tar(**{f"deep/2014/01/{HOUR}": TEXT, OTHER: b"5\n"})))
    assert is_tar(path)
    assert streamed(path) == {f"{path.name}/{HOUR}": TEXT, f"{path.name}/{OTHER}": b"5\n"}
    assert unusable(path) == []


@pytest.mark.parametrize("end", ENDS)
def test_a_tar_that_was_cut_says_so_and_gives_what_came_before(end, tmp_path):
    path = tmp_path / f"year.tar{end}"
    noise = np.random.default_rng(2).bytes(1_500_000)
    packed = PACK[end](some_tar(**{HOUR: TEXT, "README": noise, OTHER: b"5\n"}))
    path.write_bytes(packed[:-400_000])
    assert streamed(path) == {f"{path.name}/{HOUR}": TEXT}
    ((place, reason),) = unusable(path)
    assert place == str(path)
    assert reason.startswith("damaged archive, what came out of it may be wrong or incomplete: ")


@pytest.mark.parametrize("tool", ["gzip", "bzip2", "xz", "zstd"])
def test_what_the_command_line_packs_is_read(tool, tmp_path):
    (tmp_path / HOUR).write_bytes(TEXT)
    try:
        subprocess.run([tool, "-q", "-f", HOUR], cwd=tmp_path, check=True)
    except FileNotFoundError:
        pytest.skip(f"{tool} is not installed")
    (tmp_path / HOUR).unlink(missing_ok=True)  # zstd keeps it
    (record,) = find_records([tmp_path], BGS).records
    assert record.source.read() == TEXT


def test_without_isal_zlib_reads_the_same(monkeypatch):
    packed = gzip.compress(TEXT)
    fast = open_unpacked(io.BytesIO(packed), "x.gz")
    assert "isal" in type(fast).__module__
    monkeypatch.setattr(compression, "igzip", None)
    slow = open_unpacked(io.BytesIO(packed), "x.gz")
    assert isinstance(slow, gzip.GzipFile)
    assert slow.read() == fast.read() == TEXT


def test_without_its_wheel_the_package_is_imported_all_the_same():
    code = "import sys; sys.modules['isal'] = None; from iar.records import compression; print(compression.igzip)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "None\n"


def test_a_name_that_is_not_packed_stays():
    assert unpacked_name("x.dat") == "x.dat"
    assert unpack(TEXT, "x.dat", most=3) is TEXT


def test_archives_are_known_by_their_suffix():
    names = ("a.tar", "a.tar.gz", "a.tgz", "a.tar.bz2", "a.tbz2", "a.tar.xz", "a.txz", "a.tar.zst", "a.tzst", "a.zip")
    assert all(is_tar(Path(name)) for name in names)


class TestAZip:
    @staticmethod
    def write(path: Path, method: int = zipfile.ZIP_DEFLATED, **more: bytes) -> Path:
        with zipfile.ZipFile(path, "w", method) as opened:
            opened.mkdir("2014")
            opened.writestr(f"2014/01/{HOUR}", TEXT)
            opened.writestr("README", "hello")
            for name, content in more.items():
                opened.writestr(name, content)
        return path

    @pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
    def test_streams_its_members_from_nested_folders(self, method, tmp_path):
        path = self.write(tmp_path / "year.zip", method, **{f"{OTHER}.gz": gzip.compress(b"5\n")})
        assert streamed(path) == {f"year.zip/{HOUR}": TEXT, f"year.zip/{OTHER}.gz/{OTHER}": b"5\n"}
        assert unusable(path) == []
        passed = [other.place for found in stream_tar(path, BGS) for other in found.passed_over]
        assert passed == [f"{path}:README"]

    def test_tells_how_far_it_was_read(self, tmp_path):
        path = self.write(tmp_path / "year.zip")
        positions = [found.position for found in stream_tar(path, BGS)]
        assert 0 < positions[0] < positions[1] <= path.stat().st_size

    def test_of_the_command_line_is_read(self, tmp_path):
        (tmp_path / HOUR).write_bytes(TEXT)
        try:
            subprocess.run(["zip", "-q", "year.zip", HOUR], cwd=tmp_path, check=True)
        except FileNotFoundError:
            pytest.skip("zip is not installed")
        assert streamed(tmp_path / "year.zip") == {f"year.zip/{HOUR}": TEXT}

    def test_finds_members_that_others_need_in_any_order(self, tmp_path):
        path = self.write(
            tmp_path / "a.zip", **{"d/x_sensor_0_1503010001": bytes(8), "d/x_sensor_0_1503010001_info.txt": INFO}
        )
        assert list(streamed(path, SIERRA)) == ["a.zip/x_sensor_0_1503010001"]

    def test_with_a_damaged_member_gives_the_others(self, tmp_path):
        path = self.write(tmp_path / "year.zip", zipfile.ZIP_STORED, **{OTHER: b"5\n" * 999})
        content = path.read_bytes()
        path.write_bytes(content.replace(b"5\n" * 999, b"5\n" * 998 + b"6\n"))
        assert list(streamed(path)) == [f"year.zip/{HOUR}"]
        assert unusable(path) == [(f"{path}:{OTHER}", f"damaged, it cannot be unpacked: Bad CRC-32 for file {OTHER!r}")]

    def test_that_was_cut_says_so(self, tmp_path):
        path = self.write(tmp_path / "year.zip")
        path.write_bytes(path.read_bytes()[:-40])
        ((place, reason),) = unusable(path)
        assert (place, reason) == (
            str(path), "damaged archive, what came out of it may be wrong or incomplete: File is not a zip file"
        )  # fmt: skip

    def test_tells_links_and_what_is_encrypted_and_what_is_no_file(self, tmp_path):
        path = tmp_path / "year.zip"
        with zipfile.ZipFile(path, "w") as opened:
            for name, kind in ((HOUR, stat.S_IFLNK), ("CH1_2014_01_10_23.dat", stat.S_IFIFO), (OTHER, stat.S_IFREG)):
                member = zipfile.ZipInfo(name)
                member.external_attr = kind << 16
                opened.writestr(member, b"/etc/passwd")
        content = bytearray(path.read_bytes())
        entry = content.rfind(b"PK\x01\x02")
        content[entry + 8] |= 1  # encrypted, says the list at its end
        path.write_bytes(content)
        assert streamed(path) == {}
        assert unusable(path) == [
            (f"{path}:{HOUR}", "a symbolic link, which is not followed"),
            (f"{path}:{OTHER}", "it is encrypted"),
        ]

    def test_that_says_more_than_memory_holds_is_refused_when_it_is_read(self, tmp_path):
        path = self.write(tmp_path / "year.zip")
        content = bytearray(path.read_bytes())
        entry = content.find(b"PK\x01\x02", content.find(b"PK\x01\x02") + 1)  # the first is the folder
        struct.pack_into("<I", content, entry + 24, 2**31)
        path.write_bytes(content)
        (record,) = [record for found in stream_tar(path, BGS) for record in found.records]
        with pytest.raises(ValueError, match="2147483648 bytes: at most 1073741824 are read"):
            record.source.read()

    @settings(max_examples=60)
    @given(changes=st.lists(st.tuples(st.integers(0, 400), st.binary(min_size=1, max_size=8)), max_size=4))
    def test_changed_anywhere_is_used_or_reported(self, changes, tmp_path_factory):
        path = tmp_path_factory.mktemp("zip") / "year.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as opened:
            opened.writestr(HOUR, b"1\n2\n")
            opened.writestr(OTHER, b"3\n")
        content = bytearray(path.read_bytes())
        for place, new in changes:
            content[place : place + len(new)] = new
        path.write_bytes(content)
        for found in stream_tar(path, BGS):
            assert all(bad.reason for bad in found.unusable)
            for record in found.records:
                with contextlib.suppress(ValueError):  # of a size that nothing has: it is not read, and says so
                    assert record.source.read() in (b"1\n2\n", b"3\n", b"")


def test_a_year_in_each_wrapping_is_the_same_to_the_archive(tmp_path):
    members = {f"2014/{name}": text for name, text in ((HOUR, TEXT), (OTHER, b"5\n"))}
    plain = some_tar(**members)
    paths = []
    for end in ("", *ENDS):
        paths.append(tmp_path / f"year.tar{end}")
        paths[-1].write_bytes(PACK[end](plain) if end else plain)
    with zipfile.ZipFile(tmp_path / "year.zip", "w") as opened:
        for name, text in members.items():
            opened.writestr(name, text)
    found = find_records([tmp_path], BGS)
    assert sorted(found.tars) == sorted([*paths, tmp_path / "year.zip"])
    assert all(list(streamed(path).values()) == [TEXT, b"5\n"] for path in found.tars)
    assert len(list(tmp_path.iterdir())) == len(paths) + 1
