"""What a person sees of a bad file, and what the archive keeps of it: one test for each kind of trouble."""

import datetime as dt
import json
import os
import shutil
import tarfile
import time
from pathlib import Path

import numpy as np
import pytest
from obspy import Stream, Trace, UTCDateTime

from iar.archive.store import Archive
from iar.night import HOUR_SAMPLES, MISSING
from iar.records import bgs
from tests.commands import run_here

NOON = np.datetime64("2014-01-10T12:00", "ms")
HOUR = np.timedelta64(1, "h")
SIERRA_INFO = (
    "sampling period (usec): {period}\n1st sample timestamp: 10-01-2014 {start} UTC\nnumber of samples: {samples}\n"
)


def values(seed: int, lines: int = HOUR_SAMPLES) -> np.ndarray:
    return np.random.default_rng(seed).integers(-(10**6), 10**6, lines, dtype=np.int32)


@pytest.fixture
def inbox(tmp_path):
    folder = tmp_path / "inbox"
    folder.mkdir()
    return folder


@pytest.fixture
def ingest(tmp_path, capsys):
    """`iar ingest` into the test's archive; returns exit status, stdout and stderr."""

    def run(*arguments: object, settle_s: float | None = 0) -> tuple[int, str, str]:
        command = ["ingest", *arguments, "--archive", tmp_path / "archive", "--workers", 1]
        command += [] if settle_s is None else ["--settle-s", settle_s]
        return run_here(capsys, *command)

    return run


def put(folder: Path, hour: int, content: np.ndarray | bytes, channel: int = 0) -> Path:
    path = folder / bgs.file_name(channel, NOON + hour * HOUR)
    path.write_bytes(content if isinstance(content, bytes) else bgs.encode(content))
    return path


def station(folder: Path, **fields: object) -> tuple[str, Path]:
    path = folder / "station.yaml"
    path.write_text(json.dumps({"name": "here", **fields}))  # JSON is YAML
    return "--station", path


def put_sierra(folder: Path, number: int, start: str, samples: np.ndarray, period: float = 3906.0) -> Path:
    path = folder / f"x_sensor_0_{number:010d}"
    path.write_bytes(samples.astype("<i2").tobytes())
    info = SIERRA_INFO.format(period=period, start=start, samples=len(samples))
    path.with_name(f"{path.name}_info.txt").write_text(info)
    return path


def problems_of(tmp_path: Path) -> dict[str, dict[str, str]]:
    """Problems by file, as the manifests keep them."""
    archive = Archive(str(tmp_path / "archive"))
    sources = [source for night in archive.nights() for source in archive.manifest(night).sources]
    return {source.name: dict(source.problems) for source in sources}


def check_told(result: tuple[int, str, str], path: Path, kind: str, detail: str) -> None:
    """A file that gave samples: one line on stderr with its path, what is wrong and how much; exit status 0."""
    status, out, err = result
    assert status == 0, err
    assert f"  {path}: {kind}: {detail}\n" in err
    assert "ingested " in out


