"""Judging nights: what comes first, who may write, what stays hidden until a night was judged."""

import datetime as dt

import numpy as np
import pytest

from iar.archive.labels import LabelBook
from iar.errors import InputError
from iar.night import SLOTS
from iar.quicklook.app import make_review_app
from iar.quicklook.review_desk import Desk
from iar.stages.creation import create_archive
from tests.commands import check_refused, run_here
from tests.iar.hours import NIGHT, STATION
from tests.iar.quicklook.asking import Pages, sentence_of

KINDS = ("fringes", "no_fringes", "no_data", "fringes")
NIGHTS = [NIGHT + dt.timedelta(days=n) for n in range(len(KINDS))]
TOKEN = {"X-Iar-Token": "secret"}


@pytest.fixture
def archive(tmp_path):
    store = create_archive(str(tmp_path / "archive"), STATION)
    for night, kind in zip(NIGHTS, KINDS, strict=True):
        seal(store, night, kind)
    return store


def seal(store, night, kind="fringes") -> None:
    store.seal(night, "spectra", "s1")
    store.seal(night, "probability", "p1")
    store.seal(night, "fringes", "f1", {"name": kind, "reason": "so", "settings": {"min_slots": 36}})


@pytest.fixture
def desk(archive):
    return Desk(archive.url, "ada")


@pytest.fixture
def pages(desk):
    return Pages(make_review_app(desk, "secret", hosts=("127.0.0.1",)))


def send(pages, night=NIGHT, verdict="fringes", headers=TOKEN, **more):
    return pages.ask("POST", "/labels", json={"night": str(night), "verdict": verdict} | more, headers=headers)


def test_the_sample_comes_first_then_the_rest_by_date(archive, desk):
    sampled = [one.night for one in desk.sample.nights]
    there = [NIGHTS[0], NIGHTS[1], NIGHTS[3]]
    assert len(sampled) == 2  # of three, since something has to be left to learn from
    assert set(sampled) < set(there)
    later = NIGHTS[-1] + dt.timedelta(days=1)
    seal(archive, later)
    rest = [night for night in [*there, later] if night not in sampled]
    assert [(one.night, one.queue) for one in desk.nights()] == [
        *((n, "random") for n in sampled), *((n, "date") for n in rest),
    ]  # fmt: skip


def test_other_orders_leave_the_sample_apart_and_say_why_a_night_is_judged(archive):
    """Nights whose slots have no spacing are no doubt of anybody's: one of a spacing just long enough comes first."""
    drawn = {one.night for one in Desk(archive.url, "ada").sample.nights}
    later = [NIGHTS[-1] + dt.timedelta(days=n) for n in (1, 2)]
    for night in later:
        seal(archive, night)
    spacing = np.full(SLOTS, np.nan)
    spacing[420:456] = 0.5
    archive.write(later[1], {"fringes/delta_f_hz": spacing, "fringes/confidence": 0 * spacing + 0.5})
    desk = Desk(archive.url, "ada", order="informative")
    first, *_ = waiting = desk.nights()
    assert (first.night, first.queue) == (later[1], "informative")
    assert {one.night for one in waiting[-len(drawn) :]} == drawn
    assert desk.judge(first.night, "none", "").queue == "informative"
    assert desk.judge(min(drawn), "none", "").queue == "random"
    by_date = Desk(archive.url, "ben", order="date").nights()
    assert [one.night for one in by_date] == sorted(one.night for one in by_date)
    assert {one.night for one in by_date if one.queue == "random"} == drawn


def test_a_judgement_keeps_what_was_looked_at(pages, archive):
    assert send(pages, why=" a fan ").status_code == 201
    (label,) = LabelBook(archive.url).read()
    queue = "random" if NIGHT in {one.night for one in LabelBook(archive.url).sample().nights} else "date"
    assert (label.night, label.who, label.verdict, label.why) == (NIGHT, "ada", "fringes", "a fan")
    assert (label.spectra, label.network, label.mode, label.queue) == ("s1", "p1", "blind", queue)
    (first, *waiting) = pages.get("/nights.json").json()["nights"]
    assert (first["night"], first["verdict"], first["why"]) == (str(NIGHT), "fringes", "a fan")
    assert [one["verdict"] for one in waiting] == [None, None]


