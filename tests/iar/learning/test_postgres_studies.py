"""A study on PostgreSQL, as on SQLite: shared, gone on with, and its password told to nobody."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from iar.errors import InputError
from iar.learning.tuning.search import read_study, tune
from iar.learning.tuning.space import TuneConfig
from tests.commands import run_here
from tests.databases import PASSWORD, running_postgres
from tests.iar.learning.tuning.test_search import BY_GRID, GRID, PLANE, bowl, points
from tests.recipes import TINY_RECIPE

pytest.importorskip("psycopg", reason="studies on PostgreSQL need the extra postgres")

PROGRAM = """
import sys, time
from iar.learning.tuning.search import tune
sys.path.insert(0, {root!r})
from tests.iar.learning.tuning.test_search import BY_GRID, GRID
def slow(parameters, report):
    print(parameters["x"], parameters["y"], parameters["z"], flush=True)
    time.sleep({seconds})
    return float(parameters["x"])
tune(slow, GRID, storage={storage!r}, study="shared", config=BY_GRID)
"""


@pytest.fixture(scope="module")
def storage(tmp_path_factory: pytest.TempPathFactory):
    with running_postgres(tmp_path_factory.mktemp("postgres")) as url:
        yield url.replace("+asyncpg", "")


def worker(storage: str, seconds: float) -> "subprocess.Popen[str]":
    """Process that works on the study and says each point that it tries."""
    program = PROGRAM.format(root=str(Path(__file__).parents[3]), storage=storage, seconds=seconds)
    return subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)


def test_a_study_that_was_killed_is_finished_by_two_processes_that_do_nothing_twice(storage):
    with worker(storage, 600) as killed:
        begun = killed.stdout.readline()
        killed.send_signal(signal.SIGKILL)
    with worker(storage, 0.3) as one, worker(storage, 0.3) as other:
        tried = [line for worker in (one, other) for line in worker.communicate(timeout=300)[0].splitlines()]
    assert (one.returncode, other.returncode) == (0, 0)
    assert begun.strip() in tried
    assert len(tried) == len(set(tried)) == 12
    tuned = read_study(storage, "shared")
    assert len(points(tuned)) == len(tuned.trials) == 12


def test_trainings_are_searched_and_the_password_is_not_reported(storage, tmp_path, capsys):
    (tmp_path / "recipe.yaml").write_text(TINY_RECIPE)
    (tmp_path / "space.yaml").write_text("parameters: {unet.dropout: {values: [0.0]}}")
    asked = ["--storage", storage, "--space", tmp_path / "space.yaml", "--recipe", tmp_path / "recipe.yaml"]
    status, out, err = run_here(capsys, "tune", *asked)
    assert status == 0, err
    assert f"1 trial(s) in {storage.replace(PASSWORD, '***')}" in out.splitlines()
    assert PASSWORD not in out + err


class TestWhatIsRefusedDoesNotTellThePassword:
    def test_another_space(self, storage):
        tune(bowl, PLANE, storage=storage, study="plane", config=TuneConfig(sampler="random", trials=1))
        with pytest.raises(InputError, match=r"study plane in postgresql://iar:\*\*\*@127.* searches another space"):
            tune(bowl, GRID, storage=storage, study="plane", config=BY_GRID)

    def test_no_such_study(self, storage):
        with pytest.raises(InputError, match=r"no study s in postgresql://iar:\*\*\*@127"):
            read_study(storage, "s")

    def test_wrong_password(self, storage):
        with pytest.raises(InputError, match=r"iar:\*\*\*@127.* cannot be opened") as error:
            read_study(storage.replace(PASSWORD, "guessed"), "s")
        assert "guessed" not in str(error.value)
