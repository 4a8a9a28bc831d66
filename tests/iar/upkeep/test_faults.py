"""What is damaged is found, listed, opened and made anew: the same bytes as before."""

import datetime as dt
import shutil
from pathlib import Path

import numpy as np
import pytest

from iar.archive.store import Archive
from iar.errors import InputError
from iar.night import HOUR_SAMPLES, MISSING
from iar.settings import Station
from iar.simulation.density import measured_density
from iar.simulation.scenario import draw_scenario
from iar.stages.creation import create_archive
from iar.stages.ingest import ingest_night, unsealed_jobs
from iar.stages.pipeline import redone_with
from iar.stages.process import process_night
from iar.stages.stage import Setup
from iar.upkeep.damage import sealed_damage
from iar.upkeep.faults import Fault, find_faults, read_faults, unseal_faults, write_faults
from tests.commands import contents
from tests.iar.hours import STATION, expected_counts, ingest, put, samples
from tests.nights import seal_density

NIGHT = dt.date(2014, 1, 10)
MADE_FROM_COUNTS = {
    "spectra": ("density", "cross_real", "cross_imag", "effort", "quality"),
    "classical": ("classical",),
    "probability": ("probability",),
    "fringes": (
        "delta_f_hz",
        "delta_f_sigma_hz",
        "phi",
        "harmonics",
        "confidence",
        "frequency_hz",
        "verdict",
        "matched_score",
        "autocorrelation",
    ),
}
"""Arrays whose loss is seen. The other estimators' own spacings are not among them: some nights have none."""
GROUP = {"classical": "detection", "probability": "detection"}


@pytest.fixture
def copied(processed, tmp_path):
    return Archive(str(shutil.copytree(processed, tmp_path / "archive")))


def chunk_of(archive: Archive, path: str) -> Path:
    (chunk,) = (p for p in (Path(archive.url) / path / "c" / str(archive.index(NIGHT))).rglob("*") if p.is_file())
    return chunk


