"""What labels teach, which version of them, and two networks side by side on nights that nothing was learnt from."""

import datetime as dt

import numpy as np
import pytest

from iar.archive.labels import Label, Region
from iar.errors import InputError
from iar.labels.beside import beside, paired
from iar.labels.lessons import Lessons, choose_lessons
from iar.labels.sample import make_sample, sample_weights
from iar.labels.versions import at_version, version_of

NOW = dt.datetime(2026, 12, 1, 12, tzinfo=dt.UTC)
NIGHTS = [dt.date(2014, 1, 1) + dt.timedelta(days=n) for n in range(40)]


def label(night=0, verdict="fringes", who="ada", minute=0, spectra="s1", **marks) -> Label:
    return Label(
        night=NIGHTS[night], who=who, when=NOW + dt.timedelta(minutes=minute), verdict=verdict, mode="blind",
        queue="date", spectra=spectra, network="p1", software="0", **marks,
    )  # fmt: skip


def lessons(*said, tracked=lambda _night: True, network="p1", held_back=()) -> Lessons:
    return choose_lessons(
        said, version="0-0", station="here", seen=lambda _night: ("s1", network), tracked=tracked,
        held_back={NIGHTS[n] for n in held_back},
    )  # fmt: skip


def test_a_version_is_what_was_there_however_it_is_read_and_whatever_comes_later():
    then = [label(minute=n, night=n) for n in range(3)]
    version = version_of(then)
    assert version_of(reversed(then)) == version
    now = [label(minute=9), *reversed(then)]
    assert at_version(now, version) == then
    assert version_of(now) != version
    assert len(at_version(now, "latest")) == 4
    with pytest.raises(InputError, match=f"labels {version} are not in this archive"):
        at_version([*then, label(minute=-1)], version)  # an earlier one was imported


def test_nights_teach_what_most_people_say_each_as_often_as_they_say_it():
    found = lessons(
        label(0), label(0, who="ben"), label(0, "none", who="cyd"),
        label(1, "none"), label(2, "interference"), label(3, "disturbed", who="dan"),
    )  # fmt: skip
    assert found.fringes == {NIGHTS[0]: 2}
    assert found.without == {NIGHTS[n]: 1 for n in (1, 2, 3)}
    assert list(found.nights) == NIGHTS[:4]
    assert found.people == 4
    assert Lessons.model_validate_json(found.model_dump_json()) == found


def test_what_is_stale_unsure_held_back_or_without_lines_is_left_out_and_counted():
    found = lessons(
        label(0, spectra="s0"), label(1, "unsure"), label(2), label(2, "none", who="ben"), label(3), label(4), label(5),
        tracked=lambda night: night != NIGHTS[4], held_back=(3,),
    )  # fmt: skip
    assert (found.fringes, found.without) == ({NIGHTS[5]: 1}, {})
    assert (found.stale, found.unsure, found.trackless, found.held_back) == (1, 2, 1, (NIGHTS[3],))
    assert found.people == 1


def test_marks_of_all_who_agree_count_unless_the_network_has_drawn_other_lines_since():
    region = Region(begin=NOW, end=NOW + dt.timedelta(hours=1), low_hz=2, high_hz=3)
    said = [label(0, deleted=(2,)), label(0, who="ben", deleted=(1, 2), regions=(region,)), label(1, regions=(region,))]
    found = lessons(*said, label(0, "none", who="cyd", deleted=(7,)))
    assert (found.deleted, found.regions) == ({NIGHTS[0]: (1, 2), NIGHTS[1]: ()}, dict.fromkeys(NIGHTS[:2], (region,)))
    anew = lessons(*said, network="p2")
    assert (list(anew.fringes), anew.trackless) == ([NIGHTS[1]], 1)


def test_weights_of_judged_nights_make_up_the_archive():
    verdicts = {night: "fringes" if n % 4 == 0 else "no_fringes" for n, night in enumerate(NIGHTS)}
    sample = make_sample(verdicts, NOW, seed=3)
    assert len(sample.nights) == len(NIGHTS) // 2
    judged = [one.night for one in sample.nights[:12]]
    weights = sample_weights(sample, judged)
    assert sum(weights.values()) == pytest.approx(len(NIGHTS))
    rare = {weights[night] for night in judged if verdicts[night] == "fringes"}
    assert max(rare) < min(weights[night] for night in judged if verdicts[night] != "fringes")


def test_the_interval_of_a_paired_difference_is_mcnemars_where_there_are_many():
    """Wald's of the paired difference: (b - c) / n +- 1.96 sqrt((b + c - (b - c)^2 / n)) / n."""
    first, second = (np.repeat(kind, [30, 60, 900, 10]) for kind in ([1, 0, 1, 0], [0, 1, 1, 0]))
    pair = paired(first > 0, second > 0, np.full(1000, 2.5))
    width = 1.96 * np.sqrt(90 - 30**2 / 1000) / 1000
    assert (pair.low, pair.high) == pytest.approx((-0.03 - width, -0.03 + width), abs=0.0015)
    assert pair.lost
    assert (pair.first, pair.second) == pytest.approx((0.93, 0.96))


def test_few_nights_condemn_nobody_and_many_that_are_lost_do():
    wrong = np.zeros(2, dtype=bool)
    assert not paired(wrong, ~wrong, np.ones(2)).lost
    assert paired(np.zeros(12, dtype=bool), np.ones(12, dtype=bool), np.ones(12)).lost
    assert not paired(np.ones(12, dtype=bool), np.ones(12, dtype=bool), np.ones(12)).lost


def test_a_network_that_calls_everything_fringes_loses_on_the_quiet_nights_alone():
    fringes = np.repeat([True, False], 20)
    found = beside(fringes, np.ones(40, dtype=bool), fringes, np.ones(40))
    assert (found.found.lost, found.quiet.lost, found.lost) == (False, True, True)
    nothing = beside(fringes[:0], fringes[:0], fringes[:0], np.ones(0))
    assert (nothing.found.nights, nothing.lost) == (0, False)


def test_intervals_hold_the_true_difference_as_often_as_they_say():
    rng, held = np.random.default_rng(1), []
    weight = np.repeat([1.0, 4.0], 40)
    for _ in range(150):
        kind = rng.choice(3, size=80, p=[0.06, 0.12, 0.82])
        pair = paired(kind != 1, kind != 0, weight)
        held.append(pair.low <= 0.06 - 0.12 <= pair.high)
    assert np.mean(held) > 0.9
