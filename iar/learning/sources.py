"""Where examples come from, and how many from where.

Simulated nights, whose fringes are known; nights of an archive without any, over which simulated ones are laid; nights
that a person called good, with the lines of the published detector; nights over which a person drew the fringes; and
nights that people judged, with the network's own lines where they saw fringes.
"""

import datetime as dt
from typing import Self

from pydantic import Field, field_validator, model_validator

from iar.night import SLOTS
from iar.settings.strict import Integer, Strict
from iar.simulation.scenario import MIXTURES, SCENARIOS, WIDE_SCENARIOS

LATEST = "latest"
"""Version of the labels that are there now; a training names the one that it found."""


class ExampleSources(Strict):
    """Where examples come from, and how many from where.

    Of more examples than there are nights, a night gives several: other stretches, where it has them.
    """

    simulated: Integer = Field(480, ge=0, le=1_000_000, description="simulated nights")
    scenario: str = Field("mixed", description="scenario of the simulated nights, or mixed, wide, or both of these")
    seed: Integer = Field(1, ge=0, description="seed of the simulation, and of what is chosen of real nights")
    slots: Integer = Field(432, ge=16, le=SLOTS, description="slots of each example")
    archive: str | None = Field(None, description="archive in which the real nights lie")
    curated: str | None = Field(None, description="CSV that says which nights are good: night,verdict,who,why")
    curated_examples: Integer | None = Field(None, ge=1, description="examples of good nights; null: one of each")
    drawn: str | None = Field(None, description="folder of masks that people drew, as pictures or lines")
    drawn_examples: Integer | None = Field(None, ge=1, description="examples of drawn masks; null: one of each")
    labels: str | None = Field(
        None,
        pattern=r"^(latest|[0-9]+-[0-9a-f]{12})$",
        description="version of the labels in the archive, as `iar labels list` says it, or latest; its random sample "
        "is then kept from every source",
    )
    labels_examples: Integer | None = Field(
        None, ge=1, description="examples of labelled nights; null: one of each for every person who agrees"
    )
    unlabelled_first: dt.date | None = Field(
        None, description="first night of the archive that self-training labels by itself, where no list does"
    )
    unlabelled_last: dt.date | None = Field(None, description="last night of those; null: there are none")

    laid_first: dt.date | None = Field(
        None, description="first night of the archive over which fringes are laid; they must have none of their own"
    )
    laid_last: dt.date | None = Field(None, description="last night of those; null: there are none")
    laid_examples: Integer | None = Field(None, ge=1, description="examples of those nights; null: one of each")

    @field_validator("scenario")
    @classmethod
    def check_scenario(cls, name: str) -> str:
        """Return the name, or raise a ValueError if there is no such scenario."""
        known = (*SCENARIOS, *WIDE_SCENARIOS, *MIXTURES)
        if name not in known:
            raise ValueError(f"scenario {name!r} is none of {', '.join(known)}")
        return name

    @model_validator(mode="after")
    def check_some(self) -> Self:
        """Raise a ValueError if there is no source, or real nights without an archive."""
        real = any(one is not None for one in (self.curated, self.drawn, self.labels, self.laid_first))
        if not self.simulated and not real:
            raise ValueError(
                "no source of examples: give simulated nights, a curated list, labels, or a folder of drawn masks"
            )
        if (self.laid_first is None) != (self.laid_last is None):
            raise ValueError("laid_first and laid_last: give both, or neither")
        if (self.unlabelled_first is None) != (self.unlabelled_last is None):
            raise ValueError("unlabelled_first and unlabelled_last: give both, or neither")
        if (real or self.unlabelled_first is not None) and self.archive is None:
            raise ValueError("curated, drawn, labelled, laid and unlabelled nights lie in an archive: say which")
        return self
