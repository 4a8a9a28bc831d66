"""Sound files as Python's wave and SciPy write them."""

import io
import struct
import wave

import numpy as np
import pytest
import scipy.io

from tests.iar.records.tables.samples import BX, BY, NOON, check_whole


class TestWav:
    table = {"kind": "wav", "start": {"kind": "name", "pattern": "%Y%m%d_%H%M%S.wav"}}  # noqa: RUF012

    @pytest.mark.parametrize(("width", "bits"), [(2, 16), (3, 24), (4, 32)])
    def test_of_integers_gives_the_counts_that_were_written(self, width, bits, read):
        rng = np.random.default_rng(4)
        counts = rng.integers(-(2 ** (bits - 1)) + 1, 2 ** (bits - 1), (500, 2))
        out = io.BytesIO()
        with wave.open(out, "wb") as file:
            file.setnchannels(2)
            file.setsampwidth(width)
            file.setframerate(64)
            file.writeframes(b"".join(struct.pack("<q", int(one))[:width] for one in counts.ravel()))
        coils, problems = read("20140110_120000.wav", out.getvalue(), self.table, unit="counts")
        assert problems == {0: {}, 1: {}}
        for channel in (0, 1):
            assert coils[channel][0][0] == NOON
            np.testing.assert_array_equal(coils[channel][0][1], counts[:, channel])

    def test_of_floats_is_scaled(self, read):
        out = io.BytesIO()
        scipy.io.wavfile.write(out, 64, np.c_[BX, BY])
        check_whole(read("20140110_120000.wav", out.getvalue(), self.table))

    def test_of_one_track_or_none_at_all_is_reported(self, read):
        out = io.BytesIO()
        scipy.io.wavfile.write(out, 64, BX)
        with pytest.raises(ValueError, match="track 2 is not there: it has 1"):
            read("20140110_120000.wav", out.getvalue(), self.table)
        with pytest.raises(ValueError, match="no whole WAV file"):
            read("20140110_120000.wav", b"1 2 3\n", self.table)
