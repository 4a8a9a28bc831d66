import json
import shutil
import tarfile

import pytest
import typer
import xarray as xr
import zarr
from fsspec.implementations.memory import MemoryFileSystem

from iar import __version__
from iar.cli import main
from iar.learning.tuning.space import SPACES
from iar.school.tune import read_space
from tests.commands import check_refused, run_here


class TestHelp:
    @pytest.mark.parametrize(("asked", "command"), [((), "ingest"), (("models",), "rollback")])
    def test_a_group_alone_lists_its_commands_a_line_each(self, asked, command, capsys):
        status, out, err = run_here(capsys, *asked)
        assert (status, err) == (0, "")
        assert [line.split()[0] for line in out.splitlines() if line.strip()].count(command) == 1

    def test_the_version_is_that_of_the_distribution(self, capsys):
        assert run_here(capsys, "--version") == (0, f"iar {__version__}\n", "")

    def test_options_say_what_they_take_and_not_pythons_type_of_it(self, capsys):
        _, out, _ = run_here(capsys, "ingest", "--help")
        assert "--archive URL" in out
        assert "FILES  Hour files" in out
        assert "list[" not in out

    def test_a_shell_completes_commands(self, monkeypatch, capsys):
        for name, value in {"_IAR_COMPLETE": "complete_bash", "COMP_WORDS": "iar proc", "COMP_CWORD": "1"}.items():
            monkeypatch.setenv(name, value)
        assert run_here(capsys)[1].split() == ["process", "processing"]

    def test_a_search_space_that_is_printed_is_one_that_is_taken(self, capsys, tmp_path):
        _, out, _ = run_here(capsys, "space", "dissertation-2")
        (tmp_path / "space.yaml").write_text(out)
        assert read_space(str(tmp_path / "space.yaml")) == SPACES["dissertation-2"]


