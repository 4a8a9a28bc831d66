"""Optuna, imported late and quietly, and its studies: opened, shared by processes, and gone on with."""

import re
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from types import ModuleType
from typing import Any

import numpy as np

from iar.errors import InputError, first_line
from iar.learning.registry.tracking import without_password
from iar.learning.tuning.space import SearchSpace, TuneConfig

_SPACE, _ABOUT, SUPERFLUOUS = "space", "about", "superfluous"
"""Attributes of ours of a study, and of a trial."""
BEGUN_AGAIN = "failed_trial"
"""Attribute of Optuna's: number of the trial that this one begins again."""
_POLL_S = 0.5
_BEATS = 3
"""Heartbeats that a process may miss before its trial counts as abandoned."""
_BUSY_S = 600
"""Time that a process waits for who holds an SQLite file, s: a copy of it may, and a trial costs hours."""
_OPENINGS = 5
"""Tries to open a database that another process is making at the same moment."""


@cache
def optuna() -> ModuleType:
    """Optuna itself, loaded on first use: silent, since it is our callers who tell of progress."""
    try:
        import optuna as module
    except ImportError as error:
        raise InputError(f"tuning needs Optuna, which cannot be imported here: {error}") from None
    module.logging.set_verbosity(module.logging.CRITICAL)
    return module


def build_sampler(space: SearchSpace, config: TuneConfig, number: int = 0) -> Any:
    """Optuna's sampler for the trial of that number: a grid is the same for all of them."""
    samplers = optuna().samplers
    if config.sampler == "grid":
        return samplers.GridSampler(space.grid, seed=config.seed)
    seed = int(np.random.SeedSequence([config.seed, number]).generate_state(1)[0])
    return (samplers.TPESampler if config.sampler == "tpe" else samplers.RandomSampler)(seed=seed)


def open_study(space: SearchSpace, storage: str, name: str, config: TuneConfig, about: str) -> Any:
    """Study with our sampler and pruner; made if it is not there."""
    pruners = optuna().pruners
    pruner = pruners.HyperbandPruner() if config.pruner == "hyperband" else pruners.NopPruner()
    study = optuna().create_study(
        study_name=name, storage=open_storage(storage, config), sampler=build_sampler(space, config), pruner=pruner,
        load_if_exists=True,
    )  # fmt: skip
    for attribute, wanted, other in (
        (_SPACE, space.model_dump_json(), "searches another space"),
        (_ABOUT, about, "is of another recipe"),
    ):
        begun_with = study.user_attrs.get(attribute)
        if begun_with is None:
            study.set_user_attr(attribute, wanted)
        elif begun_with != wanted:
            raise InputError(f"study {name} in {without_password(storage)} {other}: give this one another name")
    return study


def open_storage(storage: str, config: TuneConfig, tries: int = _OPENINGS) -> Any:
    """Database of studies; tried again, since two processes that make it at once may be in each other's way."""
    url = storage if "://" in storage else f"sqlite:///{storage}"
    url = re.sub("^postgres(?:ql)?://", "postgresql+psycopg://", url)  # the driver that the extra brings
    from sqlalchemy.pool import NullPool

    patient: dict[str, Any] = {"connect_args": {"timeout": _BUSY_S}}
    if not url.startswith("sqlite"):
        patient = {"poolclass": NullPool}  # a server has connections for some, not for all who train for hours
    storages = optuna().storages
    try:
        with _without_experimental_warnings():
            return storages.RDBStorage(
                url, engine_kwargs=patient, heartbeat_interval=config.heartbeat_s,
                grace_period=_BEATS * config.heartbeat_s,
                heartbeat_stale_trial_callback=storages.RetryHeartbeatStaleTrialCallback(),
            )  # fmt: skip
    except (_database_error(), ImportError) as error:
        if tries > 1 and not isinstance(error, ImportError):
            time.sleep(_POLL_S)
            return open_storage(storage, config, tries - 1)
        message = without_password(f"the studies in {storage} cannot be opened: {first_line(error)}")
        raise InputError(message) from None


@contextmanager
def telling_trouble(storage: str) -> Iterator[None]:
    """Turn trouble with the database, in the midst of a search, into an InputError: what is in it stays."""
    try:
        yield
    except Exception as error:
        trouble = next((one for one in _causes(error) if isinstance(one, _database_error())), None)
        if trouble is None:
            raise
        where = f"the studies in {storage} cannot be reached: {first_line(trouble)}; run it again, it goes on"
        raise InputError(without_password(where)) from None


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """An error and those that it came of: Optuna falls over what a database raises, and raises something else."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _database_error() -> type[Exception]:
    from sqlalchemy.exc import SQLAlchemyError

    return SQLAlchemyError


def count(study: Any, *states: str) -> int:
    """Trials in these states."""
    return sum(trial.state.name in states for trial in study.get_trials(deepcopy=False))


def fail_abandoned(study: Any) -> None:
    """Trials without a sign of life fail, and wait to be begun again."""
    with _without_experimental_warnings():
        optuna().storages.fail_stale_trials(study)


def begin_failed_again(study: Any) -> None:
    """Trials that failed with their process, and are neither done nor waiting since, wait to be begun again."""
    trials = study.get_trials(deepcopy=False)
    again = {number for trial in trials for number in trial.system_attrs.get("retry_history", [])}
    with _without_experimental_warnings():
        retry = optuna().storages.RetryHeartbeatStaleTrialCallback()
        for trial in trials:
            if trial.state.name == "FAIL" and trial.number not in again and SUPERFLUOUS not in trial.user_attrs:
                retry(study, trial)


def _without_experimental_warnings() -> "warnings.catch_warnings[None]":
    return warnings.catch_warnings(action="ignore", category=optuna().exceptions.ExperimentalWarning)
