"""The command `iar quicklook` as a person uses it: started, looked at in a browser, stopped with Ctrl-C."""

import signal
import socket

import httpx
import pytest
from selenium.webdriver.common.by import By

from tests.browser import chromium, console_errors, picture_widths
from tests.commands import check_refused, run_apart
from tests.iar.quicklook.serving import serving


@pytest.fixture(scope="module")
def address(processed):
    with serving("--archive", processed, "--port", 0) as (_, address):
        yield address


@pytest.fixture(scope="module")
def window():
    with chromium() as window:
        yield window


def check_whole(window) -> None:
    """Every picture of the page is there, it complains of nothing, and it is no wider than the window."""
    widths = picture_widths(window)
    assert all(widths.values()), widths
    assert console_errors(window) == []
    wide = "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert window.execute_script(wide) == 0


@pytest.mark.smoke
def test_one_clicks_from_the_overview_to_the_night_and_the_climatology(window, address, night):
    window.get(address)
    assert f"{address}/calendar.png" not in picture_widths(window)  # of one night
    check_whole(window)
    window.find_element(By.LINK_TEXT, str(night)).click()
    assert window.current_url == f"{address}/nights/{night}"
    assert picture_widths(window)[f"{address}/nights/{night}.png"] > 1000
    check_whole(window)
    window.find_element(By.LINK_TEXT, "Climatology").click()
    assert picture_widths(window)[f"{address}/climatology.png"] > 1000
    check_whole(window)
    window.find_element(By.LINK_TEXT, "Networks").click()
    window.find_element(By.LINK_TEXT, "shipped").click()
    assert "The shipped network" in window.find_element(By.TAG_NAME, "h1").text
    check_whole(window)


def test_pages_fit_a_telephone(window, address, night):
    window.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride", {"width": 420, "height": 900, "deviceScaleFactor": 1, "mobile": True}
    )
    for page in (
        "",
        f"nights/{night}",
        f"months/{night:%Y-%m}",
        "climatology",
        "completeness",
        "models",
        "models/shipped",
    ):
        window.get(f"{address}/{page}")
        check_whole(window)


def test_ctrl_c_ends_it_well(tmp_path):
    with serving("--archive", tmp_path / "archive", "--port", 0) as (process, address):
        assert httpx.get(f"{address}/health", timeout=60).text == "ok"
        process.send_signal(signal.SIGINT)
        rest, _ = process.communicate(timeout=120)
        assert (process.returncode, rest) == (0, "stopped\n")


def test_who_lets_others_in_is_reported(tmp_path):
    with serving("--archive", tmp_path / "archive", "--port", 0, "--host", "0.0.0.0") as (process, address):  # noqa: S104
        assert address.startswith("http://0.0.0.0:")
        assert "no passwords" in process.stdout.readline()


def test_a_port_that_is_taken_is_said_before_anything_is_promised(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as door:
        port = door.getsockname()[1]
        check_refused(run_apart("quicklook", "--archive", tmp_path, "--port", port), f"port {port}", "in use")


def test_an_address_of_nobody_is_refused(tmp_path):
    check_refused(run_apart("quicklook", "--archive", tmp_path, "--host", "192.0.2.1", "--port", 0), "192.0.2.1")
    check_refused(run_apart("quicklook", "--archive", "nothing://x", "--port", 0), "nothing://x")
