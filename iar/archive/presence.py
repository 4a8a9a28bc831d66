"""Which samples of a night are there, as a short text: what a manifest can hold."""

import base64
import math
import zlib

import numpy as np
import numpy.typing as npt

from iar.errors import DamagedArchiveError


def pack_presence(there: npt.NDArray[np.bool_]) -> str:
    """Text of a mask of any shape: packed bits, compressed; some hundred characters for gaps of hours."""
    return base64.b64encode(zlib.compress(np.packbits(there).tobytes(), 1)).decode("ascii")


def unpack_presence(text: str, shape: tuple[int, ...]) -> npt.NDArray[np.bool_]:
    """Mask of that shape that `pack_presence` made a text of.

    Raises
    ------
    DamagedArchiveError
        If the text is none of such a mask.
    """
    samples = math.prod(shape)
    try:
        packed = zlib.decompress(base64.b64decode(text, validate=True))
    except (ValueError, zlib.error) as error:
        raise DamagedArchiveError(f"the list of sealed samples is damaged: {error}") from None
    if len(packed) != -(-samples // 8):
        raise DamagedArchiveError(f"the list of sealed samples is damaged: {len(packed)} bytes for {samples} samples")
    return np.unpackbits(np.frombuffer(packed, np.uint8), count=samples).reshape(shape).astype(bool)