def flip_bit(chunk: Path) -> None:
    content = bytearray(chunk.read_bytes())
    content[len(content) // 2] ^= 1
    chunk.write_bytes(content)


def test_a_night_as_it_was_sealed_has_no_fault(copied):
    assert find_faults(copied) == []
    assert unseal_faults(copied, [Fault(NIGHT, "spectra", "mended meanwhile")]) == []


@pytest.mark.parametrize("scenario", ["quiet", "comb", "faint", "pearls"])
def test_a_night_with_little_or_no_spacing_is_not_damaged(scenario, tmp_path):
    archive = create_archive(str(tmp_path / "archive"), Station())
    drawn = draw_scenario(scenario, NIGHT, 5)
    seal_density(archive, NIGHT, measured_density(drawn, archive.frequency_hz, np.random.default_rng(5)))
    process_night(archive, NIGHT, Setup())
    assert "fringes" not in dict(sealed_damage(archive, archive.manifest(NIGHT)))


@pytest.mark.parametrize(
    ("stage", "name"),
    [(stage, name) for stage, names in MADE_FROM_COUNTS.items() for name in names if name != "quality"],
)
def test_a_chunk_that_is_gone_is_found_and_its_stage_named(stage, name, copied):
    path = f"{GROUP.get(stage, stage)}/{name}"
    place = Path(copied.url) / path / "c" / str(copied.index(NIGHT))
    shutil.rmtree(place) if place.is_dir() else place.unlink()
    assert find_faults(copied) == [Fault(NIGHT, stage, f"{path} sealed but not there")]


@pytest.mark.parametrize("stage", MADE_FROM_COUNTS)
def test_a_changed_bit_is_found_and_redone_to_the_same_bytes(stage, copied, processed):
    flip_bit(chunk_of(copied, f"{GROUP.get(stage, stage)}/{MADE_FROM_COUNTS[stage][0]}"))
    (fault,) = find_faults(copied)
    assert (fault.night, fault.stage) == (NIGHT, stage)
    assert "is damaged" in fault.fault
    (opened,) = unseal_faults(copied, [fault])
    assert opened.stages == redone_with(stage)
    assert str(opened).endswith("`iar process` makes them anew")
    assert find_faults(copied) == []
    assert process_night(copied, NIGHT, Setup()).ran == redone_with(stage)
    assert contents(Path(copied.url)) == contents(processed)


def test_a_manifest_that_cannot_be_read_is_told_and_left(copied):
    (Path(copied.url) / "manifest/2014/2014-01-10.json").write_text("{")
    (fault,) = find_faults(copied)
    assert fault.stage == "manifest"
    assert "2014-01-10.json is damaged" in fault.fault
    (opened,) = unseal_faults(copied, [fault])
    assert opened.left.endswith("bring it back from a copy, or remove it and ingest all files of the night")


class TestCounts:
    @pytest.fixture
    def folder(self, tmp_path):
        folder = tmp_path / "hours"
        folder.mkdir()
        put(folder, 0, samples(1))
        put(folder, 1, samples(2))
        put(folder, 0, samples(3), channel=1)
        return folder

    @pytest.fixture
    def archive(self, folder, tmp_path):
        archive = create_archive(str(tmp_path / "archive"), STATION)
        ingest(archive, folder)
        return archive

    @pytest.fixture
    def before(self, archive, tmp_path):
        return contents(shutil.copytree(archive.url, tmp_path / "before"))

    def hour(self, archive, channel, hour):
        return Path(archive.url) / f"counts/counts/c/{archive.index(NIGHT)}/{channel}/{hour}"

    @pytest.mark.parametrize("damage", [flip_bit, Path.unlink], ids=["a bit", "all of it"])
    def test_a_lost_hour_is_made_anew_from_its_file(self, damage, archive, folder, before):
        damage(self.hour(archive, 0, 1))
        (opened,) = unseal_faults(archive, find_faults(archive))
        assert opened.stages == ("counts",)
        assert opened.sources == ("CH1_2014_01_10_13.dat",)
        message = "counts wait for `iar ingest` of CH1_2014_01_10_13.dat, whose samples were lost"
        assert find_faults(archive) == [Fault(NIGHT, "counts", message)]
        ingest(archive, folder)
        assert contents(Path(archive.url)) == before
        assert find_faults(archive) == []

    def test_where_its_file_is_gone_the_other_hours_stay(self, archive):
        flip_bit(self.hour(archive, 0, 1))
        unseal_faults(archive, find_faults(archive))
        for job in unsealed_jobs(archive):  # the next ingest of any other file
            ingest_night(archive, job)
        assert find_faults(archive) == []
        assert np.array_equal(
            archive.read(NIGHT, "counts/counts"), expected_counts((0, samples(1)), (0, samples(3), 1))
        )
        entry = next(s for s in archive.manifest(NIGHT).sources if s.name == "CH1_2014_01_10_13.dat")
        assert entry.problems == (("lost", "360000 samples were lost in the archive: ingest it again"),)

    def test_its_file_may_still_come_later(self, archive, folder, before):
        flip_bit(self.hour(archive, 1, 0))
        unseal_faults(archive, find_faults(archive))
        for job in unsealed_jobs(archive):
            ingest_night(archive, job)
        ingest(archive, folder)
        assert contents(Path(archive.url)) == before

    def test_samples_that_are_others_are_told_and_left_since_it_is_not_known_whose(self, archive):
        counts = archive.read(NIGHT, "counts/counts")
        counts[0, 7] += np.int32(1)
        archive.write(NIGHT, {"counts/counts": counts})
        (opened,) = unseal_faults(archive, find_faults(archive))
        assert opened.left.startswith("counts are not the samples that were sealed: which of its files")
        assert archive.manifest(NIGHT).is_sealed("counts")

    def test_a_second_damage_waits_until_the_first_is_mended(self, archive):
        flip_bit(self.hour(archive, 0, 1))
        unseal_faults(archive, find_faults(archive))
        (again,) = unseal_faults(archive, find_faults(archive))
        assert again.left.startswith("counts wait for `iar ingest` of CH1_2014_01_10_13.dat")
        assert (archive.read(NIGHT, "counts/counts", channel=1)[HOUR_SAMPLES:] == MISSING).all()


class TestList:
    def test_faults_are_read_as_they_were_written(self, tmp_path):
        faults = [Fault(NIGHT, "spectra", 'cut, "as seen"'), Fault(dt.date(2014, 2, 1), "manifest", "é")]
        write_faults(faults, tmp_path / "faults.csv")
        assert read_faults(tmp_path / "faults.csv") == faults
        write_faults([], tmp_path / "faults.csv")  # over a list of before
        assert (tmp_path / "faults.csv").read_text() == "night,stage,fault\n"

    def test_what_is_no_list_is_not_written_over(self, archive):
        archive.seal(NIGHT, "counts", "as they were")
        (manifest,) = Path(archive.url).glob(f"manifest/**/*{NIGHT}.json")
        before = manifest.read_bytes()
        with pytest.raises(InputError, match=r"2014-01-10\.json is there and is no list of damaged nights"):
            write_faults([], manifest)
        with pytest.raises(InputError, match="no list of damaged nights"):
            write_faults([], manifest.parent)
        assert manifest.read_bytes() == before

    @pytest.mark.parametrize(
        ("line", "message"),
        [
            ("2014-13-10,spectra,cut", "faults.csv:3: night '2014-13-10' is no date"),
            ("2014-01-10,density,cut", "faults.csv:3: stage 'density' is none of manifest, counts, spectra"),
            ("2014-01-10,spectra", "faults.csv:3: 2 fields under a header of 3"),
        ],
    )
    def test_a_wrong_line_is_told_with_its_number(self, line, message, tmp_path):
        (tmp_path / "faults.csv").write_text(f"night,stage,fault\n2014-01-10,spectra,cut\n{line}\n")
        with pytest.raises(InputError) as error:
            read_faults(tmp_path / "faults.csv")
        assert message in str(error.value)
        assert "\n" not in str(error.value)

    def test_a_night_of_another_archive_is_refused(self, copied):
        with pytest.raises(InputError, match="night 1999-01-01 is outside the archive"):
            unseal_faults(copied, [Fault(dt.date(1999, 1, 1), "spectra", "cut")])
