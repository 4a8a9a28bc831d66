"""Completeness as a flow: what the command would have kept, and artifacts that lead to the quick-look."""

import json
import shutil

import pytest

from flows.completeness import completeness
from iar.archive.store import Archive
from iar.results.limits import looked_with, measured_with
from tests.commands import run_within
from tests.flows.seen import NIGHTS, artifacts

pytestmark = pytest.mark.usefixtures("prefect_server")
FANS = 4


def test_the_flow_keeps_what_the_command_keeps(judged, tmp_path):
    by_flow, by_command = (shutil.copytree(judged, tmp_path / name) for name in ("flow", "command"))
    assert completeness(str(by_flow), injections=FANS, seed=3) == len(NIGHTS)
    assert (
        run_within("completeness", "--archive", by_command, "--injections", FANS, "--seed", 3, "--workers", 1)[0] == 0
    )
    report = Archive(str(by_flow)).completeness()
    assert report == Archive(str(by_command)).completeness()
    assert len(report["injections"]) == FANS
    assert measured_with(report) == looked_with(Archive(str(by_flow)).manifest(NIGHTS[0]))
    assert sum(row["laid"] for row in json.loads(artifacts("completeness")[-1].data) if "dB" in row["fans"]) == FANS
    assert "http://127.0.0.1:4201/completeness.png" in artifacts("detection-limits")[-1].data
    assert artifacts("progress")[-1].data == 100
