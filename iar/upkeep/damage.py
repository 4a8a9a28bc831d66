"""What is wrong with the sealed stages of a night: they cannot be read, or are not what their manifest says.

A chunk that was cut or changed tells itself by its checksum. One that is gone reads as an array without data, as that
of an empty night does: so each stage is held against the one that it was made from.
"""

from collections.abc import Iterator

from iar.archive.manifest import Manifest
from iar.archive.reader import Reader
from iar.errors import DamagedArchiveError
from iar.stages.counts import COUNTS, PATH, counts_fault
from iar.stages.pipeline import PIPELINE
from iar.stages.stage import Arrays, Stage


def sealed_damage(store: Reader, manifest: Manifest) -> Iterator[tuple[str, str]]:
    """Each stage that `manifest` seals and that is not whole, with what is wrong in words, in the order of stages.

    A stage that was made from one that is damaged is only looked at for whether it can be read.
    """
    whole: Arrays = {}
    for stage in PIPELINE:
        if stage.name in manifest.stages:
            try:
                arrays = {path: store.read(manifest.night, path) for path in _sealed_paths(stage, store, manifest)}
                fault = _stage_fault(stage, arrays, whole, store, manifest)
            except (DamagedArchiveError, OSError) as error:
                arrays, fault = {}, str(error)
            if fault is None:
                whole = {**whole, **arrays}
            else:
                yield stage.name, fault


def _sealed_paths(stage: Stage, store: Reader, manifest: Manifest) -> list[str]:
    """Arrays that a seal is about: those that it names, or of an earlier version those that the archive has."""
    named = manifest.stages[stage.name].note.get("chunks")
    return [path for path in stage.layout.arrays if (path in named if named else store.has(path))]


def _stage_fault(stage: Stage, arrays: Arrays, whole: Arrays, store: Reader, manifest: Manifest) -> str | None:
    """What is wrong with the arrays of a stage, given those before it that are whole; None if nothing is."""
    if stage is COUNTS:
        return counts_fault(arrays[PATH], store, manifest)
    lost = sorted(stage.lost({**whole, **arrays}, manifest))
    if lost:
        return f"{', '.join(lost)} sealed but not there"
    for path, values in arrays.items():
        store.check_whole(manifest, stage.name, path, values)
    return None
