"""What has moved in the last week is told in dB and in nights; what has not is not."""

import datetime as dt

import numpy as np
import pytest

from iar.archive.store import Archive
from iar.night import SLOTS
from iar.settings import Station
from iar.stages.creation import create_archive
from iar.upkeep.drift import Occurrence, background_shift_db, find_drift

LAST = dt.date(2014, 2, 28)
DAY = dt.timedelta(days=1)


def put(archive: Archive, night: dt.date, ns: float, ew: float, verdict: str) -> None:
    density = np.full((2, SLOTS, len(archive.frequency_hz)), np.nan, np.float32)
    density[0], density[1] = ns, ew
    density[:, ::7] = np.nan
    archive.write(night, {"spectra/density": density})
    archive.seal(night, "spectra", "s")
    archive.seal(night, "fringes", "f", {"name": verdict})


@pytest.fixture(scope="module")
def moved(tmp_path_factory):
    """Archive in which NS became twice as large a week ago, and the fringes went."""
    archive = create_archive(str(tmp_path_factory.mktemp("drift") / "archive"), Station())
    for back in range(35):
        ns, verdict = (2.0, "no_fringes") if back < 7 else (1.0, "fringes")
        put(archive, LAST - back * DAY, ns, 0.3, verdict)
    return archive


def test_channel_that_doubled_moved_by_6_db_and_the_other_by_none(moved):
    drift = find_drift(moved)
    assert drift.last == LAST
    assert find_drift(moved, LAST - 3 * DAY).last == LAST - 3 * DAY  # what is later has wrong times
    assert drift.background_db == pytest.approx({"NS": 20 * np.log10(2), "EW": 0}, abs=1e-5)


def test_findings_name_what_moved_and_the_fringes_that_went(moved):
    background, occurrence = find_drift(moved).findings(limit_db=3)
    assert background == "background of NS moved by +6.0 dB in the week to 2014-02-28"
    assert occurrence.startswith("fringes in 0 of 7 nights, in 28 of 28 before, in the week to 2014-02-28")
    assert len(find_drift(moved).findings(limit_db=7)) == 1


def test_empty_archive_has_no_drift(tmp_path):
    assert find_drift(create_archive(str(tmp_path / "archive"), Station())) is None


def test_few_nights_are_not_compared(tmp_path):
    archive = create_archive(str(tmp_path / "archive"), Station())
    for back in range(9):
        put(archive, LAST - back * DAY, 1.0 + back, 1.0, "fringes")
    drift = find_drift(archive)
    assert drift.background_db == {"NS": None, "EW": None}
    assert drift.findings(limit_db=0.1) == []


def test_a_storm_of_one_night_moves_no_background():
    quiet = np.random.default_rng(1).normal(0, 0.1, (28, 2, 50))
    week = quiet[:7].copy()
    week[3] += 20
    assert np.abs(background_shift_db(week, quiet)) == pytest.approx(0, abs=0.2)


def test_channel_without_data_does_not_count():
    before, week = np.zeros((28, 2, 50)), np.zeros((7, 2, 50))
    week[:, 1] = np.nan
    shift = background_shift_db(week, before)
    assert shift[0] == 0
    assert np.isnan(shift[1])


@pytest.mark.parametrize(
    ("occurrence", "p"),
    [
        # by hand, hypergeometric: 7 of 7 where 7 of 35 have fringes in all: 1 / C(35, 7)
        (Occurrence(7, 7, 0, 28), 1 / 6_724_520),
        (Occurrence(1, 7, 4, 28), 1.0),
        (Occurrence(0, 2, 28, 28), 1.0),
        (Occurrence(0, 7, 9, 9), 1.0),
    ],
)
def test_share_of_fringes_is_told_by_its_probability(occurrence, p):
    assert occurrence.p == pytest.approx(p, rel=1e-6)
