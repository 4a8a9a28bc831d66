"""Before anything is submitted a flow looks at the workers of a scheduler that somebody else runs."""

import pytest
from distributed import LocalCluster

from flows import cluster
from flows.cluster import check_machines
from iar.archive.store import Archive
from iar.errors import InputError
from iar.workers.scheduler import SCHEDULER


@pytest.fixture(scope="module")
def scheduler():
    with LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=None) as running:
        yield running.scheduler_address


@pytest.fixture
def named(scheduler, monkeypatch):
    monkeypatch.setenv(SCHEDULER, scheduler)
    return scheduler


@pytest.mark.usefixtures("named")
@pytest.mark.parametrize("place", ["{}", "file://{}", "{}/"])
def test_workers_like_us_that_find_the_archive_at_its_name_are_taken(place, processed):
    check_machines(place.format(processed))


def test_an_archive_that_means_another_folder_elsewhere_is_refused(named, processed, monkeypatch):
    monkeypatch.chdir(processed.parent)
    assert Archive(processed.name).nights()
    with pytest.raises(InputError, match=f"archive {processed.name} means another folder to each worker of {named}"):
        check_machines(processed.name)


@pytest.mark.usefixtures("named")
def test_workers_of_other_versions_are_named(processed, monkeypatch):
    monkeypatch.setattr(cluster, "OURS", "iar 9.9 on Python 3.11")
    with pytest.raises(InputError, match=r"made of other versions than iar 9\.9 on Python 3\.11: .*: iar 0"):
        check_machines(str(processed))


def test_a_cluster_of_its_own_is_not_asked(monkeypatch):
    monkeypatch.delenv(SCHEDULER, raising=False)
    check_machines("any/folder")
