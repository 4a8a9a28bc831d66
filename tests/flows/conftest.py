from collections.abc import Iterator

import pytest
from prefect.testing.utilities import prefect_test_harness


@pytest.fixture(scope="session", autouse=True)
def prefect_server() -> Iterator[None]:
    """A real server with its own database, for all tests of flows."""
    with prefect_test_harness(server_startup_timeout=120):
        yield
