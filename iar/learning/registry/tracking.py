"""MLflow, imported late and quietly, and what a training leaves in its books: parameters, curves, report, bundle.

MLflow keeps the books only. The bundle is a folder of a run like any other, in no flavour of MLflow's own, so it loads
where there is no MLflow.
"""

import fcntl
import json
import logging
import math
import os
import re
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from iar.errors import InputError, first_line

Curve = Sequence[Mapping[str, float]]
"""One mapping an epoch: name of a loss or metric to its value."""
BUNDLE, PAGES = "bundle", "pages"
"""Folders of a run's artifacts."""
_PARAMETERS_AT_ONCE, _METRICS_AT_ONCE = 100, 1000
"""What MLflow takes in one batch, at most."""
_RETRIES = "2"
"""Tries of a server that does not answer, after the first: some 6 s; MLflow's own 7 take minutes."""


@cache
def mlflow() -> ModuleType:
    """MLflow itself, loaded on first use: silent, without telemetry.

    Raises
    ------
    InputError
        If it is not there, or not in a version that can be imported.
    """
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", _RETRIES)
    try:
        import mlflow as module
    except ImportError as error:
        raise InputError(f"the registry needs MLflow 3, which cannot be imported here: {error}") from None
    logging.getLogger("mlflow").setLevel(logging.ERROR)
    logging.getLogger("mlflow.store.db.utils").setLevel(logging.CRITICAL)  # what it logs it raises, too
    logging.getLogger("alembic").setLevel(logging.ERROR)
    loaded: ModuleType = module
    return loaded


@dataclass(frozen=True)
class Books:
    """MLflow's books in a folder, on a server (``http(s)://``), or in a database."""

    location: str

    def __str__(self) -> str:
        """Where they are, without a password."""
        return without_password(self.location)

    @property
    def folder(self) -> Path | None:
        """Folder that they are in, if it is one."""
        return None if "://" in self.location else Path(self.location).absolute()

    @property
    def studies(self) -> Path | None:
        """Folder for the trials and pictures of studies, beside the books; None where they are in no folder."""
        return None if self.folder is None else self.folder / "studies"

    @property
    def is_database(self) -> bool:
        """Whether they have no place of their own for files."""
        return self.folder is None and not self.location.startswith(("http://", "https://"))

    @property
    def is_new(self) -> bool:
        """Whether nothing was ever written: what only reads makes no folder."""
        return self.folder is not None and not (self.folder / "mlflow.db").is_file()

    @contextmanager
    def opened(self, *, write: bool = False) -> Iterator[Any]:
        """MLflow's client, and every error of its as an InputError; who writes to a folder does so alone."""
        folder, uri, module = self.folder, self.location, mlflow()
        from sqlalchemy.exc import SQLAlchemyError

        if folder is not None:
            uri = f"sqlite:///{folder / 'mlflow.db'}"
        with self._alone() if write and folder is not None else nullcontext():
            try:
                yield self._client(module, uri)
            except module.exceptions.MlflowException as error:
                reached = "API request to" not in str(error) or "Max retries" not in str(error)
                raise self._trouble("answered" if reached else "cannot be reached", error) from None
            except (ModuleNotFoundError, SQLAlchemyError) as error:
                raise self._trouble("cannot be opened", error) from None

    def _trouble(self, what: str, error: Exception) -> InputError:
        return InputError(f"the registry at {self} {what}: {without_password(first_line(error))}")

    def _client(self, module: ModuleType, uri: str) -> Any:
        """MLflow's client; an InputError if the location is no address."""
        try:
            return module.MlflowClient(tracking_uri=uri, registry_uri=uri)
        except ValueError as error:
            raise InputError(f"the registry at {self} cannot be opened: {error}") from None

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Hold the folder's lock, which ends with its process, however that ends."""
        folder = self.folder or Path()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            handle = (folder / ".lock").open("a")
        except OSError as error:
            raise InputError(f"the registry at {self} cannot be written: {error.strerror}") from None
        with handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield


def without_password(text: str) -> str:
    """Text in which addresses stand without their passwords."""
    return re.sub(r"(?<=://)([^:/@\s]*):[^@/\s]*@", r"\1:***@", text)


@dataclass(frozen=True)
class RunRecord:
    """What the books keep of a training.

    `folds` holds the scores of each fold, `curves` the epochs of each training by its name, `pages` files for
    people to look at, by their names, `numbers` whatever else is a single number.
    """

    name: str
    bundle: Path
    recipe: Mapping[str, Any]
    folds: Sequence[Mapping[str, float | None]]
    curves: Mapping[str, Curve]
    pages: Mapping[str, bytes]
    numbers: Mapping[str, Any]


def write_run(client: Any, experiment: str, record: RunRecord) -> Any:
    """Write a run, and return MLflow's word for it; one that did not come to its end says so.

    Parameters
    ----------
    client
        MLflow's client of the books.
    experiment
        Identity of the experiment.
    """
    run = client.create_run(experiment, run_name=record.name)
    status = "FAILED"
    try:
        _write_parameters(client, run.info.run_id, record.recipe)
        _write_metrics(client, run.info.run_id, record)
        client.log_artifacts(run.info.run_id, str(record.bundle), BUNDLE)
        if record.pages:
            _write_pages(client, run.info.run_id, record.pages)
        status = "FINISHED"
    finally:
        client.set_terminated(run.info.run_id, status)
    return run


def flattened(values: Mapping[str, Any], join: str = ".", prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Names and values of nested mappings, one name for the whole way.

    >>> dict(flattened({"unet": {"depth": 5}, "folds": 3}))
    {'unet.depth': 5, 'folds': 3}
    """
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from flattened(value, join, f"{prefix}{name}{join}")
        else:
            yield f"{prefix}{name}", value


def _write_parameters(client: Any, run_id: str, recipe: Mapping[str, Any]) -> None:
    parameter = mlflow().entities.Param
    parameters = [
        parameter(name, value if isinstance(value, str) else json.dumps(value)) for name, value in flattened(recipe)
    ]
    for part in _parts(parameters, _PARAMETERS_AT_ONCE):
        client.log_batch(run_id, params=part)


def _write_metrics(client: Any, run_id: str, record: RunRecord) -> None:
    """Scores of folds with the fold as the step, curves with the epoch, single numbers without."""
    now_ms, metric = int(1000 * time.time()), mlflow().entities.Metric
    rows = [
        (f"folds/{name}", value, fold) for fold, scores in enumerate(record.folds) for name, value in scores.items()
    ]
    for curve, history in record.curves.items():
        for epoch, values in enumerate(history, start=1):
            rows += [(f"{curve}/{name}", value, epoch) for name, value in values.items()]
    rows += [(name, value, 0) for name, value in flattened(record.numbers, "/")]
    metrics = [metric(name, value, now_ms, step) for name, value, step in rows if _is_number(value)]
    for part in _parts(metrics, _METRICS_AT_ONCE):
        client.log_batch(run_id, metrics=part)


def _is_number(value: Any) -> bool:
    """Whether it can be drawn: what was not judged is None on a card, NaN elsewhere."""
    return isinstance(value, int | float) and not isinstance(value, bool) and not math.isnan(value)


def _write_pages(client: Any, run_id: str, pages: Mapping[str, bytes]) -> None:
    with tempfile.TemporaryDirectory(prefix="iar-pages-") as folder:
        for name, content in pages.items():
            (Path(folder) / name).write_bytes(content)
        client.log_artifacts(run_id, folder, PAGES)


def _parts(rows: list[Any], most: int) -> list[list[Any]]:
    return [rows[start : start + most] for start in range(0, len(rows), most)]
