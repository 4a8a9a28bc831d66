"""What is fuzzed: each target reads bytes as iar would, and lets nothing but a documented error pass."""

import bz2
import datetime as dt
import gzip
import io
import json
import lzma
import tarfile
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow as pa

from iar.archive.manifest import Manifest, SourceEntry, StageEntry, manifest_path, parse_manifest
from iar.errors import DamagedArchiveError
from iar.night import MISSING, NIGHT_SAMPLES
from iar.records import bgs, sierra_nevada
from iar.records.compression import SUFFIXES, unpack
from iar.records.finding import Found
from iar.records.members import TarMember
from iar.records.record import Expectation, RecordFile, Source
from iar.records.resampling import resampled_length
from iar.records.tar import stream_tar
from iar.stages.ingest import group_by_night
from tests.fuzz import beside, formats, seed
from tests.fuzz.target import Target, memory

NIGHT = dt.date(2014, 1, 10)
HOUR = bgs.file_name(0, np.datetime64("2014-01-10T12", "ms"))
PLACE = manifest_path(NIGHT)
STATION_FILE = "smplGRTU1_sensor_0_1503010049"
INFO_FILE = f"{STATION_FILE}_info.txt"
INFO = (
    b"file name: smpl_sensor_0_1503010049\nsampling period (usec): 3906.000000\nsampling gain: 0\n"
    b"1st sample timestamp: 01-03-2015 00:49:34.658 UTC\nnumber of samples: 921600\n"
)
ODD = (
    "null", "true", "0", "-1", "1e400", "NaN", "1.5", "1" + "0" * 40, "9" * 4299, '""', r'"\ud800"', r'"\u0000\n"',
    "[]", "{}", "20140110", '"0001-01-01"', '"2014-01-10T12:00"', '[["short", ""]]', '{"": {}}', "[" * 200 + "]" * 200,
)  # fmt: skip
"""JSON that a manifest may hold where another value belongs."""
BGS = partial(bgs.recognise, expected=Expectation(100.0, 1))
SIERRA = partial(sierra_nevada.recognise, expected=Expectation(1e6 / 3906, 1))


def recognise_any(source: Source) -> list[RecordFile]:
    """Records of either format: each of its own names."""
    return [*BGS(source), *SIERRA(source)]


def read_hour(text: bytes) -> None:
    """An hour file gives counts, one a line, or a ValueError; what it gave is written and read as it is."""
    with suppress(ValueError):
        counts, problems = bgs.decode(text)
        assert counts.dtype == np.int32
        assert counts.ndim == 1
        assert (counts != MISSING).any()
        if b"\0" not in text:
            assert len(counts) == len(text.rstrip().splitlines()) or not problems
            assert bool((counts == MISSING).any()) == bool(problems)
        np.testing.assert_array_equal(bgs.decode(bgs.encode(counts))[0], counts)


def read_tar(content: bytes) -> None:
    """A tar archive gives records, and words for what cannot be used; no error at all."""
    _read_packed(content, "ESKINDCOIL_2014.tar")


def _read_packed(content: bytes, name: str) -> None:
    with TemporaryDirectory(dir=memory()) as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        for found in stream_tar(path, recognise_any):
            check_records(found.records)
            for bad in found.unusable:
                assert bad.reason
                assert f"{bad.place}: {bad.reason}".encode()
            for record in found.records:
                with suppress(ValueError):
                    record.decode(record.source.read())


def read_zip(content: bytes) -> None:
    """A zip gives records, and words for what cannot be used; no error at all."""
    _read_packed(content, "ESKINDCOIL_2014.zip")


def read_compressed(content: bytes) -> None:
    """A compressed file gives its bytes, or a ValueError, whichever the end of its name."""
    for end in SUFFIXES:
        with suppress(ValueError):
            assert len(unpack(content, f"x{end}", most=2**20)) <= 2**20


def read_info(info: bytes) -> None:
    """The file beside a station's file gives one record that lies in some night, or words for why it is of no use."""
    found = Found()
    found.add(TarMember(Path("2015.tar"), STATION_FILE, 2, 0, bytes(2), {INFO_FILE: info}), SIERRA)
    assert len(found.records) + len(found.unusable) == 1
    check_records(found.records)


def read_manifest(text: bytes) -> None:
    """A manifest is read as it is written, or is damaged, in one line."""
    try:
        manifest = parse_manifest(text, PLACE)
    except DamagedArchiveError as error:
        assert len(str(error).splitlines()) == 1  # noqa: PT017
        return
    written = manifest.model_dump(mode="json")  # without the infinities that JSON does not know
    again = parse_manifest(json.dumps(written, ensure_ascii=False).encode(), PLACE)
    assert again.model_dump(mode="json") == written


