"""Empty places for archives, in memory and on an object store."""

from collections.abc import Iterator

import fsspec
import pytest
from fsspec.implementations.memory import MemoryFileSystem
from s3fs import S3FileSystem

from tests.stores import CREDENTIALS, SEAWEED_BUCKET, running_seaweed

CLIENTS: dict[str, dict[str, S3FileSystem]] = {}
"""Clients of each store of this run: fsspec's own cache does not know which store the environment named."""


def use_endpoint(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the environment say where the store is, and use its clients and not another's."""
    for name, value in {**CREDENTIALS, "AWS_ENDPOINT_URL": url}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(S3FileSystem, "_cache", CLIENTS.setdefault(url, {}))


@pytest.fixture
def s3(s3_endpoint: str, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> str:
    """URL of an empty bucket; the environment of this process says where it is."""
    use_endpoint(s3_endpoint, monkeypatch)
    name = f"b{abs(hash(request.node.nodeid)):x}"
    fsspec.filesystem("s3", use_listings_cache=False).mkdir(name)
    return f"s3://{name}"


@pytest.fixture(scope="session")
def seaweed_endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """URL of a SeaweedFS server, for the whole run."""
    with running_seaweed(tmp_path_factory.mktemp("seaweed")) as url:
        yield url


@pytest.fixture
def seaweed(seaweed_endpoint: str, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> str:
    """URL of an empty place in a store that answers a conditional PUT as real ones do."""
    use_endpoint(seaweed_endpoint, monkeypatch)
    return f"s3://{SEAWEED_BUCKET}/b{abs(hash(request.node.nodeid)):x}"


@pytest.fixture
def memory(request: pytest.FixtureRequest) -> Iterator[str]:
    """URL of an empty place in this process's memory."""
    yield f"memory://{abs(hash(request.node.nodeid)):x}"
    MemoryFileSystem.store.clear()
    MemoryFileSystem.pseudo_dirs[:] = [""]
