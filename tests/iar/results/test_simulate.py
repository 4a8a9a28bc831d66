import dataclasses
import datetime as dt
import json
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from iar.errors import InputError
from iar.night import CHANNELS, HOUR_SAMPLES, SLOTS
from iar.records import bgs
from iar.records.finding import find_records
from iar.results.simulate import GARBLED, check_folder, check_station, nights_from, simulate_night, write_truth
from iar.settings import Processing, Station
from iar.simulation.defects import Defect
from iar.simulation.scenario import draw_scenario
from iar.spectra.quality import QUALITY_FLAGS
from iar.stages.creation import create_archive
from iar.stages.ingest import group_by_night, ingest_night, station_format
from tests.commands import run_apart
from tests.nights import run_stage

NIGHT = dt.date(2014, 1, 10)
NOON = np.datetime64("2014-01-10T12:00", "ms")
HOUR = np.timedelta64(1, "h")
CLIPPED = Defect("clipped", 0, 2 * 3600 + 500, 7)
STUCK = Defect("stuck", 1, 3 * 3600 + 400, 450)
DEAD = Defect("stuck", 1, 4 * 3600, 3600)
CUT = Defect("cut", 0, 6 * 3600 - 1234, 1234)
GARBLED_LINE = Defect("garbled", 1, 6 * 3600 + 77, 1)
GONE_HOURS = slice(36 * 10, 36 * 12)
GAP = slice(36 * 14 + 5, 36 * 14 + 8)


def name_of(channel, hour):
    return bgs.file_name(channel, NOON + hour * HOUR)


@pytest.fixture(scope="module")
def broken():
    """Night with one of each defect at a known place, two hours gone and a gap within another."""
    missing = np.zeros((len(CHANNELS), SLOTS), dtype=bool)
    missing[:, GONE_HOURS] = missing[0, GAP] = True
    drawn = draw_scenario("gaps", NIGHT, 3)
    return dataclasses.replace(drawn, missing=missing, steps=(), defects=(CLIPPED, STUCK, DEAD, CUT, GARBLED_LINE))


@pytest.fixture(scope="module")
def folder(broken, tmp_path_factory):
    """Hour files of that night."""
    path = tmp_path_factory.mktemp("broken")
    simulate_night(broken, Station(), path, seed=3)
    return path


@pytest.fixture(scope="module")
def archive(folder, tmp_path_factory):
    """Archive of that night, with its spectra."""
    made = create_archive(str(tmp_path_factory.mktemp("archive") / "a"), Station())
    for job in group_by_night(find_records([folder], station_format(Station())).records, 12):
        ingest_night(made, job)
    run_stage("spectra", made, NIGHT, Processing())
    return made


@pytest.fixture(scope="module")
def met(archive):
    """What the reader says is wrong with each file: name to problems by kind."""
    return {entry.name: dict(entry.problems) for entry in archive.manifest(NIGHT).sources}


class TestEveryDefectIsSeenByTheReaderAsWhatItIs:
    def test_an_hour_without_any_sample_has_no_file(self, folder):
        names = {path.name for path in folder.iterdir()}
        gone = {name_of(channel, hour) for channel in (0, 1) for hour in (10, 11)}
        assert len(names) == 44
        assert not names & gone

    def test_a_clipped_stretch_is_clipped(self, met):
        assert set(met[name_of(0, 2)]) == {"clipped"}
        assert met[name_of(0, 2)]["clipped"].startswith(f"{CLIPPED.length_s * 100} samples")

    def test_a_dead_hour_is_constant(self, met):
        assert set(met[name_of(1, 4)]) == {"constant"}

    def test_a_file_that_was_cut_is_short_and_ends_within_a_line(self, met, folder):
        problems = met[name_of(0, 5)]
        assert set(problems) == {"short", "bad_line"}
        assert problems["short"] == f"{HOUR_SAMPLES - CUT.length_s * 100} samples instead of {HOUR_SAMPLES}"
        assert not (folder / name_of(0, 5)).read_bytes().endswith(b"\n")

    def test_a_garbled_line_is_told_with_its_number_and_text(self, met):
        assert set(met[name_of(1, 6)]) == {"bad_line"}
        assert f"line 7701: '{GARBLED.decode()}'" in met[name_of(1, 6)]["bad_line"]

    def test_a_gap_within_an_hour_is_lines_that_are_no_integer(self, met):
        problems = met[name_of(0, 14)]
        assert "line 50001: 'nan'" in problems["bad_line"]
        assert "and 29997 more" in problems["bad_line"]

    def test_nothing_else_is_wrong(self, met):
        hurt = {(0, 2), (1, 4), (0, 5), (1, 6), (0, 14)}
        whole = [met[name_of(c, h)] for c in (0, 1) for h in range(24) if (c, h) not in hurt and h not in {10, 11}]
        assert len(whole) == 39
        assert not any(whole)

    def test_slots_are_flagged_as_what_they_are(self, archive):
        (quality,) = archive.read_sealed(NIGHT, "spectra", "spectra/quality")

        def flagged(kind, channel):
            return np.flatnonzero(quality[channel] & QUALITY_FLAGS[kind]).tolist()

        assert flagged("clipped", 0) == [77]
        assert flagged("constant", 1) == [112, 113, 114, 115, *range(144, 180)]  # the whole ones of STUCK, and DEAD
        assert flagged("incomplete", 0) == [
            *range(203, 216),
            *range(GONE_HOURS.start, GONE_HOURS.stop),
            *range(GAP.start, GAP.stop),
        ]

    def test_truth_lists_them(self, broken, tmp_path):
        with xr.open_dataset(write_truth([broken], tmp_path), engine="h5netcdf", decode_timedelta=False) as truth:
            met = json.loads(truth.defects.values[0])
        assert met == [dataclasses.asdict(defect) for defect in broken.defects]