class TestBadInputIsOneLineAndStatusTwo:
    def test_folder_without_records(self, capsys, tmp_path):
        (tmp_path / "notes.txt").write_text("nothing")
        result = run_here(capsys, "ingest", tmp_path, "--archive", tmp_path / "archive")
        check_refused(result, "no bgs records", str(tmp_path), "1 other files", "--station names another")
        assert not (tmp_path / "archive").exists()

    def test_wrong_station(self, capsys, tmp_path):
        result = run_here(capsys, "ingest", tmp_path, "--archive", tmp_path / "a", "--station", "nowhere")
        check_refused(result, "nowhere", "eskdalemuir, sierra-nevada")

    def test_source_that_is_not_there(self, capsys, tmp_path):
        check_refused(run_here(capsys, "ingest", tmp_path / "gone", "--archive", tmp_path / "a"), "gone")

    @pytest.mark.parametrize("text", ["2014-02-30", "yesterday", "2014-1-1x"])
    def test_date_that_is_none(self, capsys, processed, text):
        span = ("--first-night", text, "--last-night", "2014-01-10")
        check_refused(run_here(capsys, "process", "--archive", processed, *span), text, "YYYY-MM-DD")

    def test_night_that_is_not_in_the_archive(self, capsys, processed, tmp_path):
        out = tmp_path / "night.png"
        check_refused(
            run_here(capsys, "plot", "--archive", processed, "--night", "2013-01-01", "--out", out), "2013-01-01"
        )
        span = ("--first-night", "2013-01-01", "--last-night", "2013-01-01")
        check_refused(run_here(capsys, "process", "--archive", processed, *span), "2013-01-01")
        result = run_here(capsys, "export", "--archive", processed, *span, "--out", tmp_path / "x.csv")
        check_refused(result, f"night 2013-01-01 is not in {processed} with fringes: process it first")
        assert not list(tmp_path.iterdir())

    def test_night_beyond_the_archive(self, capsys, processed, tmp_path):
        result = run_here(
            capsys, "plot", "--archive", processed, "--night", "1980-01-01", "--out", tmp_path / "night.png"
        )
        check_refused(result, "1980-01-01", "2000-01-01", "2049-12-31")

    def test_last_night_before_the_first(self, capsys, processed):
        span = ("--first-night", "2014-01-10", "--last-night", "2014-01-09")
        check_refused(run_here(capsys, "process", "--archive", processed, *span), "2014-01-09", "before")

    def test_archive_that_is_not_there(self, capsys, tmp_path):
        check_refused(run_here(capsys, "coverage", "--archive", tmp_path / "none"), "no archive", "none")

    def test_unknown_scenario(self, capsys, tmp_path):
        arguments = ("--first-night", "2014-01-10", "--nights", 1, "--out", tmp_path / "x", "--scenario", "sunny")
        check_refused(run_here(capsys, "simulate", *arguments), "sunny", "quiet, fringes")
        assert not (tmp_path / "x").exists()

    def test_unknown_ionosphere(self, capsys, tmp_path):
        arguments = ("--first-night", "2014-01-10", "--nights", 1, "--out", tmp_path / "x", "--ionosphere", "venus")
        check_refused(run_here(capsys, "simulate", *arguments), "ionosphere 'venus' is none of chapman, iri")
        assert not (tmp_path / "x").exists()

    def test_export_to_an_unknown_format(self, capsys, processed, tmp_path):
        span = ("--first-night", "2014-01-10", "--last-night", "2014-01-10")
        check_refused(
            run_here(capsys, "export", "--archive", processed, *span, "--out", tmp_path / "t.xls"), ".csv, .parquet"
        )

    def test_folder_without_a_bundle(self, capsys, processed, tmp_path):
        span = ("--first-night", "2014-01-10", "--last-night", "2014-01-10")
        result = run_here(capsys, "process", "--archive", processed, *span, "--bundle", tmp_path)
        check_refused(result, "no bundle", str(tmp_path))

    def test_url_that_nothing_here_can_read(self, capsys):
        check_refused(run_here(capsys, "coverage", "--archive", "nosuch://bucket/archive"), "nosuch")

    @pytest.mark.parametrize("url", ["", " "])
    def test_url_that_is_empty(self, capsys, hours, tmp_path, monkeypatch, url):
        monkeypatch.chdir(tmp_path)
        check_refused(run_here(capsys, "ingest", hours, "--archive", url), f"archive {url!r}: expected a folder")
        check_refused(run_here(capsys, "coverage", "--archive", url), f"archive {url!r}: expected a folder")
        check_refused(run_here(capsys, "doctor", "--archive", url), f"archive {url!r}: expected a folder")
        assert not list(tmp_path.iterdir())

    def test_wrong_setting_in_the_environment(self, capsys, processed, monkeypatch):
        monkeypatch.setenv("IAR_PROCESSING_FRINGES__MIN_SLOTS", "many")
        span = ("--first-night", "2014-01-10", "--last-night", "2014-01-10")
        check_refused(run_here(capsys, "process", "--archive", processed, *span), "fringes.min_slots = 'many'")

    @pytest.mark.parametrize("first", ["9999-12-30", "0001-01-01"])
    def test_year_that_is_a_misprint(self, capsys, tmp_path, first):
        out = ("--out", tmp_path / "x")
        check_refused(run_here(capsys, "simulate", "--first-night", first, "--nights", 5, *out), first, "1900 to 2199")

    def test_station_whose_files_cannot_be_written(self, capsys, tmp_path):
        arguments = ("--first-night", "2014-01-10", "--nights", 1, "--out", tmp_path / "x")
        check_refused(run_here(capsys, "simulate", *arguments, "--station", "sierra-nevada"), "only bgs files")

    def test_tar_without_records(self, capsys, tmp_path):
        with tarfile.open(tmp_path / "empty.tar.gz", "w:gz"):
            pass
        result = run_here(capsys, "ingest", tmp_path / "empty.tar.gz", "--archive", tmp_path / "archive")
        check_refused(result, "no bgs records", "empty.tar.gz")

    def test_zarr_of_something_else_is_left_alone(self, capsys, hours, tmp_path):
        group = zarr.open_group(tmp_path / "other", mode="w", zarr_format=3)
        group.create_array("temperature", shape=(2,), dtype="f4")
        before = sorted(tmp_path.rglob("*"))
        check_refused(
            run_here(capsys, "ingest", hours, "--archive", tmp_path / "other"), "something else", "temperature"
        )
        assert sorted(tmp_path.rglob("*")) == before

    def test_damaged_manifest(self, capsys, processed, tmp_path):
        archive = tmp_path / "archive"
        shutil.copytree(processed, archive)
        (archive / "manifest/2014/2014-01-10.json").write_text('{"night": 1')
        check_refused(run_here(capsys, "coverage", "--archive", archive), "2014-01-10.json is damaged")

    def test_missing_option_and_unknown_command(self, capsys):
        check_refused(run_here(capsys, "process"), "--archive")
        check_refused(run_here(capsys, "frobnicate"), "frobnicate")


