"""The U-net, built from one small configuration, in Keras 3 without a line of TensorFlow.

It works at the native resolution of the spectrogram: a pixel is a slot and a frequency bin, so a picture of any size
keeps its proportions. Sizes must be multiples of `UnetConfig.step`, which `iar.detection.planes.padded_size` gives.
Ronneberger et al. 2015, doi:10.1007/978-3-319-24574-4_28.
"""

import math
from typing import Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from iar.detection.backend import keras
from iar.detection.planes import PLANES

GROUPS = 8
"""Groups of the group normalisation, at most."""

KerasModel: TypeAlias = Any  # Keras has no types of its own


Normalisation: TypeAlias = Literal["none", "batch", "group"]
Decoder: TypeAlias = Literal["upsampling", "transposed"]
DropoutPlace: TypeAlias = Literal["bottom", "deepest_two", "every"]
Initialiser: TypeAlias = Literal[
    "glorot_normal", "glorot_uniform", "he_normal", "he_uniform", "lecun_normal", "lecun_uniform", "orthogonal"
]


class UnetConfig(BaseModel):
    """What decides the shape of the network; as it stands, the preset ``light``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    base_filters: int = Field(16, ge=1, le=128, description="filters of the first block; doubled at each level")
    most_filters: int = Field(96, ge=1, le=2048, description="filters of a block, at most")
    depth: int = Field(5, ge=2, le=6, description="levels, the bottom included")
    stem: int = Field(2, ge=1, le=4, description="pixels along each axis that the first convolution joins into one")
    normalisation: Normalisation = Field("batch", description="what follows each convolution of a block")
    memory: float = Field(
        0.99, gt=0, lt=1, description="share of the running statistics of batch normalisation that a step keeps"
    )
    dropout: float = Field(0.1, ge=0, lt=1, description="share of values dropped in training")
    dropout_at: DropoutPlace = Field("bottom", description="blocks whose result is thinned out by dropout")
    decoder: Decoder = Field("upsampling", description="way up: nearest neighbour and a 2x2 convolution, or transposed")
    activation: Literal["relu", "elu", "gelu", "silu"] = Field("relu", description="after each convolution of a block")
    initialiser: Initialiser = Field("he_normal", description="how the weights of convolutions begin")
    head_filters: int = Field(0, ge=0, le=64, description="filters of one more convolution before the last; 0: none")
    planes: int = Field(len(PLANES), ge=1, le=16, description="planes of a picture")

    def filters(self, level: int) -> int:
        """Filters of the block of a level, 0 at full size."""
        return min(self.base_filters * int(2**level), self.most_filters)

    @property
    def step(self) -> int:
        """Sizes of pictures are multiples of this: what is halved on the way down is doubled back."""
        return self.stem * int(2 ** (self.depth - 1))


PRESETS = {
    "light": UnetConfig(),
    "x-unet": UnetConfig(
        base_filters=64, most_filters=1024, stem=1, normalisation="none", dropout=0.5, dropout_at="deepest_two",
        head_filters=2,
    ),
    "k-unet": UnetConfig(
        base_filters=64, most_filters=1024, stem=1, normalisation="none", dropout=0.2, dropout_at="every",
        decoder="transposed",
    ),
}  # fmt: skip
"""Ours, and the two that the dissertation compares (its chapter 5.5)."""


def build_unet(config: UnetConfig) -> KerasModel:
    """Untrained network: float32 (batch, slot, frequency, planes) to probability (batch, slot, frequency, 1)."""
    layers = keras().layers
    inputs = keras().Input((None, None, config.planes))
    x, skips = inputs, []
    if config.stem > 1:  # half the pixels along each axis: a quarter of the work, and fringes are wider than a pixel
        x = _convolve(x, config, config.base_filters, size=2 * config.stem, strides=config.stem)
    for level in range(config.depth - 1):
        x = _block(x, config, level)
        skips.append(x)
        x = layers.MaxPooling2D(2)(x)
    x = _block(x, config, config.depth - 1)
    for level in reversed(range(config.depth - 1)):
        x = layers.Concatenate()([skips[level], _enlarged(x, config, config.filters(level))])
        x = _block(x, config, level, on_the_way_up=True)
    if config.head_filters:
        x = _convolve(x, config, config.head_filters)
    if config.stem > 1:
        outputs = layers.Conv2DTranspose(
            1, config.stem, strides=config.stem, kernel_initializer=config.initialiser, dtype="float32"
        )(x)
    else:
        outputs = layers.Conv2D(1, 1, kernel_initializer=config.initialiser, dtype="float32")(x)
    return keras().Model(inputs, layers.Activation("sigmoid", dtype="float32")(outputs))


def _block(x: Any, config: UnetConfig, level: int, *, on_the_way_up: bool = False) -> Any:
    """Block of a level, 0 at full size: two convolutions, and dropout where the configuration has it."""
    filters = config.filters(level)
    x = _convolve(x, config, filters)
    if config.dropout_at == "every":
        x = _thinned(x, config)
    x = _convolve(x, config, filters)
    first_with_dropout = {"bottom": config.depth - 1, "deepest_two": config.depth - 2}.get(config.dropout_at)
    if first_with_dropout is not None and level >= first_with_dropout and not on_the_way_up:
        x = _thinned(x, config)
    return x


def _thinned(x: Any, config: UnetConfig) -> Any:
    return keras().layers.Dropout(config.dropout)(x) if config.dropout else x


def _convolve(x: Any, config: UnetConfig, filters: int, *, size: int = 3, strides: int = 1) -> Any:
    """Convolution, normalisation, activation."""
    layers = keras().layers
    x = layers.Conv2D(
        filters,
        size,
        strides=strides,
        padding="same",
        use_bias=config.normalisation == "none",
        kernel_initializer=config.initialiser,
    )(x)
    if config.normalisation == "batch":
        x = layers.BatchNormalization(momentum=config.memory)(x)
    elif config.normalisation == "group":
        x = layers.GroupNormalization(math.gcd(filters, GROUPS))(x)
    return layers.Activation(config.activation)(x)


def _enlarged(x: Any, config: UnetConfig, filters: int) -> Any:
    """Twice the size, with that many filters."""
    layers = keras().layers
    if config.decoder == "transposed":
        return layers.Conv2DTranspose(filters, 2, strides=2, kernel_initializer=config.initialiser)(x)
    x = layers.UpSampling2D(2)(x)
    x = layers.Conv2D(filters, 2, padding="same", kernel_initializer=config.initialiser)(x)
    return layers.Activation(config.activation)(x)
