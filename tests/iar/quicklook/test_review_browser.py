"""A person judges nights in a browser: with keys, with a slip taken back, and after the page was opened again."""

import datetime as dt

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from iar.archive.labels import LabelBook
from iar.labels.current import latest
from tests.browser import chromium, console_errors, picture_widths
from tests.iar.quicklook.desks import repeated
from tests.iar.quicklook.serving import serving

PATIENCE_S = 120


@pytest.fixture(scope="module")
def window():
    with chromium() as window:
        yield window


@pytest.fixture(scope="module")
def archive(processed, night, tmp_path_factory):
    return repeated(processed, night, 3, tmp_path_factory.mktemp("review"))


def text(window, name: str) -> str:
    return window.find_element(By.ID, name).text


def press(window, key: str) -> None:
    ActionChains(window).send_keys(key).perform()


def wait_for(window, what) -> None:
    WebDriverWait(window, PATIENCE_S).until(lambda _: what())


def can_judge(window) -> bool:
    return window.find_element(By.CSS_SELECTOR, "[data-verdict]").is_enabled()


def check_whole(window) -> None:
    """The picture is there, the page fits into its window, and complains of nothing."""
    wait_for(window, lambda: can_judge(window))
    assert all(picture_widths(window).values())
    assert window.execute_script("return document.documentElement.scrollWidth - innerWidth") <= 0
    assert window.execute_script("return document.documentElement.scrollHeight - innerHeight") <= 0
    assert console_errors(window) == []


def test_a_person_judges_takes_back_and_finds_it_again(window, archive):
    book = LabelBook(str(archive))
    with serving("--archive", archive, "--who", "ada", "--port", 0, name="review") as (_, address):
        window.get(address)
        check_whole(window)
        first = text(window, "night")
        assert not window.find_element(By.ID, "lines").is_enabled()
        press(window, "f")
        wait_for(window, lambda: text(window, "verdict") == "fringes")
        assert [(str(one.night), one.verdict, one.mode) for one in book.read()] == [(first, "fringes", "blind")]
        press(window, "l")
        wait_for(window, lambda: any(name.endswith("?lines") for name in picture_widths(window)))
        check_whole(window)
        press(window, " ")
        check_whole(window)
        second = text(window, "night")
        assert second != first
        press(window, "n")
        wait_for(window, lambda: text(window, "verdict") == "none")
        press(window, "z")
        wait_for(window, lambda: text(window, "verdict") == "")
        assert text(window, "night") == second
        wait_for(window, lambda: can_judge(window))
        press(window, "d")
        wait_for(window, lambda: text(window, "verdict") == "disturbed")
        assert [one.verdict for one in book.read()] == ["fringes", "none", "withdrawn", "disturbed"]
        window.refresh()
        check_whole(window)
        assert text(window, "place").startswith("2 judged, 1 left")
        press(window, Keys.ARROW_LEFT)
        wait_for(window, lambda: (text(window, "night"), text(window, "verdict")) == (second, "disturbed"))
        assert "of nights called fringes" in text(window, "summary")
    said = {str(one.night): one.verdict for one in latest(book.read())}
    assert said == {first: "fringes", second: "disturbed"}


def test_a_page_without_the_token_says_so_and_writes_nothing(window, archive):
    with serving("--archive", archive, "--who", "ben", "--port", 0, name="review") as (_, address):
        window.get(address.partition("?")[0])
        wait_for(window, lambda: can_judge(window))
        assert "no token" in text(window, "trouble")
        press(window, "f")
        wait_for(window, lambda: "not written" in text(window, "trouble"))
    assert not any(one.who == "ben" for one in LabelBook(str(archive)).read())
    console_errors(window)


