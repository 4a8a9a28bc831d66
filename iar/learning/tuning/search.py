"""Search for the settings of a training that give the least loss on held-out months, with Optuna.

A study lives in a database. Any number of processes may work on one study, and one that was killed goes on: its
unfinished trials are begun again, finished ones are never repeated.
"""

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeAlias

import numpy as np

from iar.errors import InputError
from iar.learning.examples import Examples
from iar.learning.folds import month_folds
from iar.learning.registry.tracking import without_password
from iar.learning.retraining import Recipe, changed_recipe
from iar.learning.training.fitting import DivergedError, train
from iar.learning.tuning.space import Choices, Range, SearchSpace, TuneConfig, Value
from iar.learning.tuning.studies import (
    BEGUN_AGAIN,
    SUPERFLUOUS,
    begin_failed_again,
    build_sampler,
    count,
    fail_abandoned,
    open_storage,
    open_study,
    optuna,
    telling_trouble,
)

Report: TypeAlias = Callable[[int, float], bool]
"""Told a step, from 1, and the value there; true if the trial is hopeless: the objective then raises `Pruned`."""
Objective: TypeAlias = Callable[[Mapping[str, Value], Report], float]
"""Value, the less the better, of parameters by name."""

_POLL_S = 0.5


class Pruned(Exception):  # noqa: N818  # no error: what an objective says when it leaves a hopeless trial
    """A trial ends before its time, since others were better at the same step."""


@dataclass(frozen=True)
class TrialOutcome:
    """A trial that came to its end, after `seconds`; `steps` and `reported` say what it reported on its way."""

    number: int
    parameters: Mapping[str, Value]
    value: float
    pruned: bool
    steps: tuple[int, ...]
    reported: tuple[float, ...]
    seconds: float = field(compare=False)


@dataclass(frozen=True)
class Tuned:
    """All finished trials of a study in their order, and how much each parameter decides who is among the best.

    The importance is Optuna's, shares that add up to 1: PED-ANOVA (arXiv:2304.10255).
    """

    trials: tuple[TrialOutcome, ...]
    importance: Mapping[str, float]

    @property
    def best(self) -> TrialOutcome:
        """Trial of the least value among those that were not pruned."""
        return min((trial for trial in self.trials if not trial.pruned), key=lambda trial: trial.value)


def tune(  # noqa: PLR0913 - who searches, in what, where, how, and who watches
    objective: Objective,
    space: SearchSpace,
    *,
    storage: str,
    study: str,
    config: TuneConfig,
    about: str = "",
    report: Callable[[int, int], None] | None = None,
) -> Tuned:
    """Search `space` until the study has all its trials, alone or beside other processes that do the same.

    Parameters
    ----------
    objective
        What is made small. A value that is no number counts as infinite; another error ends the search, and the trial
        is begun again by the next one that goes on with the study.
    storage
        File of an SQLite database, or the URL of any: ``sqlite:///...``, ``postgresql://...``.
    study
        Name of the study in it; one that is there is gone on with.
    about
        What decides the objective besides the parameters, such as the recipe: a study goes on with the same only.
    report
        Called before the first trial and after each with how many are finished, by whomever, of how many.

    Returns
    -------
    All finished trials; for the same seed the same ones, as long as one process does them all.

    Raises
    ------
    InputError
        If the storage cannot be opened or written, the study is of another space or about something else, or a grid is
        asked for of a range.
    """
    wanted = wanted_trials(space, config)
    opened = open_study(space, storage, study, config, about)
    with telling_trouble(storage):
        begin_failed_again(opened)
        while (left := wanted - _finished(opened, wanted, report)) > 0:
            fail_abandoned(opened)
            if count(opened, "RUNNING") < left or count(opened, "WAITING"):
                trial = _Trial(objective, space, config, wanted)
                opened.optimize(trial, n_trials=1, catch=(_SuperfluousError,))
            else:
                time.sleep(_POLL_S)  # the rest is being done elsewhere, or was abandoned not long ago
        return _tuned(opened)


def read_study(storage: str, study: str) -> Tuned:
    """Finished trials of a study so far; an InputError if there is no such study."""
    try:
        return _tuned(optuna().load_study(study_name=study, storage=open_storage(storage, TuneConfig(sampler="grid"))))
    except KeyError:
        raise InputError(f"no study {study} in {without_password(storage)}") from None


def fold_objective(recipe: Recipe, examples: Examples) -> Objective:
    """Mean over the folds of the least loss on the held-out months, in a training of `recipe` with other parameters.

    After each epoch of each fold it reports the mean over the folds so far.
    """
    k = recipe.fold_count(examples)
    folds = list(month_folds(examples.month, k, seed=recipe.training.seed))

    def held_loss(parameters: Mapping[str, Value], report: Report) -> float:
        """Train all folds with these parameters."""
        changed = changed_recipe(recipe, parameters)
        losses: list[float] = []
        for number, (learn, held) in enumerate(folds):
            tell = partial(_is_hopeless, report, tuple(losses), number * changed.training.epochs)
            losses.append(_least_held_loss(changed, examples.take(learn), examples.take(held), tell))
        return float(np.mean(losses))

    return held_loss


def _least_held_loss(recipe: Recipe, learn: Examples, held: Examples, is_hopeless: Report) -> float:
    """Least loss on `held` after any epoch of a training."""
    course: list[float] = []

    def tell(epoch: int, measured: Mapping[str, float]) -> None:
        """Keep the loss of an epoch, and leave a hopeless trial."""
        course.append(_finite(measured["held_loss"]))
        if is_hopeless(epoch, min(course)):
            raise Pruned

    try:
        train(learn, unet=recipe.unet, config=recipe.training, held=held, report=tell)
    except DivergedError:
        return math.inf
    return min(course)


