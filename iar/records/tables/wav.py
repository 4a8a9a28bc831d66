"""Sound files: integers or floats of 8 to 64 bits, and their rate."""

import io
import warnings

import numpy as np

from iar.errors import first_line
from iar.records.series import Series, evenly
from iar.settings.table import WavTable


def read_wav(content: bytes, table: WavTable, *, start_ns: int) -> list[Series]:
    """Samples of the coils in a WAV file, which begins at `start_ns`; those of 24 bits as counts of 24 bits.

    Raises
    ------
    ValueError
        If it is damaged, or has fewer tracks than the table names.
    """
    from scipy.io import wavfile

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", wavfile.WavFileWarning)  # of chunks that are no sound
            rate, samples = wavfile.read(io.BytesIO(content))
    except Exception as error:  # noqa: BLE001 - over a damaged file SciPy raises whatever comes
        raise ValueError(f"no whole WAV file: {first_line(error)}") from None
    if rate <= 0:
        raise ValueError(f"a rate of {rate} samples a second")
    tracks = np.atleast_2d(samples.T)
    if samples.dtype == np.int32 and _bits(content) == 24:
        tracks >>= 8  # SciPy puts 24 bits into the upper ones of 32
    found = []
    for channel, track in enumerate(table.channels):
        if track is None:
            continue
        if track > len(tracks):
            raise ValueError(f"track {track} is not there: it has {len(tracks)}")
        row = tracks[track - 1]
        gone = np.isin(row, table.missing)
        found.append(
            Series(channel, float(rate), np.where(gone, np.nan, row) if gone.any() else row,
                   evenly(start_ns, len(row), float(rate)), str(track))
        )  # fmt: skip
    return found


def _bits(content: bytes) -> int:
    """Bits of a sample as the chunk fmt says them."""
    place = content.find(b"fmt ")
    return int.from_bytes(content[place + 22 : place + 24], "little")
