"""Tables in a station's settings: written, read back, and told in a line where they are wrong; units of the numbers."""

import pytest

from iar.errors import InputError
from iar.settings import Station, load_station, settings_yaml


class TestTheStation:
    def test_of_a_table_is_written_and_read_back(self, tmp_path):
        path = tmp_path / "station.yaml"
        path.write_text(
            "name: kevo\nformat: table\nrate_hz: 64\nunit: nT\n"
            "table: {kind: text, header_lines: 1, channels: [Bx, By], start: {kind: columns, of: [time]}}\n"
        )
        station = load_station(str(path))
        assert (station.value_per_count, station.volts_per_count) == (1e-4, 1e-4)
        assert station.response.volts_per_nt == 1.0  # so 1 count is 0.1 pT
        (tmp_path / "again.yaml").write_text(settings_yaml(station))
        assert load_station(str(tmp_path / "again.yaml")) == station

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("format: table", "format table: the field table is missing, which says where coils and time stand"),
            ("table: {kind: text}", "table.start is missing: where the time stands"),
            ("table: {kind: xls}", "table.kind = 'xls': expected 'text', 'hdf5', 'netcdf', 'mat', 'cdf', 'wav'"),
            ("table: {kind: wav, start: {pattern: 'a.wav'}}", "table.start: pattern 'a.wav': no day in it, such as"),
            ("table: {kind: wav, start: {pattern: '%Y%m%Q'}}", "pattern '%Y%m%Q': unknown code %Q, known are %Y, %y"),
            ("table: {kind: wav, start: {pattern: '%Y%m%d%d'}}", "pattern '%Y%m%d%d': %d stands there 2 times"),
            (
                "table: {kind: text, start: {kind: columns, of: [1], form: utc}}",
                "form 'utc': expected iso, unix, matlab",
            ),
            ("table: {kind: text, start: {kind: columns, of: [1], form: since}}", "form 'since': columns of text have"),
            ("{unit: nT, volts_per_count: 1}", "volts_per_count = 1: leave it out, it is 0.0001 by unit nT"),
            (
                "{unit: pT, response: {kind: flat, volts_per_nt: 2}}",
                "response: leave it out, numbers in pT are the field itself",
            ),
            (
                "{format: table, table: {kind: text, channels: [x, 2], start: {kind: name, pattern: '%Y%j'}}}",
                "column 'x': with header_lines = 0 no line holds names, columns are numbers",
            ),
            ("{unit: mV, value_per_count: 0.01, volts_per_count: 1}", "leave it out, it is 1e-05 by unit mV"),
        ],
    )
    def test_that_is_wrong_is_in_one_line(self, text, message, tmp_path):
        path = tmp_path / "station.yaml"
        path.write_text(text)
        with pytest.raises(InputError) as error:
            load_station(str(path))
        assert message in str(error.value)
        assert len(str(error.value).splitlines()) == 1


@pytest.mark.parametrize(("unit", "per_nt"), [("nT", 1.0), ("pT", 1000.0)])
def test_numbers_of_a_field_become_that_field(unit, per_nt):
    """1 nT is 1000 pT, whichever unit the file has: through counts, volts and the response."""
    station = Station.model_validate({"unit": unit})
    counts = per_nt / station.value_per_count
    assert counts * station.volts_per_count / station.response.volts_per_nt == pytest.approx(1.0)
