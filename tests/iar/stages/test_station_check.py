"""`iar station --check`: what was understood of files, and what is odd about them, before anything is ingested."""

import re
import struct

import numpy as np
import pytest

from iar.night import HOUR_SAMPLES
from iar.records import bgs
from iar.settings import FlatResponse, Station, load_station
from iar.stages.station_check import PLAUSIBLE_PT, look_at
from tests.commands import run_here

obspy = pytest.importorskip("obspy")
START = np.datetime64("2014-01-10T19:00", "ms")
PT_PER_COUNT = 0.02


def counts(seed, *, pt=1.0, rises=0.0):
    """An hour of a field whose density is `pt` at 1 Hz and goes as f to -1, or as f to `rises` - 1, in counts."""
    hz = np.fft.rfftfreq(HOUR_SAMPLES, 0.01)
    shape = np.maximum(hz, 0.3) ** (rises - 1)
    rng = np.random.default_rng(seed)
    white = rng.normal(size=len(hz)) + 1j * rng.normal(size=len(hz))
    signal = np.fft.irfft(white * shape * pt * np.sqrt(100 * HOUR_SAMPLES / 4), HOUR_SAMPLES)
    return np.rint(signal / PT_PER_COUNT).astype(np.int32)


def put(folder, channel, values, hour=0):
    folder.mkdir(exist_ok=True)
    path = folder / bgs.file_name(channel, START + np.timedelta64(hour, "h"))
    path.write_bytes(bgs.encode(values))
    return path


@pytest.fixture
def hours(tmp_path):
    for channel in (0, 1):
        put(tmp_path / "hours", channel, counts(channel, pt=(1.0, 0.5)[channel]))
    return tmp_path / "hours"


def test_the_level_at_one_hertz_is_that_of_the_field(hours):
    ns, ew = look_at(Station(), [hours]).streams
    assert (ns.channel, ew.channel, ns.files, ns.rate_hz, ns.present) == ("NS", "EW", 1, 100, 1)
    assert (ns.first, ns.last) == (START, START + np.timedelta64(1, "h"))
    assert ns.level_pt == pytest.approx(1.0, rel=0.05)
    assert ew.level_pt == pytest.approx(0.5, rel=0.05)
    assert ns.rise == pytest.approx(-1, abs=0.1)


CSV = {
    "format": "table", "unit": "nT", "channels_in_file": 2,
    "table": {"kind": "text", "header_lines": 1, "channels": ["x", "y"], "start": {"kind": "columns", "of": ["time"]}},
}  # fmt: skip


def put_csv(folder, rate_hz, samples):
    """Text with the time of each sample, of two coils of some pT."""
    times = START + np.arange(samples) * np.timedelta64(round(1000 / rate_hz), "ms")
    x, y = 1e-3 * np.cumsum(np.random.default_rng(1).normal(size=(2, samples)), axis=1)
    rows = "".join(f"{time},{a:.5f},{b:.5f}\n" for time, a, b in zip(times, x, y, strict=True))
    (folder / "a.csv").write_text(f"time,x,y\n{rows}")
    return folder / "a.csv"


@pytest.mark.parametrize("station_hz", [20, 100])
def test_times_of_another_rate_are_not_cut_to_pieces_but_refused(tmp_path, station_hz):
    file = put_csv(tmp_path, 50, 6000)
    (why,) = look_at(Station.model_validate({**CSV, "rate_hz": station_hz}), [file]).unusable
    assert f"its times tell 50 Hz, and leave {station_hz} Hz, the rate" in why


def test_a_rate_that_carries_too_little_and_a_file_without_a_slot_are_reported(tmp_path):
    file = put_csv(tmp_path, 10, 500)
    look = look_at(Station.model_validate({**CSV, "rate_hz": 10}), [file])
    for one in look.streams:
        assert any("10 samples a second carry 0.5 to 4.0 Hz" in hint for hint in one.hints)
        assert any("nowhere are 100 s in a row without a gap" in hint for hint in one.hints)


def test_two_good_coils_give_no_hint(hours):
    look = look_at(Station(), [hours])
    assert (look.hints, look.unusable) == ((), ())
    assert [one.hints for one in look.streams] == [(), ()]


def test_the_number_of_a_loggers_channel_is_no_direction(tmp_path):
    header = bytearray(128)
    struct.pack_into("<BBH8s8sIBIH", header, 0, 2, 2, 128, b"MTU-5C", b"10128", 1_389_380_400, 1, 1, 360)
    struct.pack_into("<HbB", header, 59, 100, 0, 4)
    (tmp_path / "10128_1_00000001.td_100").write_bytes(bytes(header) + (counts(0) * 1e-6).astype("<f4").tobytes())
    (ew,) = look_at(Station(format="phoenix", unit="V"), [tmp_path]).streams
    assert (ew.channel, ew.stream) == ("EW", ".10128..1")
    assert not any("the other coil" in hint for hint in ew.hints)


def test_volts_of_a_coil_of_which_nothing_is_said_give_a_hint(tmp_path):
    header = bytearray(128)
    struct.pack_into("<BBH8s8sIBIH", header, 0, 2, 2, 128, b"MTU-5C", b"10128", 1_389_380_400, 0, 1, 360)
    struct.pack_into("<HbB", header, 59, 100, 0, 4)
    (tmp_path / "10128_0_00000001.td_100").write_bytes(bytes(header) + (counts(0) * 1e-6).astype("<f4").tobytes())
    hint = "its coil is taken for 0.05 V/nT at all frequencies (response)"
    for response, expected in (({}, True), ({"response": FlatResponse(volts_per_nt=0.2)}, False)):
        (ns,) = look_at(Station(format="phoenix", unit="V", **response), [tmp_path]).streams
        assert (hint in ns.hints) == expected


