"""What is searched when a training is tuned: parameters and their values, the dissertation's grids among them."""

import math
from typing import Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from iar.errors import InputError

Value: TypeAlias = bool | int | float | str


class Choices(BaseModel):
    """A parameter that takes one of these values."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    values: tuple[Value, ...] = Field(min_length=1, description="what is tried")

    @field_validator("values")
    @classmethod
    def check_different(cls, values: tuple[Value, ...]) -> tuple[Value, ...]:
        """Return the values, or raise a ValueError if one stands twice."""
        if len(set(values)) < len(values):
            raise ValueError(f"values {', '.join(map(str, values))}: one stands twice")
        return values


class Range(BaseModel):
    """A parameter that takes any number between two, both included."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    low: int | float = Field(description="least value")
    high: int | float = Field(description="largest value")
    log: bool = Field(False, description="evenly in its logarithm")

    @model_validator(mode="after")
    def check_order(self) -> "Range":
        """Raise a ValueError for a range that holds nothing."""
        if not self.low < self.high:
            raise ValueError(f"low = {self.low} is not below high = {self.high}")
        if self.log and self.low <= 0:
            raise ValueError(f"low = {self.low} has no logarithm")
        return self


class SearchSpace(BaseModel):
    """Parameters by name, as a recipe has them: ``training.learning_rate``, ``unet.dropout``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    parameters: dict[str, Choices | Range] = Field(min_length=1, description="what is searched, by its name")

    @property
    def grid(self) -> dict[str, list[Value]]:
        """Values of each parameter; an InputError if one of them is a range, which has no end of values."""
        for name, parameter in self.parameters.items():
            if isinstance(parameter, Range):
                raise InputError(f"a grid needs choices: {name} is a range from {parameter.low} to {parameter.high}")
        return {name: list(one.values) for name, one in self.parameters.items() if isinstance(one, Choices)}

    @property
    def points(self) -> int:
        """Trials of the whole grid; errors as of `grid`."""
        return math.prod(len(values) for values in self.grid.values())


SPACES = {
    "dissertation-1": SearchSpace(
        parameters={
            "training.batch": Choices(values=(2, 4, 8, 16, 32)),
            "training.learning_rate": Choices(values=(1e-4, 1e-3, 1e-2)),
            "training.optimiser": Choices(values=("adam", "rmsprop", "sgd")),
        }
    ),
    "dissertation-2": SearchSpace(
        parameters={
            "unet.dropout": Choices(values=tuple(round(1 - kept / 10, 1) for kept in range(1, 11))),
            "unet.initialiser": Choices(
                values=(
                    "lecun_uniform", "glorot_normal", "glorot_uniform", "he_normal", "lecun_normal", "he_uniform",
                    "orthogonal",
                )
            ),
        }
    ),
}  # fmt: skip
"""The two grids of the dissertation's chapter 5.6: 45 and 70 trainings.

It calls dropout the share that is *kept* (0.1 to 1.0; 1.0 is none); ours is the share that is dropped, 0.9 to 0.0.
"""


class TuneConfig(BaseModel):
    """How a space is searched."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sampler: Literal["grid", "tpe", "random"] = Field("tpe", description="how the next parameters are chosen")
    pruner: Literal["none", "hyperband"] = Field("none", description="how hopeless trials are recognised")
    trials: int | None = Field(
        None, ge=1, description="trials of the whole study, of all its processes; null: the whole grid"
    )
    seed: int = Field(0, ge=0, lt=2**31, description="seed of the parameters that are chosen")
    heartbeat_s: int = Field(20, ge=1, description="time between two signs of life of a trial, s")

    @model_validator(mode="after")
    def check_end(self) -> "TuneConfig":
        """Raise a ValueError for a search without an end."""
        if self.trials is None and self.sampler != "grid":
            raise ValueError(f"sampler {self.sampler} needs a number of trials")
        return self
