"""Which network a run takes: decided once, for all of its nights."""

from pathlib import Path

from prefect.logging import get_run_logger

from iar.archive.reader import Reader
from iar.detection.bundle import SHIPPED, SHIPPED_BEFORE, bundle_digest
from iar.errors import InputError
from iar.learning.registry.versions import Registry
from iar.stages.network import name_network
from tasks.behaviour import compute_task


@compute_task
def choose_network(archive: str, bundle: str | None, registry: str | None) -> str | None:
    """Name of the network for all nights of a run; None: the shipped one, also as long as there is no champion.

    A new champion waits for the next run.

    Raises
    ------
    InputError
        If the registry has no champion, and a champion judged the last nights of the archive: the registry is not
        mounted, or another was meant. The shipped network would make those nights anew.
    """
    if not bundle and registry and Registry(registry).champion() is None:
        _check_no_champion_judged(Reader(archive), registry)
        get_run_logger().info("no champion in the registry yet: the network that iar ships is used")
        return None
    return name_network(Path(bundle) if bundle else None, registry or None)


def _check_no_champion_judged(archive: Reader, registry: str) -> None:
    """Raise an InputError if the network of the last judged night is none that iar ships or shipped."""
    seals = (archive.look(night).stages.get("probability") for night in reversed(archive.nights()))
    judged = next((seal for seal in seals if seal is not None), None)
    if judged is None or judged.note["digest"] in {bundle_digest(SHIPPED), *SHIPPED_BEFORE}:
        return
    raise InputError(
        f"the registry {registry} has no champion, but {judged.note['bundle']} (digest {judged.note['digest']}) judged "
        "the last night of the archive: is it mounted, and spelt as it was? For the network that iar ships, leave "
        "Registry empty"
    )
