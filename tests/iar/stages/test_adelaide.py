"""Real floats at 10 Hz, from two sites near Adelaide: read whole, and judged by what they can carry."""

import datetime as dt
import os
from pathlib import Path

import numpy as np
import obspy
import pytest

from iar.night import MISSING
from iar.records.finding import find_records
from iar.settings import DarkHours, Station
from iar.stages.creation import create_archive
from iar.stages.fringes import read_verdict
from iar.stages.ingest import ingest_night, station_format
from iar.stages.process import process_night
from iar.stages.stage import Setup
from iar.stages.taking_in import plan_intake

DATA = Path(os.environ.get("IAR_TEST_DATA") or Path(__file__).parents[4] / "shared/data") / "adelaide"
NIGHT = dt.date(2013, 5, 12)  # the hours are those of its noon, by the clock of the place

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason=f"no adelaide in {DATA.parent}")


@pytest.mark.parametrize("site", ["BP02", "BP03"])
def test_a_site_ends_without_fringes_and_the_reason_names_the_band(site, tmp_path):
    station = Station.model_validate({
        "name": site.lower(), "latitude_deg": -34.9, "longitude_deg": 138.6, "format": "miniseed", "rate_hz": 10,
        "unit": "nT", "dark": DarkHours(from_hour=2, to_hour=6),
    })  # fmt: skip
    archive = create_archive(str(tmp_path / "archive"), station)
    jobs, intake = plan_intake(archive, find_records(sorted(DATA.glob(f"{site}*")), station_format(station)))
    (report,) = (ingest_night(archive, job) for job in jobs)
    assert (len(report.read), report.unreadable, intake.unusable) == (2, [], [])
    counts = archive.read(NIGHT, "counts/counts")
    for channel, letter in enumerate("xy"):
        (trace,) = obspy.read(DATA / f"{site}_nanotesla.b{letter}.mseed")
        there = counts[channel][counts[channel] != MISSING] * station.volts_per_count
        assert len(there) == pytest.approx(10 * trace.stats.npts, abs=20)
        assert np.std(there) == pytest.approx(np.std(trace.data), rel=0.01)  # nT, as they were written
    process_night(archive, NIGHT, Setup())
    verdict = read_verdict(archive, NIGHT)
    assert verdict.name == "no_fringes"
    assert verdict.reason.startswith("the samples carry 0.5 to 4.0 Hz: fringes are looked for in a band of at least 4")
