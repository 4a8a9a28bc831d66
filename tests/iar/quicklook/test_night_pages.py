"""Pages of an archive: they show what is there, notice what changes, and say in a sentence what is not."""

import datetime as dt
import re
import shutil
from concurrent.futures import ThreadPoolExecutor

import pytest

from iar.archive.manifest import SourceEntry
from iar.archive.store import Archive
from iar.night import night_range
from iar.quicklook.answers import _effort, freshness
from iar.quicklook.app import LOOPBACK
from iar.quicklook.drawings import MOST_KEPT, Drawings
from iar.results.export import night_tables
from iar.results.picture import night_picture
from iar.settings import Station
from iar.stages.creation import create_archive
from tests.iar.quicklook.asking import browse, sentence_of
from tests.iar.spacings import put_night

FIRST = dt.date(2014, 1, 10)
PNG = b"\x89PNG"


@pytest.fixture(scope="module")
def real(processed):
    """Pages of a night that went through everything."""
    return browse(processed)


@pytest.fixture
def archive(tmp_path):
    """Three nights by hand: with fringes, without, with counts only."""
    station = Station(first_night=dt.date(2013, 12, 1), last_night=dt.date(2014, 1, 31))
    archive = create_archive(str(tmp_path / "archive"), station)
    put_night(archive, FIRST, 1.3)
    put_night(archive, dt.date(2014, 1, 12), None)
    archive.seal(dt.date(2014, 1, 13), "counts", "by hand", {"effort": {"NS": 0.5, "EW": 0.0}})
    return archive


def test_the_night_is_drawn_as_the_command_draws_it(real, processed, night, tmp_path):
    night_picture(Archive(str(processed)), night, tmp_path / "night.png")
    answer = real.get(f"/nights/{night}.png")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
    assert answer.content == (tmp_path / "night.png").read_bytes()


def test_what_the_browser_has_is_not_sent_again(real, night):
    for page in (f"/nights/{night}.png", f"/nights/{night}.csv", "/calendar.png", "/climatology.png"):
        first = real.get(page)
        again = real.get(page, headers={"If-None-Match": first.headers["etag"]})
        assert (first.status_code, again.status_code, again.content) == (200, 304, b"")
        assert first.headers["cache-control"] == "no-cache"  # ask each time: a night may have been processed anew


def test_the_night_page_tells_verdict_spacing_stages_and_sources(real, processed, night):
    text = real.get(f"/nights/{night}").text
    manifest = Archive(str(processed)).manifest(night)
    assert manifest.stages["fringes"].note["reason"] in text
    for name, entry in manifest.stages.items():
        assert f">{name}</th><td><code>{entry.signature}</code>" in text
    assert all(source.name in text for source in manifest.sources)
    (table,) = night_tables(Archive(str(processed)), night)
    median = table["delta_f_hz"].median()
    assert f"<b>{median:.3f} ± " in text


def test_the_table_of_the_night_is_that_of_the_export(real, night):
    answer = real.get(f"/nights/{night}.csv")
    lines = answer.text.splitlines()
    assert len(lines) == 865
    assert lines[0].startswith("time,night,verdict,delta_f_hz")
    assert f"eskdalemuir-{night}.csv" in answer.headers["content-disposition"]


def test_a_night_that_changed_is_told_and_drawn_anew(processed, night, tmp_path):
    shutil.copytree(processed, tmp_path / "archive")
    pages, archive = browse(tmp_path / "archive"), Archive(str(tmp_path / "archive"))
    before = pages.get(f"/nights/{night}.png")
    note = archive.manifest(night).stages["fringes"].note
    archive.seal(night, "fringes", "again", {**note, "reason": "looked at once more"})
    assert "looked at once more" in pages.get("/").text
    after = pages.get(f"/nights/{night}.png", headers={"If-None-Match": before.headers["etag"]})
    assert after.status_code == 200
    assert after.content != before.content


def test_the_overview_lists_nights_with_their_verdicts(archive):
    text = browse(archive.url).get("/").text
    rows = re.findall(r'<th scope="row">(?:<a href="([^"]*)">)?(2014-01-\d\d)', text)
    assert rows == [("", "2014-01-13"), ("/nights/2014-01-12", "2014-01-12"), ("/nights/2014-01-10", "2014-01-10")]
    assert "1.30 <small>± 0.013</small>" in text
    assert '<a href="/months/2014-01">1<small> / 3</small></a>' in text
    assert "55.314° N, 3.206° W" in text


def test_nights_and_months_lead_to_their_neighbours(archive):
    put_night(archive, dt.date(2013, 12, 5), 1.0)
    pages = browse(archive.url)
    assert 'rel="prev" href="/nights/2013-12-05"' in pages.get("/nights/2014-01-10").text
    assert 'rel="next" href="/nights/2014-01-12"' in pages.get("/nights/2014-01-10").text
    assert 'rel="next"' not in pages.get("/nights/2014-01-12").text
    assert 'rel="next" href="/months/2014-01"' in pages.get("/months/2013-12").text
    asked = pages.get("/nights", params={"night": "2014-01-10"})
    assert (asked.status_code, asked.headers["location"]) == (303, "/nights/2014-01-10")


