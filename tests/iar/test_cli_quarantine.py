"""Files, and yearly archives, that cannot be used: told once, kept in quarantine, tried again when they change."""

import datetime as dt
import json
import os
import shutil
import tarfile
from pathlib import Path

import numpy as np
import pytest

from iar.archive.store import Archive
from tests.inbox import problems_of, put, put_sierra, values


class TestFileThatCannotBeRead:
    def test_its_night_lists_it_and_it_is_told_once(self, ingest, inbox, tmp_path):
        put(inbox, 0, values(1, 1000))
        bad = put(inbox, 1, b"<html>\n")
        status, out, err = ingest(inbox)
        assert (status, "ingested 1 file(s)" in out) == (1, True)
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

    def test_file_across_the_end_of_the_archive_gives_its_part_inside_and_is_reported(self, ingest, inbox, tmp_path):
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
        message = "sampling period 4000.0 us, expected 3906 us (the station's rate_hz is 256.016)"
        assert err == f"failed: {path}: {path.name}_info.txt: {message}\n"

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
