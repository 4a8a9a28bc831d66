"""Pages of a registry: versions, cards, what was recorded with them, and pictures that never leave their folder."""

import re
import shutil

import pytest

from iar.detection.bundle import SHIPPED, read_card
from iar.learning.registry.versions import Registry
from tests.iar.quicklook.asking import browse, sentence_of

PICTURE = b"\x89PNG\r\n of a network"
REPORT = b"<!doctype html><style>p{color:red}</style><p>report</p><script>alert(1)</script>"


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Registry of two versions: the first is champion and has pages, the second has none; and a study."""
    folder = tmp_path_factory.mktemp("books") / "registry"
    registry = Registry(str(folder))
    pages = {"report.html": REPORT, "curves.png": PICTURE}
    for kept in (pages, {}):
        registry.record(str(SHIPPED), recipe={}, folds=[], curves={}, pages=kept)
    registry.promote(1)
    study = folder / "studies" / "dissertation-1"
    study.mkdir(parents=True)
    (study / "history.png").write_bytes(PICTURE)
    (study / "trials.db").write_bytes(b"not for everybody")
    (folder / "secret.png").write_bytes(b"not for everybody")
    (study / "link.png").symlink_to(folder / "secret.png")
    (folder / "studies" / "away").symlink_to(folder)
    return folder


@pytest.fixture(scope="module")
def pages(place, tmp_path_factory):
    return browse(tmp_path_factory.mktemp("no") / "archive", place)  # networks need no archive


def test_versions_are_listed_with_how_good_they_are(pages):
    text = pages.get("/models").text
    f1 = read_card(SHIPPED).evaluation["network"]["f1"]
    assert text.count(f">{f1:.3f}</td>") == 3  # two versions and the shipped one
    assert re.search(r'href="/models/1".*?champion</span>', text, re.DOTALL)
    assert "/studies/dissertation-1/history.png" in text
    assert "link.png" not in text


def test_a_version_shows_its_card_and_the_pages_it_has(pages):
    first, second = (pages.get(f"/models/{number}").text for number in (1, 2))
    assert "/models/1/curves.png" in first
    assert "/models/1/report.html" in first
    assert "overlays.png" not in first
    assert "curves.png" not in second
    for text in (first, second):
        assert read_card(SHIPPED).signature[:16] in text


def test_pages_of_a_version_are_its_own_bytes(pages):
    picture = pages.get("/models/1/curves.png")
    assert (picture.content, picture.headers["content-type"]) == (PICTURE, "image/png")
    assert pages.get("/studies/dissertation-1/history.png").content == PICTURE


def test_a_report_may_bring_its_style_but_runs_nothing(pages):
    answer = pages.get("/models/1/report.html")
    assert answer.content == REPORT
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("sandbox; default-src 'none'; style-src 'unsafe-inline'")
    assert "script" not in policy


@pytest.mark.parametrize(
    "page",
    [
        "/models/3", "/models/0", "/models/1/overlays.png", "/models/1/card.json", "/models/2/report.html",
        "/models/1/..%2f..%2fmlflow.db", "/studies/dissertation-1/trials.db", "/studies/dissertation-1/none.png",
        "/studies/dissertation-1/link.png", "/studies/away/secret.png", "/studies/..%2f/secret.png",
        "/studies/%2e%2e/secret.png", "/studies/dissertation-1/%2e%2e%2f%2e%2e%2fsecret.png",
    ],
)  # fmt: skip
def test_nothing_else_is_handed_out(pages, page):
    answer = pages.get(page)
    assert answer.status_code == 404
    assert b"not for everybody" not in answer.content


def test_without_a_registry_the_shipped_network_is_shown(tmp_path):
    pages = browse(tmp_path / "archive")
    assert "No registry was given" in pages.get("/models").text
    assert read_card(SHIPPED).trained_on.split("'")[0] in pages.get("/models/shipped").text
    assert pages.get("/models/1").status_code == 404
    assert pages.get("/studies/a/b.png").status_code == 404


def test_an_empty_registry_says_so_and_is_not_made(tmp_path):
    pages = browse(tmp_path / "archive", tmp_path / "registry")
    assert "holds no version yet" in pages.get("/models").text
    assert not (tmp_path / "registry").exists()


def test_a_damaged_registry_is_said_in_a_line(tmp_path):
    (tmp_path / "registry").mkdir()
    (tmp_path / "registry" / "mlflow.db").write_bytes(b"no database at all, but a file of some length" * 40)
    answer = browse(tmp_path / "archive", tmp_path / "registry").get("/models")
    assert answer.status_code == 503
    assert "registry" in sentence_of(answer)


def test_a_version_whose_bundle_went_still_shows_what_the_list_knows(place, tmp_path):
    shutil.copytree(place, tmp_path / "registry", symlinks=True)
    run = Registry(str(tmp_path / "registry")).get(1).run
    (tmp_path / "registry" / "artifacts" / run / "artifacts" / "bundle" / "card.json").unlink()
    answer = browse(tmp_path / "archive", tmp_path / "registry").get("/models/1")
    assert answer.status_code == 200
    assert "card.json is missing" in sentence_of(answer)


def test_a_registry_that_went_away_is_not_a_page_that_never_was(place, tmp_path):
    shutil.copytree(place, tmp_path / "registry", symlinks=True)
    pages = browse(tmp_path / "archive", tmp_path / "registry")
    assert pages.get("/models").status_code == 200  # the list is remembered for a while
    (tmp_path / "registry" / "mlflow.db").write_bytes(b"no database at all, but a file of some length" * 40)
    answer = pages.get("/models/1/report.html")
    assert answer.status_code == 503
    assert "registry" in sentence_of(answer)