def _is_hopeless(report: Report, losses: tuple[float, ...], steps: int, epoch: int, least: float) -> bool:
    """Report an epoch after `steps` of earlier folds, whose losses are known."""
    return report(steps + epoch, float(np.mean([*losses, least])))


def check_space(recipe: Recipe, space: SearchSpace) -> None:
    """Raise an InputError if `recipe` cannot take a value of `space`: before the first training, not in the tenth."""
    for name, parameter in space.parameters.items():
        if name.partition(".")[0] not in {"unet", "training"}:
            raise InputError(f"{name} cannot be tuned: unet.* and training.* of a recipe can")
        for value in parameter.values if isinstance(parameter, Choices) else (parameter.low, parameter.high):
            unet = changed_recipe(recipe, {name: value}).unet
            if recipe.unet.step % unet.step or unet.planes != recipe.unet.planes:
                raise InputError(
                    f"{name} = {value}: needs pictures of other sizes than those of the recipe, multiples of "
                    f"{unet.step} in place of {recipe.unet.step} pixels"
                )


class _SuperfluousError(Exception):
    """A trial that another process does as well."""


@dataclass(frozen=True)
class _Trial:
    """The objective as Optuna calls it."""

    objective: Objective
    space: SearchSpace
    config: TuneConfig
    wanted: int

    def __call__(self, trial: Any) -> float:
        if self.config.sampler != "grid":
            # by the trial's number: processes that share a seed draw different ones, and who goes on draws no old ones
            trial.study.sampler = build_sampler(self.space, self.config, trial.number)
        parameters = {name: _suggested(trial, name, one) for name, one in self.space.parameters.items()}
        if self._is_superfluous(trial):
            trial.set_user_attr(SUPERFLUOUS, True)
            raise _SuperfluousError

        def report(step: int, value: float) -> bool:
            """Keep a value, and say whether the trial is hopeless."""
            trial.report(_finite(value), step)
            return bool(trial.should_prune())

        try:
            return _finite(self.objective(parameters, report))
        except Pruned:
            raise optuna().TrialPruned from None

    def _is_superfluous(self, trial: Any) -> bool:
        """Whether an earlier trial does the same, or the earlier ones are enough.

        Two processes that begin at once cannot see each other before they have begun. Then it is the later one that
        steps back, which both of them know by their numbers.
        """
        alive = [other for other in trial.study.get_trials(deepcopy=False) if other.state.name != "FAIL"]
        mine = next(other for other in alive if other.number == trial.number)
        earlier = [other for other in alive if other.number < trial.number]
        if self.config.sampler == "grid" and any(other.params == trial.params for other in earlier):
            return True
        again = mine.system_attrs.get(BEGUN_AGAIN)
        begun_again_twice = again is not None and again in [other.system_attrs.get(BEGUN_AGAIN) for other in earlier]
        return begun_again_twice or len(earlier) >= self.wanted


def wanted_trials(space: SearchSpace, config: TuneConfig) -> int:
    """Trials that the study is to have."""
    if config.sampler != "grid":
        return config.trials or 0
    return min(space.points, config.trials or space.points)


def _finished(study: Any, wanted: int, report: Callable[[int, int], None] | None) -> int:
    """Trials that came to their end; tells them."""
    done = count(study, "COMPLETE", "PRUNED")
    if report is not None:
        report(done, wanted)
    return done


def _suggested(trial: Any, name: str, parameter: Choices | Range) -> Value:
    if isinstance(parameter, Choices):
        return trial.suggest_categorical(name, parameter.values)  # type: ignore[no-any-return]
    if isinstance(parameter.low, int) and isinstance(parameter.high, int):
        return trial.suggest_int(name, parameter.low, parameter.high, log=parameter.log)  # type: ignore[no-any-return]
    return trial.suggest_float(name, parameter.low, parameter.high, log=parameter.log)  # type: ignore[no-any-return]


def _tuned(study: Any) -> Tuned:
    done = [trial for trial in study.get_trials(deepcopy=False) if trial.state.name in ("COMPLETE", "PRUNED")]
    return Tuned(tuple(_outcome(trial) for trial in done), _importance(study))


def _outcome(trial: Any) -> TrialOutcome:
    steps = tuple(sorted(trial.intermediate_values))
    reported = tuple(trial.intermediate_values[step] for step in steps)
    value = math.inf if trial.value is None else float(trial.value)
    return TrialOutcome(
        number=trial.number, parameters=dict(trial.params), value=value,
        pruned=trial.state.name == "PRUNED", steps=steps, reported=reported, seconds=trial.duration.total_seconds(),
    )  # fmt: skip


def _importance(study: Any) -> dict[str, float]:
    """Share of each parameter, the largest first; none where there are too few trials, or all came out alike."""
    values = [trial.value for trial in study.get_trials(deepcopy=False) if trial.state.name == "COMPLETE"]
    if len(values) < 2 or len(set(values)) < 2:
        return {}
    return {name: float(share) for name, share in optuna().importance.get_param_importances(study).items()}


def _finite(value: float) -> float:
    """The value, or infinity in place of none: a training that diverged is as bad as can be."""
    return math.inf if math.isnan(value) else float(value)