def test_marks_are_kept_with_the_judgement_and_come_back(pages, archive):
    region = {"begin": "2014-01-10T20:00:00Z", "end": "2014-01-10T21:30:00Z", "low_hz": 2.0, "high_hz": 3.5}
    assert send(pages, regions=[region], deleted=[3]).status_code == 201
    (label,) = LabelBook(archive.url).read()
    assert (label.deleted, [one.low_hz for one in label.regions]) == ((3,), [2.0])
    first, *waiting = pages.get("/nights.json").json()["nights"]
    assert (first["regions"], first["deleted"]) == ([region], [3])
    assert all((one["regions"], one["deleted"]) == ([], []) for one in waiting)


def test_a_withdrawn_or_stale_judgement_waits_again(pages, archive, desk):
    send(pages)
    send(pages, NIGHTS[1], "none")
    send(pages, NIGHTS[1], "withdrawn")
    archive.seal(NIGHT, "spectra", "s2")
    assert all(one.verdict is None for one in desk.nights())
    assert len(LabelBook(archive.url).read()) == 3


def test_lines_are_hidden_until_a_night_was_judged_and_what_is_said_then_is_open(pages, archive):
    assert pages.get(f"/nights/{NIGHT}.json?lines").status_code == 403
    refused = pages.get(f"/nights/{NIGHT}.png?lines")
    assert (refused.status_code, "to be judged before" in sentence_of(refused)) == (403, True)
    send(pages)
    send(pages, verdict="none")  # a slip, nothing was shown in between
    pages.get(f"/nights/{NIGHT}.png?lines")
    send(pages, verdict="unsure")
    assert [one.mode for one in LabelBook(archive.url).read()] == ["blind", "blind", "open"]
    Desk(archive.url, "ada").judge(NIGHT, "fringes", "")  # another day: they may have been seen
    Desk(archive.url, "ben", blind=False).judge(NIGHT, "fringes", "")
    assert [one.mode for one in LabelBook(archive.url).read()][3:] == ["open", "open"]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Iar-Token": "guessed"},
        {**TOKEN, "Origin": "http://elsewhere.example"},
        {**TOKEN, "Sec-Fetch-Site": "cross-site"},
    ],
)
def test_only_its_own_page_with_the_token_writes(pages, archive, headers):
    assert send(pages, headers=headers).status_code == 403
    assert LabelBook(archive.url).read() == []


def test_its_own_page_is_let_in_and_another_name_of_this_machine_is_not(pages):
    own = {**TOKEN, "Origin": "http://127.0.0.1:4201", "Sec-Fetch-Site": "same-origin"}
    assert send(pages, headers=own).status_code == 201
    assert pages.get("/", headers={"Host": "rebound.example"}).status_code == 400


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"verdict": "maybe"}, 422),
        ({"night": "2014-13-01"}, 422),
        ({"who": "somebody else"}, 422),
        ({"why": "x" * 30_000}, 413),
        ({"deleted": [0]}, 422),
        ({"regions": [{"begin": "2014-01-10T21:00Z", "end": "2014-01-10T20:00Z", "low_hz": 2, "high_hz": 3}]}, 422),
        ({"night": str(NIGHTS[2])}, 503),  # without data there is nothing to judge
    ],
)
def test_what_makes_no_sense_is_not_written(pages, archive, more, status):
    said = {"night": str(NIGHT), "verdict": "none"} | more
    assert pages.ask("POST", "/labels", json=said, headers=TOKEN).status_code == status
    assert LabelBook(archive.url).read() == []


def test_the_page_escapes_names_and_needs_nothing_from_elsewhere(archive):
    page = Pages(make_review_app(Desk(archive.url, "<b>ada"), "secret")).get("/")
    assert "&lt;b&gt;ada" in page.text
    assert "secret" not in page.text
    assert "//" not in page.text.replace("http://www.w3.org", "")


def test_an_archive_without_verdicts_or_a_person_without_a_name_is_refused(tmp_path, capsys):
    empty = create_archive(str(tmp_path / "empty"), STATION)
    with pytest.raises(InputError, match="process some first"):
        Desk(empty.url, "ada")
    check_refused(run_here(capsys, "review", "--archive", empty.url, "--who", " ", "--port", 0), "a name of 1")
    asked = ("review", "--archive", empty.url, "--who", "ada", "--order", "best")
    check_refused(run_here(capsys, *asked), "--order 'best'", "random, informative, date")
