"""More than one look at a picture: turned copies of it, and several networks.

Both take networks as the inference has them: functions from pictures, float32 (batch, slot, frequency, planes), to
probabilities, float32 (batch, slot, frequency). So they can be put into each other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from iar.detection.planes import is_of_a_night, swapped_channels
from iar.detection.tiling import Network

Floats: TypeAlias = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Agreement:
    """Mean probability of several networks, and their standard deviation: how far they disagree.

    Both float32, shape (batch, slot, frequency).
    """

    mean: Floats
    spread: Floats


def turned(network: Network, *, time: bool = True, channels: bool = True) -> Network:
    """Network that takes the mean over turned copies of each picture, twice or four times the work.

    Parameters
    ----------
    time
        Reverse the time: a resonance drifts either way.
    channels
        Swap NS and EW, where pictures have these planes: a resonance is seen in both. Frequencies are never turned.
    """

    def over_copies(pictures: Floats) -> Floats:
        """Mean probability, turned back."""
        copies = [(pictures, False)]
        if channels and is_of_a_night(pictures.shape[-1]):
            copies.append((pictures[..., swapped_channels()], False))
        if time:
            copies += [(copy[:, ::-1], True) for copy, _ in copies]
        total = np.zeros(pictures.shape[:3], dtype=np.float32)
        for copy, reversed_ in copies:
            probability = network(np.ascontiguousarray(copy))
            total += probability[:, ::-1] if reversed_ else probability
        return total / np.float32(len(copies))

    return over_copies


def averaged(networks: Sequence[Network]) -> Network:
    """Network that takes the mean over several."""
    return lambda pictures: ensemble(networks, pictures).mean


def ensemble(networks: Sequence[Network], pictures: Floats) -> Agreement:
    """Mean and spread of the probabilities that these networks give; one alone has a spread of 0."""
    probabilities = np.stack([network(pictures) for network in networks])
    return Agreement(probabilities.mean(axis=0), probabilities.std(axis=0))
