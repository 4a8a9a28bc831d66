"""Responses of instruments, in files that ObsPy wrote, are those that were put into them."""

import datetime as dt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from iar.errors import InputError
from iar.settings import load_station
from iar.settings.instruments import Asked, night_bounds, read_sac_rows
from iar.stages.station import coils_pt_per_count

obspy = pytest.importorskip("obspy")
from tests.responses import RESP, SAC, channel, coil, station_xml  # noqa: E402

HZ = np.array([0.5, 1.0, 3.3, 10.5, 30.0, 44.0])
DAY = dt.timedelta(days=1)
EARLIEST = dt.datetime(2010, 1, 1)  # noqa: DTZ001 - times of SEED are UTC


def truth(volts_per_nt, corner_hz, volts_per_count=3e-6):
    """PT per count of that coil, written down by hand."""
    shape = 1j * HZ / (1j * HZ + corner_hz) * abs((1j + corner_hz) / 1j)
    return 1e3 * volts_per_count / (volts_per_nt * shape)


GAIN = "B058F04     Gain:                                  3.333333e+05\n"
TWO = "name: here\nformat: miniseed\ncalibrations: [{file: coils.xml}]\n"


def test_station_xml_gives_each_coil_its_response_and_its_epochs(station_file, tmp_path):
    station_xml(
        tmp_path / "coils.xml",
        channel("HHN", coil(0.05, 0.3), "2012-09-01", "2016-05-01T09:00"),
        channel("HHN", coil(0.2, 2.0), "2016-05-01T09:00", "2599-12-31"),
        channel("HHE", coil(0.06, 0.4, unit="nT", volts_per_count=2e-6), "2012-09-01"),
        channel("LOG", None, "2012-09-01"),
    )
    station = load_station(station_file(TWO))
    assert {one.volts_per_count for one in station.calibrations} == {3e-6, 2e-6}
    before, after = dt.date(2016, 4, 29), dt.date(2016, 4, 30)  # whose middle is on 1 May at 00:00
    expected = {
        before: [truth(0.05, 0.3), truth(0.06, 0.4, 2e-6)],
        after + DAY: [truth(0.2, 2.0), truth(0.06, 0.4, 2e-6)],
    }
    for night, both in expected.items():
        np.testing.assert_allclose(coils_pt_per_count(station, night, HZ), both, rtol=1e-3)
    assert station.chain(0, after) == station.chain(0, before)


def test_streams_say_which_channels_of_the_file_are_the_coils(station_file, tmp_path):
    station_xml(tmp_path / "coils.xml", *(channel(f"HH{c}", coil(0.05 + i / 10, 1.0)) for i, c in enumerate("ZUV")))
    text = TWO + 'streams: ["GB.ESK..HHU", "GB.ESK..HHV"]\n'
    station = load_station(station_file(text))
    np.testing.assert_allclose(
        coils_pt_per_count(station, dt.date(2014, 1, 1), HZ), [truth(0.15, 1.0), truth(0.25, 1.0)], rtol=1e-3
    )


def test_a_file_of_one_coil_is_given_to_the_coil_and_the_nights_that_the_station_says(station_file, tmp_path):
    station_xml(tmp_path / "new.xml", channel("BF", coil(0.07, 0.5)))
    row = "{channel: EW, from_night: 2015-01-01, file: new.xml}"
    station = load_station(station_file(f"name: here\ncalibrations: [{row}]\n"))
    (one,) = station.calibrations
    assert (one.channel, one.from_night, one.to_night) == ("EW", dt.date(2015, 1, 1), None)
    found = coils_pt_per_count(station, dt.date(2015, 1, 1), HZ)
    np.testing.assert_allclose(found[1], truth(0.07, 0.5), rtol=1e-3)
    np.testing.assert_allclose(found[0], 0.02)


def test_resp_is_read_as_station_xml_is(station_file, tmp_path):
    (tmp_path / "RESP.GB.ESK..HHN").write_text(RESP)
    station = load_station(station_file("name: here\ncalibrations: [{file: RESP.GB.ESK..HHN}]\n"))
    found = coils_pt_per_count(station, dt.date(2014, 1, 1), HZ)
    np.testing.assert_allclose(found[0], truth(0.05, 0.3), rtol=1e-3)
    np.testing.assert_allclose(found[1], 0.02)  # of which the file says nothing
    assert station.calibrations[0].from_night == dt.date(2012, 8, 31)  # whose middle is its start


@pytest.mark.parametrize(("unit", "constant"), [("COUNTS", 0.05e9 / 3e-6), ("V", 0.05e9)])
def test_poles_and_zeros_of_sac_are_read_with_their_constant_and_units(station_file, tmp_path, unit, constant):
    text = SAC.format(end="2999-12-31T23:59:59", unit=unit, constant=constant * abs((1j + 0.3) / 1j))
    (tmp_path / "SAC_PZs").write_text(text)
    station = load_station(station_file("name: here\nvolts_per_count: 3.0e-6\ncalibrations: [{file: SAC_PZs}]\n"))
    (one,) = station.calibrations
    assert (one.channel, one.from_night, one.to_night, one.response.kind) == (
        "NS", dt.date(2012, 8, 31), None, "poles-zeros",
    )  # fmt: skip
    np.testing.assert_allclose(coils_pt_per_count(station, dt.date(2014, 1, 1), HZ)[0], truth(0.05, 0.3), rtol=1e-6)