def test_damaged_night_fails_and_the_others_are_processed(capsys, processed, tmp_path):
    archive = tmp_path / "archive"
    shutil.copytree(processed, archive)
    (archive / "manifest/2014/2014-01-11.json").write_text("{")
    span = ("--first-night", "2014-01-10", "--last-night", "2014-01-11", "--workers", 1)
    status, out, err = run_here(capsys, "process", "--archive", archive, *span)
    assert status == 1
    assert "2014-01-10  fringes" in out
    assert err.startswith("failed: 2014-01-11: manifest")


def test_odd_file_name_does_not_stop_the_others(capsys, hours, tmp_path):
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    shutil.copy2(hours / "CH1_2014_01_10_12.dat", inbox)
    shutil.copy2(hours / "CH1_2014_01_10_12.dat", inbox / "CH1_0000_01_01_00.dat")
    status, out, err = run_here(capsys, "ingest", inbox, "--archive", tmp_path / "archive")
    assert status == 1
    assert "ingested 1 file(s)" in out
    assert "CH1_0000_01_01_00.dat: year 0000 is outside 1900 to 2199" in err


def test_an_archive_in_memory_is_filled_by_one_process_however_many_were_asked_for(capsys, hours, tmp_path):
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    shutil.copy2(hours / "CH1_2014_01_10_12.dat", inbox)
    shutil.copy2(hours / "CH1_2014_01_10_12.dat", inbox / "CH1_2014_01_11_12.dat")
    status, out, err = run_here(
        capsys, "ingest", inbox, "--settle-s", 0, "--archive", f"memory://{tmp_path.name}", "--workers", 2
    )
    MemoryFileSystem.store.clear()
    assert (status, err) == (0, "")
    assert "ingested 2 file(s) of 2 night(s)" in out


def test_ingest_removes_nothing_that_is_not_its_own(capsys, hours, tmp_path):
    home = tmp_path / "home"
    (home / "docs").mkdir(parents=True)
    (home / "docs" / "thesis.partial").write_text("three years of work")
    assert run_here(capsys, "ingest", hours / "CH1_2014_01_10_12.dat", "--archive", home)[0] == 0
    assert (home / "docs" / "thesis.partial").exists()


def test_failed_file_leaves_the_others_ingested_and_status_one(capsys, hours, tmp_path):
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    shutil.copy2(hours / "CH1_2014_01_10_12.dat", inbox)
    (inbox / "CH2_2014_01_10_12.dat").write_text("digitiser offline\n")
    status, out, err = run_here(capsys, "ingest", inbox, "--archive", tmp_path / "archive", "--settle-s", 0)
    assert status == 1
    assert "ingested 1 file(s) of 1 night(s)" in out
    assert err.startswith("failed: ")
    assert "CH2_2014_01_10_12.dat: no line is an integer (line 1: 'digitiser offline')" in err
    status, out, _ = run_here(capsys, "coverage", "--archive", tmp_path / "archive", "--json")
    (night,) = json.loads(out)["nights"]
    assert night["effort"] == {"NS": pytest.approx(1 / 24, abs=1e-6), "EW": 0.0}


