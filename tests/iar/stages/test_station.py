import datetime as dt
import json

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from iar.archive.store import Archive
from iar.detection.inference import pack_probability
from iar.errors import InputError
from iar.night import SLOT_S, dark_slots, slot_times
from iar.physics.sun import sun_elevation_deg
from iar.results.export import night_tables
from iar.results.picture import night_picture
from iar.settings import (
    DarkHours,
    DarkSun,
    FlatResponse,
    Processing,
    ResonantResponse,
    SpectraSettings,
    Station,
    TableResponse,
)
from iar.stages.creation import create_archive
from iar.stages.fringes import read_spacing, read_verdict
from iar.stages.station import no_dark_reason, response_at, station_dark, station_pt_per_count
from tests.nights import run_stage, stage_signature

WINTER, SUMMER = dt.date(2014, 12, 21), dt.date(2014, 6, 21)
PROCESSING = Processing()
TABLE = TableResponse(frequency_hz=(0.5, 10.5), volts_per_nt=(0.05, 0.5), phase_deg=(90, 30))

stations = st.builds(
    Station,
    latitude_deg=st.floats(-75, 75),
    longitude_deg=st.floats(-180, 180),
    boundary_hour=st.integers(0, 23),
    dark=st.builds(DarkSun, below_deg=st.floats(-18, 0)),
)
nights = st.dates(dt.date(2000, 1, 1), dt.date(2049, 12, 31))


def test_fixed_hours_are_the_same_in_every_night():
    station = Station(dark=DarkHours(from_hour=20, to_hour=4))
    for night in (WINTER, SUMMER):
        np.testing.assert_array_equal(station_dark(station, night), dark_slots(20, 4, 12))