def test_regions_are_dragged_and_lines_deleted_and_both_come_back(window, archive):
    book = LabelBook(str(archive))

    def mine():
        return [one for one in book.read() if one.who == "dan"]

    with serving("--archive", archive, "--who", "dan", "--open", "--port", 0, name="review") as (_, address):
        window.get(address)
        check_whole(window)
        press(window, "f")
        wait_for(window, lambda: text(window, "verdict") == "fringes")
        press(window, "l")
        wait_for(window, lambda: window.find_elements(By.CLASS_NAME, "track"))
        track = window.find_elements(By.CLASS_NAME, "track")[0]
        harmonic = int(track.get_attribute("data-harmonic"))
        click_on(window, track)
        wait_for(window, lambda: mine()[-1].deleted == (harmonic,))
        press(window, "m")
        drag(window, (0.3, 0.1), (0.4, 0.2))
        wait_for(window, lambda: len(mine()[-1].regions) == 1)
        assert shares_of(window, mine()[-1].regions[0]) == pytest.approx((0.3, 0.4), abs=0.005)
        window.refresh()
        check_whole(window)
        press(window, Keys.ARROW_LEFT)
        wait_for(window, lambda: len(window.find_elements(By.CLASS_NAME, "region")) == 3)  # in every panel
        press(window, "l")
        wait_for(window, lambda: window.find_elements(By.CSS_SELECTOR, f".gone[data-harmonic='{harmonic}']"))
        click_on(window, window.find_element(By.CLASS_NAME, "gone"))
        wait_for(window, lambda: mine()[-1].deleted == ())
        window.find_elements(By.CLASS_NAME, "region")[2].click()
        wait_for(window, lambda: mine()[-1].regions == ())
    assert {one.verdict for one in mine()} == {"fringes"}
    assert [(len(one.regions), one.deleted) for one in mine()] == [
        (0, ()), (0, (harmonic,)), (1, (harmonic,)), (1, ()), (0, ()),
    ]  # fmt: skip


def click_on(window, track) -> None:
    """Click on a line where one of its points is, which the middle of its frame need not be."""
    script = """const { width, height } = document.getElementById("marks").getBoundingClientRect();
        const { x, y } = arguments[0].points[Math.floor(arguments[0].points.length / 2)];
        return [x - width / 2, y - height / 2]"""
    x, y = window.execute_script(script, track)
    ActionChains(window).move_to_element_with_offset(window.find_element(By.ID, "marks"), x, y).click().perform()


def drag(window, start, end) -> None:
    """Drag from one place to another, both as shares of the picture."""
    marks, places = window.find_element(By.ID, "marks"), []
    for x, y in (start, end):
        places.append(((x - 0.5) * marks.rect["width"], (y - 0.5) * marks.rect["height"]))
    chain = ActionChains(window).move_to_element_with_offset(marks, *places[0]).click_and_hold()
    chain.move_to_element_with_offset(marks, *places[1]).release().perform()


def shares_of(window, region) -> tuple[float, float]:
    """Begin and end of a region as shares of the picture's width, by what the picture says of itself."""
    night = text(window, "night")
    places = window.execute_script(f"return fetch('/nights/{night}.json').then((answer) => answer.json())")
    left, _, width, _ = places["panels"][0]
    first, last = places["hours"]
    midnight = dt.datetime.fromisoformat(f"{night}T00:00+00:00")
    hours = [(time - midnight) / dt.timedelta(hours=1) for time in (region.begin, region.end)]
    begin, end = (left + (hour - first) / (last - first) * width for hour in hours)
    return begin, end


def test_it_fits_a_telephone_and_words_are_not_keys(window, archive):
    window.get("about:blank")
    console_errors(window)  # of pictures that the page of the test before asked its server for, which was ended
    window.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride", {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True}
    )
    with serving("--archive", archive, "--who", "cyd", "--port", 0, name="review") as (_, address):
        window.get(address)
        check_whole(window)
        press(window, "w")
        press(window, "funny")
        press(window, Keys.ENTER)
        window.find_element(By.CSS_SELECTOR, "[data-verdict=unsure]").click()
        wait_for(window, lambda: text(window, "verdict") == "unsure")
    assert [(one.verdict, one.why) for one in LabelBook(str(archive)).read() if one.who == "cyd"] == [
        ("unsure", "funny")
    ]  # fmt: skip