def test_plot_draws_a_picture(capsys, processed, night, tmp_path):
    for suffix, start in (("png", b"\x89PNG"), ("pdf", b"%PDF"), ("svg", b"<?xml")):
        out = tmp_path / f"night.{suffix}"
        assert run_here(capsys, "plot", "--archive", processed, "--night", night, "--out", out)[0] == 0
        assert out.read_bytes().startswith(start)


def test_coverage_shows_nights_and_holes(capsys, processed):
    status, out, _ = run_here(capsys, "coverage", "--archive", processed)
    assert status == 0
    assert "2014-01-10" in out
    assert "fringes" in out
    assert "0 not whole" in out


def test_doctor_finds_this_machine_and_a_good_archive_fit(capsys, processed):
    status, out, _ = run_here(capsys, "doctor", "--archive", processed)
    assert status == 0, out
    assert "BAD" not in out


def test_doctor_finds_counts_that_are_gone(capsys, processed, tmp_path):
    copy = tmp_path / "archive"
    shutil.copytree(processed, copy)
    shutil.rmtree(copy / "counts/counts/c")
    status, out, _ = run_here(capsys, "doctor", "--archive", copy)
    assert status == 1
    assert "2014-01-10: counts hold" in out


def test_doctor_finds_a_corrupt_chunk(capsys, processed, tmp_path):
    copy = tmp_path / "archive"
    shutil.copytree(processed, copy)
    (chunk,) = (path for path in (copy / "spectra" / "density" / "c").rglob("*") if path.is_file())
    chunk.write_bytes(chunk.read_bytes()[:1000])
    status, out, _ = run_here(capsys, "doctor", "--archive", copy)
    assert status == 1
    assert "BAD  archive" in out
    assert "2014-01-10" in out


