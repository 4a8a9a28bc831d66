"""A real S3 API on loopback, and archives of any kind of place, compared object by object."""

import logging
from collections.abc import Callable, Iterator

import fsspec
import pytest
from fsspec.implementations.memory import MemoryFileSystem

CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "tests",
    "AWS_SECRET_ACCESS_KEY": "tests",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
}


@pytest.fixture(scope="session")
def s3_endpoint() -> Iterator[str]:
    """URL of a server with the API of S3, for the whole run."""
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def s3(s3_endpoint: str, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> str:
    """URL of an empty bucket; the environment of this process says where it is."""
    for name, value in {**CREDENTIALS, "AWS_ENDPOINT_URL": s3_endpoint}.items():
        monkeypatch.setenv(name, value)
    name = f"b{abs(hash(request.node.nodeid)):x}"
    fsspec.filesystem("s3", use_listings_cache=False).mkdir(name)
    return f"s3://{name}"


@pytest.fixture
def memory(request: pytest.FixtureRequest) -> Iterator[str]:
    """URL of an empty place in this process's memory."""
    yield f"memory://{abs(hash(request.node.nodeid)):x}"
    MemoryFileSystem.store.clear()
    MemoryFileSystem.pseudo_dirs[:] = [""]


@pytest.fixture(scope="session")
def objects() -> Callable[[str], dict[str, bytes]]:
    """Function that returns all objects of an archive by their names; a folder's empty lock files are left out."""

    def read(url: str) -> dict[str, bytes]:
        fs, root = fsspec.url_to_fs(url, use_listings_cache=False)
        found = [path for path in fs.find(root) if not path.endswith(".lock")]
        return {path.removeprefix(root).lstrip("/"): bytes(fs.cat_file(path)) for path in found}

    return read
