import os

import pytest


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch):
    for name in [name for name in os.environ if name.startswith("IAR_") and name != "IAR_TEST_DATA"]:
        monkeypatch.delenv(name)


@pytest.fixture
def station_file(tmp_path):
    """Writes a station's YAML, and returns its path."""

    def write(text: str) -> str:
        path = tmp_path / "station.yaml"
        path.write_text(text, encoding="utf-8")
        return str(path)

    return write
