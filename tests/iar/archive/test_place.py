"""The whole chain wherever fsspec reaches; and what a user sees where it does not."""

import shutil
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import fsspec
import numpy as np
import pytest
import s3fs
import xarray as xr

from iar.archive.snapshot import Snapshot
from iar.archive.store import Archive
from iar.records.finding import find_records
from iar.settings import Station
from iar.stages.creation import create_archive
from iar.stages.ingest import group_by_night, ingest_night, station_format
from iar.stages.process import process_night, undone_nights
from iar.stages.stage import Setup
from tests.commands import check_refused, run_apart
from tests.stores import objects


def fill(url: str, hours: list[Path], night) -> Archive:
    """Archive made, filled with the hours and processed, here."""
    archive = create_archive(url, Station())
    for job in group_by_night(find_records(hours, station_format(Station())).records, 12):
        ingest_night(archive, job)
    process_night(Archive(url), night, Setup())
    return archive


@pytest.fixture(scope="module")
def two_hours(hours: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two hours of both channels after midnight."""
    folder = tmp_path_factory.mktemp("two_hours")
    names = sorted(path.name for path in hours.glob("CH*_2014_01_11_0[12].dat"))
    return [Path(shutil.copy2(hours / name, folder)) for name in names]


@pytest.fixture(scope="module")
def on_folder(two_hours, night, tmp_path_factory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("on_folder") / "archive"
    fill(str(folder), two_hours, night)
    return objects(str(folder))


@pytest.fixture(params=["memory", pytest.param("s3", marks=pytest.mark.smoke)])
def url(request: pytest.FixtureRequest) -> str:
    return f"{request.getfixturevalue(request.param)}/stations/archive"


def test_a_night_that_is_done_costs_a_store_one_manifest(s3, two_hours, night, monkeypatch):
    url, seen = f"{s3}/counted/archive", []
    fill(url, two_hours, night)
    get = s3fs.S3FileSystem._cat_file

    async def counting(self, path, *args, **options):
        seen.append(path)
        return await get(self, path, *args, **options)

    monkeypatch.setattr(s3fs.S3FileSystem, "_cat_file", counting)
    assert undone_nights(Snapshot(url, [night]), [night], Setup()) == []
    assert [path.rpartition("/")[2] for path in seen if "/manifest/" in path] == [f"{night}.json"]


def test_an_archive_holds_the_same_bytes_wherever_it_lies(url, two_hours, night, on_folder):
    archive = fill(url, two_hours, night)
    there = objects(url)
    assert there.keys() == on_folder.keys()
    assert [name for name in there if there[name] != on_folder[name]] == []
    assert archive.nights() == [night]
    assert archive.manifest(night).is_sealed("fringes")


def test_an_archive_on_s3_opens_in_xarray(s3, two_hours, night):
    fill(f"{s3}/archive", two_hours, night)
    with xr.open_zarr(f"{s3}/archive", group="spectra", consolidated=False) as spectra:
        effort = spectra.effort.sel(night="2014-01-10T12:00", channel="EW")
        assert float(effort.mean()) == pytest.approx(2 / 24, abs=1e-3)
    with xr.open_zarr(f"{s3}/archive", group="fringes", consolidated=False) as fringes:
        assert np.isfinite(fringes.verdict.sel(night="2014-01-10T12:00"))


def test_a_reader_sees_what_another_process_wrote_since(s3, two_hours, night):
    reader = create_archive(f"{s3}/archive", Station())
    assert reader.nights() == []
    done = run_apart("ingest", *two_hours, "--archive", f"{s3}/archive", "--workers", "1")
    assert done[::2] == (0, "")
    assert reader.nights() == [night]
    assert reader.manifest(night).is_sealed("counts")


class TestAStoreThatCannotBeReachedIsOneLineAndStatusTwo:
    def test_where_the_package_is_missing(self, two_hours):
        without = "import sys; sys.modules['s3fs'] = None"
        done = run_apart("ingest", *two_hours, "--archive", "s3://bucket/archive", before=without)
        check_refused(done, "s3://bucket/archive", "Install s3fs", "pip install -e '.[s3]'")

    def test_where_the_bucket_does_not_exist(self, s3, two_hours):
        done = run_apart("ingest", *two_hours, "--archive", f"{s3}-of-another/archive")
        check_refused(done, f"{s3}-of-another/archive", "bucket does not exist")

    def test_where_no_server_answers(self, s3, two_hours):
        environment = {"AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_MAX_ATTEMPTS": "1"}
        done = run_apart("ingest", *two_hours, "--archive", f"{s3}/archive", **environment)
        check_refused(done, "cannot be reached", "Could not connect", "http://127.0.0.1:9")

    @pytest.mark.parametrize("command", ["ingest", "coverage"])
    def test_where_the_credentials_are_refused(self, s3, s3_endpoint, two_hours, command):
        fsspec.filesystem("s3", use_listings_cache=False).pipe_file(f"{s3}/archive/zarr.json", b"{}")
        with guarded(s3_endpoint):
            done = run_apart(command, *(two_hours if command == "ingest" else []), "--archive", f"{s3}/archive")
        check_refused(done, "cannot be reached", "Forbidden")


@contextmanager
def guarded(endpoint: str) -> Iterator[None]:
    """The server asks who one is, and knows nobody."""
    _guard_after(endpoint, "0")
    yield
    _guard_after(endpoint, "inf")


def _guard_after(endpoint: str, actions: str) -> None:
    plain = {"Content-Type": "text/plain"}
    urllib.request.urlopen(urllib.request.Request(f"{endpoint}/moto-api/reset-auth", actions.encode(), plain)).close()  # noqa: S310
