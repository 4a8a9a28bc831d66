"""The U-net, built from one small configuration, in Keras 3 without a line of TensorFlow.

It works at the native resolution of the spectrogram: a pixel is a slot and a frequency bin, so a picture of any size
keeps its proportions. Batch normalisation and same padding; sizes must be multiples of ``2 ** (depth - 1)``, which
`padded_size` gives. Ronneberger et al. 2015, doi:10.1007/978-3-319-24574-4_28.
"""

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field

from iar.detection.backend import keras

PLANES = 3
"""NS residual, EW residual, share of channels present."""
SCALE_DB = 6.0
"""Residuals are divided by twice the scatter of a pixel and clipped to +-CLIP: a line is no louder than a fringe."""
CLIP = 2.5

KerasModel: TypeAlias = Any  # Keras has no types of its own


class UnetConfig(BaseModel):
    """What decides the shape of the network."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    base_filters: int = Field(8, ge=1, le=128, description="filters of the first block; doubled at each level")
    depth: int = Field(5, ge=2, le=6, description="levels, the bottom included")
    dropout: float = Field(0.1, ge=0, lt=1, description="dropout at the bottom")


def build_unet(config: UnetConfig) -> KerasModel:
    """Untrained network: float32 (batch, slot, frequency, 3) to probability (batch, slot, frequency, 1)."""
    layers = keras().layers
    inputs = keras().Input((None, None, PLANES))
    x, skips = inputs, []
    for level in range(config.depth - 1):
        x = _convolve_twice(x, config.base_filters * 2**level)
        skips.append(x)
        x = layers.MaxPooling2D(2)(x)
    x = layers.Dropout(config.dropout)(_convolve_twice(x, config.base_filters * 2 ** (config.depth - 1)))
    for level in reversed(range(config.depth - 1)):
        x = layers.UpSampling2D(2)(x)
        x = layers.Conv2D(config.base_filters * 2**level, 2, padding="same", activation="relu")(x)
        x = _convolve_twice(layers.Concatenate()([skips[level], x]), config.base_filters * 2**level)
    outputs = layers.Conv2D(1, 1, activation="sigmoid", dtype="float32")(x)
    return keras().Model(inputs, outputs)


def padded_size(size: int, depth: int) -> int:
    """Smallest size not below `size` that a network of `depth` levels can halve and double back."""
    step: int = 2 ** (depth - 1)
    return -(-size // step) * step


def network_input(residual: npt.NDArray[np.float32], *, depth: int) -> npt.NDArray[np.float32]:
    """Picture that the network sees: float32, shape (padded slot, padded frequency, 3).

    Parameters
    ----------
    residual
        dB above the background, shape (channel 2, slot, frequency), NaN where a slot has no samples.
    depth
        Levels of the network, which decide the padding (zeros, at the end).
    """
    channels, slots, bins = residual.shape
    if channels != PLANES - 1:
        raise ValueError(f"network needs 2 channels, residual has {channels}: shape {residual.shape}")
    present = ~np.isnan(residual)
    picture = np.zeros((padded_size(slots, depth), padded_size(bins, depth), PLANES), dtype=np.float32)
    scaled = np.clip(np.where(present, residual, 0) / SCALE_DB, -CLIP, CLIP)
    picture[:slots, :bins, :2] = np.moveaxis(scaled, 0, -1)
    picture[:slots, :bins, 2] = present.mean(axis=0)
    return picture


def _convolve_twice(x: Any, filters: int) -> Any:
    """Block of a level: convolution, normalisation, rectifier, twice."""
    layers = keras().layers
    for _ in range(2):
        x = layers.Conv2D(filters, 3, padding="same", use_bias=False, kernel_initializer="he_normal")(x)
        x = layers.BatchNormalization()(x)
        x = layers.Activation("relu")(x)
    return x