class TestFileThatGaveSamples:
    def test_short(self, ingest, inbox, tmp_path):
        path = put(inbox, 0, values(1, 1000))
        check_told(ingest(inbox), path, "short", "1000 samples instead of 360000")
        assert problems_of(tmp_path) == {path.name: {"short": "1000 samples instead of 360000"}}

    def test_long(self, ingest, inbox, tmp_path):
        path = put(inbox, 0, values(1, HOUR_SAMPLES + 3))
        check_told(ingest(inbox), path, "long", "360003 samples instead of 360000")
        assert "long" in problems_of(tmp_path)[path.name]

    def test_line_that_is_no_number(self, ingest, inbox, tmp_path):
        lines = bgs.encode(values(1)).split(b"\n")
        lines[122] = b"12#4"
        path = put(inbox, 0, b"\n".join(lines))
        check_told(ingest(inbox), path, "bad_line", "no whole integer: line 123: '12#4'")
        assert problems_of(tmp_path) == {path.name: {"bad_line": "no whole integer: line 123: '12#4'"}}

    def test_last_line_that_is_cut_is_filled_by_the_whole_file(self, ingest, inbox, tmp_path):
        whole = bgs.encode(values(1))
        lines = whole.splitlines(keepends=True)[:1000]
        path = put(inbox, 0, b"".join(lines)[:-2])
        cut = lines[-1][:-2].decode()
        check_told(ingest(inbox), path, "bad_line", f"no whole integer: line 1000: '{cut}' has no end")
        put(inbox, 0, whole)
        assert ingest(inbox)[::2] == (0, "")
        assert problems_of(tmp_path) == {path.name: {}}
        archive = Archive(str(tmp_path / "archive"))
        np.testing.assert_array_equal(archive.read(archive.nights()[0], "counts/counts")[0, :HOUR_SAMPLES], values(1))

    def test_clipped(self, ingest, inbox, tmp_path):
        counts = values(1)
        counts[:5] = 2**23 - 1
        path = put(inbox, 0, counts)
        check_told(ingest(inbox), path, "clipped", "5 samples at or beyond 8388607 counts")
        assert set(problems_of(tmp_path)[path.name]) == {"clipped"}

    def test_clipped_at_the_rate_of_the_digitiser_before_a_filter_hides_it(self, ingest, inbox, tmp_path):
        noise = values(1, 921_600) % 2**15
        noise[1000:1010] = 2**15 - 1
        path = put_sierra(inbox, 1, "12:00:00.000", noise)
        told = f"{(noise == 2**15 - 1).sum()} samples at or beyond 32767 counts"
        check_told(ingest(inbox, "--station", "sierra-nevada"), path, "clipped", told)
        assert problems_of(tmp_path)[path.name] == {"clipped": told}

    def test_constant(self, ingest, inbox, tmp_path):
        path = put(inbox, 0, np.full(HOUR_SAMPLES, 7, np.int32))
        check_told(ingest(inbox), path, "constant", "all 360000 samples are 7")
        assert set(problems_of(tmp_path)[path.name]) == {"constant"}

    def test_overlap_with_the_same_content(self, ingest, inbox, tmp_path):
        path = put(inbox, 0, values(1))
        assert ingest(inbox)[0] == 0
        with tarfile.open(tmp_path / "year.tar", "w") as tar:
            tar.add(path, path.name)
        told = "3600 s were there before, with the same content"
        check_told(ingest(tmp_path / "year.tar"), Path(f"{tmp_path}/year.tar:{path.name}"), "duplicate", told)
        assert problems_of(tmp_path) == {path.name: {}, f"year.tar/{path.name}": {"duplicate": told}}

    def test_overlap_with_another_content(self, ingest, inbox, tmp_path):
        put(inbox, 0, values(1))
        (tmp_path / "late").mkdir()
        path = put(tmp_path / "late", 0, values(1) + (np.arange(HOUR_SAMPLES) < 7))
        assert ingest(inbox)[0] == 0
        told = "7 samples differ from those sealed before, which stay"
        check_told(ingest(tmp_path / "late"), path, "conflict", told)
        archive = Archive(str(tmp_path / "archive"))
        (night,) = archive.nights()
        np.testing.assert_array_equal(archive.read(night, "counts/counts")[0, :HOUR_SAMPLES], values(1))
        assert [s.problems for s in archive.manifest(night).sources] == [(), (("conflict", told),)]

    @pytest.mark.parametrize(("start", "told"), [
        ("12:59:59.770", None),  # to the sample: 921600 periods of 3906 us
        ("12:59:59.800", "begins 30 ms after the end of x_sensor_0_0000000001"),
        ("12:59:59.740", "begins 30 ms before the end of x_sensor_0_0000000001"),
    ])  # fmt: skip
    def test_jitter_of_the_clock(self, start, told, ingest, inbox, tmp_path):
        put_sierra(inbox, 1, "12:00:00.000", values(1, 921_600) % 1000)
        path = put_sierra(inbox, 2, start, values(2, 921_600) % 1000)
        result = ingest(inbox, "--station", "sierra-nevada")
        if told is None:
            assert result[2] == ""
        else:
            check_told(result, path, "jitter", told)
        assert problems_of(tmp_path)[path.name] == ({} if told is None else {"jitter": told})

    def test_channel_missing_in_a_file_of_two(self, ingest, inbox, tmp_path):
        path = inbox / "hour.mseed"
        header = {"network": "GB", "station": "ESK", "channel": "HHN", "sampling_rate": 100.0}
        hour = Trace(values(1), {**header, "starttime": UTCDateTime("2014-01-10T12:00")})
        Stream([hour]).write(str(path), format="MSEED")
        result = ingest(inbox, *station(tmp_path, format="miniseed", channels_in_file=2))
        check_told(result, path, "missing_channel", "only GB.ESK..HHN: 1 of 2 channels")
        assert set(problems_of(tmp_path)["hour.mseed"]) == {"missing_channel"}

    def test_gap_and_damaged_block(self, ingest, inbox, tmp_path):
        path = inbox / "hour.mseed"
        header = {"network": "GB", "station": "ESK", "channel": "HHE", "sampling_rate": 100.0}
        hour = Trace(values(1) % 100, {**header, "starttime": UTCDateTime("2014-01-10T12:00")})
        Stream([hour]).write(str(path), format="MSEED", reclen=512)
        content = path.read_bytes()
        path.write_bytes(content[:51_200] + b"?" * 512 + content[51_712:])
        status, _, err = ingest(inbox, *station(tmp_path, format="miniseed"))
        assert status == 0
        assert f"{path}: bad_block: damaged: block 101 (byte 51200): " in err
        assert f"{path}: missing: " in err
        assert set(problems_of(tmp_path)["hour.mseed"]) == {"bad_block", "missing"}

    def test_very_many_of_a_kind_are_told_by_their_number(self, ingest, inbox):
        for channel in (0, 1):
            for hour in range(15):
                put(inbox, hour, values(hour, 5), channel)
        _, _, err = ingest(inbox)
        assert err.count(": short: ") == 20
        assert err.endswith("  10 more of short: the nights' manifests list them\n")


