"""The stages of a night, in the order in which they are made.

A new stage is a file beside this one, and a line here.
"""

from collections.abc import Iterable

from iar.archive.layout import Layout
from iar.stages.classical import CLASSICAL
from iar.stages.counts import COUNTS
from iar.stages.fringes import FRINGES
from iar.stages.harmonics import HARMONICS
from iar.stages.pc1 import PC1
from iar.stages.polarisation import POLARISATION
from iar.stages.probability import PROBABILITY
from iar.stages.schumann import SCHUMANN
from iar.stages.spectra import SPECTRA
from iar.stages.stage import Stage

PIPELINE: tuple[Stage, ...] = (
    COUNTS,
    SPECTRA,
    CLASSICAL,
    PROBABILITY,
    FRINGES,
    POLARISATION,
    HARMONICS,
    PC1,
    SCHUMANN,
)
"""Each stands after those that it is made from."""


def computed(pipeline: Iterable[Stage] = PIPELINE) -> tuple[Stage, ...]:
    """Stages that are made of every night where nobody asks for others: all but counts, which come from files."""
    return tuple(stage for stage in pipeline if stage.compute is not None and stage.by_default)


def redone_with(name: str, pipeline: Iterable[Stage] = PIPELINE) -> tuple[str, ...]:
    """Stages that are no longer whole once one is written anew: itself, and all that were made from it, in order."""
    redone = [name]
    for stage in pipeline:
        if not set(redone).isdisjoint(stage.made_from):
            redone.append(stage.name)
    return tuple(redone)


def layout_of(pipeline: Iterable[Stage] = PIPELINE) -> Layout:
    """Layout of an archive that these stages are written to."""
    stages = tuple(pipeline)
    return Layout(
        {path: spec for stage in stages for path, spec in stage.layout.arrays.items()},
        {name: dimension for stage in stages for name, dimension in stage.layout.dimensions.items()},
    )
