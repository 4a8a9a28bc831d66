"""The night that is known: what came of it."""

from pathlib import Path
from tempfile import TemporaryDirectory

from prefect.artifacts import create_markdown_artifact

from iar.results.canary import look_at_canary
from iar.settings import load_processing
from iar.stages.network import network_folder
from iar.stages.stage import Setup
from tasks.behaviour import gpu_task


@gpu_task
def check_canary(network: str | None) -> str:
    """Take the canary to its verdict by the network of that name, or the shipped one; returns what came of it in words.

    Raises
    ------
    RuntimeError
        If that is not what is known.
    """
    with TemporaryDirectory(prefix="iar-canary-") as place:
        seen = look_at_canary(Setup(load_processing(), network_folder(network)), Path(place))
    create_markdown_artifact(str(seen), key="canary", description="What came of the night that is known")
    if seen.faults:
        raise RuntimeError(f"the canary: {'; '.join(seen.faults)}")
    return str(seen)
