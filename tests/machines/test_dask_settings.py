"""Settings of Dask clusters, held against the packages that read them. No SLURM and no Kubernetes is needed."""

import re
from importlib import resources
from pathlib import Path
from typing import Any

import dask
import jsonschema
import pytest
import yaml
from distributed.cli import dask_scheduler, dask_worker

from iar.workers.cluster import _INHERITED, _ONE_THREAD
from iar.workers.scheduler import check_address

FOLDER = Path(__file__).parents[2] / "deployments" / "dask"
HELD = {name: value for name, value in _INHERITED.items() if name.startswith("MALLOC_")} | _ONE_THREAD
"""What our own workers are held by: to their core, and to memory that is not cleared anew."""


def read(name: str) -> list[Any]:
    return list(yaml.safe_load_all((FOLDER / name).read_text()))


@pytest.mark.parametrize("path", sorted(FOLDER.iterdir()), ids=lambda path: path.name)
def test_each_file_says_what_the_address_is_to_be(path):
    used = re.findall(r"IAR_DASK_SCHEDULER=(\S+)", path.read_text())
    assert used
    for address in used:
        check_address(address)


class TestLocal:
    def test_dask_knows_every_setting(self):
        (used,) = read("local.yaml")
        schema = yaml.safe_load(resources.files("distributed").joinpath("distributed-schema.yaml").read_text())
        jsonschema.validate(used, schema)
        defaults = yaml.safe_load(resources.files("distributed").joinpath("distributed.yaml").read_text())
        assert unknown(used, defaults) - {f"distributed.nanny.pre-spawn-environ.{name}" for name in HELD} == set()

    def test_workers_are_held_as_our_own_are(self):
        (used,) = read("local.yaml")
        environ = used["distributed"]["nanny"]["pre-spawn-environ"]
        assert {name: str(value) for name, value in environ.items()} == HELD


class TestSlurm:
    def test_jobqueue_knows_every_setting(self):
        pytest.importorskip("dask_jobqueue")
        (used,) = read("slurm.yaml")
        defaults = yaml.safe_load(resources.files("dask_jobqueue").joinpath("jobqueue.yaml").read_text())
        known = {"jobqueue.slurm.scheduler-options.port", "jobqueue.slurm.scheduler-options.dashboard_address"}
        assert unknown(used, defaults) - known == set()

    def test_job_starts_workers_of_one_thread_that_are_held_as_our_own_are(self):
        jobqueue = pytest.importorskip("dask_jobqueue")
        (used,) = read("slurm.yaml")
        used["jobqueue"]["slurm"] |= {"interface": "lo", "scheduler-options": {"port": 0, "dashboard_address": ":0"}}
        merged = dask.config.merge(dask.config.get("jobqueue"), used["jobqueue"])
        with dask.config.set(jobqueue=merged), jobqueue.SLURMCluster() as cluster:
            script = cluster.job_script()
        assert {"#SBATCH -J iar", "#SBATCH --cpus-per-task=16", "#SBATCH --mem=32G"} <= set(script.splitlines())
        lines = [line for line in script.splitlines() if line.startswith("export ")]
        exported = dict(word.split("=") for line in lines for word in line.split()[1:])
        assert exported == HELD
        words = script.rpartition("distributed.cli.dask_worker ")[2].split()
        parsed = dask_worker.main.make_context("dask worker", words).params
        assert (parsed["n_workers"], parsed["nthreads"], parsed["memory_limit"]) == ("16", 1, "2.00GiB")


class TestKubernetes:
    def test_operator_knows_every_field(self):
        pytest.importorskip("dask_kubernetes")
        chart = resources.files("dask_kubernetes") / "operator" / "deployment" / "helm" / "dask-kubernetes-operator"
        for one in read("kubernetes.yaml"):
            (version,) = yaml.safe_load((chart / "crds" / f"{one['kind'].lower()}.yaml").read_text())["spec"][
                "versions"
            ]
            jsonschema.validate(one, version["schema"]["openAPIV3Schema"])
            assert undeclared(one, version["schema"]["openAPIV3Schema"]) == set()

    def test_containers_run_commands_of_dask(self):
        for part, main in (("worker", dask_worker.main), ("scheduler", dask_scheduler.main)):
            dask_word, word, *rest = container(part)["args"]
            assert (dask_word, word) == ("dask", part)
            main.make_context(word, rest)

    def test_workers_are_held_as_our_own_are(self):
        assert {one["name"]: one["value"] for one in container("worker")["env"]} == HELD

    def test_address_is_that_of_the_service_which_the_operator_makes(self):
        cluster, autoscaler = read("kubernetes.yaml")
        assert autoscaler["spec"]["cluster"] == cluster["metadata"]["name"]
        ports = {port["port"] for port in cluster["spec"]["scheduler"]["service"]["ports"]}
        (address,) = re.findall(r"IAR_DASK_SCHEDULER=(\S+)", (FOLDER / "kubernetes.yaml").read_text())
        host, port = check_address(address)
        assert host == f"{cluster['metadata']['name']}-scheduler"
        assert port in ports

    def test_nothing_runs_as_root(self):
        (cluster, _) = read("kubernetes.yaml")
        for part in ("worker", "scheduler"):
            assert cluster["spec"][part]["spec"]["securityContext"]["runAsNonRoot"]


def container(part: str) -> dict[str, Any]:
    """The one container of the workers or of the scheduler."""
    (found,) = read("kubernetes.yaml")[0]["spec"][part]["spec"]["containers"]
    return dict(found)


def unknown(used: Any, defaults: Any, path: str = "") -> set[str]:
    """Paths of settings that have no default."""
    if not isinstance(used, dict) or not isinstance(defaults, dict):
        return set()
    found = {f"{path}{name}" for name in used if name not in defaults}
    return found.union(*(unknown(used[name], defaults[name], f"{path}{name}.") for name in used if name in defaults))


def undeclared(used: Any, schema: dict[str, Any], path: str = "") -> set[str]:
    """Paths of fields that a schema with properties does not name: Kubernetes would drop them without a word."""
    if isinstance(used, list):
        return set().union(*(undeclared(one, schema.get("items", {}), path) for one in used))
    properties = schema.get("properties")
    if not isinstance(used, dict) or not properties:
        return set()
    known = {"apiVersion", "kind", "metadata"} | set(properties)
    found = {f"{path}{name}" for name in used if name not in known}
    return found.union(*(undeclared(used[name], properties.get(name, {}), f"{path}{name}.") for name in used))
