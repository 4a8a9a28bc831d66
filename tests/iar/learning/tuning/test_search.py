"""Tuning: every point of a grid once, whoever works on it and whoever is killed; and the best one is found."""

import collections
import math
import multiprocessing
import os
import signal
import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from iar.detection.unet import UnetConfig
from iar.errors import InputError
from iar.learning.examples import Examples
from iar.learning.retraining import Recipe, changed_recipe
from iar.learning.training.fitting import TrainConfig
from iar.learning.tuning import studies
from iar.learning.tuning.search import Pruned, check_space, fold_objective, read_study, tune
from iar.learning.tuning.space import SPACES, Choices, Range, SearchSpace, TuneConfig
from iar.learning.tuning.studies import optuna
from tests.waiting import wait_until

GRID = SearchSpace(
    parameters={"x": Choices(values=(-1, 0, 1)), "y": Choices(values=(0.0, 0.5)), "z": Choices(values=("a", "b"))}
)
PLANE = SearchSpace(parameters={"x": Range(low=-4.0, high=4.0), "y": Range(low=1e-4, high=1e-1, log=True)})
BY_GRID = TuneConfig(sampler="grid", heartbeat_s=1)


def bowl(parameters, _report):
    """Least at x = 1, y = 0.01; y counts for little."""
    return (parameters["x"] - 1) ** 2 + 0.01 * math.log10(max(parameters["y"], 1e-9) / 0.01) ** 2


def points(tuned):
    return collections.Counter(tuple(trial.parameters[name] for name in ("x", "y", "z")) for trial in tuned.trials)


@pytest.fixture
def storage(tmp_path) -> str:
    return str(tmp_path / "studies.db")


def test_the_dissertations_grids_have_45_and_70_points():
    sizes = [math.prod(len(values) for values in SPACES[name].grid.values()) for name in SPACES]
    assert sizes == [45, 70]
    assert SPACES["dissertation-2"].grid["unet.dropout"] == [0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0.0]


def test_a_recipe_can_take_every_point_of_the_dissertations_grids():
    for space in SPACES.values():
        check_space(Recipe(), space)
        for name, values in space.grid.items():
            part, field = name.split(".")
            taken = [getattr(getattr(changed_recipe(Recipe(), {name: value}), part), field) for value in values]
            assert taken == values


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"training.dropout": Choices(values=(0.5,))}, "recipe has no field training.dropout"),
        ({"folds": Choices(values=(2,))}, "folds cannot be tuned"),
        ({"unet.dropout": Choices(values=(0.5, 1.0))}, r"unet\.dropout = 1\.0: Input should be less than 1"),
        (
            {"training.learning_rate": Range(low=0.1, high=2.0)},
            r"training\.learning_rate = 2\.0: Input should",
        ),
    ],
)
def test_a_space_that_a_recipe_cannot_take_is_told_before_the_first_training(parameters, message):
    with pytest.raises(InputError, match=message):
        check_space(Recipe(), SearchSpace(parameters=parameters))


def test_every_point_of_a_grid_is_tried_once_and_the_best_is_found(storage):
    tuned = tune(bowl, GRID, storage=storage, study="s", config=BY_GRID)
    assert len(points(tuned)) == 12
    assert set(points(tuned).values()) == {1}
    least = min((x - 1) ** 2 + 0.01 * math.log10(max(y, 1e-9) / 0.01) ** 2 for x in (-1, 0, 1) for y in (0.0, 0.5))
    assert tuned.best.value == pytest.approx(least)
    assert tuned.best.parameters["x"] == 1


def test_a_study_that_is_done_is_not_done_again(storage):
    message = []
    first = tune(bowl, GRID, storage=storage, study="s", config=BY_GRID, report=lambda *done: message.append(done))
    assert message == [(done, GRID.points) for done in range(GRID.points + 1)]

    def never(_parameters, _report):
        raise AssertionError

    assert tune(never, GRID, storage=storage, study="s", config=BY_GRID) == first == read_study(storage, "s")