def test_a_file_is_as_old_as_the_end_of_its_hour(folder):
    for path in folder.iterdir():
        year, month, day, hour = map(int, path.stem.split("_")[1:])
        ended = dt.datetime(year, month, day, hour, tzinfo=dt.UTC) + dt.timedelta(hours=1)
        assert path.stat().st_mtime_ns == int(ended.timestamp()) * 10**9


def test_a_night_is_48_files_of_its_24_hours(hours):
    names = {path.name for path in hours.glob("*.dat")}
    assert names == {name_of(channel, hour) for channel in (0, 1) for hour in range(24)}


class TestTheSameSeedInAnotherProcess:
    @pytest.fixture(scope="class")
    @classmethod
    def again(cls, tmp_path_factory):
        folder = tmp_path_factory.mktemp("again")
        out = folder / "hours"
        (folder / "station.yaml").write_text("name: eskdalemuir\n")  # round coils, as of `hours`
        arguments = ("--first-night", NIGHT, "--nights", 1, "--seed", 7, "--scenario", "fringes", "--workers", 1)
        coils = ("--station", folder / "station.yaml")
        status, _, err = run_apart("simulate", *arguments, *coils, "--out", out, PYTHONHASHSEED="1")
        assert status == 0, err
        return out

    def test_writes_the_same_bytes(self, again, hours):
        names = sorted(path.name for path in hours.iterdir())
        assert sorted(path.name for path in again.iterdir()) == names
        assert "truth.nc" in names
        assert [name for name in names if (again / name).read_bytes() != (hours / name).read_bytes()] == []

    def test_writes_the_same_modification_times(self, again, hours):
        def times(folder: Path):
            return {path.name: path.stat().st_mtime_ns for path in folder.glob("*.dat")}

        assert times(again) == times(hours)

    def test_is_not_the_night_of_another_seed(self, folder, hours):
        assert (folder / name_of(0, 0)).read_bytes() != (hours / name_of(0, 0)).read_bytes()


class TestAFolderHoldsNoOtherNights:
    @pytest.fixture
    def out(self, tmp_path):
        write_truth([draw_scenario("quiet", NIGHT, 3)], tmp_path)
        (tmp_path / name_of(0, 3)).write_bytes(b"1\n")
        return tmp_path

    def test_a_folder_that_is_empty_or_not_there_is_free(self, tmp_path):
        check_folder(tmp_path, [NIGHT], Station())
        check_folder(tmp_path / "gone", [NIGHT], Station())

    def test_the_same_nights_and_more_are_written_over(self, out):
        check_folder(out, [NIGHT], Station())
        check_folder(out, [NIGHT, NIGHT + dt.timedelta(days=1)], Station())

    def test_a_truth_of_other_nights_is_reported(self, out):
        with pytest.raises(InputError, match="holds the truth of other nights, such as 2014-01-10: choose an empty"):
            check_folder(out, [NIGHT + dt.timedelta(days=1)], Station())

    def test_hour_files_of_other_nights_are_reported(self, out):
        (out / name_of(1, 24)).write_bytes(b"1\n")
        with pytest.raises(InputError, match=r"hour files of other nights, such as CH2_2014_01_11_12\.dat: choose"):
            check_folder(out, [NIGHT], Station())

    def test_hour_files_that_nobody_simulated_are_reported(self, out):
        (out / "truth.nc").unlink()
        with pytest.raises(InputError, match=r"hour files without truth\.nc, such as CH1_2014_01_10_15\.dat"):
            check_folder(out, [NIGHT], Station())

    @pytest.mark.parametrize("content", [b"", b"no HDF5 at all"])
    def test_a_truth_that_is_none_is_reported(self, out, content):
        (out / "truth.nc").write_bytes(content)
        with pytest.raises(InputError, match=r"truth\.nc is no truth of simulated nights"):
            check_folder(out, [NIGHT], Station())


