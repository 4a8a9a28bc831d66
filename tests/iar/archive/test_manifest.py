import datetime as dt
import json
from functools import reduce

import fsspec
import pytest
from fsspec.implementations.memory import MemoryFileSystem
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from iar.archive.manifest import (
    MOST_MTIMES,
    Manifest,
    SourceEntry,
    StageEntry,
    manifest_path,
    nights_with_manifest,
    parse_manifest,
    read_manifest,
    read_manifests,
    signature_of,
    unsealed_nights,
    write_manifest,
)
from iar.errors import DamagedArchiveError
from tests.fuzz.targets import with_odd_value

NIGHT, DAY_AFTER = dt.date(2014, 1, 10), dt.date(2014, 1, 11)
LAW = settings(max_examples=30)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
SOURCES = st.builds(
    SourceEntry,
    name=st.text(min_size=1, max_size=8),
    size=st.integers(0, 10**9),
    mtime_ns=st.integers(0, 2**62),
    digest=st.text("0123456789abcdef", max_size=8),
    channel=st.integers(0, 1),
    first_sample=st.integers(0, 10),
    span=st.integers(0, 10),
    samples=st.integers(0, 10),
    problems=st.lists(st.tuples(st.sampled_from(["short", "unreadable"]), st.text(max_size=5)), max_size=2).map(tuple),
)
STAGES = st.builds(StageEntry, signature=st.text(max_size=5), software=st.just("1"), note=st.just({"effort": 0.5}))
MANIFESTS = st.builds(
    Manifest,
    night=st.dates(dt.date(2000, 1, 1), dt.date(2049, 12, 31)),
    sources=st.lists(SOURCES, max_size=3).map(tuple),
    stages=st.dictionaries(st.sampled_from(["counts", "spectra", "fringes"]), STAGES),
)
SEAL = StageEntry(signature="abc", software="1")


def source(name="a", problems=(), **fields):
    message = {
        "size": 1,
        "mtime_ns": 1,
        "digest": "",
        "channel": 0,
        "first_sample": 0,
        "span": 1,
        "samples": 1,
        **fields,
    }
    return SourceEntry(name=name, problems=problems, **message)


@pytest.fixture
def memory():
    yield fsspec.filesystem("memory")
    MemoryFileSystem.store.clear()
    MemoryFileSystem.pseudo_dirs[:] = [""]


@pytest.fixture
def local():
    return fsspec.filesystem("file")


@pytest.fixture(params=["folder", "memory", "s3"])
def place(request, tmp_path):
    """File system and root of an empty place."""
    fixtures = {"folder": lambda: str(tmp_path), "memory": lambda: request.getfixturevalue("memory") and "memory://a"}
    where = fixtures.get(request.param, lambda: request.getfixturevalue("s3"))()
    return fsspec.url_to_fs(where, use_listings_cache=False)


@settings(max_examples=15)
@given(MANIFESTS)
def test_a_manifest_is_read_as_it_was_written(tmp_path_factory, manifest):
    fs, root = fsspec.filesystem("file"), str(tmp_path_factory.mktemp("root"))
    write_manifest(fs, root, manifest)
    assert read_manifest(fs, root, manifest.night) == manifest


def test_a_manifest_lies_by_year_and_night_as_json(local, tmp_path):
    write_manifest(local, str(tmp_path), Manifest(night=NIGHT).with_stage("counts", SEAL))
    text = (tmp_path / "manifest/2014/2014-01-10.json").read_text(encoding="utf-8")
    assert json.loads(text)["stages"]["counts"]["signature"] == "abc"
    assert manifest_path(NIGHT) == "manifest/2014/2014-01-10.json"


def test_a_manifest_in_memory_is_read_as_it_was_written(memory):
    manifest = Manifest(night=NIGHT, sources=(source(),)).with_stage("counts", SEAL)
    write_manifest(memory, "/archive", manifest)
    assert read_manifest(memory, "/archive", NIGHT) == manifest
    memory.pipe_file("/archive/manifest/2014/2014-99-99.json", b"{}")  # no night, and none of ours
    assert nights_with_manifest(memory, "/archive") == [NIGHT]


def test_a_night_never_written_has_an_empty_manifest(local, tmp_path):
    assert read_manifest(local, str(tmp_path), NIGHT) == Manifest(night=NIGHT)
    assert nights_with_manifest(local, str(tmp_path)) == []


