"""Yearly archives as they stream by: every member, links, neighbours, damage; nothing is unpacked to disk."""

import io
import os
import tarfile
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from iar.records import bgs, sierra_nevada
from iar.records.members import TarMember
from iar.records.record import Expectation, FileBesideError, RecordFile
from iar.records.tar import stream_tar

BGS = partial(bgs.recognise, expected=Expectation(100.0, 1))
NAMES = [f"CH1_2014_01_10_{hour}.dat" for hour in (12, 13, 14, 15)]


def text_of(number: int, lines: int = 2000) -> bytes:
    return bgs.encode(np.random.default_rng(number).integers(-(10**6), 10**6, lines, dtype=np.int32))


CONTENTS = {name: text_of(i) for i, name in enumerate(NAMES)}


def write_tar(path: Path, contents: dict[str, bytes]) -> Path:
    with tarfile.open(path, "w:gz" if path.name.endswith("gz") else "w") as tar:
        for name, content in contents.items():
            member = tarfile.TarInfo(name)
            member.size, member.mtime = len(content), 1_400_000_000
            tar.addfile(member, io.BytesIO(content))
    return path


def streamed(path: Path) -> tuple[dict[str, bytes], list[tuple[str, str]]]:
    founds = list(stream_tar(path, BGS))
    records = [record for found in founds for record in found.records]
    return {r.source.name: r.source.read() for r in records}, [
        (u.place, u.reason) for found in founds for u in found.unusable
    ]


@pytest.mark.parametrize("name", ["year.tar.gz", "year.tar", "year.tgz"])
def test_an_archive_streams_every_member_and_unpacks_nothing(name, tmp_path):
    path = write_tar(tmp_path / name, {f"2014/01/{member}": text for member, text in CONTENTS.items()})
    records, unusable = streamed(path)
    assert records == {f"{name}/{member}": text for member, text in CONTENTS.items()}
    assert unusable == []
    assert list(tmp_path.iterdir()) == [path]


def test_a_member_tells_its_archive_and_its_own_size_and_time(tmp_path):
    path = write_tar(tmp_path / "year.tar.gz", {f"2014/{NAMES[0]}": b"1\n2\n"})
    source = next(stream_tar(path, BGS)).records[0].source
    assert source.place == f"{path}:2014/{NAMES[0]}"
    assert (source.size, source.mtime_ns) == (4, 1_400_000_000 * 10**9)


def test_folders_and_other_files_in_an_archive_are_ignored(tmp_path):
    path = tmp_path / "year.tar.gz"
    with tarfile.open(path, "w:gz") as tar:
        for kind, name in ((tarfile.DIRTYPE, "2014"), (tarfile.FIFOTYPE, NAMES[1]), (tarfile.REGTYPE, "README")):
            member = tarfile.TarInfo(name)
            member.type = kind
            tar.addfile(member, io.BytesIO(b""))
    founds = list(stream_tar(path, BGS))
    assert [(f.records, f.unusable, f.ignored) for f in founds] == [([], [], 1)] * 2


@pytest.mark.parametrize(("kind", "word"), [(tarfile.LNKTYPE, "hard"), (tarfile.SYMTYPE, "symbolic")])
def test_a_link_in_an_archive_is_not_followed_but_reported(kind, word, tmp_path):
    path = tmp_path / "year.tar.gz"
    with tarfile.open(path, "w:gz") as tar:
        member = tarfile.TarInfo(f"2014/{NAMES[1]}")
        member.type, member.linkname, member.mtime = kind, "/etc/passwd", 5
        tar.addfile(member)
    (found,) = stream_tar(path, BGS)
    (bad,) = found.unusable
    assert (bad.place, bad.source.name) == (f"{path}:2014/{NAMES[1]}", f"year.tar.gz/{NAMES[1]}")
    assert bad.reason == f"a {word} link to /etc/passwd, which is not followed"


def test_an_hour_that_is_packed_twice_is_a_link_the_second_time_and_reported(tmp_path):
    hour = tmp_path / NAMES[0]
    hour.write_bytes(CONTENTS[NAMES[0]])
    os.link(hour, tmp_path / NAMES[1])
    with tarfile.open(tmp_path / "year.tar", "w") as tar:
        for name in NAMES[:2]:
            tar.add(tmp_path / name, name)
    records, unusable = streamed(tmp_path / "year.tar")
    assert list(records) == [f"year.tar/{NAMES[0]}"]
    assert unusable == [(f"{tmp_path}/year.tar:{NAMES[1]}", f"a hard link to {NAMES[0]}, which is not followed")]