@given(station=stations, night=nights)
def test_a_slot_is_dark_where_the_sun_is_low_at_its_middle(station, night):
    middle = slot_times(night, station.boundary_hour) + np.timedelta64(SLOT_S // 2, "s")
    elevation = sun_elevation_deg(middle, station.latitude_deg, station.longitude_deg)
    dark = station_dark(station, night)
    assert dark.shape == (864,)
    assert (elevation[dark] < station.dark.below_deg).all()
    assert (elevation[~dark] >= station.dark.below_deg).all()


@given(station=stations, night=nights)
def test_a_lower_sun_leaves_fewer_dark_slots(station, night):
    deeper = station.model_copy(update={"dark": DarkSun(below_deg=station.dark.below_deg - 5)})
    assert not (station_dark(deeper, night) & ~station_dark(station, night)).any()


def test_the_dark_part_of_winter_is_long_and_lies_around_local_midnight():
    station = Station(dark=DarkSun(below_deg=-6))
    dark = np.flatnonzero(station_dark(station, WINTER))
    assert len(dark) * SLOT_S / 3600 == pytest.approx(15.5, abs=0.5)  # 17 h of night less two civil twilights
    middle_h = (dark[0] + dark[-1] + 1) / 2 * SLOT_S / 3600 + station.boundary_hour
    assert middle_h == pytest.approx(24 + 3.206 / 15, abs=0.1)


def test_midsummer_has_no_dark_slot_and_says_why():
    station = Station(dark=DarkSun(below_deg=-12))
    assert not station_dark(station, SUMMER).any()
    assert no_dark_reason(station) == "the sun is never below -12 degrees"


def test_hours_between_two_slots_hold_none_and_say_why():
    station = Station(dark=DarkHours(from_hour=18.001, to_hour=18.002))
    assert not station_dark(station, WINTER).any()
    assert no_dark_reason(station) == "no slot lies between 18.001 and 18.002 h UTC"


@pytest.mark.parametrize(
    ("response", "expected"),
    [
        (FlatResponse(volts_per_nt=0.2), [0.2, 0.2, 0.2]),
        (TABLE, [0.05j, 0.275 * np.exp(1j * np.pi / 3), 0.5 * np.exp(1j * np.pi / 6)]),
        (ResonantResponse(), None),
    ],
)
def test_a_stations_coil_is_complex_and_its_conversion_is_one_over_the_amplitude(response, expected):
    station, frequency_hz = Station(response=response, volts_per_count=2e-6), np.array([0.5, 5.5, 10.5])
    coil = response_at(response, frequency_hz)
    assert coil.dtype == np.complex128
    if expected is not None:
        np.testing.assert_allclose(coil, expected, atol=1e-12)
    conversion = station_pt_per_count(station, WINTER, frequency_hz)
    assert conversion.shape == (2, 3)
    np.testing.assert_allclose(conversion * coil, 2e-3)


def test_a_simulator_may_ask_a_table_for_every_frequency():
    beyond = response_at(TABLE, np.array([0.0, 50.0]))
    np.testing.assert_allclose(beyond, [0.05j, 0.5 * np.exp(1j * np.pi / 6)], atol=1e-12)


def make_archive(folder, dark, night=SUMMER):
    """Archive with spectra and probability of one night, as if the stages before had sealed them."""
    station = Station(dark=dark, first_night=night, last_night=night)
    archive = create_archive(str(folder), station)
    rng = np.random.default_rng(3)
    density = rng.gamma(3, 0.1, (2, 864, len(archive.frequency_hz))).astype(np.float32)
    archive.write(night, {"spectra/density": density, "spectra/effort": np.ones((2, 864), dtype=np.float32)})
    archive.seal(night, "spectra", "simulated")
    probability = rng.uniform(size=density.shape[1:]).astype(np.float32)
    archive.write(night, {"detection/probability": pack_probability(probability)})
    archive.seal(night, "probability", "simulated", {"threshold": 0.5})
    return archive


@pytest.fixture(scope="module")
def bright(tmp_path_factory):
    """Archive of a night that the sun never leaves, through the stages that look at the dark part."""
    archive = make_archive(tmp_path_factory.mktemp("bright") / "archive", DarkSun(below_deg=-12))
    run_stage("classical", archive, SUMMER, PROCESSING)
    run_stage("fringes", archive, SUMMER, PROCESSING)
    return archive


def test_a_night_without_dark_has_no_data_and_says_why(bright):
    verdict = read_verdict(bright, SUMMER)
    assert (verdict.name, verdict.reason) == ("no_data", "the sun is never below -12 degrees")


def test_a_night_without_dark_has_no_fringe_anywhere(bright):
    assert set(np.unique(bright.read_sealed(SUMMER, "classical", "detection/classical")[0])) <= {0, 255}
    spacing = read_spacing(bright, SUMMER)
    assert np.isnan(spacing.delta_f_hz).all()
    assert np.isnan(spacing.frequency_hz).all()


def test_a_night_without_dark_is_drawn_and_exported(bright, tmp_path):
    night_picture(bright, SUMMER, tmp_path / "night.png")
    assert (tmp_path / "night.png").stat().st_size > 10_000
    (table,) = night_tables(bright, SUMMER)
    assert (table["verdict"] == "no_data").all()
    assert table["delta_f_hz"].isna().all()


def test_the_dark_part_is_in_the_signatures_of_what_it_decides(tmp_path):
    signatures = set()
    for i, dark in enumerate((DarkHours(), DarkHours(from_hour=19), DarkSun(), DarkSun(below_deg=-12))):
        archive = make_archive(tmp_path / str(i), dark)
        signatures.add(stage_signature("classical", archive, SUMMER))
        signatures.add(stage_signature("fringes", archive, SUMMER))
    assert len(signatures) == 8


def test_a_table_that_ends_inside_the_band_makes_no_archive(tmp_path):
    station, spectra = Station(response=TABLE), SpectraSettings(high_hz=20)
    with pytest.raises(InputError, match=r"calibration table of station eskdalemuir reaches from 0\.5 to 10\.5 Hz"):
        create_archive(str(tmp_path / "archive"), station, spectra)
    assert not (tmp_path / "archive").exists()
    assert create_archive(str(tmp_path / "archive"), station).station == station


def test_an_archive_names_its_channels_as_its_station_does(tmp_path):
    url = str(tmp_path / "archive")
    assert create_archive(url, Station(channels=("X", "Y"))).channels == ("X", "Y")
    with xr.open_zarr(url, group="counts", consolidated=False) as counts:
        assert counts["channel"].to_numpy().tolist() == ["X", "Y"]


def test_an_archive_of_other_settings_is_in_one_line(tmp_path):
    folder = tmp_path / "archive"
    create_archive(str(folder), Station())
    meta = json.loads((folder / "zarr.json").read_text())
    meta["attributes"]["station"]["dark_from_hour"] = 18.0
    (folder / "zarr.json").write_text(json.dumps(meta))
    with pytest.raises(InputError, match=r"station of .*archive: dark_from_hour = 18\.0: unknown field"):
        _ = Archive(str(folder)).station
