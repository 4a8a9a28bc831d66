"""What is wrong with the sealed stages of a night: they cannot be read, or are not what their manifest says.

A chunk that was cut or changed tells itself by its checksum. One that is gone reads as an array without data, as that
of an empty night does: so each stage is held against the one that it was made from.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from iar.archive.layout import ARRAYS, VERDICTS
from iar.archive.manifest import Manifest
from iar.archive.store import Archive
from iar.detection.classical import NO_DATA, slots_with_data
from iar.detection.inference import MISSING_PROBABILITY
from iar.errors import DamagedArchiveError
from iar.fringes.spacing import Spacing
from iar.spectra.quality import QUALITY_FLAGS, effort
from iar.stages.counts import counts_fault

STAGES = {
    "counts": ("counts/counts",),
    "spectra": tuple(path for path in ARRAYS if path.startswith("spectra/")),
    "classical": ("detection/classical",),
    "probability": ("detection/probability",),
    "fringes": tuple(path for path in ARRAYS if path.startswith("fringes/")),
}
"""Arrays of each stage, in the order in which stages are made."""
_SPACING = tuple(f"fringes/{name}" for name in Spacing.__dataclass_fields__ if name != "frequency_hz")
_SURE = ("fringes/matched_score", "fringes/autocorrelation")
Arrays = Mapping[str, npt.NDArray[Any]]


def sealed_damage(store: Archive, manifest: Manifest) -> Iterator[tuple[str, str]]:
    """Each stage that `manifest` seals and that is not whole, with what is wrong in words, in the order of stages.

    A stage that was made from one that is damaged is only looked at for whether it can be read.
    """
    whole: dict[str, npt.NDArray[Any]] = {}
    for stage, paths in STAGES.items():
        if stage in manifest.stages:
            try:
                arrays = {path: store.read(manifest.night, path) for path in paths}
                fault = _stage_fault(stage, whole | arrays, store, manifest)
            except (DamagedArchiveError, OSError) as error:
                arrays, fault = {}, str(error)
            if fault is None:
                whole |= arrays
            else:
                yield stage, fault


def _stage_fault(stage: str, arrays: Arrays, store: Archive, manifest: Manifest) -> str | None:
    if stage == "counts":
        return counts_fault(arrays["counts/counts"], store, manifest)
    lost = sorted(_LOST[stage](arrays, manifest))
    return f"{', '.join(lost)} sealed but not there" if lost else None


def _lost_spectra(arrays: Arrays, manifest: Manifest) -> Iterator[str]:
    """Arrays of the spectra that hold nothing, or not what the counts' gaps and the effort ask for."""
    share, edge = arrays["spectra/effort"], manifest.stages["spectra"].note.get("settings", {}).get("edge_slots", 0)
    counts = arrays.get("counts/counts")
    if np.isnan(share).any() or (counts is not None and not np.array_equal(share, effort(counts))):
        yield "spectra/effort"
        return
    if np.any((arrays["spectra/quality"] & QUALITY_FLAGS["incomplete"] > 0) != (share < 1)):
        yield "spectra/quality"
    full = share[:, edge : share.shape[1] - edge] == 1
    for path, expected in (("density", full), ("cross_real", full.all(axis=0)), ("cross_imag", full.all(axis=0))):
        if expected.any() and np.isnan(arrays[f"spectra/{path}"]).all():
            yield f"spectra/{path}"


def _lost_classical(arrays: Arrays, _manifest: Manifest) -> Iterator[str]:
    density = arrays.get("spectra/density")
    if density is not None and slots_with_data(density).any() and (arrays["detection/classical"] == NO_DATA).all():
        yield "detection/classical"


def _lost_probability(arrays: Arrays, _manifest: Manifest) -> Iterator[str]:
    density, marks = arrays.get("spectra/density"), arrays["detection/probability"]
    if density is not None and not np.isnan(density).all() and (marks == MISSING_PROBABILITY).all():
        yield "detection/probability"


def _lost_fringes(arrays: Arrays, manifest: Manifest) -> Iterator[str]:
    """Arrays without a value where others ask for some, and the verdict if it is not the manifest's.

    A spacing has all of its numbers, but not in every night the frequency of a harmonic. The other estimators look at
    every slot, and say how sure they are also where they report no spacing of their own.
    """
    verdict = manifest.noted("fringes", "name")
    there = {path: not np.isnan(arrays[path]).all() for path in STAGES["fringes"] if path != "fringes/verdict"}
    for told in (_SPACING, _SURE):
        if verdict == "fringes" or any(there[path] for path in told):
            yield from (path for path in told if not there[path])
    if verdict == "fringes" and not there["fringes/frequency_hz"]:
        yield "fringes/frequency_hz"
    if arrays["fringes/verdict"] != VERDICTS[verdict]:
        yield "fringes/verdict"


_LOST: dict[str, Callable[[Arrays, Manifest], Iterator[str]]] = {
    "spectra": _lost_spectra,
    "classical": _lost_classical,
    "probability": _lost_probability,
    "fringes": _lost_fringes,
}