def test_the_name_of_a_member_leads_nowhere(tmp_path):
    path = write_tar(tmp_path / "year.tar", {f"../../../etc/{NAMES[0]}": b"1\n"})
    records, _ = streamed(path)
    assert list(records) == [f"year.tar/{NAMES[0]}"]


def test_a_member_has_the_neighbours_that_came_by():
    member = TarMember(Path("a.tar"), "x", 0, 0, b"", {"x_info.txt": b"word"})
    assert member.read_beside("x_info.txt") == b"word"
    with pytest.raises(FileNotFoundError, match=r"y_info\.txt"):
        member.read_beside("y_info.txt")


SIERRA = partial(sierra_nevada.recognise, expected=Expectation(1e6 / 3906, 1))
INFO = b"sampling period (usec): 3906.0\n1st sample timestamp: 01-03-2015 %02d:00:00.000 UTC\nnumber of samples: 4\n"
RAW = {f"d/x_sensor_0_15030100{hour:02d}": bytes([hour] * 8) for hour in range(5)}
INFOS = {f"d/x_sensor_0_15030100{hour:02d}_info.txt": INFO % hour for hour in range(5)}


@pytest.mark.parametrize("order", ["sorted", "raw first", "info first", "mixed"])
def test_members_that_need_each_other_find_each_other_in_any_order(order, tmp_path):
    members = {"sorted": sorted({**RAW, **INFOS}), "raw first": [*RAW, *INFOS], "info first": [*INFOS, *RAW]}
    names = members.get(order) or list(np.random.default_rng(3).permutation([*RAW, *INFOS]))
    path = write_tar(tmp_path / "year.tar.gz", {name: {**RAW, **INFOS}[name] for name in names})
    records = [record for found in stream_tar(path, SIERRA) for record in found.records]
    assert {record.start.astype(object).hour: record.source.read() for record in records} == {
        hour: bytes([hour] * 8) for hour in range(5)
    }


def test_a_member_whose_neighbour_never_comes_is_unusable_and_the_others_go_on(tmp_path):
    members = {**RAW, **{name: text for name, text in INFOS.items() if "0001" not in name}}
    path = write_tar(tmp_path / "year.tar", members)
    founds = list(stream_tar(path, SIERRA))
    assert sum(len(found.records) for found in founds) == 4
    (bad,) = [bad for found in founds for bad in found.unusable]
    assert bad.place == f"{path}:d/x_sensor_0_1503010001"
    assert bad.reason == "x_sensor_0_1503010001_info.txt is not beside it: no start time"


@pytest.mark.parametrize("there", [True, False])
def test_of_members_that_need_the_same_neighbour_none_is_lost(there, tmp_path):
    """A format of somebody else may have one header for all files of a folder."""

    def recognise(source):
        if source.name.endswith("header"):
            return ()
        try:
            source.read_beside("header")
        except FileNotFoundError:
            raise FileBesideError("header", "no start time") from None
        return [RecordFile(source, 0, np.datetime64("2014-01-10", "ms"), 100.0, 4, lambda _: (np.zeros(4, "i4"), []))]

    raw = {f"d/{name}": bytes(8) for name in "abc"}
    path = write_tar(tmp_path / "year.tar", raw | ({"d/header": b"word"} if there else {}))
    founds = list(stream_tar(path, recognise))
    names = [record.source.name for found in founds for record in found.records]
    word = [bad.source.name for found in founds for bad in found.unusable]
    assert (names if there else word) == ["year.tar/a", "year.tar/b", "year.tar/c"]
    assert not (word if there else names)


def test_members_that_wait_do_not_pile_up(tmp_path):
    raw = {f"x_sensor_0_15030{i:05d}": bytes(8) for i in range(200)}
    path = write_tar(tmp_path / "year.tar", raw)
    waited = []
    for found in stream_tar(path, SIERRA):
        waited.append(found.position)
        assert [bad.needs[-9:] for bad in found.unusable] == ["_info.txt"]
    assert len(waited) == 200
    assert sum(position < path.stat().st_size * 0.9 for position in waited) > 100  # given up on the way


def test_the_position_tells_how_far_an_archive_was_read(tmp_path):
    path = write_tar(tmp_path / "year.tar", {name: text_of(i, 200_000) for i, name in enumerate(NAMES)})
    positions = [found.position for found in stream_tar(path, BGS)]
    assert positions == sorted(positions)
    assert 0 < positions[0] < positions[-1] <= path.stat().st_size


