"""A person judges nights in a browser: with keys, with a slip taken back, and after the page was opened again."""

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