@pytest.mark.parametrize("sampler", ["tpe", "random"])
def test_the_same_seed_gives_the_same_trials_and_another_one_others(sampler, tmp_path):
    config = TuneConfig(sampler=sampler, trials=14)
    runs = [
        tune(bowl, PLANE, storage=str(tmp_path / f"{i}.db"), study="s", config=config.model_copy(update={"seed": seed}))
        for i, seed in enumerate((3, 3, 4))
    ]
    assert runs[0].trials == runs[1].trials
    assert runs[0].trials[0].parameters != runs[2].trials[0].parameters
    assert len({trial.parameters["x"] for trial in runs[0].trials}) == 14


def test_an_interrupted_study_has_the_trials_of_an_undisturbed_one(tmp_path):
    config = TuneConfig(sampler="tpe", trials=14, seed=3)
    whole = tune(bowl, PLANE, storage=str(tmp_path / "whole.db"), study="s", config=config)
    parts = str(tmp_path / "parts.db")
    for trials in (5, 14):
        tuned = tune(bowl, PLANE, storage=parts, study="s", config=config.model_copy(update={"trials": trials}))
    assert tuned.trials == whole.trials


def test_tpe_comes_nearer_than_its_first_random_trials(storage):
    tuned = tune(bowl, PLANE, storage=storage, study="s", config=TuneConfig(sampler="tpe", trials=30, seed=1))
    x = np.array([trial.parameters["x"] for trial in tuned.trials])
    assert np.median(np.abs(x[20:] - 1)) < np.median(np.abs(x[:10] - 1))


def test_the_parameter_that_decides_is_the_important_one(storage):
    tuned = tune(bowl, PLANE, storage=storage, study="s", config=TuneConfig(sampler="random", trials=30, seed=1))
    assert sum(tuned.importance.values()) == pytest.approx(1)
    assert next(iter(tuned.importance)) == "x"
    assert tuned.importance["x"] > 3 * tuned.importance["y"]


def test_importance_of_one_trial_is_nothing(storage):
    tuned = tune(bowl, PLANE, storage=storage, study="s", config=TuneConfig(sampler="random", trials=1))
    assert tuned.importance == {}


def test_hyperband_leaves_hopeless_trials_early_and_keeps_the_best(storage):
    steps_done = []

    def falls(parameters, report):
        """A course of 9 steps to the bowl's value."""
        for step in range(1, 10):
            steps_done.append(step)
            if report(step, bowl(parameters, report) + 1 / step):
                raise Pruned
        return bowl(parameters, report)

    config = TuneConfig(sampler="random", pruner="hyperband", trials=20, seed=1)
    tuned = tune(falls, PLANE, storage=storage, study="s", config=config)
    pruned = [trial for trial in tuned.trials if trial.pruned]
    assert len(tuned.trials) == 20
    assert 5 < len(pruned) < 20
    assert len(steps_done) < 0.8 * 9 * 20
    assert all(len(trial.steps) == trial.steps[-1] for trial in pruned)  # the last of them is where it was left
    assert sum(len(trial.steps) for trial in tuned.trials) == len(steps_done)
    everyone = tune(bowl, PLANE, storage=storage, study="t", config=config)
    assert tuned.best.parameters == everyone.best.parameters  # all courses fall alike, so the best is never hopeless


def test_a_training_that_diverged_is_the_worst_and_is_not_tried_again(storage):
    def diverges(parameters, report):
        return math.nan if parameters["x"] == 0 else bowl(parameters, report)

    tuned = tune(diverges, GRID, storage=storage, study="s", config=BY_GRID)
    assert len(points(tuned)) == len(tuned.trials) == 12
    assert {trial.value for trial in tuned.trials if trial.parameters["x"] == 0} == {math.inf}