def test_blocks_of_a_sac_file_are_epochs(station_file, tmp_path):
    old = SAC.format(end="2016-05-01T00:00:00", unit="V", constant=1e8)
    new = SAC.replace("2012-09-01", "2016-05-01").format(end="", unit="V", constant=2e8)
    (tmp_path / "SAC_PZs").write_text(old + "\n" + new)
    station = load_station(station_file("name: here\ncalibrations: [{file: SAC_PZs}]\n"))
    (first, last), (changed, none) = ((one.from_night, one.to_night) for one in station.calibrations)
    assert (changed - last, none) == (DAY, None)
    assert first < last
    ratio = station.chain(0, changed).response.volts_per_nt / station.chain(0, last).response.volts_per_nt
    assert ratio == pytest.approx(2)


@pytest.mark.parametrize(
    ("text", "row", "said"),
    [
        (SAC.replace("* INPUT UNIT        : T\n", ""), "{file: pz}", "does not say to which unit of the field it is"),
        (SAC.replace(": T\n", ": M\n"), "{file: pz}", "GB.ESK..HHN is to M; expected T, nT or pT"),
        (SAC.replace("HHN", "HHZ"), "{file: pz}", "has no response of NS or EW: it has GB.ESK..HHZ"),
        (SAC.replace("-1.884956E+00", "x"), "{file: pz}", "poles and zeros of GB.ESK..HHN cannot be read"),
        (SAC.replace("2012-09-01T", "2012-99-01T"), "{file: pz}", "is no time of an epoch"),
        (SAC.replace("ZEROS 1", "ZEROS 1999999999"), "{file: pz}", "ZEROS 1999999999: expected a number of at most 3"),
        (
            RESP.replace(GAIN, 2 * GAIN),
            "{file: pz}",
            "the response of GB.ESK..HHN has a gain of [333333.3, 333333.3]: expected a number",
        ),
        (SAC, "{file: pz, channel: UP}", "channel UP is none of NS, EW"),
        (SAC, "{file: pz, gain: 2}", "unknown field"),
        ("ZEROS 1\nPOLES 0\n", "{file: pz}", "is neither StationXML, RESP nor SAC"),
    ],
)
def test_a_response_that_cannot_be_used_is_in_one_line(station_file, tmp_path, text, row, said):
    (tmp_path / "pz").write_text(text.replace("{end}", "").replace("{unit}", "V").replace("{constant:.8e}", "1e8"))
    with pytest.raises(InputError) as caught:
        load_station(station_file(f"name: here\ncalibrations: [{row}]\n"))
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_large_file_of_another_kind_is_passed_on_at_once(tmp_path):
    """One that looked for the end of a block from every byte on took hours over the StationXML of a network."""
    (tmp_path / "large.xml").write_text("<Channel>\n" * 200_000)
    assert read_sac_rows(tmp_path / "large.xml", Asked(("NS", "EW"), None, 12, 1e-6, "T")) is None


def test_a_file_in_a_folder_whose_name_has_brackets_is_read(station_file, tmp_path):
    folder = tmp_path / "coils [old]"
    folder.mkdir()
    station_xml(folder / "coils.xml", channel("HHN", coil(0.05, 0.3)))
    row = f"{{file: '{folder.name}/coils.xml'}}"
    station = load_station(station_file(f"name: here\ncalibrations: [{row}]\n"))
    np.testing.assert_allclose(coils_pt_per_count(station, dt.date(2014, 1, 1), HZ)[0], truth(0.05, 0.3), rtol=1e-3)


def test_a_response_to_ground_motion_is_refused(station_file, tmp_path):
    moving = coil(0.05, 0.3)
    moving.response_stages[0].input_units = moving.instrument_sensitivity.input_units = "M/S"
    station_xml(tmp_path / "coils.xml", channel("HHN", moving))
    with pytest.raises(InputError, match=r"GB\.ESK\.\.HHN is to M/S; expected T, nT or pT"):
        load_station(station_file(TWO))


@given(
    start=st.datetimes(EARLIEST, EARLIEST + 700 * DAY),
    length=st.timedeltas(DAY, 100 * DAY),
    boundary=st.integers(0, 23),
)
def test_a_night_is_of_the_epoch_that_holds_its_middle(start, length, boundary):
    end = start + length
    first, last = night_bounds(start, end, boundary)
    for night in (first, first - DAY, last, last + DAY):
        middle = dt.datetime.combine(night, dt.time()) + dt.timedelta(hours=boundary + 12)
        assert (first <= night <= last) == (start <= middle < end)


def test_numbers_in_volts_need_the_coil_alone(station_file, tmp_path):
    station_xml(tmp_path / "coils.xml", channel("HHN", coil(0.05, 0.3)), channel("HHE", coil(0.06, 0.4)))
    station = load_station(station_file(TWO + "unit: mV\n"))
    volts = {one.volts_per_count for one in station.chains(dt.date(2014, 1, 1))}
    assert volts == {station.volts_per_count}
    found = coils_pt_per_count(station, dt.date(2014, 1, 1), HZ)[0]
    np.testing.assert_allclose(found, truth(0.05, 0.3, station.volts_per_count), rtol=1e-3)
    with pytest.raises(InputError, match="numbers in nT need none of that"):
        load_station(station_file(TWO + "unit: nT\n"))
