"""Which scheduler is meant; who answers there is looked at in `test_cli_process`."""

import pytest

from iar.errors import InputError
from iar.workers.scheduler import SCHEDULER, check_address, choose_scheduler


class TestTheAddress:
    @pytest.mark.parametrize(
        ("address", "place"),
        [
            ("tcp://host:8786", ("host", 8786)),
            ("tls://host.example.org:8786", ("host.example.org", 8786)),
            ("10.0.0.1:1", ("10.0.0.1", 1)),
            ("tcp://[::1]:8786", ("::1", 8786)),
        ],
    )
    def test_that_is_one(self, address, place):
        assert check_address(address) == place

    @pytest.mark.parametrize(
        "address", ["", " ", "host", "tcp://host", "tcp://:8786", "http://host:8787", "host:0", "host:65536", "a b:1"]
    )
    def test_that_is_none(self, address):
        with pytest.raises(InputError, match="is no address: expected such as tcp://host:8786"):
            check_address(address)

    def test_that_is_given_comes_before_the_environments(self, monkeypatch):
        monkeypatch.setenv(SCHEDULER, "tcp://theirs:1")
        assert choose_scheduler("tcp://ours:1", None) == "tcp://ours:1"
        assert choose_scheduler(None, None) == "tcp://theirs:1"

    def test_of_the_environment_gives_way_to_workers_of_its_own(self, monkeypatch):
        monkeypatch.setenv(SCHEDULER, "tcp://theirs:1")
        assert choose_scheduler(None, 2) is None

    def test_that_is_empty_in_the_environment_is_none_at_all(self, monkeypatch):
        monkeypatch.setenv(SCHEDULER, "")
        assert choose_scheduler(None, None) is None

    def test_excludes_a_number_of_workers(self):
        with pytest.raises(InputError, match="--scheduler tcp://ours:1 has workers of its own: leave out --workers 2"):
            choose_scheduler("tcp://ours:1", 2)