@pytest.mark.parametrize("text", ["", "{", "[]", '{"night": "2014-01-10", "sauces": []}', '{"night": "soon"}'])
def test_a_damaged_manifest_is_named_with_its_place(text, local, tmp_path):
    path = tmp_path / manifest_path(NIGHT)
    path.parent.mkdir(parents=True)
    path.write_text(text)
    with pytest.raises(ValueError, match=r"manifest .*manifest/2014/2014-01-10\.json is damaged: [^\n]+$"):
        read_manifest(local, str(tmp_path), NIGHT)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"night": "2014-01-10", "sources": 3}', "is damaged: sources: Input should be a valid array"),
        ('{"night": "2014-01-10"', "is damaged: Invalid JSON: EOF while parsing an object at line 1 column 22"),
        (
            '{"night": "2014-01-10", "a\\nb": 3}',  # a name of two lines, in a message of one
            "is damaged: a b: Extra inputs are not permitted",
        ),
        ('{"night": "2015-01-10"}', "is damaged: it says that it is of night 2015-01-10"),
        ('{"night": "2014-01-10", "format": 2}', "has format 2: this version reads 1"),
    ],
)
def test_what_is_wrong_with_a_manifest_is_reported(text, message):
    with pytest.raises(DamagedArchiveError) as error:
        parse_manifest(text.encode(), manifest_path(NIGHT))
    assert str(error.value) == f"manifest {manifest_path(NIGHT)} {message}"


@settings(max_examples=100)
@given(st.binary(max_size=60) | JSON.map(json.dumps).map(str.encode))
def test_any_bytes_are_a_manifest_or_a_damaged_one(text):
    with pytest.raises(DamagedArchiveError, match=r"^manifest manifest/2014/2014-01-10\.json is damaged: [^\n]+$"):
        parse_manifest(text, manifest_path(NIGHT))


@settings(max_examples=150)
@given(MANIFESTS, st.randoms())
def test_a_manifest_with_an_odd_value_is_written_back_as_it_was_read_or_is_damaged(manifest, random):
    path = manifest_path(manifest.night)
    try:
        found = parse_manifest(with_odd_value(manifest.model_dump_json().encode(), random), path)
    except DamagedArchiveError as error:
        assert len(str(error).splitlines()) == 1  # noqa: PT017 - the other half of the claim
        return
    written = found.model_dump(mode="json")
    assert parse_manifest(json.dumps(written, ensure_ascii=False).encode(), path).model_dump(mode="json") == written


def test_writing_replaces_the_whole_and_leaves_nothing_beside_it(local, tmp_path):
    root = str(tmp_path)
    write_manifest(local, root, Manifest(night=NIGHT, sources=(source("x" * 1000),)))
    write_manifest(local, root, Manifest(night=NIGHT))
    assert read_manifest(local, root, NIGHT) == Manifest(night=NIGHT)
    assert [path.name for path in (tmp_path / "manifest/2014").iterdir()] == ["2014-01-10.json"]


def test_what_a_killed_writer_left_is_overwritten(local, tmp_path):
    folder = tmp_path / "manifest/2014"
    folder.mkdir(parents=True)
    (folder / ".2014-01-10.tmp").write_text("half a manifest" * 1000)
    write_manifest(local, str(tmp_path), Manifest(night=NIGHT))
    assert read_manifest(local, str(tmp_path), NIGHT) == Manifest(night=NIGHT)
    assert [path.name for path in folder.iterdir()] == ["2014-01-10.json"]


def test_a_manifest_holds_no_clock_time(local, tmp_path):
    manifest = Manifest(night=NIGHT, sources=(source(),)).with_stage("counts", SEAL)
    written = []
    for root in (tmp_path / "one", tmp_path / "two"):
        write_manifest(local, str(root), manifest)
        written.append((root / manifest_path(NIGHT)).read_bytes())
    assert written[0] == written[1]


def test_a_night_is_marked_from_its_unsealing_to_its_seal(place):
    fs, root = place
    write_manifest(fs, root, Manifest(night=NIGHT))
    assert unsealed_nights(fs, root) == []
    for night in (DAY_AFTER, NIGHT):
        write_manifest(fs, root, Manifest(night=night, sealed_samples="some"))
    assert unsealed_nights(fs, root) == [NIGHT, DAY_AFTER]
    write_manifest(fs, root, Manifest(night=NIGHT))
    assert unsealed_nights(fs, root) == [DAY_AFTER]
    assert nights_with_manifest(fs, root) == [NIGHT, DAY_AFTER]


