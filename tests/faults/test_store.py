"""An object store that refuses: one clear line that names the archive, and no traceback."""

import s3fs

from tests.commands import Outcome, run_apart
from tests.inbox import put, values
from tests.servers import free_port
from tests.stores import CREDENTIALS

ENVIRON = CREDENTIALS | {"AWS_MAX_ATTEMPTS": "1"}


def coverage(endpoint: str, **environ: str) -> Outcome:
    return run_apart("coverage", "--archive", "s3://nowhere/archive", AWS_ENDPOINT_URL=endpoint, **environ)


def check_reported(outcome: Outcome, *words: str) -> None:
    status, _, err = outcome
    assert status in {1, 2}, err
    assert "Traceback" not in err
    assert "very-secret" not in err
    assert err.count("\n") == 1, err
    for word in words:
        assert word in err


def test_one_that_is_stopped_is_reported():
    check_reported(coverage(f"http://127.0.0.1:{free_port()}", **ENVIRON), "archive s3://nowhere/archive")


def test_a_bucket_that_is_not_there_is_reported(s3_endpoint):
    check_reported(coverage(s3_endpoint, **ENVIRON), "s3://nowhere/archive")


def test_hours_for_a_bucket_that_is_not_there_are_refused(s3_endpoint, tmp_path, hours):
    environ = {**ENVIRON, "AWS_ENDPOINT_URL": s3_endpoint}
    outcome = run_apart(
        "ingest", hours, "--archive", "s3://nowhere/archive", "--workers", 1, "--settle-s", 0, **environ
    )
    check_reported(outcome, "s3://nowhere/archive")
    assert list(tmp_path.iterdir()) == []


def test_no_credentials_are_reported(s3_endpoint, tmp_path):
    nothing = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "HOME": str(tmp_path)}
    check_reported(coverage(s3_endpoint, **{**ENVIRON, **nothing}), "s3://nowhere/archive")


def test_no_secret_goes_into_an_archive(s3_endpoint, tmp_path):
    keys = {"key": ENVIRON["AWS_ACCESS_KEY_ID"], "secret": ENVIRON["AWS_SECRET_ACCESS_KEY"]}
    store = s3fs.S3FileSystem(**keys, endpoint_url=s3_endpoint, use_listings_cache=False)
    store.mkdir("kept")
    put(tmp_path, 0, values(1))
    environ = {**ENVIRON, "AWS_ENDPOINT_URL": s3_endpoint}
    outcome = run_apart("ingest", tmp_path, "--archive", "s3://kept/a", "--workers", 1, "--settle-s", 0, **environ)
    assert outcome[0] == 0, outcome
    kept = {path: store.cat_file(path) for path in store.find("kept")}
    assert any(path.endswith("2014-01-10.json") for path in kept)
    assert not [path for path, content in kept.items() if b"very-secret" in content or s3_endpoint.encode() in content]
