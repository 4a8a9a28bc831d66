"""Files of a LEMI-423, packed here field by field as its readers describe them."""

import struct

import numpy as np
import pytest

from iar.night import MISSING
from tests.iar.records.looked import look

START = 1_389_355_200
NOON = np.datetime64("2014-01-10T12:00:00", "ns")
COUNTS = np.random.default_rng(5).integers(-(2**20), 2**20, (750, 5))
STATION = {"format": "lemi", "rate_hz": 250, "channels_in_file": 2, "unit": "nT"}
HEADER = "\r\n".join([
    "%LEMI423 #0036", "%FIRMWARE Ver.2.1", "%MADE in UKRAINE", "", "%Date 2014/01/10", "%Time 11:59:58",
    "%Ubat 13.16V", "%Current 101.7mA", "%Free 30424MB", "%Lat 2944.90064,S", "%Lon 13900.11658,E", "%Alt 119.9,m 12 2",
    "", "%Kmx = 2.5e-06", "%Kmy = 5e-06", "%Kmz = 2.9e-06", "%Ax = -50.0", "%Ay = 25", "%Az = -49.9",
    "%Ke1 = 2.910737e-04", "%Ae1 = -5.004800e+03",
])  # fmt: skip
FIELD = [COUNTS[:, 0] * 2.5e-6 - 50, COUNTS[:, 1] * 5e-6 + 25]


def written(header: str = HEADER, rate: int = 250, skip: tuple[int, ...] = ()) -> bytes:
    records = [
        struct.pack("<IHiiiiibBh", START + n // rate, n % rate, *map(int, counts), -3, 12, 77)
        for n, counts in enumerate(COUNTS)
        if n not in skip
    ]
    return header.encode().ljust(1024) + b"".join(records)


def test_coils_are_what_the_header_makes_of_counts(tmp_path):
    (tmp_path / "1.B423").write_bytes(written())
    decoded, unusable, _ = look(tmp_path, **STATION)
    assert unusable == []
    assert [(r.channel, r.stream) for r, *_ in decoded] == [(0, ".0036..Bx"), (1, ".0036..By")]
    for (record, counts, problems), field in zip(decoded, FIELD, strict=True):
        assert (record.start, record.rate_hz, problems) == (NOON, 250, {})
        np.testing.assert_allclose(counts * 1e-4, field, atol=0.51e-4)


def test_the_file_tells_its_own_rate(tmp_path):
    (tmp_path / "1.b423").write_bytes(written(rate=125))
    assert [record.rate_hz for record, *_ in look(tmp_path, **STATION)[0]] == [125, 125]


def test_samples_that_the_logger_skipped_are_a_gap(tmp_path):
    (tmp_path / "1.b423").write_bytes(written(skip=tuple(range(300, 350))))
    for _, counts, problems in look(tmp_path, **STATION)[0]:
        assert np.flatnonzero(counts == MISSING).tolist() == list(range(300, 350))
        assert problems == {"missing": "0.2 s in 1 gap(s)"}


def test_a_wild_second_costs_its_sample(tmp_path):
    content = bytearray(written())
    struct.pack_into("<I", content, 1024 + 30 * 400, 4_000_000_000)
    (tmp_path / "1.b423").write_bytes(content)
    for record, counts, problems in look(tmp_path, **STATION)[0]:
        assert (record.start, np.flatnonzero(counts == MISSING).tolist()) == (NOON, [400])
        assert problems["bad_time"].startswith("far from the rest, left aside: 1 samples at 2096-10-02T")


def test_a_wild_number_within_a_second_costs_its_sample_and_not_the_rate(tmp_path):
    content = bytearray(written())
    struct.pack_into("<H", content, 1024 + 30 * 400 + 4, 9_999)
    (tmp_path / "1.b423").write_bytes(content)
    for record, counts, problems in look(tmp_path, **STATION)[0]:
        assert (record.rate_hz, np.flatnonzero(counts == MISSING).tolist()) == (250, [400])
        assert problems["bad_time"] == "1 samples beyond the 250 of a second, left aside"


def test_a_few_samples_that_lie_days_apart_fill_no_memory(tmp_path):
    records = [struct.pack("<IHiiiiiI", START + s, n, 0, 0, 0, 0, 0, 0) for s, n in ((0, 9_999), (1, 0), (86_400, 0))]
    (tmp_path / "1.b423").write_bytes(HEADER.encode().ljust(1024) + b"".join(records))
    message = "its 3 samples lie within 86399 s at 10000 Hz: its times are wrong"
    assert look(tmp_path, **STATION)[1] == [message]


def test_of_a_file_without_a_sensible_number_none_is_taken(tmp_path):
    (tmp_path / "1.b423").write_bytes(HEADER.encode().ljust(1024) + struct.pack("<IHiiiiiI", START, 999, *[0] * 6))
    assert look(tmp_path, **STATION)[1] == ["no samples"]


def test_a_sample_that_was_cut_is_reported(tmp_path):
    (tmp_path / "1.b423").write_bytes(written()[:-7])
    for _, counts, problems in look(tmp_path, **STATION)[0]:
        assert (len(counts), problems) == (749, {"short": "23 bytes of a sample at its end"})


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (written()[:1000], "1000 bytes: the header alone has 1024"),
        (written()[:1040], "no samples"),
        (written(HEADER.replace("Kmy", "Kmw")), "no header of a LEMI-423: it has no number Kmy"),
        (written(HEADER.replace("%Ax = -50.0", "%Ax = none")), "its header says Ax = none: expected a number"),
        (written(HEADER.replace("2.5e-06", "0")), "its header says Kmx = 0 or Kmy = 0"),
    ],
)
def test_a_header_that_makes_no_sense_is_reported(content, message, tmp_path):
    (tmp_path / "1.b423").write_bytes(content)
    assert look(tmp_path, **STATION)[1] == [message]


def test_another_name_is_passed_over(tmp_path):
    (tmp_path / "1.b423e").write_bytes(written())
    assert look(tmp_path, **STATION)[2] == ["no record of the station's format"]
