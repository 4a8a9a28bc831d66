"""Coils that point elsewhere: turned, their spectra are those of the field along north and east."""

import datetime as dt
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iar.errors import InputError
from iar.physics.alfven import declination_deg
from iar.records.members import TarMember
from iar.records.record import RecordFile
from iar.settings import FlatResponse, Station, load_station
from iar.spectra.band import Band
from iar.spectra.density import Spectra, night_spectra
from iar.spectra.turning import turn_spectra
from iar.stages.creation import create_archive
from iar.stages.ingest import NightRecords, ingest_night
from iar.stages.process import process_night
from iar.stages.stage import Setup
from iar.stages.station import coil_azimuths_deg

BAND = Band()
SCALE = np.ones(len(BAND.frequency_hz))


def field(slots: int = 4) -> np.ndarray:
    """North and east of noise that is partly the same in both, and of an elliptical wave: pT, shape (2, sample)."""
    rng, t = np.random.default_rng(1), np.arange(slots * 10_000) / 100
    both = rng.normal(size=t.size)
    north = rng.normal(size=t.size) + both + 3 * np.cos(2 * np.pi * 2.1 * t)
    east = 0.5 * rng.normal(size=t.size) + 0.7 * both + 2 * np.cos(2 * np.pi * 2.1 * t + 1.0)
    return np.stack([north, east])


def measured(azimuth_deg: tuple[float, float], b: np.ndarray) -> np.ndarray:
    """What coils of these azimuths measure: the field along each axis."""
    return np.stack([b[0] * np.cos(a) + b[1] * np.sin(a) for a in np.radians(azimuth_deg)])


@settings(max_examples=15, deadline=None)
@given(st.floats(-180, 180), st.floats(30, 150))
def test_turned_spectra_are_those_of_north_and_east_whatever_the_coils_directions(first, between):
    b = field()
    direct = night_spectra(b, band=BAND, pt_per_count=SCALE)
    coils = night_spectra(measured((first, first + between), b), band=BAND, pt_per_count=SCALE)
    turned = turn_spectra(coils, (first, first + between))
    inner = np.s_[1:-1]
    np.testing.assert_allclose(turned.density[:, inner], direct.density[:, inner], rtol=2e-3)
    np.testing.assert_allclose(turned.cross[inner], direct.cross[inner], rtol=2e-3, atol=2e-3)


def test_coils_to_north_and_east_stay():
    coils = night_spectra(field(), band=BAND, pt_per_count=SCALE)
    turned = turn_spectra(coils, (0.0, 90.0))
    np.testing.assert_allclose(turned.density, coils.density, rtol=1e-6)
    np.testing.assert_allclose(turned.cross, coils.cross, rtol=1e-6)


def test_where_one_coil_is_missing_both_directions_are():
    density = np.ones((2, 3, 5), np.float32)
    density[1, 1] = np.nan
    cross = np.where(np.isnan(density[1]), np.nan, 0.1).astype(np.complex64)
    turned = turn_spectra(Spectra(density, cross), (20.0, 110.0))
    assert np.isnan(turned.density[:, 1]).all()
    assert np.isfinite(turned.density[:, ::2]).all()


def test_coils_that_point_the_same_way_are_refused():
    spectra = Spectra(np.ones((2, 1, 1), np.float32), np.ones((1, 1), np.complex64))
    with pytest.raises(ValueError, match="azimuths 10 and 190 degrees: the coils point the same way"):
        turn_spectra(spectra, (10.0, 190.0))


def test_a_station_says_which_coils_are_too_near(tmp_path):
    path = tmp_path / "station.yaml"
    path.write_text("azimuth_deg: [10, 30]\n")
    with pytest.raises(InputError, match="azimuth_deg: 10 and 30: expected at least 30 degrees between the coils"):
        load_station(str(path))


def test_from_magnetic_north_the_declination_of_the_night_is_added():
    """Moshiri 2020: 9.9 degrees west; by the World Magnetic Model of that year 10."""
    station = Station(latitude_deg=44.37, longitude_deg=142.27, azimuth_deg=(0, 90), azimuth_from="magnetic")
    north, east = coil_azimuths_deg(station, dt.date(2020, 1, 1))
    assert north == pytest.approx(-9.9, abs=0.5)
    assert east - north == 90
    assert coil_azimuths_deg(station.model_copy(update={"azimuth_from": "geographic"}), dt.date(2020, 1, 1)) == (0, 90)
    assert coil_azimuths_deg(Station(), dt.date(2020, 1, 1)) is None


@pytest.mark.parametrize(
    ("place", "expected_deg"), [((55.314, -3.206), -2.0), ((44.37, 142.27), -9.9), ((-34.9, 138.6), 8.1)]
)
def test_the_declination_is_that_of_charts(place, expected_deg):
    assert declination_deg(*place, dt.date(2020, 1, 1)) == pytest.approx(expected_deg, abs=0.6)


def raw(counts: np.ndarray, channel: int) -> RecordFile:
    content = counts.astype("<i4").tobytes()
    source = TarMember(Path("a.tar"), f"{channel}.raw", len(content), 0, content)
    start = np.datetime64("2014-01-10T12:00", "ms")
    return RecordFile(source, channel, start, 100.0, len(counts), decode)


def decode(content: bytes):
    return np.frombuffer(content, "<i4").astype(np.int32), []


def test_a_night_of_turned_coils_has_the_spectra_of_the_field(tmp_path):
    b, night = 1000 * field(), dt.date(2014, 1, 10)
    plain = Station(response=FlatResponse(volts_per_nt=1), volts_per_count=1e-6)
    turned = plain.model_copy(update={"azimuth_deg": (35.0, 140.0)})
    found = {}
    for name, station, samples in (("plain", plain, b), ("turned", turned, measured((35, 140), b))):
        archive = create_archive(str(tmp_path / name), station)
        counts = np.rint(samples).astype(np.int32)
        ingest_night(archive, NightRecords(night, tuple(raw(counts[channel], channel) for channel in (0, 1))))
        process_night(archive, night, Setup())
        found[name] = archive.read(night, "spectra/density")
    there = np.isfinite(found["plain"])
    assert there.any()
    np.testing.assert_array_equal(np.isfinite(found["turned"]), there)
    np.testing.assert_allclose(found["turned"][there], found["plain"][there], rtol=0.01)
