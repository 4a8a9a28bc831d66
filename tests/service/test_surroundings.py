"""What a service does not take over from where it is started: a proxy, another project's database, a signal."""

import os
import signal

import pytest
from prefect.settings.models.server.database import ServerDatabaseSettings

from service.deploying import _proxy
from service.serving import Site, _stop_signal


def test_no_proxy_is_asked_for_what_runs_on_this_machine(tmp_path, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "data.example.org")
    monkeypatch.delenv("no_proxy", raising=False)
    environ = Site(tmp_path).environ()
    assert environ["NO_PROXY"] == environ["no_proxy"] == "data.example.org,127.0.0.1,localhost,::1"
    assert environ["HTTP_PROXY"] == "http://127.0.0.1:9"  # for what lies elsewhere


def test_the_database_is_that_of_the_home_unless_the_environment_names_one(tmp_path, monkeypatch):
    for name in [name for name in os.environ if "_DATABASE_" in name]:
        monkeypatch.delenv(name)
    named = Site(tmp_path).environ()["PREFECT_API_DATABASE_CONNECTION_URL"]
    assert named == f"sqlite+aiosqlite:///{tmp_path}/prefect.db"
    monkeypatch.setenv("PREFECT_API_DATABASE_CONNECTION_URL", "postgresql+asyncpg://database/prefect")
    assert Site(tmp_path).environ()["PREFECT_API_DATABASE_CONNECTION_URL"] == "postgresql+asyncpg://database/prefect"


@pytest.mark.parametrize(
    "named",
    [
        {"CONNECTION_URL": "postgresql+asyncpg://me@database/prefect"},
        {"DRIVER": "postgresql+asyncpg", "HOST": "database", "USER": "me", "NAME": "prefect"},
    ],
)
def test_a_database_that_the_environment_names_in_any_way_is_taken_by_prefect(named, tmp_path, monkeypatch):
    for name in [name for name in os.environ if "_DATABASE_" in name]:
        monkeypatch.delenv(name)
    for name, value in named.items():
        monkeypatch.setenv(f"PREFECT_SERVER_DATABASE_{name}", value)
    for name, value in Site(tmp_path).environ().items():
        monkeypatch.setenv(name, value)
    database = ServerDatabaseSettings()
    assert "sqlite" not in (database.connection_url.get_secret_value() if database.connection_url else database.driver)


def test_a_proxy_that_is_in_the_way_is_named_without_its_password(monkeypatch):
    monkeypatch.setenv("http_proxy", "http://me:secret@proxy:3128")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    assert _proxy("http://127.0.0.1:4200/api") == ""
    named = "through the proxy http://me:***@proxy:3128 (NO_PROXY=server goes past it)"
    assert _proxy("http://server:4200/api") == f" {named}"


def test_a_service_of_a_user_without_a_home_has_its_own(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", "/no/such/home")
    assert Site(tmp_path).environ()["HOME"] == str(tmp_path)


@pytest.mark.parametrize(("before", "stops"), [(signal.SIG_IGN, False), (signal.SIG_DFL, True)])
def test_a_hangup_that_is_ignored_stays_ignored(before, stops):
    signs = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    handlers = [signal.getsignal(sign) for sign in signs]
    try:
        signal.signal(signal.SIGHUP, before)
        stop = _stop_signal("nobody")
        signal.raise_signal(signal.SIGHUP)
        assert stop.is_set() == stops
    finally:
        for sign, handler in zip(signs, handlers, strict=True):
            signal.signal(sign, handler)
