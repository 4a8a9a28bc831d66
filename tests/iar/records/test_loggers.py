"""Files of loggers: CDF as cdflib writes it, ATS by the vendor's table of its header, a real run of an MTU-5C."""

import struct
import sys
from pathlib import Path

import numpy as np
import pytest

cdflib = pytest.importorskip("cdflib", reason="cdflib is not installed")

from cdflib.cdfwrite import CDF  # noqa: E402

from iar.errors import InputError  # noqa: E402
from iar.night import MISSING  # noqa: E402
from tests.data import real_data  # noqa: E402
from tests.iar.records.looked import look as looked  # noqa: E402

NOON = np.datetime64("2014-01-10T12:00:00", "ns")
VOLTS = np.random.default_rng(1).normal(0, 0.05, (640, 3)).round(6)
UV = {"unit": "V", "value_per_count": 1e-6}


def look(path: Path, **station):
    return looked(path, **{**UV, **station})


EPOCHS = {"CDF_EPOCH": 31, "CDF_TIME_TT2000": 33}
"""Of CDF_EPOCH16 cdflib 1.3.16 writes two records a time: nothing here writes one to be read."""


def write_cdf(path: Path, kind: str = "CDF_TIME_TT2000", volts: np.ndarray = VOLTS, **attributes) -> Path:
    times = NOON + (np.arange(len(volts)) * (10**9 / 64)).astype("timedelta64[ns]")
    parts = [[t.year, t.month, t.day, t.hour, t.minute, t.second, t.microsecond // 1000, t.microsecond % 1000, 0]
             for t in times.astype("datetime64[us]").astype(object)]  # fmt: skip
    epochs = {
        "CDF_EPOCH": lambda: cdflib.cdfepoch.compute_epoch([one[:7] for one in parts]),
        "CDF_TIME_TT2000": lambda: cdflib.cdfepoch.compute_tt2000(parts),
    }[kind]()
    base = {"Num_Elements": 1, "Rec_Vary": True, "Compress": 6}
    with CDF(path, cdf_spec={"Compressed": 1}) as file:
        file.write_var({**base, "Variable": "epoch_64hz", "Data_Type": EPOCHS[kind], "Dim_Sizes": []}, {}, epochs)
        file.write_var(
            {**base, "Variable": "db_dt", "Data_Type": 45, "Dim_Sizes": [3]},
            {"DEPEND_0": "epoch_64hz", "FILLVAL": -1e31, "UNITS": "V", **attributes},
            volts,
        )
        for name, values in (("frequency", np.arange(1.0, 9)), ("sensitivity", np.ones((8, 3)))):
            size = list(values.shape[1:])
            file.write_var({**base, "Variable": name, "Data_Type": 45, "Dim_Sizes": size}, {}, values)
    return path


class TestIsee:
    station = {"format": "isee", "rate_hz": 64, "channels_in_file": 2}  # noqa: RUF012
    name = "isee_induction_msr_2014011012_v01.cdf"

    @pytest.mark.parametrize("kind", EPOCHS)
    def test_h_and_d_are_in_volts_at_the_times_of_the_file(self, kind, tmp_path):
        decoded, unusable, _ = look(write_cdf(tmp_path / self.name, kind), **self.station)
        assert unusable == []
        assert [record.channel for record, *_ in decoded] == [0, 1]
        for record, counts, problems in decoded:
            assert abs(record.start - NOON) < np.timedelta64(10, "us")
            assert problems == {}
            np.testing.assert_array_equal(counts, np.rint(VOLTS[:, record.channel] / 1e-6))

    def test_a_fill_value_is_missing(self, tmp_path):
        volts = VOLTS.copy()
        volts[5:69, 1] = -1e31
        (_, first, _), (_, second, problems) = look(write_cdf(tmp_path / self.name, volts=volts), **self.station)[0]
        assert not (first == MISSING).any()
        assert np.flatnonzero(second == MISSING).tolist() == list(range(5, 69))
        assert problems == {"missing": "1 s in 1 gap(s)"}

    def test_without_times_or_samples_it_is_reported(self, tmp_path):
        assert look(write_cdf(tmp_path / self.name, DEPEND_0="t"), **self.station)[1] == [
            "t is not in it: there are epoch_64hz, db_dt, frequency, sensitivity"
        ]

    @pytest.mark.parametrize("share", [0.1, 0.5, 0.95])
    def test_that_was_cut_is_reported(self, share, tmp_path):
        path = write_cdf(tmp_path / self.name)
        path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
        decoded, unusable, _ = look(path, **self.station)
        assert decoded == []
        assert len(unusable) == 1

    def test_counts_of_another_unit_are_refused(self, tmp_path):
        met = look(write_cdf(tmp_path / self.name), **self.station, unit="nT")[1]
        assert met == ["it holds volts, the station's unit is nT: set unit: V"]

    def test_of_another_name_is_passed_over(self, tmp_path):
        assert look(write_cdf(tmp_path / "isee_fluxgate_msr.cdf"), **self.station)[2] == [
            "no record of the station's format"
        ]

    def test_without_cdflib_the_extra_is_named(self, tmp_path, monkeypatch):
        path = write_cdf(tmp_path / self.name)
        monkeypatch.setitem(sys.modules, "cdflib", None)
        with pytest.raises(InputError, match=r"CDF files are read by cdflib: pip install -e '\.\[cdf\]'"):
            look(path, **self.station)


def test_a_table_of_cdf_names_its_variables(tmp_path):
    table = {"kind": "cdf", "channels": ["db_dt[2]", None]}
    ((record, counts, _),) = look(
        write_cdf(tmp_path / "other.cdf"), format="table", rate_hz=64, table=table
    )[0]  # fmt: skip
    assert (record.channel, record.stream) == (0, "db_dt[2]")
    np.testing.assert_array_equal(counts, np.rint(VOLTS[:, 2] / 1e-6))


def ats(sensor: str = "Hx", samples: int = 500, *, version: int = 80, rate_hz: float = 128, wide: int = 0) -> bytes:
    """Header by the vendor's table: offset, type, what it is; then counts."""
    header = bytearray(1024)
    for offset, kind, value in (
        (0x00, "<H", 1024), (0x02, "<h", version), (0x04, "<I", samples), (0x08, "<f", rate_hz),
        (0x0C, "<I", 1_389_355_200), (0x10, "<d", 0.0025), (0x20, "<H", 84), (0x26, "2s", sensor.encode()),
        (0x28, "6s", b"MFS06e"), (0x2E, "<h", 120), (0xAA, "<h", wide),
    ):  # fmt: skip
        struct.pack_into(kind, header, offset, value)
    return bytes(header) + np.arange(500, dtype="<i8" if wide else "<i4").tobytes()


class TestAts:
    station = {"format": "ats", "rate_hz": 128}  # noqa: RUF012

    @pytest.mark.parametrize(("sensor", "channel"), [("Hx", 0), ("Hy", 1)])
    @pytest.mark.parametrize("wide", [0, 1])
    def test_a_coil_is_in_volts_by_its_own_least_bit(self, sensor, channel, wide, tmp_path):
        path = tmp_path / "084_V01_C02_R000_THx_BL_128H.ats"
        path.write_bytes(ats(sensor, wide=wide))
        ((record, counts, problems),), unusable, _ = look(path, **self.station)
        assert (record.channel, record.start, record.rate_hz, record.samples) == (channel, NOON, 128, 500)
        assert (record.stream, problems, unusable) == (f".084..{sensor}", {}, [])
        np.testing.assert_allclose(counts, np.arange(500) * 2.5, atol=0.51)  # 2.5 uV a count, in uV

    def test_another_sensor_is_passed_over(self, tmp_path):
        (tmp_path / "a.ats").write_bytes(ats("Ex"))
        assert look(tmp_path / "a.ats", **self.station)[2] == ["no stream of the coils (Hx or Hy): Ex"]

    def test_fewer_samples_than_its_header_says_are_reported(self, tmp_path):
        (tmp_path / "a.ats").write_bytes(ats(samples=600))
        ((_, counts, problems),), _, _ = look(tmp_path / "a.ats", **self.station)
        assert (len(counts), problems) == (500, {"short": "500 samples, its header says 600"})

    @pytest.mark.parametrize(
        ("content", "met"),
        [
            (ats()[:1000], "1000 bytes: the header alone has 1024"),
            (ats(version=1080), "a header of version 1080 and 1024 bytes: read are (80, 81) and 1024"),
            (ats(rate_hz=0), "its header says 0 samples a second of 0.0025 mV a count"),
            (ats()[:1024], "no samples"),
        ],
    )
    def test_a_header_that_makes_no_sense_is_reported(self, content, met, tmp_path):
        (tmp_path / "a.ats").write_bytes(content)
        assert look(tmp_path / "a.ats", **self.station)[1] == [met]


class TestPhoenix:
    station = {"format": "phoenix", "rate_hz": 150}  # noqa: RUF012

    @pytest.fixture
    def real(self):
        return real_data("phoenix")

    def test_both_channels_of_a_real_run_are_read(self, real):
        decoded, unusable, _ = look(real, **self.station)
        assert unusable == []
        assert [record.stream for record, *_ in decoded] == [".10128..0", ".10128..1"]
        for record, counts, problems in decoded:
            raw = np.fromfile(record.source.path, "<f4", offset=128)
            # the folder of this run is named 032436, GPS; UTC is 18 s behind, and the first file begins a second late
            assert record.start == np.datetime64("2021-04-27T03:24:19")
            assert (len(raw), record.samples, problems) == (359 * 150, 359 * 150, {})
            np.testing.assert_allclose(counts * 1e-6, raw, atol=0.51e-6)
            low, high = struct.unpack_from("<ff", record.source.path.read_bytes(), 107)  # its own extremes
            assert low - 1e-6 <= counts.min() * 1e-6 <= counts.max() * 1e-6 <= high + 1e-6

    def test_later_files_begin_at_multiples_of_their_period(self, real, tmp_path):
        content = bytearray(next(real.iterdir()).read_bytes())
        struct.pack_into("<I", content, 25, 3)
        (tmp_path / "10128_608783F4_0_00000003.td_150").write_bytes(content)
        ((record, _, _),), _, _ = look(tmp_path, **self.station)
        assert record.start == np.datetime64("2021-04-27T03:24:18") + np.timedelta64(720, "s")

    def test_streams_name_other_channels(self, real):
        decoded, _, passed = look(real, **self.station, streams=["*.*.*.1", "*.*.*.4"])
        assert [(record.channel, record.stream) for record, *_ in decoded] == [(0, ".10128..1")]
        assert passed == ["no stream of the coils (*.*.*.1 or *.*.*.4): .10128..0"]

    def test_what_is_no_such_file_is_reported(self, tmp_path):
        (tmp_path / "a.td_150").write_bytes(bytes(200))
        assert look(tmp_path, **self.station)[1] == [
            r"no header of an MTU-5C: it begins with b'\x00\x00\x00\x00\x00\x00'"
        ]
