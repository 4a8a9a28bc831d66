"""Places of a service, as the flows are told them."""

import os

import pytest

from iar.errors import InputError
from service.settings import parse_service, prefect_file


def test_folders_are_the_same_wherever_a_worker_stands(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    variables = parse_service(archive="a", inbox="in", registry="http://127.0.0.1:5000").variables()
    assert variables["IAR_SERVICE_ARCHIVE"] == str(tmp_path / "a")
    assert variables["IAR_SERVICE_REGISTRY"] == "http://127.0.0.1:5000"
    assert "IAR_SERVICE_STATION" not in variables


def test_parameters_of_a_run_stay_inside_the_places_of_the_service(tmp_path, monkeypatch):
    from tasks.roots import check_places

    service = parse_service(archive=str(tmp_path / "a"), station="eskdalemuir", roots=(str(tmp_path / "more"),))
    for name, value in service.variables().items():
        monkeypatch.setenv(name, value)
    check_places(archive=str(tmp_path / "a"), curated=str(tmp_path / "more/labels.csv"), registry="models")
    with pytest.raises(InputError, match="lies outside the roots"):
        check_places(archive=str(tmp_path))


def test_station_file_is_a_place_and_a_built_in_station_is_none(tmp_path):
    built_in = parse_service(archive=str(tmp_path), station="eskdalemuir").variables()
    assert built_in["IAR_SERVICE_STATION"] == "eskdalemuir"
    assert "eskdalemuir" not in built_in["IAR_ROOTS"]
    file = parse_service(archive=str(tmp_path), station=str(tmp_path / "mine.yaml")).variables()
    assert str(tmp_path / "mine.yaml") in file["IAR_ROOTS"].split(os.pathsep)


@pytest.mark.parametrize("name", ["archive", "registry"])
def test_password_is_refused_and_not_shown(name):
    with pytest.raises(
        InputError, match=rf"--{name} postgresql://iar:\*\*\*@db.* has a password.*PGPASSWORD"
    ) as variables:
        parse_service(**{"archive": "a", name: "postgresql://iar:hush@db:5432/iar"})
    assert "hush" not in str(variables.value)


def test_colon_that_would_cut_a_root_is_refused(tmp_path):
    with pytest.raises(InputError, match="a:b has a colon"):
        parse_service(archive=str(tmp_path / "a:b"))


def test_missing_deployments_are_reported(tmp_path):
    with pytest.raises(InputError, match=r"nix.yaml is not there"):
        prefect_file(tmp_path / "nix.yaml")