class TestSettingsAreWrittenAndReadAsYaml:
    @pytest.mark.parametrize("name", ["eskdalemuir", "sierra-nevada"])
    def test_a_printed_station_is_a_station_file(self, capsys, tmp_path, name):
        status, text, err = run_here(capsys, "station", name)
        assert (status, err) == (0, "")
        assert "# geodetic latitude, degrees north; at least -90, at most 90\nlatitude_deg: " in text
        (tmp_path / "station.yaml").write_text(text)
        assert run_here(capsys, "station", tmp_path / "station.yaml") == (0, text, "")

    def test_a_printed_processing_is_a_processing_file(self, capsys, tmp_path):
        status, text, err = run_here(capsys, "processing")
        assert (status, err) == (0, "")
        (tmp_path / "processing.yaml").write_text(text.replace("high_hz: 10.5", "high_hz: 20.5"))
        status, changed, _ = run_here(capsys, "processing", tmp_path / "processing.yaml")
        assert status == 0
        assert changed == text.replace("high_hz: 10.5", "high_hz: 20.5")

    def test_a_calibration_file_is_printed_as_its_numbers(self, capsys, tmp_path):
        (tmp_path / "coil.csv").write_text("frequency_hz,volts_per_nt,phase_deg\n0.1,0.005,89\n20,0.9,12\n")
        (tmp_path / "station.yaml").write_text("response: {kind: table, file: coil.csv}\n")
        _, text, _ = run_here(capsys, "station", tmp_path / "station.yaml")
        assert "volts_per_nt: [0.005, 0.9]" in text
        assert "phase_deg: [89.0, 12.0]" in text
        assert "coil.csv" not in text

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("latitude_deg: 91", ("station.yaml: latitude_deg = 91", "less than or equal to 90")),
            ("lattitude_deg: 9", ("station.yaml: lattitude_deg = 9: unknown field", "did you mean latitude_deg?")),
            ("dark: {kind: sun, below_deg: 60}", ("dark.below_deg = 60", "less than or equal to 10")),
            ("response: {kind: table, file: coil.csv}", ("coil.csv, line 3: volts_per_nt = 'x'", "a number above 0")),
            ("response: {kind: table, file: gone.csv}", ("gone.csv: No such file",)),
        ],
    )
    @pytest.mark.parametrize("command", ["station", "ingest", "simulate"])
    def test_a_wrong_station_file_is_one_line_wherever_it_is_given(self, capsys, tmp_path, command, text, words):
        (tmp_path / "coil.csv").write_text("frequency_hz,volts_per_nt\n1,0.05\n2,x\n")
        file, out = tmp_path / "station.yaml", tmp_path / "out"
        file.write_text(text)
        arguments = {
            "station": (file,),
            "ingest": (tmp_path, "--archive", out, "--station", file),
            "simulate": ("--first-night", "2014-01-10", "--nights", 1, "--out", out, "--station", file),
        }
        check_refused(run_here(capsys, command, *arguments[command]), *words)
        assert not out.exists()

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("spectra: {high_hz: 50}", ("processing.yaml: spectra.high_hz = 50", "less than or equal to 49")),
            ("spectra: {hihg_hz: 20}", ("spectra.hihg_hz = 20: unknown field", "did you mean high_hz?")),
            ("- spectra", ("holds no fields",)),
            ("spectra: [", ("is no YAML: line 1",)),
        ],
    )
    @pytest.mark.parametrize("command", ["processing", "ingest", "process"])
    def test_a_wrong_processing_file_is_one_line_wherever_it_is_given(self, capsys, tmp_path, command, text, words):
        file, out = tmp_path / "processing.yaml", tmp_path / "out"
        file.write_text(text)
        span = ("--first-night", "2014-01-10", "--last-night", "2014-01-10")
        arguments = {
            "processing": (file,),
            "ingest": (tmp_path, "--archive", out, "--processing", file),
            "process": ("--archive", out, *span, "--processing", file),
        }
        check_refused(run_here(capsys, command, *arguments[command]), *words)
        assert not out.exists()

    def test_a_band_beyond_the_calibration_table_is_refused_before_anything_is_made(self, capsys, hours, tmp_path):
        (tmp_path / "coil.csv").write_text("frequency_hz,volts_per_nt\n1,0.05\n8,0.4\n")
        (tmp_path / "station.yaml").write_text("response: {kind: table, file: coil.csv}\n")
        out = tmp_path / "archive"
        result = run_here(capsys, "ingest", hours, "--archive", out, "--station", tmp_path / "station.yaml")
        check_refused(result, "calibration table of station eskdalemuir reaches from 1 to 8 Hz", "low_hz")
        assert not out.exists()

    def test_the_band_of_a_processing_file_is_the_archives(self, capsys, hours, tmp_path):
        file, out = tmp_path / "processing.yaml", tmp_path / "archive"
        file.write_text("spectra: {high_hz: 20.5}\n")
        record = hours / "CH1_2014_01_10_12.dat"
        assert run_here(capsys, "ingest", record, "--archive", out, "--processing", file)[0] == 0
        with xr.open_zarr(out, group="spectra", consolidated=False) as spectra:
            assert spectra["frequency"][-1] == pytest.approx(20.5, abs=1 / 40.96)


def test_what_nobody_foresaw_is_not_told_as_a_stop(monkeypatch):
    """Typer ends a command that meets the end of a file as it ends one at whose question nobody answered."""

    def fail():
        raise EOFError("cut short")

    monkeypatch.setattr("iar.upkeep.checkup.check_machine", fail)
    with pytest.raises(typer.Abort) as raised:
        main(["doctor"])
    assert str(raised.value.__cause__) == "cut short"
