"""Two real sites at 10 Hz, at midday, without fringes: too little of the band is there, and the verdict says so."""

import datetime as dt

import numpy as np
import pytest

from iar.archive.store import Archive
from iar.night import MISSING
from iar.stages.fringes import read_verdict
from tests.commands import run_within
from tests.data import real_data

obspy = pytest.importorskip("obspy")
NIGHT = dt.date(2013, 5, 12)
STATION = """
name: adelaide
latitude_deg: -32.4
longitude_deg: 137.1
format: miniseed
rate_hz: 10
unit: nT
dark: {kind: hours, from_hour: 2, to_hour: 5}
"""
"""The hours that there are are taken for dark: it is the band that is asked about."""


@pytest.fixture(scope="module", params=["BP02", "BP03"])
def site(request, tmp_path_factory):
    """Files of a site, its archive, processed, and what the commands said."""
    data = real_data("adelaide")
    folder = tmp_path_factory.mktemp(request.param)
    (folder / "station.yaml").write_text(STATION)
    files, station = sorted(data.glob(f"{request.param}*")), ("--station", folder / "station.yaml")
    ingested = run_within("ingest", *files, "--archive", folder / "archive", *station, "--workers", 1)
    night = ("--first-night", NIGHT, "--last-night", NIGHT, "--workers", 1)
    processed = run_within("process", "--archive", folder / "archive", *night)
    assert (ingested[0], processed[0]) == (0, 0), f"{ingested}\n{processed}"
    return Archive(str(folder / "archive")), ingested[1], processed[1], files


def test_it_ends_as_no_fringes_with_the_reason_that_names_the_band(site):
    archive, ingested, processed, _ = site
    verdict = read_verdict(archive, NIGHT)
    assert verdict.name == "no_fringes"
    assert verdict.reason.startswith("the samples carry 0.5 to 4.0 Hz: fringes are looked for in a band of at least 4")
    assert processed.startswith(f"{NIGHT}  no_fringes    {verdict.reason}")
    assert "samples at 10 Hz carry 0.5 to 4.0 Hz: above that density is missing" in ingested


def test_density_is_there_below_four_hertz_and_missing_above(site):
    (density,) = site[0].read_sealed(NIGHT, "spectra", "spectra/density")
    there = np.isfinite(density).any(axis=1)
    np.testing.assert_array_equal(there, np.broadcast_to(site[0].frequency_hz <= 4.0, there.shape))


def test_counts_are_the_field_as_it_was_written_in_nt(site):
    archive, files = site[0], site[-1]
    manifest = archive.manifest(NIGHT)
    assert len(manifest.sources) == 2
    assert not any(source.unreadable for source in manifest.sources)
    for channel, file in enumerate(files):
        (trace,) = obspy.read(file)
        counts = archive.read(NIGHT, "counts/counts", channel=channel)
        there = counts[counts != MISSING] * archive.station.volts_per_count
        assert len(there) == pytest.approx(10 * trace.stats.npts, abs=20)
        assert np.std(there) == pytest.approx(np.std(trace.data), rel=0.01)