@pytest.mark.parametrize("sampler", ["grid", "tpe"])
@pytest.mark.parametrize("stopped_by", [KeyboardInterrupt, ValueError])
def test_a_trial_that_was_stopped_is_done_by_who_goes_on(storage, stopped_by, sampler):
    config = TuneConfig(sampler=sampler, trials=12)
    left = [5]

    def stops(parameters, report):
        left[0] -= 1
        if left[0] == 0:
            raise stopped_by("here")
        return bowl({"x": parameters["x"], "y": parameters["y"]}, report)

    with pytest.raises(stopped_by):
        tune(stops, GRID, storage=storage, study="s", config=config)
    assert len(read_study(storage, "s").trials) == 4
    tuned = tune(stops, GRID, storage=storage, study="s", config=config)
    assert len(tuned.trials) == 12
    assert left[0] == 5 - 13  # the one that was stopped, and each of the 12 once
    if sampler == "grid":
        assert len(points(tuned)) == 12


def logged(parameters, _report, *, log: str) -> float:
    """Value of a point, with a line in a file for each time that it is asked for."""
    time.sleep(0.05)
    with Path(log).open("a") as file:
        file.write(f"{os.getpid()} {sorted(parameters.items())}\n")
    return float(parameters["x"])


def share(storage: str, log: str, config: TuneConfig, space: SearchSpace) -> int:
    """Work on a study, in a process of its own."""
    return len(tune(partial(logged, log=log), space, storage=storage, study="s", config=config).trials)


@pytest.fixture(scope="module")
def two():
    """Two processes that are there, and have imported what takes time."""
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        list(pool.map(optuna_version, [0.5, 0.5]))
        yield pool


def optuna_version(wait_s: float) -> str:
    """Import Optuna, and stay so long that the other one has to do the same."""
    time.sleep(wait_s)
    return str(optuna().__version__)


@pytest.mark.parametrize(
    ("config", "space", "trials"),
    [(BY_GRID, GRID, 12), (TuneConfig(sampler="tpe", trials=16, heartbeat_s=1), PLANE, 16)],
    ids=["grid", "tpe"],
)
def test_two_processes_share_a_study_and_do_nothing_twice(two, storage, config, space, trials, tmp_path):
    log = tmp_path / "log"
    done = [two.submit(share, storage, str(log), config, space) for _ in range(2)]
    assert [one.result() for one in done] == [trials, trials]  # each returns when the study is done, not before
    lines = [line.split(maxsplit=1) for line in log.read_text().splitlines()]
    assert len({process for process, _ in lines}) == 2
    assert len(lines) == len({point for _, point in lines}) == trials


def test_a_study_whose_process_was_killed_goes_on_without_a_gap(storage):
    program = f"""
import sys, time
from iar.learning.tuning import studies
from iar.learning.tuning.search import tune
sys.path.insert(0, {str(Path(__file__).parents[3])!r})
from tests.iar.learning.tuning.test_search import GRID, BY_GRID
def hangs(parameters, report):
    if (parameters["x"], parameters["y"]) == (0, 0.5):
        print("hanging", flush=True)
        time.sleep(600)
    return float(parameters["x"])
tune(hangs, GRID, storage={storage!r}, study="s", config=BY_GRID)
"""
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "hanging\n"
        process.send_signal(signal.SIGKILL)
    before = read_study(storage, "s")
    tuned = tune(bowl, GRID, storage=storage, study="s", config=BY_GRID)
    assert len(points(tuned)) == len(tuned.trials) == 12
    assert tuned.trials[: len(before.trials)] == before.trials  # what was done is not done again


def test_a_study_of_another_space_is_not_gone_on_with(storage):
    tune(bowl, PLANE, storage=storage, study="s", config=TuneConfig(sampler="random", trials=1))
    with pytest.raises(InputError, match=r"study s in .* searches another space: give this one another name"):
        tune(bowl, GRID, storage=storage, study="s", config=BY_GRID)


def test_a_study_about_another_recipe_is_not_gone_on_with(storage):
    tune(bowl, GRID, storage=storage, study="s", config=TuneConfig(sampler="grid", trials=1), about="one recipe")
    with pytest.raises(InputError, match=r"study s in .* is of another recipe: give this one another name"):
        tune(bowl, GRID, storage=storage, study="s", config=BY_GRID, about="another recipe")


