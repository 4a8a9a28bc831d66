"""What a stage is: its name, what it is made from, its arrays, and how they are computed.

All that is known of a stage is said in one `Stage`, in the file named after it; `iar.stages.pipeline.PIPELINE` lists
them. The archive's layout, the order in which stages are redone, what the doctor holds against what, the parts of a
profile, the tasks of the flows and the page about the format follow from there.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from iar.archive.layout import Layout
from iar.archive.manifest import Manifest, signature_of
from iar.detection.bundle import SHIPPED, bundle_digest
from iar.settings import Processing

if TYPE_CHECKING:  # a view is given the stage to make: it comes after
    from iar.stages.night_view import NightView

Arrays = Mapping[str, npt.NDArray[Any]]
"""Arrays of a night by their path."""
Computed = tuple[Mapping[str, Any], dict[str, Any]]
"""Arrays by path, and what the manifest notes beside the seal."""


@dataclass(frozen=True)
class Setup:
    """What decides the result of every stage beside the samples: settings, and the folder of the network's bundle."""

    processing: Processing = field(default_factory=Processing)
    bundle: Path = SHIPPED

    @cached_property
    def digest(self) -> str:
        """Digest of the bundle: its files are looked at once."""
        return bundle_digest(self.bundle)


def _no_inputs(_night: "NightView", _setup: Setup) -> tuple[Any, ...]:
    return ()


def _nothing_lost(_arrays: Arrays, _manifest: Manifest) -> Iterator[str]:
    return iter(())


@dataclass(frozen=True)
class Stage:
    """One step of the way of a night.

    Attributes
    ----------
    name
        As the manifest seals it.
    made_from
        Stages whose result it reads; what they were made from is theirs to say.
    version
        Raised when the code changes the result: part of every signature. That of counts is never looked at: their
        signature is of the samples themselves, so another decoder tells itself by what it reads.
    layout
        Its arrays, with dimensions, type and units.
    inputs
        Settings, and whatever else decides the result beside the stages that it is made from; as JSON can hold it.
    compute
        Arrays by path, and what the manifest notes; None for counts, which come from files.
    lost
        Arrays that hold nothing where what they were made from asks for something: given its own arrays and those
        before it that are whole. Seals of today say themselves which chunks are there; those of old do not.
    place
        ``gpu`` for what runs a network, and may run where one is.
    by_default
        Whether it is made where nobody asks for it.
    """

    name: str
    made_from: tuple[str, ...]
    version: int
    layout: Layout
    inputs: Callable[["NightView", Setup], tuple[Any, ...]] = _no_inputs
    compute: Callable[["NightView", Setup], Computed] | None = None
    lost: Callable[[Arrays, Manifest], Iterator[str]] = _nothing_lost
    place: Literal["cpu", "gpu"] = "cpu"
    by_default: bool = True

    def signature(self, night: "NightView", setup: Setup) -> str:
        """Signature of what it would make of a night now.

        Raises
        ------
        NightNotSealedError
            If a stage that it is made from is not sealed.
        """
        before = (night.sealed(name).signature for name in self.made_from)
        return signature_of(self.name, self.version, *before, *self.inputs(night, setup))

    def as_stored(self, arrays: Mapping[str, Any]) -> dict[str, npt.NDArray[Any]]:
        """Arrays as who reads them from the archive gets them: of the types of its layout."""
        return {path: np.asarray(values, dtype=self.layout.arrays[path].dtype) for path, values in arrays.items()}
