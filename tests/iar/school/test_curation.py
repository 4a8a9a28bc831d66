import datetime as dt

import pytest

from iar.errors import InputError
from iar.school.curation import Curated, good_nights, read_curation

LIST = """night,verdict,who,why
2014-01-12,bad,CB,"comb, all night"
2014-01-10,good,GD,

2014-01-11,good,GD,faint but right
"""


@pytest.fixture
def written(tmp_path):
    def write(text, encoding="utf-8"):
        path = tmp_path / "curated.csv"
        path.write_bytes(text.encode(encoding) if isinstance(text, str) else text)
        return path

    return write


def test_the_list_says_who_judged_which_night_and_why(written):
    found = read_curation(written(LIST))
    assert [curated.night.day for curated in found] == [10, 11, 12]
    assert found[2] == Curated(dt.date(2014, 1, 12), "bad", "CB", "comb, all night")


def test_only_good_nights_are_good(written):
    assert good_nights(written(LIST)) == [dt.date(2014, 1, 10), dt.date(2014, 1, 11)]


def test_a_list_from_a_spreadsheet_is_read_as_well(written):
    text = LIST.replace("night,verdict,who,why", "station,night, verdict ,why,who").replace("\n2014", "\nESK,2014")
    found = read_curation(written(text.replace("\n", "\r\n"), "utf-8-sig"))
    assert [(curated.verdict, curated.why) for curated in found] == [
        ("good", "GD"), ("good", "GD"), ("bad", "CB"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "curated.csv has no column night: expected the header night,verdict,who,why"),
        ("night,verdict,why\n", "curated.csv has no column who"),
        ("night,verdict,who,why,verdict\n2014-01-10,good,GD,,bad\n", "curated.csv has column verdict twice"),
        ("night,verdict,who,why\n\n", "curated.csv is empty: no row"),
        (LIST + "2014-01-13,fine,GD,\n", "curated.csv:6: verdict 'fine' of night 2014-01-13 is none of good, bad"),
        (LIST + "2014-01-13,,GD,\n", "curated.csv:6: verdict '' of"),
        (LIST + "13/01/2014,good,GD,\n", "curated.csv:6: night '13/01/2014' is no date"),
        (LIST + "2014-02-30,good,GD,\n", "curated.csv:6: night '2014-02-30' is no date"),
        (LIST + "2014-01-10,bad,CB,\n", "curated.csv:6: night 2014-01-10 stands there twice"),
        (LIST + "2014-01-13,good,GD\n", "curated.csv:6: 3 fields under a header of 4"),
        (LIST + "2014-01-13,good,GD,a,b\n", "curated.csv:6: 5 fields under a header of 4"),
        (LIST + '2014-01-13,good,GD,"a\n', "curated.csv is no CSV text: unexpected end of data"),
        (b"night,verdict,who,why\n2014-01-10,good,\xfcnal,\n", "curated.csv is no CSV text: .*utf-8"),
    ],
)
def test_what_is_wrong_with_a_list_is_said_in_one_line(written, text, message):
    with pytest.raises(InputError, match=message) as raised:
        read_curation(written(text))
    assert "\n" not in str(raised.value)


def test_a_list_without_a_good_night_is_an_error(written):
    with pytest.raises(InputError, match="calls no night good"):
        good_nights(written("night,verdict,who,why\n2014-01-10,bad,CB,\n"))


def test_no_list_and_a_folder_are_errors(tmp_path):
    with pytest.raises(InputError, match=r"none.csv: no such file"):
        read_curation(tmp_path / "none.csv")
    with pytest.raises(InputError, match="cannot be read: Is a directory"):
        read_curation(tmp_path)
