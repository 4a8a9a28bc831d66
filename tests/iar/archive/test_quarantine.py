from concurrent.futures import ThreadPoolExecutor

import pytest

from iar.archive.quarantine import QuarantineEntry
from iar.errors import DamagedArchiveError
from iar.settings import Station
from iar.stages.creation import create_archive


def entry(name: str, size: int = 1, reason: str = "no date") -> QuarantineEntry:
    return QuarantineEntry(name=name, size=size, mtime_ns=5, reason=reason)


@pytest.fixture(params=["folder", "memory"])
def archive(request, tmp_path):
    url = str(tmp_path / "archive") if request.param == "folder" else f"memory://quarantine{tmp_path}"
    return create_archive(url, Station())


def test_what_is_put_in_is_there_in_the_order_of_names(archive):
    assert archive.quarantine() == ()
    assert set(archive.update_quarantine((), [entry("b"), entry("a")])) == {entry("a"), entry("b")}
    assert archive.quarantine() == (entry("a"), entry("b"))


def test_only_what_is_new_or_changed_is_reported(archive):
    archive.update_quarantine((), [entry("a"), entry("b")])
    assert archive.update_quarantine((), [entry("a"), entry("b", size=2)]) == (entry("b", size=2),)
    assert archive.quarantine() == (entry("a"), entry("b", size=2))


def test_what_became_usable_is_taken_out_and_what_was_not_looked_at_stays(archive):
    archive.update_quarantine((), [entry("a"), entry("b")])
    assert archive.update_quarantine({"a", "z"}, []) == ()
    assert archive.quarantine() == (entry("b"),)


def test_an_empty_quarantine_leaves_no_list(archive, tmp_path):
    archive.update_quarantine((), [entry("a")])
    archive.update_quarantine({"a"}, [])
    assert archive.quarantine() == ()
    assert not (tmp_path / "archive/manifest/quarantine.json").exists()


def test_where_nothing_was_ever_bad_no_file_is_written(tmp_path):
    archive = create_archive(str(tmp_path / "archive"), Station())
    before = sorted(tmp_path.rglob("*"))
    archive.update_quarantine({"a", "b"}, [])
    assert sorted(tmp_path.rglob("*")) == before


def test_the_same_files_give_the_same_bytes(tmp_path):
    texts = []
    for name, order in (("one", "ab"), ("other", "ba")):
        archive = create_archive(str(tmp_path / name), Station())
        for letter in order:
            archive.update_quarantine((), [entry(letter)])
        texts.append((tmp_path / name / "manifest/quarantine.json").read_bytes())
    assert texts[0] == texts[1]


def test_several_writers_at_once_lose_nothing(tmp_path):
    archive = create_archive(str(tmp_path / "archive"), Station())
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda i: archive.update_quarantine((), [entry(f"file-{i:02d}")]), range(24)))
    assert [e.name for e in archive.quarantine()] == [f"file-{i:02d}" for i in range(24)]


def test_a_damaged_list_is_named(tmp_path):
    archive = create_archive(str(tmp_path / "archive"), Station())
    archive.update_quarantine((), [entry("a")])
    (tmp_path / "archive/manifest/quarantine.json").write_text("[{")
    with pytest.raises(DamagedArchiveError, match=r"quarantine\.json is damaged: "):
        archive.quarantine()