class TestFileThatCannotBeRead:
    def test_its_night_lists_it_and_it_is_told_once(self, ingest, inbox, tmp_path):
        put(inbox, 0, values(1, 1000))
        bad = put(inbox, 1, b"<html>\n")
        status, out, err = ingest(inbox)
        assert (status, "ingested 2 file(s)" in out) == (1, True)
        assert f"failed: {bad}: no line is an integer (line 1: '<html>')\n" in err
        assert problems_of(tmp_path)[bad.name] == {"unreadable": "no line is an integer (line 1: '<html>')"}
        assert ingest(inbox)[::2] == (0, "")

    @pytest.mark.parametrize(
        "bad", [b"<html>\n", np.random.default_rng(1).bytes(100_000)], ids=["page", "random bytes"]
    )
    def test_it_is_tried_again_when_it_has_changed(self, bad, ingest, inbox, tmp_path):
        bad = put(inbox, 1, bad)
        assert ingest(inbox)[0] == 1
        put(inbox, 1, values(1))
        assert ingest(inbox)[::2] == (0, "")
        assert problems_of(tmp_path) == {bad.name: {}}


class TestQuarantineOfFilesOfNoNight:
    def quarantine(self, tmp_path: Path) -> list[str]:
        return [entry.name for entry in Archive(str(tmp_path / "archive")).quarantine()]

    def test_told_with_status_one_when_it_is_new_then_only_counted(self, ingest, inbox, tmp_path):
        put(inbox, 0, values(1))
        bad = inbox / "CH1_2014_02_30_12.dat"
        bad.write_text("1\n")
        status, out, err = ingest(inbox)
        assert (status, err) == (1, f'failed: {bad}: Day out of range in datetime string "2014-02-30T12:00"\n')
        assert "ingested 1 file(s) of 1 night(s)" in out
        assert "; 1 file(s) in quarantine\n" in out
        status, out, err = ingest(inbox)
        assert (status, err) == (0, "")
        assert "ingested 0 file(s) of 0 night(s)" in out
        assert "; 1 file(s) in quarantine\n" in out
        assert self.quarantine(tmp_path) == [bad.name]

    def test_told_again_when_it_has_changed(self, ingest, inbox, tmp_path):
        bad = inbox / "CH1_2014_02_30_12.dat"
        for content in ("1\n", "1\n2\n"):
            bad.write_text(content)
            assert ingest(inbox)[0] == 1
            assert ingest(inbox)[0] == 0
        assert self.quarantine(tmp_path) == [bad.name]

    def test_taken_out_when_it_becomes_usable(self, ingest, inbox, tmp_path):
        path = put_sierra(inbox, 1, "12:00:00.000", values(1, 1000))
        info = path.with_name(f"{path.name}_info.txt")
        info.rename(tmp_path / info.name)
        status, _, err = ingest(inbox, "--station", "sierra-nevada")
        assert (status, err) == (1, f"failed: {path}: {info.name} is not beside it: no start time\n")
        (tmp_path / info.name).rename(info)
        status, out, _ = ingest(inbox, "--station", "sierra-nevada")
        assert (status, "quarantine" in out) == (0, False)
        assert self.quarantine(tmp_path) == []
        assert not (tmp_path / "archive/manifest/quarantine.json").exists()

    def test_night_outside_of_the_archive(self, ingest, inbox, tmp_path):
        put(inbox, 0, values(1))
        bad = [put(inbox, 24 * 365 * years, values(2)) for years in (-100, 100)]
        status, out, err = ingest(inbox)
        for path, night in zip(bad, ("1914-02-04", "2113-12-17"), strict=True):
            assert f"failed: {path}: night {night} is outside the archive, which has places from " in err
        assert (status, err.count("failed: ")) == (1, 2)
        assert "ingested 1 file(s) of 1 night(s)" in out
        assert self.quarantine(tmp_path) == [path.name for path in bad]
        status, out, err = ingest(inbox)
        assert (status, err) == (0, "")
        assert "; 2 file(s) in quarantine\n" in out

    def test_night_outside_of_the_archive_in_a_tar(self, ingest, inbox, tmp_path):
        path = put(inbox, 24 * 365 * 100, values(2))
        with tarfile.open(tmp_path / "year.tar", "w") as tar:
            tar.add(path, path.name)
        status, _, err = ingest(tmp_path / "year.tar")
        assert (status, f"failed: {tmp_path}/year.tar:{path.name}: night 2113-12-17 is outside" in err) == (1, True)
        assert self.quarantine(tmp_path) == [f"year.tar/{path.name}"]
        assert ingest(tmp_path / "year.tar")[::2] == (0, "")

    def test_file_across_the_end_of_the_archive_gives_its_part_inside_and_is_told(self, ingest, inbox, tmp_path):
        last = ("--station", tmp_path / "station.yaml")
        text = {"name": "here", "format": "sierra-nevada", "rate_hz": 256.0, "last_night": "2014-01-09"}
        last[1].write_text(json.dumps(text))
        path = put_sierra(inbox, 1, "11:59:50.000", values(1, 256 * 20) % 1000, period=3906.25)
        status, out, err = ingest(inbox, *last)
        assert (status, err.count("failed: ")) == (1, 1)
        assert f"failed: {path}: night 2014-01-10 is outside the archive" in err
        assert "ingested 1 file(s) of 1 night(s)" in out
        assert Archive(str(tmp_path / "archive")).nights() == [dt.date(2014, 1, 9)]
        assert ingest(inbox, *last)[::2] == (0, "")

    def test_hard_link_in_a_tar(self, ingest, inbox, tmp_path):
        hour = put(inbox, 0, values(1))
        os.link(hour, inbox / "CH2_2014_01_10_12.dat")
        with tarfile.open(tmp_path / "year.tar", "w") as tar:
            tar.add(inbox, "2014")
        status, out, err = ingest(tmp_path / "year.tar")
        assert (status, err.count("failed: "), "ingested 1 file(s)" in out) == (1, 1, True)
        assert "a hard link to 2014/CH" in err
        assert len(self.quarantine(tmp_path)) == 1
        assert ingest(tmp_path / "year.tar")[::2] == (0, "")

    def test_what_was_not_looked_at_stays(self, ingest, inbox, tmp_path):
        for folder, name in ((inbox, "CH1_2014_02_30_12.dat"), (tmp_path / "other", "CH1_2014_02_31_12.dat")):
            folder.mkdir(exist_ok=True)
            (folder / name).write_text("1\n")
            assert ingest(folder)[0] == 1
        assert self.quarantine(tmp_path) == ["CH1_2014_02_30_12.dat", "CH1_2014_02_31_12.dat"]

    def test_another_rate_than_the_stations_is_a_clear_message(self, ingest, inbox):
        path = put_sierra(inbox, 1, "12:00:00.000", values(1, 1000), period=4000.0)
        _, _, err = ingest(inbox, "--station", "sierra-nevada")
        told = "sampling period 4000.0 us, expected 3906 us (the station's rate_hz is 256.016)"
        assert err == f"failed: {path}: {path.name}_info.txt: {told}\n"

    def test_member_of_a_tar(self, ingest, inbox, tmp_path):
        put(inbox, 0, values(1, 1000))
        (inbox / "CH1_2014_02_30_12.dat").write_text("1\n")
        tar_path = tmp_path / "year.tar.gz"
        with tarfile.open(tar_path, "w:gz") as tar:
            tar.add(inbox, "2014")
        status, _, err = ingest(tar_path)
        assert (status, f"failed: {tar_path}:2014/CH1_2014_02_30_12.dat: Day out of range" in err) == (1, True)
        assert self.quarantine(tmp_path) == ["year.tar.gz/CH1_2014_02_30_12.dat"]
        assert ingest(tar_path)[::2] == (0, "")


