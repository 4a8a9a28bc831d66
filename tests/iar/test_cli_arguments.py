"""Whatever stands on the command line, the answer is one line and status 2, or the value was a valid one."""

import contextlib
import io
import string

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from iar.cli import main
from iar.settings import Station
from tests.commands import Outcome, check_refused

ANY = settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
WORDS = st.text(
    st.characters(exclude_characters="\0") | st.sampled_from("\n\r\x1b\u2028\udcff\udc80/:.[]%"), max_size=30
)
"""What a shell can hand over: any byte but NUL; one that is no UTF-8 comes as a surrogate."""
DATES = WORDS | st.dates().map(str) | st.text(string.digits + "-W", max_size=10)
NUMBERS = WORDS | st.floats().map(str) | st.integers().map(str)
NIGHTS = ("--first-night", "2014-01-10", "--last-night", "2014-01-10")
URLS = st.builds(
    "{}{}{}".format,
    st.sampled_from(["file", "memory", "github", "dir", "x", ""]),
    st.sampled_from(["://", "::", ":"]),
    WORDS,
)


def run(*arguments: str) -> Outcome:
    """Run `iar` here; its lines as UTF-8, as a terminal takes them."""
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", errors) for errors in ("strict", "backslashreplace"))
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), pytest.raises(SystemExit) as left:
        main(list(arguments))
    out.flush()
    err.flush()
    return left.value.code, out.buffer.getvalue().decode(), err.buffer.getvalue().decode()


def check_refused_unless_valid(outcome: Outcome, *, valid: tuple[int, ...] = ()) -> None:
    """One line on stderr and status 2, or one of the `valid`."""
    if outcome[0] not in valid:
        check_refused(outcome)


@pytest.fixture(scope="module")
def archive(tmp_path_factory) -> str:
    """Archive of no night."""
    from iar.stages.creation import create_archive

    url = str(tmp_path_factory.mktemp("cli") / "archive")
    create_archive(url, Station())
    return url


@ANY
@given(DATES, DATES)
def test_any_dates(archive, first, last):
    span = (f"--first-night={first}", f"--last-night={last}")
    check_refused_unless_valid(run("export", f"--archive={archive}", *span, "--out=t.csv"))
    check_refused_unless_valid(run("process", f"--archive={archive}", *span))


@ANY
@given(DATES | st.from_regex(r"\d{4}(-\d\d)?", fullmatch=True))
def test_any_span(archive, span):
    check_refused_unless_valid(run("plot", f"--archive={archive}", f"--span={span}", "--out=t.png"))


@pytest.mark.parametrize("span", ["２０１４", "2014-٠١"])
def test_digits_of_other_scripts_are_no_span(archive, span):
    check_refused(run("plot", "--archive", archive, "--span", span, "--out", "t.png"), "no month and no year")


@ANY
@given(NUMBERS)
def test_any_number(archive, number):
    check_refused_unless_valid(
        run("plot", "--archive", archive, "--night=2014-01-10", "--out=t.png", f"--width-mm={number}")
    )
    check_refused_unless_valid(run("simulate", "--first-night=0000-01-01", f"--nights={number}", "--out=x"))
    check_refused_unless_valid(run("quicklook", "--archive", "nowhere", "--host=256.0.0.1", f"--port={number}"))


@ANY
@given(WORDS)
def test_any_word_for_a_choice(archive, word):
    for arguments in (
        ("plot", "--night=2014-01-10", "--out=t.png", f"--view={word}"),
        ("plot", "--night=2014-01-10", "--out=t.png", f"--over={word}"),
        ("export", *NIGHTS, "--out=t.csv", f"--source={word}"),
        ("export", *NIGHTS, "--out=t.csv", "--all-columns", f"--ionosphere={word}"),
        ("process", *NIGHTS, f"--scheduler={word}"),
    ):
        check_refused_unless_valid(run(*arguments, f"--archive={archive}"))


@ANY
@given(WORDS)
def test_any_name_of_a_file_to_write(archive, name):
    for command in (("plot", "--night=2014-01-10"), ("export", *NIGHTS)):
        check_refused_unless_valid(run(*command, f"--archive={archive}", f"--out={name}"))


@ANY
@given(WORDS)
def test_any_name_of_a_file_to_read(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    path = f"nowhere/{name}"
    for arguments in (("station", path), ("processing", path), ("recipe", path), ("ingest", path, "--archive=x")):
        check_refused_unless_valid(run(*arguments))


@pytest.mark.system  # some of fsspec's protocols look for a free port of this machine
@ANY
@given(WORDS | URLS)
def test_any_url(tmp_path, monkeypatch, url):
    monkeypatch.chdir(tmp_path)
    check_refused_unless_valid(run("coverage", f"--archive={url}"))
    check_refused_unless_valid(run("process", f"--archive={url}", *NIGHTS))


@pytest.mark.parametrize("protocol", ["github", "dir", "generic", "reference", "jupyter", "dbfs"])
def test_url_that_is_not_enough_for_its_file_system(protocol):
    check_refused(run("coverage", "--archive", f"{protocol}://"), f"archive {protocol}://: ")


@pytest.mark.parametrize("place", ["http://[", "https://a]:"])
def test_registry_at_what_is_no_address(place):
    check_refused(run("models", "list", "--registry", place), f"the registry at {place} ")


@ANY
@given(st.lists(WORDS, max_size=4))
def test_any_words_at_all(words):
    harmless = [word for word in words if word not in {"doctor", "deploy", "serve", "train", "tune", "evaluate"}]
    check_refused_unless_valid(run(*harmless), valid=(0,))


def test_a_name_of_two_lines_is_told_in_one(tmp_path):
    outcome = run("coverage", "--archive", f"{tmp_path}/a\nb\x1b[31m\udcff")
    check_refused(outcome, "/a\\nb\\x1b[31m\\udcff: `iar ingest` makes one")


def test_a_name_that_is_no_utf8_is_told_on_stdout_as_well(tmp_path):
    from iar.stages.creation import create_archive

    create_archive(f"{tmp_path}/\udcff", Station())
    expected = f"0 night(s) in {tmp_path}/\\udcff; 0 not whole\n"
    assert run("coverage", "--archive", f"{tmp_path}/\udcff") == (0, expected, "")