def test_a_database_that_is_held_by_another_is_one_clear_line_and_the_study_goes_on_later(storage, monkeypatch):
    monkeypatch.setattr(studies, "_BUSY_S", 0.1)
    config = TuneConfig(sampler="grid", trials=2, heartbeat_s=1)
    with closing(sqlite3.connect(storage, isolation_level=None)) as other:

        def hold(parameters, report):
            """Keep everybody else from the file, once this trial gave its first sign of life."""
            wait_until(lambda: other.execute("SELECT count(*) FROM trial_heartbeats").fetchone()[0])
            other.execute("BEGIN EXCLUSIVE")
            return bowl(parameters, report)

        with pytest.raises(InputError, match=r"studies in .*studies.db cannot be reached: .*database is locked"):
            tune(hold, GRID, storage=storage, study="s", config=config)
    assert len(tune(bowl, GRID, storage=storage, study="s", config=config).trials) == 2


def test_values_that_stand_twice_are_refused():
    with pytest.raises(ValueError, match="values 2, 2: one stands twice"):
        Choices(values=(2, 2))


def test_what_cannot_be_searched_is_one_clear_line(storage, tmp_path):
    with pytest.raises(InputError, match=r"a grid needs choices: x is a range from -4\.0 to 4\.0"):
        tune(bowl, PLANE, storage=storage, study="s", config=BY_GRID)
    with pytest.raises(InputError, match="no study nix in"):
        read_study(storage, "nix")
    with pytest.raises(InputError, match=r"studies in .*no/where.db cannot be opened: .*unable to open database file"):
        read_study(str(tmp_path / "no" / "where.db"), "s")
    with pytest.raises(InputError, match=r"studies in nosql://me:\*\*\*@here/x cannot be opened: .*nosql"):
        read_study("nosql://me:secret@here/x", "s")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: TuneConfig(sampler="tpe"), "sampler tpe needs a number of trials"),
        (lambda: Range(low=1, high=1), "low = 1 is not below high = 1"),
        (lambda: Range(low=0, high=1, log=True), "low = 0 has no logarithm"),
        (lambda: SearchSpace(parameters={}), "at least 1 item"),
    ],
)
def test_a_search_that_makes_no_sense_is_refused(make, message):
    with pytest.raises(ValidationError, match=message):
        make()


def test_the_module_is_light_and_optuna_silent(tmp_path):
    program = (
        "import sys; from iar.learning.tuning.search import tune; from iar.learning.tuning.space import *; "
        "assert not {'optuna', 'sqlalchemy', 'keras', 'tensorflow'} & set(sys.modules); "
        "space = SearchSpace(parameters={'x': Choices(values=(1, 2))}); "
        "config = TuneConfig(sampler='grid'); "
        f"tune(lambda p, r: p['x'], space, storage={str(tmp_path / 's.db')!r}, study='s', config=config)"
    )
    done = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def months_of_bars(months: int):
    """Examples of 32x32, one a month: bright bars, which are the mask."""
    picture = np.zeros((months, 32, 32, 3), dtype=np.float16)
    picture[:, :, 8:16] = 1
    names = np.array([f"2012-{month:02d}" for month in range(1, months + 1)])
    return Examples(picture, picture[..., 0] > 0, names, np.full(months, "fringes"))


@pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning")
def test_the_loss_on_held_out_months_tells_a_learning_rate_that_learns_from_one_that_does_not(storage):
    recipe = Recipe(
        unet=UnetConfig(base_filters=2, depth=2, stem=1),
        training=TrainConfig(epochs=4, batch=2, schedule="constant", augmentation="none"),
        folds=2,
    )
    space = SearchSpace(parameters={"training.learning_rate": Choices(values=(1e-7, 0.03))})
    check_space(recipe, space)
    tuned = tune(fold_objective(recipe, months_of_bars(4)), space, storage=storage, study="s", config=BY_GRID)
    assert tuned.best.parameters == {"training.learning_rate": 0.03}
    for trial in tuned.trials:
        assert trial.steps == tuple(range(1, 9))  # epochs of both folds, one after the other
        assert trial.value == pytest.approx(trial.reported[-1])
        assert all(np.diff(trial.reported[:4]) <= 0)  # the least loss so far never rises within a fold
