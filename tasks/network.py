"""Which network a run takes: decided once, for all of its nights."""

from pathlib import Path

from prefect.logging import get_run_logger

from iar.learning.registry.versions import Registry
from iar.stages.network import name_network
from tasks.behaviour import compute_task


@compute_task
def choose_network(bundle: str | None, registry: str | None) -> str | None:
    """Name of the network for all nights of a run; None: the shipped one, also as long as there is no champion.

    A new champion waits for the next run.
    """
    if not bundle and registry and Registry(registry).champion() is None:
        get_run_logger().info("no champion in the registry yet: the network that iar ships is used")
        return None
    return name_network(Path(bundle) if bundle else None, registry or None)