def test_a_month_and_a_year_are_drawn_and_anew_when_a_night_changes(archive):
    pages = browse(archive.url)
    assert '<img class="night" src="/months/2014-01.png"' in pages.get("/months/2014-01").text
    assert 'href="/years/2014.png"' in pages.get("/months/2014-01").text
    pictures = [pages.get(page).content for page in ("/months/2014-01.png", "/years/2014.png")]
    assert all(picture.startswith(PNG) for picture in pictures)
    put_night(archive, dt.date(2014, 1, 20), 1.1)
    assert pages.get("/months/2014-01.png").content != pictures[0]


def test_the_climatology_is_that_of_the_nights(archive):
    pages = browse(archive.url)
    assert ">1.300</td>" in pages.get("/climatology").text
    assert pages.get("/climatology.csv").text.splitlines()[1].startswith("1,,,2,1,0.5,")
    assert pages.get("/climatology.png").content.startswith(PNG)
    put_night(archive, FIRST, 1.5)
    archive.seal(FIRST, "fringes", "again", {"name": "fringes", "reason": "again"})
    assert ">1.500</td>" in pages.get("/climatology").text


@pytest.mark.parametrize(
    ("page", "sentence"),
    [
        ("/nights/2014-01-11", "nothing of it is there"),
        ("/nights/2014-01-11.png", "nothing of it is there"),
        ("/months/2013-01.png", "no night of 2013-01 has a verdict"),
        ("/months/2014-13.png", "is no month"),
        ("/years/1234.png", "is no month and no year"),
        ("/nights/2014-01-13", "only counts so far"),
        ("/nights/2014-01-13.csv", "only counts so far"),
        ("/nights/1999-01-01", "nothing of it is there"),
        ("/nights/2014-1-10", "is no date"),
        ("/nights/2014-W02-5.png", "is no date"),
        ("/nights/..%2f..%2fetc%2fpasswd", "no such page"),
        ("/nights?night=yesterday", "is no date"),
        ("/nights", "is no date"),
        ("/months/2014-02", "no night of"),
        ("/months/2014-13", "no night of"),
        ("/months/x", "no night of"),
        ("/nothing", "no such page"),
    ],
)
def test_what_is_not_there_is_a_404_in_a_sentence(archive, page, sentence):
    answer = browse(archive.url).get(page)
    assert answer.status_code == 404
    assert sentence in sentence_of(answer)


def test_an_archive_may_come_after_the_pages(tmp_path):
    pages = browse(tmp_path / "archive")
    for page in ("/", "/nights/2014-01-10", "/calendar.png", "/climatology"):
        answer = pages.get(page)
        assert answer.status_code == 503
        assert "no archive at" in sentence_of(answer)
    assert pages.get("/health").text == "ok"
    archive = create_archive(str(tmp_path / "archive"), Station())
    assert "No night is in the archive yet" in pages.get("/").text
    assert "No night has a verdict yet" in pages.get("/climatology").text
    assert [pages.get(page).status_code for page in ("/calendar.png", "/climatology.png")] == [404, 404]
    put_night(archive, FIRST, 1.0)
    assert pages.get("/nights/2014-01-10").status_code == 200
    assert pages.get("/calendar.png").content.startswith(PNG)


def test_a_damaged_manifest_is_that_nights_trouble(archive, tmp_path):
    (tmp_path / "archive" / "manifest" / "2014" / "2014-01-12.json").write_text("{")
    pages = browse(archive.url)
    assert "2014-01-12.json is damaged" in pages.get("/").text
    answer = pages.get("/nights/2014-01-12")
    assert answer.status_code == 503
    assert "2014-01-12.json is damaged" in sentence_of(answer)
    assert pages.get("/nights/2014-01-10").status_code == 200


def test_a_stage_without_its_note_is_that_nights_trouble(archive):
    archive.seal(dt.date(2014, 1, 12), "counts", "by hand")
    assert "says nothing of its &#39;effort&#39;" in browse(archive.url).get("/").text


def test_a_damaged_chunk_is_said_in_a_line(archive, tmp_path):
    place = archive.index(FIRST)
    (tmp_path / "archive" / "fringes" / "delta_f_hz" / "c" / str(place) / "0").write_bytes(b"not a chunk")
    pages = browse(archive.url)
    answer = pages.get("/nights/2014-01-10")
    assert answer.status_code == 503
    assert "fringes/delta_f_hz of night 2014-01-10" in sentence_of(answer)
    assert "Traceback" not in answer.text
    assert "is damaged" in pages.get("/").text
    assert "is damaged" in pages.get("/climatology").text


