"""Labels in an archive: appended, corrected, stale, exchanged, compared."""

import datetime as dt
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from iar.archive.labels import Label, LabelBook
from iar.archive.leftovers import find_leftovers, remove_leftover
from iar.errors import DamagedArchiveError, InputError
from iar.labels.agreement import agreements, kappa
from iar.labels.current import fresh, latest, next_moment, spectra_of
from iar.labels.exchange import import_labels
from iar.labels.sample import findings, in_words, make_sample
from iar.labels.table import as_csv, as_json
from iar.school.curation import good_nights, read_curation
from iar.stages.creation import create_archive
from tests.commands import check_refused, run_here
from tests.iar.hours import NIGHT, STATION

NOW = dt.datetime(2026, 12, 1, 12, tzinfo=dt.UTC)
NEXT = NIGHT + dt.timedelta(days=1)


@pytest.fixture
def archive(tmp_path):
    store = create_archive(str(tmp_path / "archive"), STATION)
    for night in (NIGHT, NEXT):
        store.seal(night, "spectra", "s1")
        store.seal(night, "probability", "p1")
        store.seal(night, "fringes", "f1", {"name": "fringes", "reason": "so"})
    return store


@pytest.fixture
def book(archive):
    return LabelBook(archive.url)


def label(night=NIGHT, who="ada", verdict="fringes", minute=0, **more) -> Label:
    known = {"mode": "blind", "queue": "random", "spectra": "s1", "network": "p1", "software": "0"}
    return Label(night=night, who=who, when=NOW + dt.timedelta(minutes=minute), verdict=verdict, **(known | more))


def test_records_come_back_as_they_were_and_are_never_written_over(book, archive):
    said = [label(), label(verdict="none", minute=1), label(who="ben", why='a comb; "loud", ü')]
    for one in said:
        book.add(one)
    assert sorted(LabelBook(archive.url).read(), key=str) == sorted(said, key=str)
    before = {path: path.read_bytes() for path in _files(archive)}
    book.add(label())  # the same again
    assert len(_files(archive)) == 4
    assert all(path.read_bytes() == text for path, text in before.items())


