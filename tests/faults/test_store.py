"""An object store that refuses: one clear line that names the archive, and no traceback."""

import logging
from collections.abc import Iterator

import pytest
import s3fs

from tests.commands import Told, run_apart
from tests.inbox import put, values
from tests.servers import free_port

SPAN = ("--first-night", "2014-01-10", "--last-night", "2014-01-10", "--workers", 1)
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "tests", "AWS_SECRET_ACCESS_KEY": "very-secret", "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true", "AWS_MAX_ATTEMPTS": "1",
}  # fmt: skip


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


def coverage(endpoint: str, **environ: str) -> Told:
    return run_apart("coverage", "--archive", "s3://nowhere/archive", AWS_ENDPOINT_URL=endpoint, **environ)


def check_told(told: Told, *words: str) -> None:
    status, _, err = told
    assert status in {1, 2}, err
    assert "Traceback" not in err
    assert "very-secret" not in err
    assert err.count("\n") == 1, err
    for word in words:
        assert word in err


def test_one_that_is_stopped_is_told():
    check_told(coverage(f"http://127.0.0.1:{free_port()}", **CREDENTIALS), "archive s3://nowhere/archive")


def test_a_bucket_that_is_not_there_is_told(endpoint):
    check_told(coverage(endpoint, **CREDENTIALS), "s3://nowhere/archive")


def test_hours_for_a_bucket_that_is_not_there_are_refused(endpoint, tmp_path, hours):
    environ = {**CREDENTIALS, "AWS_ENDPOINT_URL": endpoint}
    told = run_apart("ingest", hours, "--archive", "s3://nowhere/archive", "--workers", 1, "--settle-s", 0, **environ)
    check_told(told, "s3://nowhere/archive")
    assert list(tmp_path.iterdir()) == []


def test_no_credentials_are_told(endpoint, tmp_path):
    nothing = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "HOME": str(tmp_path)}
    check_told(coverage(endpoint, **{**CREDENTIALS, **nothing}), "s3://nowhere/archive")


def test_no_secret_goes_into_an_archive(endpoint, tmp_path):
    keys = {"key": CREDENTIALS["AWS_ACCESS_KEY_ID"], "secret": CREDENTIALS["AWS_SECRET_ACCESS_KEY"]}
    store = s3fs.S3FileSystem(**keys, endpoint_url=endpoint, use_listings_cache=False)
    store.mkdir("kept")
    put(tmp_path, 0, values(1))
    environ = {**CREDENTIALS, "AWS_ENDPOINT_URL": endpoint}
    told = run_apart("ingest", tmp_path, "--archive", "s3://kept/a", "--workers", 1, "--settle-s", 0, **environ)
    assert told[0] == 0, told
    kept = {path: store.cat_file(path) for path in store.find("kept")}
    assert any(path.endswith("2014-01-10.json") for path in kept)
    assert not [path for path, content in kept.items() if b"very-secret" in content or endpoint.encode() in content]
