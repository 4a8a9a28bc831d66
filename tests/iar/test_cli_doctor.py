"""`iar doctor`: it says what it would do, does it when asked, and leaves with 0 once all is well."""

import shutil
from pathlib import Path

import pytest

from iar.archive.store import Archive
from tests.commands import contents, run_here


@pytest.fixture
def archive(processed, tmp_path):
    return Path(shutil.copytree(processed, tmp_path / "archive"))


def chunk_of(archive, path, night):
    place = archive / path / "c" / str(Archive(str(archive)).index(night))
    return next(chunk for chunk in place.rglob("*") if chunk.is_file())


def cut(chunk):
    chunk.write_bytes(chunk.read_bytes()[:100])


def test_damage_is_told_then_mended_and_made_anew(archive, processed, night, capsys):
    cut(chunk_of(archive, "detection/probability", night))
    damaged = contents(archive)
    status, out, err = run_here(capsys, "doctor", "--archive", archive)
    assert status == 1
    assert f"BAD  archive {archive}: {night}: detection/probability of night {night}" in out
    assert "     --mend would unseal what is damaged of 1 night(s)" in out
    assert err.startswith(f"failed: archive {archive}: {night}: ")
    assert contents(archive) == damaged
    status, out, err = run_here(capsys, "doctor", "--archive", archive, "--mend")
    assert (status, err) == (0, "")
    unsealed = "probability, fringes, polarisation, harmonics, pc1"
    assert f"     mended: {night}: unsealed {unsealed}: `iar process` makes them anew\n" in out
    span = ("--first-night", night, "--last-night", night, "--workers", 1)
    assert run_here(capsys, "process", "--archive", archive, *span)[0] == 0
    assert contents(archive) == contents(processed)


def test_what_only_a_person_can_mend_stays_a_failure(archive, hours, processed, night, capsys):
    cut(archive / f"counts/counts/c/{Archive(str(archive)).index(night)}/1/3")
    status, out, err = run_here(capsys, "doctor", "--archive", archive, "--mend")
    assert status == 1
    unsealed = "counts, spectra, classical, probability, fringes, polarisation, harmonics, pc1, schumann"
    assert f"mended: 2014-01-10: unsealed {unsealed}" in out
    assert err.endswith("`iar ingest` of CH2_2014_01_10_15.dat, then `iar process` makes them anew\n")
    assert run_here(capsys, "ingest", hours, "--archive", archive, "--workers", 1)[0] == 0
    span = ("--first-night", night, "--last-night", night, "--workers", 1)
    assert run_here(capsys, "process", "--archive", archive, *span)[0] == 0
    assert contents(archive) == contents(processed)