def test_a_member_with_an_impossible_name_is_listed_and_the_stream_goes_on(tmp_path):
    path = write_tar(tmp_path / "year.tar", {"CH1_2014_13_01_00.dat": b"1\n", NAMES[0]: b"1\n"})
    records, unusable = streamed(path)
    assert list(records) == [f"year.tar/{NAMES[0]}"]
    assert unusable[0][0] == f"{path}:CH1_2014_13_01_00.dat"


@pytest.mark.parametrize("share", [0.3, 0.5, 0.7])
@pytest.mark.parametrize("name", ["year.tar.gz", "year.tar"])
def test_of_an_archive_cut_short_what_comes_before_is_used_and_the_rest_reported(name, share, tmp_path):
    path = write_tar(tmp_path / name, CONTENTS)
    whole = path.read_bytes()
    path.write_bytes(whole[: round(share * len(whole))])
    records, unusable = streamed(path)
    assert len(records) < len(NAMES)
    assert all(text == CONTENTS[place.rsplit("/", 1)[-1]] for place, text in records.items())
    assert [place for place, _ in unusable] == [str(path)]
    assert unusable[0][1].startswith("damaged archive, ")


@pytest.mark.parametrize("content", [b"", b"no archive at all", bytes(100)])
def test_what_is_no_archive_is_reported(content, tmp_path):
    path = tmp_path / "year.tar.gz"
    path.write_bytes(content)
    assert [place for place, _ in streamed(path)[1]] == [str(path)]


def joined(path: Path, *parts: bytes) -> Path:
    path.write_bytes(b"".join(parts))
    return path


@pytest.mark.parametrize("name", ["year.tar.gz", "year.tar"])
def test_archives_that_were_joined_are_read_to_the_end_of_the_last(name, tmp_path):
    parts = [write_tar(tmp_path / f"{i}{name}", {hour: CONTENTS[hour]}).read_bytes() for i, hour in enumerate(NAMES)]
    records, unusable = streamed(joined(tmp_path / name, *parts))
    assert (list(records), unusable) == ([f"{name}/{hour}" for hour in NAMES], [])


def test_of_joined_archives_one_without_its_end_is_reported(tmp_path):
    whole = write_tar(tmp_path / "year.tar", {NAMES[0]: b"1\n"}).read_bytes()
    records, unusable = streamed(joined(tmp_path / "year.tar", whole, whole.rstrip(b"\0").ljust(1024, b"\0")))
    assert list(records) == [f"year.tar/{NAMES[0]}"]
    assert unusable[0][1].endswith("empty header")


def test_what_lies_behind_the_end_of_an_archive_and_is_none_is_reported(tmp_path):
    whole = write_tar(tmp_path / "year.tar", {NAMES[0]: b"1\n"}).read_bytes()
    records, unusable = streamed(joined(tmp_path / "year.tar", whole, b"who wrote this? " * 64))
    assert list(records) == [f"year.tar/{NAMES[0]}"]
    assert unusable[0][1].startswith("damaged archive, ")


def test_a_damaged_header_in_the_middle_of_an_archive_is_reported(tmp_path):
    path = write_tar(tmp_path / "year.tar", CONTENTS)
    raw = bytearray(path.read_bytes())
    raw[raw.index(NAMES[2].encode()) + 100] ^= 0xFF
    path.write_bytes(raw)
    records, unusable = streamed(path)
    assert list(records) == [f"year.tar/{name}" for name in NAMES[:2]]
    assert [place for place, _ in unusable] == [str(path)]


def test_an_archive_cut_in_a_header_is_reported(tmp_path):
    path = write_tar(tmp_path / "year.tar", CONTENTS)
    raw = path.read_bytes()
    path.write_bytes(raw[: raw.index(NAMES[2].encode()) + 200])
    assert [place for place, _ in streamed(path)[1]] == [str(path)]


def test_a_flipped_bit_in_a_compressed_archive_is_reported(tmp_path):
    path = write_tar(tmp_path / "year.tar.gz", CONTENTS)
    whole, rng = path.read_bytes(), np.random.default_rng(2)
    silent = []
    for place in rng.integers(len(whole) // 4, len(whole) - 16, 10):
        damaged = bytearray(whole)
        damaged[place] ^= 1 << rng.integers(8)
        path.write_bytes(damaged)
        records, unusable = streamed(path)
        if not unusable:
            silent.append((int(place), len(records)))
    assert silent == []
