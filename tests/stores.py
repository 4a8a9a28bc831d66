"""A real S3 API on loopback, and what lies in archives of any kind of place."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import fsspec

CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "tests",
    "AWS_SECRET_ACCESS_KEY": "very-secret",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
}
"""Environment of who uses the store; the secret is one that a test can look for where it must not be."""


@contextmanager
def running_store() -> Iterator[str]:
    """URL of an empty server with the API of S3, in a thread of this process."""
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        yield f"http://{host}:{port}"
    finally:
        server.stop()


def objects(url: str) -> dict[str, bytes]:
    """All objects of an archive by their names; a folder's empty lock files are left out."""
    fs, root = fsspec.url_to_fs(url, use_listings_cache=False)
    found = [path for path in fs.find(root) if not path.endswith(".lock")]
    return {path.removeprefix(root).lstrip("/"): bytes(fs.cat_file(path)) for path in found}
