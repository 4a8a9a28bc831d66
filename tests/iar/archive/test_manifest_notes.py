"""A seal that leaves out what it should note: somebody wrote the manifest by hand."""

import datetime as dt
import json
import shutil
from pathlib import Path

import pytest

from iar.archive.store import Archive
from iar.errors import DamagedArchiveError
from iar.stages.pipeline import computed
from tests.commands import run_here

STAGES = ("counts", *(stage.name for stage in computed()))


@pytest.fixture
def without_notes(processed, night, tmp_path) -> Path:
    """Archive of a night whose manifest has every seal and no note."""
    archive = shutil.copytree(processed, tmp_path / "archive")
    path = archive / f"manifest/{night.year}/{night}.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    for stage in content["stages"].values():
        stage["note"] = {}
    path.write_text(json.dumps(content), encoding="utf-8")
    return archive


@pytest.mark.parametrize("command", ["coverage", "export", "plot", "report", "climatology", "process", "doctor"])
def test_every_command_ends_with_a_line_that_names_the_night(capsys, without_notes, night, tmp_path, command):
    span = ("--first-night", night, "--last-night", night)
    options = {
        "export": (*span, "--out", tmp_path / "t.csv"), "plot": ("--night", night, "--out", tmp_path / "t.png"),
        "report": (*span, "--out", tmp_path / "t.html"), "process": span, "climatology": span,
    }  # fmt: skip
    status, out, err = run_here(capsys, command, "--archive", without_notes, *options.get(command, ()))
    assert status in {1, 2}, err
    content = f"{out}{err}"
    assert "says nothing of its" in content
    assert str(night) in content


@pytest.mark.parametrize("stage", STAGES)
def test_what_is_noted_is_found_and_what_is_not_is_damage(processed, night, stage):
    manifest = Archive(str(processed)).manifest(night)
    for key, value in manifest.stages[stage].note.items():
        assert manifest.noted(stage, key) == value
    with pytest.raises(DamagedArchiveError, match=f"night {night} is damaged: {stage} says nothing of its 'colour'"):
        manifest.noted(stage, "colour")


def test_a_stage_that_is_not_sealed_notes_nothing(processed):
    manifest = Archive(str(processed)).manifest(dt.date(2014, 2, 1))
    with pytest.raises(DamagedArchiveError, match="fringes says nothing of its 'name'"):
        manifest.noted("fringes", "name")