def test_a_damaged_archive_is_said_in_a_line(archive, tmp_path):
    pages = browse(archive.url)
    (tmp_path / "archive" / "zarr.json").write_text("{")
    answer = pages.get("/")
    assert answer.status_code == 503
    assert "is damaged" in sentence_of(answer)


def test_what_comes_from_files_is_escaped(tmp_path):
    evil = "<script>alert(1)</script>"
    archive = create_archive(str(tmp_path / "archive"), Station())
    source = SourceEntry(
        name=f"{evil}.dat", size=1, mtime_ns=1, digest="d", channel=0, first_sample=0, span=1, samples=1,
        problems=((f"kind{evil}", f"detail{evil}"),),
    )  # fmt: skip
    archive.replace_manifest(archive.manifest(FIRST).with_sources([source]))
    put_night(archive, FIRST, 1.0, reason=f"reason{evil}")
    pages = browse(archive.url)
    for page in ("/", "/nights/2014-01-10", "/months/2014-01", f"/{evil}", f"/nights/{evil}"):
        text = pages.get(page).text
        assert "<script" not in text
    text = pages.get("/nights/2014-01-10").text
    for what in ("kind", "detail", "reason"):
        assert f"{what}&lt;script&gt;" in text


@pytest.mark.parametrize(
    ("share", "told"),
    [(1.0, "100%"), (0.9995, "100%"), (0.9965, "99.6%"), (0.9989, "99.8%"), (0.424, "42%"), (0.0, "0%")],
)
def test_a_share_that_is_not_whole_is_never_shown_as_whole(share, told):
    assert _effort(share) == told


def test_every_answer_is_kept_within_the_page(archive):
    pages = browse(archive.url)
    for page in ("/", "/nights/2014-01-10", "/climatology.png", "/health", "/nothing", "/static/style.css"):
        headers = pages.get(page).headers
        assert "default-src 'self'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_the_pages_only_read(archive, method):
    for page in ("/", "/nights/2014-01-10", "/models", "/health"):
        assert browse(archive.url).ask(method, page).status_code == 405


def test_head_is_a_get_without_its_body(archive):
    pages = browse(archive.url)
    answer = pages.ask("HEAD", "/nights/2014-01-10.csv")
    assert answer.content == b""
    assert answer.headers["etag"] == pages.get("/nights/2014-01-10.csv").headers["etag"]


def test_pages_for_this_machine_answer_to_its_own_names_only(archive):
    pages = browse(archive.url, hosts=LOOPBACK)
    for host, status in (
        ("127.0.0.1:4201", 200), ("localhost:4201", 200), ("[::1]:4201", 200), ("evil.example", 400),
    ):  # fmt: skip
        assert pages.get("/health", headers={"Host": host}).status_code == status


@pytest.mark.parametrize(
    ("hours", "words"),
    [(None, "no data yet"), (0.5, "up to date"), (2.9, "up to date"), (3.5, "no data for 3 hours"),
     (71, "no data for 71 hours"), (24 * 30, "no data for 30 days")],
)  # fmt: skip
def test_freshness_is_told_in_words(hours, words):
    now = dt.datetime(2014, 1, 10, 12, tzinfo=dt.UTC)
    until = None if hours is None else now - dt.timedelta(hours=hours)
    assert freshness(until, now) == (words == "up to date", words)


def test_data_end_where_the_last_sealed_file_ends(archive):
    source = SourceEntry(
        name="a", size=1, mtime_ns=1, digest="d", channel=0, first_sample=3_600_000, span=360_000, samples=360_000
    )
    archive.replace_manifest(archive.manifest(FIRST).with_sources([source]))
    assert "last sealed data until 2014-01-10 23:00 UTC" in browse(archive.url).get("/").text


def test_many_look_at_once_while_nights_come_in(archive):
    pages, coming = browse(archive.url), night_range(dt.date(2013, 12, 1), dt.date(2013, 12, 12))
    asked = ["/", "/calendar.png", "/climatology", "/nights/2014-01-10", "/months/2014-01"] * 4
    with ThreadPoolExecutor(6) as pool:
        answers = [pool.submit(pages.get, page) for page in asked]
        for night in coming:
            put_night(archive, night, 1.0)
        assert {answer.result().status_code for answer in answers} == {200}
    assert f"<b>{len(coming) + 3}</b><small>nights" in pages.get("/").text


def test_a_drawing_is_made_once_and_the_oldest_go():
    drawings, drawn = Drawings(), []

    def draw(key: int) -> bytes:
        return drawings.get(key, ".txt", lambda path: (drawn.append(key), path.write_text(str(key))))

    assert [draw(1), draw(1)] == [b"1", b"1"]
    assert drawn == [1]
    for key in range(2, MOST_KEPT + 2):
        draw(key)
    draw(1)
    assert drawn.count(1) == 2
    assert drawn.count(MOST_KEPT + 1) == 1
