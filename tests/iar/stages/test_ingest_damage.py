"""Nights that a kill or a bad disk has touched."""

from pathlib import Path

import numpy as np
import pytest

from iar.archive.presence import pack_presence
from iar.errors import DamagedArchiveError
from iar.night import MISSING
from iar.stages.ingest import ingest_night, unsealed_jobs
from tests.commands import contents
from tests.iar.hours import NIGHT, SHORT, STATION, counts_of, expected_counts, ingest, kinds, put, samples


def test_what_a_killed_run_left_unsealed_does_not_count(archive, folder):
    put(folder, 0, samples(1, SHORT))
    ingest(archive, folder)
    archive.write(NIGHT, {"counts/counts": expected_counts((0, samples(1, SHORT)), (5, samples(9)))})  # then killed
    put(folder, 7, samples(2, SHORT))
    ingest(archive, folder)
    np.testing.assert_array_equal(counts_of(archive), expected_counts((0, samples(1, SHORT)), (7, samples(2, SHORT))))


def test_a_run_killed_before_its_first_seal_is_done_again_from_nothing(archive, folder):
    archive.write(NIGHT, {"counts/counts": expected_counts((0, samples(9)))})  # then killed
    put(folder, 0, samples(1, SHORT))
    assert kinds(ingest(archive, folder)) == ["short"]
    np.testing.assert_array_equal(counts_of(archive), expected_counts((0, samples(1, SHORT))))


def chunk_of(archive, hour):
    place = (NIGHT - STATION.first_night).days
    return Path(archive.url) / f"counts/counts/c/{place}/0/{hour}"


def test_a_late_hour_is_refused_by_a_night_that_lost_another_and_nothing_is_sealed_anew(archive, folder):
    ingest(archive, put(folder, 0, samples(1)), put(folder, 6, samples(2)))
    before = archive.manifest(NIGHT)
    chunk_of(archive, 6).unlink()
    late = put(folder, 9, samples(3))
    lost = r"night 2014-01-10 .* counts hold 0 samples of CH1_2014_01_10_18\.dat, the manifest says 360000; `iar doctor"
    with pytest.raises(DamagedArchiveError, match=lost):
        ingest(archive, late)
    assert archive.manifest(NIGHT) == before
    (Path(archive.url) / "manifest/2014/2014-01-10.json").unlink()
    ingest(archive, folder)
    whole = expected_counts((0, samples(1)), (6, samples(2)), (9, samples(3)))
    np.testing.assert_array_equal(counts_of(archive), whole)


def test_samples_that_changed_on_disk_are_not_sealed_anew_by_a_late_hour(archive, folder):
    ingest(archive, put(folder, 0, samples(1, SHORT)))
    archive.write(NIGHT, {"counts/counts": expected_counts((0, samples(2, SHORT)))})
    with pytest.raises(DamagedArchiveError, match="counts are not the samples that were sealed"):
        ingest(archive, put(folder, 9, samples(3)))


def test_a_night_whose_ingest_was_killed_is_sealed_as_it_was_without_its_files(archive, folder):
    ingest(archive, put(folder, 0, samples(1)))
    before, sealed = contents(Path(archive.url)), archive.read(NIGHT, "counts/counts") != MISSING
    assert unsealed_jobs(archive) == []
    archive.unseal(NIGHT, ["counts"], pack_presence(sealed))
    archive.write(NIGHT, {"counts/counts": expected_counts((0, samples(1)), (5, samples(9)))})  # then killed
    (job,) = unsealed_jobs(archive)
    assert ingest_night(archive, job).read == ()
    assert unsealed_jobs(archive) == []
    assert contents(Path(archive.url)) == before


def test_a_mark_that_a_run_killed_at_its_end_left_is_taken_away(archive, folder):
    ingest(archive, put(folder, 0, samples(1, SHORT)))
    before, manifest = contents(Path(archive.url)), archive.manifest(NIGHT)
    archive.unseal(NIGHT, ["counts"], "some")
    mark = Path(archive.url) / "manifest/.unsealed/2014-01-10"
    archive.replace_manifest(manifest)
    mark.touch()  # killed before it was gone
    for job in unsealed_jobs(archive):
        ingest_night(archive, job)
    assert contents(Path(archive.url)) == before


def test_a_night_that_lost_samples_after_a_kill_is_not_restored(archive, folder):
    ingest(archive, put(folder, 0, samples(1)))
    archive.unseal(NIGHT, ["counts"], pack_presence(archive.read(NIGHT, "counts/counts") != MISSING))
    chunk_of(archive, 0).unlink()
    with pytest.raises(DamagedArchiveError, match="counts lack 360000 samples that were sealed"):
        ingest(archive, put(folder, 9, samples(3)))
