"""The distribution's Chromium without a screen, as tests look at pages with it."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.remote.webdriver import WebDriver

_QUIET = (
    "--headless=new",
    "--no-sandbox",  # containers and root have none
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@contextmanager
def chromium(width: int = 1280, height: int = 900) -> Iterator[WebDriver]:
    """Browser with a window of that many pixels and a profile of its own; the test is skipped where there is none."""
    browser, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if browser is None or driver is None:
        pytest.skip("no Chromium here: apt-get install chromium chromium-driver")
    with tempfile.TemporaryDirectory(prefix="chromium-", ignore_cleanup_errors=True) as profile:
        options = webdriver.ChromeOptions()
        options.binary_location = browser
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        for flag in (*_QUIET, f"--user-data-dir={profile}", f"--window-size={width},{height}"):
            options.add_argument(flag)
        window = webdriver.Chrome(options, Service(driver))  # a driver that is named: Selenium looks for none outside
        try:
            yield window
        finally:
            window.quit()


def picture_widths(window: WebDriver) -> dict[str, int]:
    """Natural width of each picture on the page, pixels, by its address; 0 for one that did not load."""
    script = "return [...document.images].map(i => [i.src, i.complete ? i.naturalWidth : 0])"
    return dict(window.execute_script(script))


def console_errors(window: WebDriver) -> list[str]:
    """What the page complained of since it was asked last."""
    return [entry["message"] for entry in window.get_log("browser") if entry["level"] == "SEVERE"]
