"""Places in parameters stay inside the roots, and passwords outside of the parameters."""

import pytest

from iar.errors import InputError
from tasks.names import ROOTS
from tasks.roots import check_places, split_roots


@pytest.fixture
def root(tmp_path, monkeypatch):
    (tmp_path / "data").mkdir()
    (tmp_path / "elsewhere").mkdir()
    roots = f"{tmp_path / 'data'}:s3://observatory/iar:http://127.0.0.1:5000/mlflow:postgresql://db:5432/iar"
    monkeypatch.setenv(ROOTS, roots)
    monkeypatch.chdir(tmp_path)
    return tmp_path / "data"


def test_any_place_is_allowed_where_no_roots_are_set(monkeypatch):
    monkeypatch.delenv(ROOTS, raising=False)
    check_places(archive="/anywhere", registry=None, bundle="")


@pytest.mark.parametrize(
    "place",
    [
        "data", "data/archive",
        "./data/../data/x", "file://{root}/archive", "sqlite:///{root}/studies.db", "{root}/a b",
        "s3://observatory/iar", "s3://observatory/iar/archive", "http://127.0.0.1:5000/mlflow",
        "postgresql://somebody@db:5432/iar",
    ],
)  # fmt: skip
def test_places_inside_the_roots_are_allowed(root, place):
    check_places(archive=place.format(root=root))


@pytest.mark.parametrize(
    "place",
    [
        "elsewhere", "data/../elsewhere", "/etc/passwd", "data-of-others", "file:///etc", "sqlite:////etc/x.db",
        "local:///etc", "file:/etc",
        "s3://observatory/iar-of-others", "s3://observatory/iar/../others", "s3://observatory/iar/%2e%2e/others",
        "s3://observatory", "memory://x", "simplecache::s3://observatory/iar", "zip://{root}/x.zip::/etc",
        "http://127.0.0.1:5001/mlflow", "http://somebody@evil/127.0.0.1:5000/mlflow", "~/x",
    ],
)  # fmt: skip
def test_places_outside_the_roots_are_refused(root, place):
    with pytest.raises(InputError, match=r"^archive .*lies outside the roots of this service .*data, s3://observatory"):
        check_places(archive=place.format(root=root))


def test_link_that_leads_out_is_followed(root):
    (root / "link").symlink_to(root.parent / "elsewhere")
    with pytest.raises(InputError, match=r"curated data/link/list.csv lies outside"):
        check_places(curated="data/link/list.csv")


@pytest.mark.parametrize(
    "root", ["http://[::1]:5000/mlflow", "http://[::1]/m", "simplecache::s3://iar/a", "http://db:5000", "memory://x"]
)
def test_root_that_is_a_url_is_whole_also_between_others(root, monkeypatch):
    assert split_roots(f"/data:{root}:s3://b/c:/more") == ["/data", root, "s3://b/c", "/more"]
    monkeypatch.setenv(ROOTS, f"/data:{root}:/more")
    check_places(archive=f"{root}/deeper", inbox="/data/in", holes="/more/x.csv")


@pytest.mark.parametrize("place", ["postgresql://iar:hush@db:5432/iar", "postgresql://db:5432/iar?password=hush"])
def test_password_is_refused_and_not_shown(place):
    with pytest.raises(InputError, match=r"storage postgresql://.* has a password") as error:
        check_places(storage=place)
    assert "hush" not in str(error.value)
