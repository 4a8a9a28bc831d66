"""What a command does not take over from where it is started: a proxy before its own machine, a home that is none."""

import os
from pathlib import Path

import pytest

from iar.surroundings import has_home, settled

PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch):
    for name in PROXIES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def test_a_proxy_is_not_asked_for_this_machine_and_then_all_is_as_it_was(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://proxy:3128")
    monkeypatch.setenv("NO_PROXY", "data.example.org")
    before = dict(os.environ)
    with settled():
        assert os.environ["NO_PROXY"] == os.environ["no_proxy"] == "data.example.org,127.0.0.1,localhost,::1"
    assert dict(os.environ) == before


def test_without_a_proxy_and_with_a_home_nothing_is_said(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    before = dict(os.environ)
    with settled():
        assert dict(os.environ) == before
        assert has_home()


def test_where_the_home_cannot_be_written_there_is_one_for_as_long_as_it_takes(monkeypatch):
    monkeypatch.setenv("HOME", "/no/such/home")
    with settled():
        home = Path.home()
        (home / "cache").write_text("of a library")
        assert not has_home()  # it is gone tomorrow: nothing is to be kept there
    assert not home.exists()
    assert os.environ["HOME"] == "/no/such/home"