class TestDamagedTar:
    def write(self, path: Path, hours: list[Path], lost: int = 0) -> Path:
        with tarfile.open(path, "w:gz") as tar:
            for hour in hours:
                tar.add(hour, hour.name)
        path.write_bytes(path.read_bytes()[: -lost or None])
        return path

    def test_told_with_status_one_and_not_read_again_until_it_has_changed(self, ingest, inbox, tmp_path):
        tar = self.write(tmp_path / "year.tar.gz", [put(inbox, hour, values(hour)) for hour in (0, 1)], lost=10_000)
        status, out, err = ingest(tar)
        assert (status, "ingested 1 file(s)" in out) == (1, True)
        assert err.startswith(f"failed: {tar}: damaged archive, ")
        (entry,) = Archive(str(tmp_path / "archive")).quarantine()
        assert (entry.name, entry.size, entry.mtime_ns) == (tar.name, tar.stat().st_size, tar.stat().st_mtime_ns)
        shutil.rmtree(tmp_path / "archive/counts")  # whoever reads the archive again stumbles over this
        status, out, err = ingest(tar)
        assert (status, err, "; 1 file(s) in quarantine\n" in out) == (0, "", True)

    def test_told_again_when_it_has_changed_and_taken_out_when_it_is_whole(self, ingest, inbox, tmp_path):
        hours = [put(inbox, hour, values(hour)) for hour in (0, 1)]
        for lost in (20_000, 10_000):
            assert ingest(self.write(tmp_path / "year.tar.gz", hours, lost))[0] == 1
        assert len(Archive(str(tmp_path / "archive")).quarantine()) == 1
        status, out, err = ingest(self.write(tmp_path / "year.tar.gz", hours))
        assert (status, err, "quarantine" in out) == (0, "", False)
        assert not (tmp_path / "archive/manifest/quarantine.json").exists()

    def test_read_again_while_a_night_of_it_could_not_be_put_in(self, ingest, inbox, tmp_path):
        tar = self.write(tmp_path / "year.tar.gz", [put(inbox, hour, values(hour)) for hour in (0, 1)], lost=10_000)
        manifest = tmp_path / "archive/manifest/2014/2014-01-10.json"
        other = tmp_path / "other"
        other.mkdir()
        assert ingest(put(other, -24, values(3)))[0] == 0
        manifest.write_text("{")
        status, _, err = ingest(tar)
        assert (status, err.count("failed: ")) == (1, 2)
        manifest.unlink()
        status, out, err = ingest(tar)
        assert (status, "ingested 1 file(s)" in out, err.count("failed: ")) == (1, True, 1)
        assert ingest(tar)[::2] == (0, "")