def test_hour_files_that_the_new_night_has_not_are_gone(broken, tmp_path):
    for hour in (10, 24):
        (tmp_path / name_of(0, hour)).write_bytes(b"1\n")
    written = simulate_night(broken, Station(), tmp_path, seed=3)
    assert set(tmp_path.iterdir()) == {*written, tmp_path / name_of(0, 24)}  # that is the next night's


def test_a_night_that_failed_has_no_truth(tmp_path):
    nights = [draw_scenario("quiet", NIGHT + dt.timedelta(days=day), 3) for day in (0, 1)]
    write_truth(nights[:1], tmp_path)
    (tmp_path / name_of(0, 0)).mkdir()  # no file can be written in its place
    arguments = ("--first-night", NIGHT, "--scenario", "quiet", "--out", tmp_path, "--workers", 1)
    status, out, err = run_apart("simulate", *arguments, "--nights", 2)
    assert status == 1
    assert "simulated 1 night(s), 48 hour files" in out
    assert err.startswith("failed: 2014-01-10: ")
    with xr.open_dataset(tmp_path / "truth.nc", engine="h5netcdf", decode_timedelta=False) as truth:
        assert truth.night.values.astype("datetime64[D]").tolist() == [nights[1].night]


def test_the_morning_after_the_last_night_is_within_the_years_too():
    assert nights_from(dt.date(2199, 12, 29), 2)[-1] == dt.date(2199, 12, 30)
    with pytest.raises(InputError, match=r"2 night\(s\) from 2199-12-30 end after the year 2199"):
        nights_from(dt.date(2199, 12, 30), 2)


def test_without_pyiri_the_iri_ends_in_one_line_that_names_the_extra(tmp_path):
    arguments = ("--first-night", NIGHT, "--nights", 1, "--out", tmp_path / "x", "--ionosphere", "iri")
    without = "import sys; sys.modules['PyIRI'] = None"
    met = run_apart("simulate", *arguments, "--scenario", "fringes", before=without)
    assert met[::2] == (2, "iar: the ionosphere 'iri' needs PyIRI: pip install -e '.[physics]'\n")
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize(
    ("fields", "met"),
    [
        ({"format": "miniseed"}, "only bgs files"),
        ({"rate_hz": 128}, "samples at 128 Hz: only 100 Hz"),
        ({"boundary_hour": 0}, "begin at 23.8 h of local solar time, simulated at noon"),
        ({"longitude_deg": 140.0}, "set boundary_hour to 3"),
        ({"latitude_deg": -12.0, "longitude_deg": -77.0, "boundary_hour": 17}, "the field dips by"),
    ],
)
def test_station_whose_nights_cannot_be_simulated_is_refused(fields, met):
    with pytest.raises(InputError, match=met):
        check_station(Station(**fields))


@pytest.mark.parametrize("longitude_deg", [140.0, -100.0, 179.0])
def test_boundary_hour_that_the_message_gives_is_accepted(longitude_deg):
    refused = Station(longitude_deg=longitude_deg, boundary_hour=round(-longitude_deg / 15) % 24)  # at midnight
    with pytest.raises(InputError) as met:
        check_station(refused)
    hour = int(str(met.value).rsplit(maxsplit=1)[-1])
    accepted = Station(longitude_deg=longitude_deg, boundary_hour=hour)
    check_station(accepted)
    assert (accepted.boundary_hour - refused.boundary_hour) % 24 == pytest.approx(12, abs=1)
