"""Flows run for real: Prefect's server, a Dask cluster of processes, an archive on disk."""

import datetime as dt
import json
import shutil
from pathlib import Path

import pytest

from iar.archive.store import Archive
from tests.commands import contents
from tests.flows.seen import artifacts, events

DAY = dt.timedelta(days=1)

pytestmark = pytest.mark.usefixtures("prefect_server")


@pytest.fixture(scope="module")
def served(
    prefect_server: None,  # noqa: ARG001 - it is there before the first flow
    hours: Path,
    night: dt.date,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """Folder with the archive and the picture that two flows made of the simulated hours."""
    from flows.find_fringes import find_fringes
    from flows.ingest_hours import ingest_hours

    folder = tmp_path_factory.mktemp("served")
    (folder / "station.yaml").write_text("name: eskdalemuir\n")  # round coils, as of `hours`
    assert ingest_hours(str(hours), str(folder / "archive"), station=str(folder / "station.yaml")) == 1
    assert find_fringes(str(folder / "archive"), night, night, pictures=str(folder / "pictures")) == 1
    return folder


@pytest.mark.smoke
def test_flows_seal_the_bytes_of_the_command_line(served, processed):
    assert contents(served / "archive") == contents(processed)


def test_picture_and_artifacts_are_there(served, night):
    assert (served / f"pictures/{night}.png").read_bytes().startswith(b"\x89PNG")
    (verdicts,) = artifacts("verdicts")
    assert json.loads(verdicts.data)[0]["verdict"] == "fringes"
    assert f"http://127.0.0.1:4201/nights/{night}.png" in artifacts("nights")[-1].data
    assert artifacts("coverage")


def test_flows_over_sealed_nights_change_nothing(served, hours, night, processed):
    from flows.backfill import backfill
    from flows.ingest_hours import ingest_hours

    assert backfill(str(served / "archive"), night - DAY, night + DAY) == 1
    assert ingest_hours(str(hours), str(served / "archive")) == 1
    assert contents(served / "archive") == contents(processed)


def test_event_tells_once_which_nights_changed(served, night):
    (payload,) = [event["payload"] for event in events("iar.nights.changed") if "served" in event["payload"]["archive"]]
    assert payload["archive"] == str(served / "archive")
    assert payload["nights"] == [str(night - DAY), str(night), str(night + DAY)]


def test_night_that_fails_leaves_the_others_and_fails_the_flow(processed, night, tmp_path):
    from flows.backfill import backfill

    archive = tmp_path / "archive"
    shutil.copytree(processed, archive)
    broken = night + dt.timedelta(days=1)
    text = (archive / f"manifest/2014/{night}.json").read_text().replace(f'"{night}"', f'"{broken}"')
    stages = json.loads(text)
    stages["stages"] = {"counts": stages["stages"]["counts"]}
    (archive / f"manifest/2014/{broken}.json").write_text(json.dumps(stages))
    place = Archive(str(archive)).index(broken)
    chunk = archive / f"counts/counts/c/{place}/0/0"
    chunk.parent.mkdir(parents=True)
    chunk.write_bytes(b"not a chunk")
    with pytest.raises(RuntimeError, match=f"1 failed: {broken}: "):
        backfill(str(archive), night, broken)
    assert Archive(str(archive)).manifest(night).is_sealed("fringes")
    assert not Archive(str(archive)).manifest(broken).is_sealed("spectra")


def test_unreadable_file_fails_the_flow_after_the_others_are_in(hours, night, tmp_path):
    from flows.ingest_hours import ingest_hours

    inbox = tmp_path / "inbox"
    inbox.mkdir()
    shutil.copy2(hours / "CH1_2014_01_10_12.dat", inbox)
    (inbox / "CH2_2014_01_10_12.dat").write_bytes(b"")
    with pytest.raises(RuntimeError, match=r"CH2_2014_01_10_12.dat: the file is empty"):
        ingest_hours(str(inbox), str(tmp_path / "archive"), settle_s=0)
    assert Archive(str(tmp_path / "archive")).manifest(night).is_sealed("counts")
