import os
import time
from functools import partial
from pathlib import Path

import pytest

from iar.errors import InputError
from iar.records import bgs, sierra_nevada
from iar.records.finding import FileSource, find_records, is_tar
from iar.records.record import ChangedFileError, Expectation
from tests.fuzz.targets import some_tar

BGS = partial(bgs.recognise, expected=Expectation(100.0, 1))
SIERRA = partial(sierra_nevada.recognise, expected=Expectation(1e6 / 3906, 1))
NAMES = [f"CH1_2014_01_10_{hour}.dat" for hour in (12, 13, 14, 15)]


def test_a_folder_is_searched_to_the_bottom_and_sorted_by_time(tmp_path):
    places = ["b/CH1_2014_01_10_12.dat", "a/deep/er/CH2_2014_01_10_12.dat", "CH1_2014_01_10_11.dat"]
    for place in places:
        path = tmp_path / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"1\n")
    found = find_records([tmp_path], BGS)
    assert [r.source.name[:3] + r.source.name[-6:-4] for r in found.records] == ["CH111", "CH112", "CH212"]
    assert {r.source.place for r in found.records} == {str(tmp_path / place) for place in places}


def test_what_is_no_record_is_ignored_and_counted(tmp_path):
    for name in ("README.txt", "CH1_2014_01_10_12.dat.part", ".hidden", NAMES[0]):
        (tmp_path / name).write_bytes(b"1\n")
    found = find_records([tmp_path], BGS)
    assert (len(found.records), found.ignored, found.unusable) == (1, 3, [])


def test_a_file_with_an_impossible_name_is_listed_with_its_place_and_the_others_go_on(tmp_path):
    bad = tmp_path / "CH1_2014_02_30_12.dat"
    for path in (bad, tmp_path / NAMES[0]):
        path.write_bytes(b"1\n")
    found = find_records([tmp_path], BGS)
    assert len(found.records) == 1
    assert [unusable.place for unusable in found.unusable] == [str(bad)]
    assert "out of range" in found.unusable[0].reason


def test_files_and_folders_may_be_mixed(tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / NAMES[0]).write_bytes(b"1\n")
    (tmp_path / NAMES[1]).write_bytes(b"1\n")
    found = find_records([tmp_path / NAMES[1], folder], BGS)
    assert [r.source.name for r in found.records] == NAMES[:2]


def test_a_path_that_does_not_exist_is_refused(tmp_path):
    with pytest.raises(InputError, match="nowhere does not exist"):
        find_records([tmp_path / "nowhere"], BGS)


def test_a_source_that_is_neither_file_nor_folder_is_refused(tmp_path):
    os.mkfifo(tmp_path / NAMES[0])
    with pytest.raises(InputError, match=f"{NAMES[0]} is neither a file nor a folder$"):
        find_records([tmp_path / NAMES[0]], BGS)


def test_pipes_and_broken_links_in_a_folder_are_ignored_and_counted(tmp_path):
    os.mkfifo(tmp_path / NAMES[0])
    os.mkfifo(tmp_path / "year.tar")
    (tmp_path / NAMES[1]).symlink_to(tmp_path / "nowhere")
    (tmp_path / NAMES[2]).write_bytes(b"1\n")
    (tmp_path / NAMES[3]).symlink_to(tmp_path / NAMES[2])
    found = find_records([tmp_path], BGS)
    assert [r.source.name for r in found.records] == NAMES[2:]
    assert (found.tars, found.unusable, found.ignored) == ([], [], 3)


def test_a_linked_folder_is_looked_into_and_no_folder_twice(tmp_path):
    (tmp_path / "disk/2014").mkdir(parents=True)
    (tmp_path / "inbox").mkdir()
    (tmp_path / "disk/2014" / NAMES[0]).write_bytes(b"1\n")
    (tmp_path / "inbox/2014").symlink_to("../disk/2014")
    (tmp_path / "inbox/again").symlink_to("../disk/2014")
    (tmp_path / "disk/2014/up").symlink_to("../../inbox")
    found = find_records([tmp_path / "inbox", tmp_path / "inbox/2014"], BGS)
    assert [record.source.place for record in found.records] == [f"{tmp_path}/inbox/2014/{NAMES[0]}"]
    assert [(one.place, one.reason) for one in found.passed_over] == [
        (f"{tmp_path}/inbox/{way}", "a folder that was looked at already, by another way")
        for way in ("again", "2014/up", "2014")
    ]


def test_a_link_that_leads_to_itself_leads_nowhere(tmp_path):
    (tmp_path / NAMES[0]).symlink_to(NAMES[0])
    found = find_records([tmp_path], BGS)
    assert [one.reason for one in found.passed_over] == ["a link that leads nowhere"]