def test_a_source_that_is_a_pipe_ends_in_one_line(ingest, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    status, out, err = ingest(tmp_path / "pipe")
    assert (status, out, err) == (2, "", f"iar: {tmp_path}/pipe is neither a file nor a folder\n")


class TestFileThatIsStillWritten:
    def test_left_for_the_next_pass_and_nothing_of_it_is_kept(self, ingest, inbox, tmp_path):
        old, young = put(inbox, 0, values(1)), put(inbox, 1, values(2))
        (inbox / "CH1_2014_02_30_12.dat").write_text("1\n")
        os.utime(old, (1, 1))
        status, out, err = ingest(inbox, settle_s=None)
        assert (status, err) == (0, "")
        assert "ingested 1 file(s) of 1 night(s)" in out
        assert "left 2 file(s) for the next pass: younger than 60 s; --settle-s 0 takes them now\n" in out
        assert problems_of(tmp_path) == {old.name: {}}
        os.utime(young, (time.time() - 61,) * 2)
        assert "ingested 1 file(s)" in ingest(inbox, settle_s=None)[1]
        assert set(problems_of(tmp_path)) == {old.name, young.name}

    def test_nothing_but_young_files_is_no_error(self, ingest, inbox):
        put(inbox, 0, values(1, 10))
        status, out, err = ingest(inbox, settle_s=1000)
        assert (status, err) == (0, "")
        assert "left 1 file(s) for the next pass: younger than 1000 s" in out

    def test_archive_that_was_just_written_is_taken(self, ingest, inbox, tmp_path):
        with tarfile.open(tmp_path / "year.tar", "w") as tar:
            tar.add(put(inbox, 0, values(1, 10)), "CH1_2014_01_10_12.dat")
        assert "ingested 1 file(s)" in ingest(tmp_path / "year.tar", settle_s=None)[1]


def test_int16_of_another_rate_lies_in_its_place_from_a_tar_as_from_a_folder(ingest, inbox, tmp_path, capsys):
    counts = np.rint(9000 * np.sin(2 * np.pi * 2.0 * np.arange(100_000) * 3906e-6))
    path = put_sierra(inbox, 1, "15:00:00.000", counts)
    with tarfile.open(tmp_path / "year.tar.gz", "w:gz") as tar:
        tar.add(path, path.name)
        tar.add(f"{path}_info.txt", f"{path.name}_info.txt")
    assert ingest(tmp_path / "year.tar.gz", "--station", "sierra-nevada")[0] == 0
    archive = Archive(str(tmp_path / "archive"))
    (night,) = archive.nights()
    ns, ew = archive.read(night, "counts/counts")
    there = np.flatnonzero(ns != MISSING)
    assert (there[0], len(there)) == (3 * HOUR_SAMPLES, 39_060)
    expected = 9000 * np.sin(2 * np.pi * 2.0 * np.arange(39_060) / 100)
    np.testing.assert_allclose(ns[there][100:-100], expected[100:-100], atol=3)
    assert (ew == MISSING).all()
    folder = tmp_path / "folder"
    arguments = ("ingest", inbox, "--archive", folder, "--station", "sierra-nevada", "--settle-s", 0)
    assert run_here(capsys, *arguments)[0] == 0
    np.testing.assert_array_equal(Archive(str(folder)).read(night, "counts/counts")[0], ns)
