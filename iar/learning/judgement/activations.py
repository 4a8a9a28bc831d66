"""What the layers of a network make of a picture."""

import numpy as np
import numpy.typing as npt

from iar.detection.backend import keras
from iar.detection.unet import KerasModel


def layer_activations(model: KerasModel, picture: npt.NDArray[np.float32]) -> dict[str, npt.NDArray[np.float32]]:
    """Maps of the first, the deepest and the last hidden layer of a U-net.

    Parameters
    ----------
    picture
        From `network_input`, shape (slot, frequency, planes).

    Returns
    -------
    For the name of each layer float32 of shape (slot, frequency, filter), coarser the deeper the layer is.
    """
    *hidden, _ = [layer for layer in model.layers if type(layer).__name__ == "Activation"]
    maps = keras().Model(model.inputs, [layer.output for layer in hidden]).predict_on_batch(picture[None])
    deepest = min(reversed(maps), key=lambda values: values.shape[1])
    shown = {"first": maps[0], "deepest": deepest, "last": maps[-1]}
    return {name: np.asarray(values[0], dtype=np.float32) for name, values in shown.items()}