def test_nights_are_listed_in_order_and_nothing_else(local, tmp_path):
    nights = [dt.date(2015, 3, 1), dt.date(2014, 12, 31), dt.date(2014, 1, 10)]
    for night in nights:
        write_manifest(local, str(tmp_path), Manifest(night=night))
    (tmp_path / "manifest/2014/.abc.tmp").write_text("left by a kill")
    (tmp_path / "manifest/2014/notes.json").write_text("")
    assert nights_with_manifest(local, str(tmp_path)) == sorted(nights)


@pytest.mark.parametrize("folder", ["run [2014]", "a*b?", "50%#1 {x} ü"])
def test_a_folder_whose_name_looks_like_a_pattern_hides_nothing(folder, local, tmp_path):
    root = str(tmp_path / folder)
    for night in (NIGHT, DAY_AFTER):
        write_manifest(local, root, Manifest(night=night, sealed_samples="" if night == DAY_AFTER else None))
    assert nights_with_manifest(local, root) == nights_with_manifest(local, root, {2014}) == [NIGHT, DAY_AFTER]
    assert unsealed_nights(local, root) == [DAY_AFTER]
    assert [manifest.night for manifest in read_manifests(local, root)] == [NIGHT, DAY_AFTER]


def test_a_stage_is_sealed_only_under_the_signature_it_was_made_with():
    manifest = Manifest(night=NIGHT).with_stage("counts", SEAL)
    assert manifest.is_sealed("counts")
    assert manifest.is_sealed("counts", "abc")
    assert not manifest.is_sealed("counts", "other")
    assert not manifest.is_sealed("spectra")


def test_sealing_again_replaces_that_stage_and_keeps_the_others():
    other = StageEntry(signature="new", software="2")
    manifest = Manifest(night=NIGHT).with_stage("spectra", SEAL).with_stage("counts", SEAL).with_stage("counts", other)
    assert manifest.stages == {"counts": other, "spectra": SEAL}


def test_the_order_of_sealing_leaves_no_trace():
    one = Manifest(night=NIGHT).with_stage("spectra", SEAL).with_stage("counts", SEAL)
    two = Manifest(night=NIGHT).with_stage("counts", SEAL).with_stage("spectra", SEAL)
    assert one.model_dump_json() == two.model_dump_json()


@LAW
@given(st.permutations([source("a"), source("b"), source("c", first_sample=1), source("d", channel=1)]))
def test_the_order_in_which_sources_came_leaves_no_trace(sources):
    assert [s.name for s in Manifest(night=NIGHT).with_sources(sources).sources] == ["a", "b", "d", "c"]


def test_a_source_is_unreadable_only_if_it_says_so():
    assert source(problems=(("short", ""), ("unreadable", "empty"))).unreadable
    assert not source(problems=(("short", ""),)).unreadable
    assert not source().unreadable


@LAW
@given(st.lists(st.integers(0, 20), min_size=1, max_size=12), st.randoms())
def test_the_newest_times_of_a_content_are_known_in_whatever_order_they_come(mtimes, random):
    """Copies of the same time are as many as they are."""
    entry = reduce(SourceEntry.also_of, mtimes[1:], source(mtime_ns=mtimes[0]))
    assert entry.mtimes_ns == tuple(sorted(mtimes, reverse=True)[:MOST_MTIMES])
    shuffled = random.sample(mtimes, len(mtimes))
    assert reduce(SourceEntry.also_of, shuffled[1:], source(mtime_ns=shuffled[0])) == entry


def test_a_manifest_cannot_be_changed_once_made():
    with pytest.raises(ValidationError, match="frozen"):
        Manifest(night=NIGHT).night = dt.date(2015, 1, 1)


@LAW
@given(st.dictionaries(st.text(max_size=5), JSON, min_size=2, max_size=5), st.randoms())
def test_a_signature_does_not_depend_on_the_order_of_keys(inputs, random):
    shuffled = dict(random.sample(list(inputs.items()), len(inputs)))
    assert signature_of("counts", shuffled) == signature_of("counts", inputs)


@LAW
@given(st.lists(JSON, max_size=4), st.lists(JSON, max_size=4))
def test_signatures_differ_exactly_when_inputs_differ(one, two):
    same = json.dumps(one, sort_keys=True) == json.dumps(two, sort_keys=True)
    assert (signature_of(*one) == signature_of(*two)) == same


def test_a_signature_is_the_same_in_every_process_and_version():
    assert (
        signature_of("counts", [("ab", 0, 1)]) == "4e312cb3fc77f583"
    )  # sha256 of the JSON; another would redo every archive