def test_two_people_at_once_lose_nothing(book):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(book.add, [label(who=f"w{n % 2}", minute=n // 2) for n in range(40)]))
    assert len(book.read()) == 40


def test_what_a_killed_writer_left_is_not_read_and_a_damaged_record_is_named(book, archive):
    book.add(label())
    (path,) = _files(archive)
    path.with_name(f".{path.stem}.tmp").write_bytes(path.read_bytes()[:20])
    assert len(LabelBook(archive.url).read()) == 1
    (left,) = find_leftovers(archive, older_s=-1)
    assert remove_leftover(left)
    path.write_bytes(path.read_bytes()[:20])
    with pytest.raises(DamagedArchiveError, match=path.name):
        LabelBook(archive.url).read()


def test_other_files_and_another_archive_s_records_stay_apart(book):
    book.keep_sample(make_sample({NIGHT: "fringes"}, NOW))
    assert book.read() == []
    assert LabelBook("memory://labels-of-nobody").read() == []


def test_they_lie_in_any_store():
    book = LabelBook("memory://labels-in-memory")
    sample = make_sample({NIGHT: "fringes"}, NOW)
    book.add(label())
    assert book.keep_sample(sample) == LabelBook("memory://labels-in-memory").sample() == sample
    assert LabelBook("memory://labels-in-memory").read() == [label()]


def test_the_last_record_counts_and_a_withdrawal_takes_it_back():
    said = [label(minute=1, verdict="none"), label(), label(who="ben"), label(who="ben", verdict="withdrawn", minute=2)]
    assert [(one.who, one.verdict) for one in latest(said)] == [("ada", "none")]


def test_a_clock_that_was_set_back_does_not_bring_back_what_was_corrected():
    before = label(minute=60)
    assert next_moment([before], "ada", NOW) > before.when
    assert next_moment([before], "ben", NOW) == NOW


def test_spectra_that_were_made_anew_make_a_label_stale(book, archive):
    book.add(label())
    assert len(fresh(book.read(), spectra_of(archive))) == 1
    archive.seal(NIGHT, "spectra", "s2")
    assert fresh(book.read(), spectra_of(archive)) == []


def test_the_csv_is_the_curated_list_of_a_recipe_and_comes_back(book, archive, tmp_path):
    said = [
        label(why="a fan, all night"),
        label(NEXT, verdict="disturbed"),
        label(NEXT, who="ben", verdict="disturbed"),
    ]
    path = tmp_path / "nights.csv"
    path.write_text(as_csv(said))
    assert good_nights(path) == [NIGHT]
    assert [(c.night, c.verdict, c.who) for c in read_curation(path)] == [
        (NIGHT, "good", "ada"), (NEXT, "bad", "ada, ben"),
    ]  # fmt: skip
    assert import_labels(archive, book, path, NOW) == 2
    assert {(one.night, one.verdict, one.why) for one in book.read()} == {
        (NIGHT, "fringes", "a fan, all night"), (NEXT, "disturbed", ""),
    }  # fmt: skip
    assert import_labels(archive, book, path, NOW) == 0
    assert len(fresh(book.read(), spectra_of(archive))) == 2


def test_json_has_every_record_and_comes_back_once(book, archive, tmp_path):
    said = [label(), label(verdict="none", minute=1)]
    path = tmp_path / "all.json"
    path.write_text(as_json(said))
    assert [import_labels(archive, book, path, NOW) for _ in range(2)] == [2, 0]
    assert book.read() == said


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("night,verdict,who,why\n2014-01-10,maybe,ada,\n", "maybe"),
        ("night,verdict,who,why\n2014-01-10,good,,\n", "who judged"),
        ("night,verdict,who,why\n2034-01-10,good,ada,\n", "outside the archive"),
    ],
)
def test_a_list_that_makes_no_sense_is_refused_whole(book, archive, tmp_path, text, words):
    path = tmp_path / "nights.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=words):
        import_labels(archive, book, path, NOW)
    assert book.read() == []


def test_kappa_is_that_of_cohen_s_definition():
    one, other = np.repeat(["y", "y", "n", "n"], [20, 5, 10, 15]), np.repeat(["y", "n", "y", "n"], [20, 5, 10, 15])
    assert kappa(one, other) == pytest.approx((0.7 - 0.5) / (1 - 0.5))  # alike 35 of 50; by chance .5*.6 + .5*.4
    assert kappa(one, one) == pytest.approx(1)
    assert np.isnan(kappa(one[:20], one[:20]))


def test_only_people_with_a_common_night_are_compared():
    found = agreements({"ada": {1: "none", 2: "fringes"}, "ben": {2: "fringes"}, "cyd": {3: "none"}})
    assert [(pair.first, pair.second, pair.nights, pair.alike) for pair in found] == [("ada", "ben", 1, 1.0)]


def test_the_sample_is_drawn_once_and_open_judgements_do_not_count_in_it(book):
    verdicts = {NIGHT: "fringes", NEXT: "no_fringes", NEXT + dt.timedelta(days=1): "no_data"}
    sample = book.keep_sample(make_sample(verdicts, NOW, size=2, seed=1))
    assert book.keep_sample(make_sample(verdicts, NOW, seed=2)) == sample == book.sample()
    assert {one.night for one in sample.nights} == {NIGHT, NEXT}
    said = [label(), label(NEXT, verdict="none"), label(verdict="none", mode="open", minute=1)]
    found = findings(sample, said, verdicts)
    assert (found.judged, found.worth.precision.share, found.worth.recall.share) == (2, 1.0, 1.0)
    taken_back = label(verdict="withdrawn", mode="open", minute=2)
    assert findings(sample, [*said, taken_back], verdicts).judged == 1
    assert in_words(found) == [
        "random sample: 2 of 2 nights judged, for 2 in the archive",
        "of nights called fringes 100% (100% to 100%) are",
        "of nights with fringes 100% (100% to 100%) are called so",
    ]


def test_commands_say_what_they_found(book, archive, tmp_path, capsys):
    for one in (label(), label(who="ben", verdict="none", minute=1), label(NEXT), label(NEXT, who="ben")):
        book.add(one)
    place = ("--archive", archive.url)
    assert "4 label(s) of 2 people" in run_here(capsys, "labels", "list", *place)[1]
    said = run_here(capsys, "labels", "agreement", *place)[1]
    assert "ada, ben: 50% of 2 night(s) alike, kappa 0.00" in said
    assert f"{NIGHT}: ada fringes, ben none" in said
    assert run_here(capsys, "labels", "export", *place, "--out", tmp_path / "all.json")[0] == 0
    assert len(json.loads((tmp_path / "all.json").read_text())) == 4
    archive.seal(NEXT, "spectra", "s2")
    assert "2 stale" in run_here(capsys, "labels", "list", *place)[1]
    assert "left out 1 stale" in run_here(
        capsys, "labels", "export", *place, "--who", "ada", "--out", tmp_path / "ada.csv"
    )[1]  # fmt: skip
    assert good_nights(tmp_path / "ada.csv") == [NIGHT]
    check_refused(run_here(capsys, "labels", "worth", *place), "no random sample")
    book.keep_sample(make_sample({NIGHT: "fringes", NEXT: "no_fringes"}, NOW, size=2))
    assert "random sample: 1 of 2 nights judged" in run_here(capsys, "labels", "worth", *place)[1]


def _files(archive) -> list[Path]:
    return sorted(Path(archive.url, "labels").rglob("*.json"))
