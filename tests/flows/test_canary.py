"""The canary as a flow: a network that finds fringes is well, settings by which nothing counts fail the run."""

import pytest

from flows.canary import canary
from tests.flows.seen import artifacts

pytestmark = pytest.mark.usefixtures("prefect_server")


def test_the_shipped_network_finds_what_is_known_and_settings_that_find_nothing_fail_the_run(processed, monkeypatch):
    assert canary(str(processed)).startswith("fringes, a spacing in ")
    assert artifacts("canary")[-1].data.startswith("fringes, ")
    monkeypatch.setenv("IAR_PROCESSING_FRINGES__MIN_SLOTS", "864")
    with pytest.raises(RuntimeError, match="the canary: the verdict is no_fringes, not fringes"):
        canary(str(processed))