def check_records(records: list[RecordFile]) -> None:
    """Records lie in nights, and each ends in the night that it says."""
    for record in records:
        length = resampled_length(record.samples, record.rate_hz)
        nights = len(group_by_night([record], 12))
        assert -(-length // NIGHT_SAMPLES) <= nights <= length // NIGHT_SAMPLES + 2


def some_tar(**members: bytes) -> bytes:
    """Tar archive of these members, as a year comes."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size, member.mtime = len(content), 1_400_000_000
            tar.addfile(member, io.BytesIO(content))
    return out.getvalue()


def _hours() -> Iterator[bytes]:
    counts = np.random.default_rng(1).integers(-(2**23), 2**23, 40, dtype=np.int32)
    yield bgs.encode(counts)
    yield bgs.encode(np.where(np.arange(40) % 7, counts, MISSING))
    yield bgs.encode(counts).replace(b"\n", b"\r\n")
    yield b"1\n-2\n"
    yield b"".join(b"%9d\n" % value for value in counts)


def _tars() -> Iterator[bytes]:
    hour, info = next(_hours()), INFO.replace(b"921600", b"20")
    yield some_tar(**{HOUR: hour})
    yield some_tar(**{STATION_FILE: bytes(range(40)), INFO_FILE: info})
    yield some_tar(**{f"{'deep/' * 60}{HOUR}": hour})  # a name that needs a header of its own
    for form in (tarfile.PAX_FORMAT, tarfile.GNU_FORMAT):
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w", format=form, pax_headers={"comment": "a year"}) as tar:
            member = tarfile.TarInfo(f"{'é/' * 100}{HOUR}")
            member.size, member.mtime = len(hour), 1_400_000_000.5
            member.pax_headers = {"mtime": "1400000000.5"} if form == tarfile.PAX_FORMAT else {}
            tar.addfile(member, io.BytesIO(hour))
            link = tarfile.TarInfo("latest.dat")
            link.type, link.linkname = tarfile.SYMTYPE, HOUR
            tar.addfile(link)
        yield out.getvalue()


def _zips() -> Iterator[bytes]:
    hour, info = next(_hours()), INFO.replace(b"921600", b"20")
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", method) as opened:
            opened.writestr(f"2014/{HOUR}", hour)
            opened.writestr(STATION_FILE, bytes(range(40)))
            opened.writestr(INFO_FILE, info)
        yield out.getvalue()


def _compressed() -> Iterator[bytes]:
    hour = next(_hours())
    yield from (gzip.compress(hour), bz2.compress(hour), lzma.compress(hour))
    yield pa.compress(hour, codec="zstd", asbytes=True)


def _infos() -> Iterator[bytes]:
    yield INFO
    yield INFO.replace(b"\n", b"\r\n")
    yield INFO.replace(b"921600", b"0")
    yield INFO.replace(b"01-03-2015", b"31-12-2014")


def _manifests() -> Iterator[bytes]:
    entry = SourceEntry(
        name=HOUR, size=3, mtime_ns=1, digest="ab", channel=0, first_sample=0, span=2, samples=2,
        problems=(("short", "2 samples instead of 360000"),), older_mtimes_ns=(0,),
    )  # fmt: skip
    empty = Manifest(night=NIGHT)
    seal = StageEntry(signature="a", software="1", note={"effort": [0.5]})
    sealed = empty.with_sources([entry]).with_stage("counts", seal)
    for manifest in (empty, sealed, sealed.model_copy(update={"sealed_samples": "some"})):
        yield manifest.model_dump_json(indent=1).encode()


def with_checksums(content: bytes, _: Random) -> bytes:
    """Tar archive whose headers have the checksums of what stands in them."""
    blocks = [content[place : place + 512] for place in range(0, len(content), 512)]
    return b"".join(
        _with_checksum(block) if block[257:262] == b"ustar" and len(block) == 512 else block for block in blocks
    )


def _with_checksum(header: bytes) -> bytes:
    blank = header[:148] + b" " * 8 + header[156:]
    return header[:148] + b"%06o\0 " % sum(blank) + header[156:]


def with_odd_value(text: bytes, random: Random) -> bytes:
    """JSON in which one value is an odd one, and one name may be gone; what is no JSON stays as it is."""
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return text
    if not isinstance(content, dict):
        return text
    inner = [content]
    for one in inner:
        inner += [value for value in (one.values() if isinstance(one, dict) else one) if isinstance(value, dict | list)]
    place = random.choice([one for one in inner if one] or [[0]])
    key = random.choice(list(place) if isinstance(place, dict) else range(len(place)))
    place[key] = json.loads(random.choice(ODD))
    if random.random() < 0.1:
        del place[key]
    return json.dumps(content).encode()


TARGETS = formats.TARGETS | seed.TARGETS | beside.TARGETS | {
    "bgs": Target(read_hour, _hours, (b"nan\n", b"\r\n", b"0x10", b"-2147483648", b"2147483647", b"9" * 20)),
    "tar": Target(
        read_tar,
        _tars,
        bend=with_checksums,
        words=(
            HOUR.encode(), STATION_FILE.encode(), INFO_FILE.encode(), b"ustar\x0000", b"ustar  \x00",
            b"18 mtime=1400000000", b"13 mtime=inf\n", b"size=", b"path=", b"GNU.sparse.map=", b"GNU.sparse.size=",
            b"GNU.sparse.major=1", b"GNU.sparse.minor=0", b"GNU.sparse.realsize=", b"hdrcharset=BINARY",
        ),
    ),
    "sierra-nevada": Target(
        read_info,
        _infos,
        (b"1st sample timestamp:", b"number of samples:", b"sampling period (usec):", b" UTC", b"01-01-0001 00:00:00.0",
         b"31-12-9999 23:59:59.9"),
    ),
    "zip": Target(read_zip, _zips, (b"PK\x01\x02", b"PK\x03\x04", b"PK\x05\x06", b"PK\x06\x06", HOUR.encode())),
    "compressed": Target(read_compressed, _compressed, (b"\x1f\x8b\x08", b"BZh9", b"\xfd7zXZ", b"(\xb5/\xfd")),
    "manifest": Target(
        read_manifest,
        _manifests,
        bend=with_odd_value,
        words=tuple(f'"{name}": '.encode() for kind in (Manifest, SourceEntry) for name in kind.model_fields),
    ),
}  # fmt: skip