def test_a_folder_that_cannot_be_looked_into_is_told_and_the_others_go_on(tmp_path):
    """One whose path is longer than the system takes: to root every other is open."""
    (tmp_path / NAMES[0]).write_bytes(b"1\n")
    at = os.open(tmp_path, os.O_RDONLY)
    for _ in range(20):
        os.mkdir("x" * 250, dir_fd=at)
        below = os.open("x" * 250, os.O_RDONLY, dir_fd=at)
        os.close(at)
        at = below
    os.close(at)
    found = find_records([tmp_path], BGS)
    assert len(found.records) == 1
    (bad,) = found.unusable
    assert bad.reason == "a folder that cannot be looked into: File name too long"
    assert bad.source is None  # to be told again at the next run


def test_a_pipe_beside_a_record_is_not_waited_for(tmp_path):
    (tmp_path / "x_sensor_0_1503010001").write_bytes(bytes(8))
    os.mkfifo(tmp_path / "x_sensor_0_1503010001_info.txt")
    (bad,) = find_records([tmp_path], SIERRA).unusable
    assert bad.reason == "x_sensor_0_1503010001_info.txt is not beside it: no start time"


def test_a_tar_archive_is_left_to_be_streamed(tmp_path):
    path = tmp_path / "ESKINDCOIL_2014.tar.gz"
    path.write_bytes(some_tar(**{NAMES[0]: b"1\n"}))
    assert find_records([path], BGS).records == []


def test_tar_archives_are_known_by_their_suffix():
    assert all(is_tar(Path(name)) for name in ("a.tar", "ESKINDCOIL_2014.tar.gz", "a.tgz"))
    assert not any(is_tar(Path(name)) for name in ("a.gz", "tar", "a.tar.txt"))


def test_a_source_tells_its_size_time_and_neighbours(tmp_path):
    path = tmp_path / NAMES[0]
    path.write_bytes(b"1\n2\n")
    path.with_name("beside.txt").write_bytes(b"hello")
    source = find_records([path], BGS).records[0].source
    assert (source.name, source.size, source.mtime_ns) == (NAMES[0], 4, path.stat().st_mtime_ns)
    assert (source.read(), source.read_beside("beside.txt")) == (b"1\n2\n", b"hello")
    with pytest.raises(FileNotFoundError):
        source.read_beside("nothing.txt")


def test_a_file_source_of_a_vanished_file_says_so_when_it_is_read(tmp_path):
    with pytest.raises(FileNotFoundError):
        FileSource(tmp_path / NAMES[0], 0, 0).read()


def written(path: Path, age_s: float) -> Path:
    path.write_bytes(b"1\n")
    os.utime(path, (time.time() - age_s,) * 2)
    return path


@pytest.mark.parametrize(("age_s", "young"), [(5, True), (3600, False), (-30, True), (-7200, False)])
def test_a_file_that_was_just_written_is_young_and_one_from_the_far_future_has_a_wrong_clock(age_s, young, tmp_path):
    path = written(tmp_path / NAMES[0], age_s)
    found = find_records([tmp_path], BGS, settle_s=60)
    assert found.young == ([str(path)] if young else [])
    assert len(found.records) == (not young)


def test_a_young_file_is_not_judged_yet_and_no_record_is_not_young(tmp_path):
    bad = written(tmp_path / "CH1_2014_02_30_12.dat", 1)
    written(tmp_path / "notes.txt", 1)
    found = find_records([tmp_path], BGS, settle_s=60)
    assert (found.young, found.unusable, found.ignored, found.seen) == ([str(bad)], [], 1, True)
    assert len(find_records([tmp_path], BGS).unusable) == 1


@pytest.mark.parametrize("change", ["grown", "touched"])
def test_a_file_that_changed_since_it_was_looked_at_is_not_read(change, tmp_path):
    path = written(tmp_path / NAMES[0], 100)
    (record,) = find_records([path], BGS).records
    path.write_bytes(b"1\n2\n" if change == "grown" else b"1\n")
    with pytest.raises(ChangedFileError, match="is being written"):
        record.source.read()


def test_a_format_that_cannot_be_read_here_at_all_ends_the_search(tmp_path):
    def recognise(_source):
        raise InputError("no reader")

    written(tmp_path / NAMES[0], 100)
    with pytest.raises(InputError, match="no reader"):
        find_records([tmp_path], recognise)


def test_the_truth_beside_simulated_hours_is_nothing_to_speak_of(tmp_path):
    (tmp_path / "truth.nc").write_bytes(b"anything")
    (tmp_path / "other.nc").write_bytes(b"anything")
    found = find_records([tmp_path], BGS)
    assert [Path(one.place).name for one in found.passed_over] == ["other.nc"]