@pytest.mark.parametrize(("times", "said"), [(1000, r"4\d times above"), (1e-3, r"5\d times below")])
def test_a_wrong_unit_is_told_by_the_level(tmp_path, times, said):
    put(tmp_path / "hours", 0, counts(0))
    station = Station(volts_per_count=1e-6 * times)
    (look,) = look_at(station, [tmp_path / "hours"]).streams
    (hint,) = look.hints
    assert re.search(said, hint)
    assert "are unit, volts_per_count and response right?" in hint


def test_a_coil_whose_rise_is_not_in_its_response_is_reported(tmp_path):
    put(tmp_path / "hours", 0, counts(0, rises=1.7))
    (look,) = look_at(Station(), [tmp_path / "hours"]).streams
    assert "density rises as f to 0.7 from 1 to 4 Hz" in look.hints[0]


@pytest.mark.parametrize(("sign", "said"), [(1, "the same signal (corr"), (-1, "the same signal, one of them turned")])
def test_one_coil_given_twice_is_reported(tmp_path, sign, said):
    for channel in (0, 1):
        put(tmp_path / "hours", channel, counts(0) * (sign if channel else 1))
    assert said in " ".join(look_at(Station(), [tmp_path / "hours"]).hints)


def test_a_coil_that_is_missing_dead_or_clipped_is_reported(tmp_path):
    station = Station(full_scale_counts=30)
    put(tmp_path / "dead", 0, np.full(HOUR_SAMPLES, 7, dtype=np.int32))
    look = look_at(station, [tmp_path / "dead"])
    assert "all samples are 7: is the coil connected?" in look.streams[0].hints
    assert "nothing of EW is there" in look.hints
    put(tmp_path / "clipped", 0, np.clip(counts(0), -30, 30))
    assert "are at full_scale_counts, 30" in " ".join(look_at(station, [tmp_path / "clipped"]).streams[0].hints)


def test_streams_that_contradict_their_coils_and_rates_are_reported(tmp_path):
    head = {"network": "GB", "station": "ESK", "sampling_rate": 50.0, "starttime": obspy.UTCDateTime(2014, 1, 10, 19)}
    traces = [obspy.Trace(counts(i)[:180_000], {**head, "channel": code}) for i, code in enumerate(("HHN", "HHE"))]
    obspy.Stream(traces).write(str(tmp_path / "a.mseed"), format="MSEED")
    station = Station(format="miniseed", channels_in_file=2, streams=("GB.ESK..HHE", "GB.ESK..HHN"))
    look = look_at(station, [tmp_path / "a.mseed"])
    for one, code in zip(look.streams, ("HHE", "HHN"), strict=True):
        assert one.stream == f"GB.ESK..{code}"
        assert any("its files have 50 samples a second, the station says 100" in hint for hint in one.hints)
        assert any("are streams, or coils, swapped?" in hint for hint in one.hints)


def test_the_command_shows_a_table_and_leaves_nothing_behind(hours, tmp_path, capsys):
    before = sorted(path.name for path in tmp_path.rglob("*"))
    (tmp_path / "station.yaml").write_text("name: here\n")
    for arguments in (
        ("--check", hours, "--station", tmp_path / "station.yaml"),
        (tmp_path / "station.yaml", "--check", hours),
    ):
        status, out, err = run_here(capsys, "station", *arguments)
        assert (status, err) == (0, "")
        assert out.splitlines()[0].split()[:2] == ["coil", "stream"]
        assert out.splitlines()[1].split()[0] == "NS"
        assert "NS: counts, 1e-06 V a count, response flat" in out
        assert "nothing odd was found" in out
    assert sorted(path.name for path in tmp_path.rglob("*")) == sorted([*before, "station.yaml"])


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (("--check",), 2, "no files are given"),
        (("--check", "gone"), 2, "gone does not exist"),
        (("--check", "empty"), 2, "no bgs records in empty"),
        (("--check", "notes"), 2, "no bgs records in notes: no record of the station's format"),
        (("--check", "broken"), 1, "CH1_2014_01_10_19.dat: "),
        (("--check", "broken", "--station", "gone.yaml"), 2, "neither built in"),
        (("--check", "broken", "--archive", "a"), 2, "--check and --archive are two things"),
        (("eskdalemuir", "broken"), 2, "files are looked at with --check only"),
    ],
)
def test_bad_input_of_every_kind_is_one_clear_line(tmp_path, monkeypatch, capsys, arguments, status, said):
    monkeypatch.chdir(tmp_path)
    for name in ("empty", "notes", "broken"):
        (tmp_path / name).mkdir()
    (tmp_path / "notes" / "readme.txt").write_text("no record")
    (tmp_path / "broken" / "CH1_2014_01_10_19.dat").write_bytes(b"\x00\xff" * 50)
    found, _, err = run_here(capsys, "station", *arguments)
    assert found == status
    assert said in err
    assert len(err.splitlines()) == 1


def test_the_hours_of_a_real_station_are_plausible(sierra_nevada):
    look = look_at(load_station("sierra-nevada"), [sierra_nevada])
    low_pt, high_pt = PLAUSIBLE_PT
    for one, measured in zip(look.streams, (1.044, 0.504), strict=True):
        assert low_pt < one.level_pt < high_pt
        assert one.level_pt == pytest.approx(measured, rel=0.15)  # of the first four hours; that is of all
