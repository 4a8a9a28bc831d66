import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iar.archive.presence import pack_presence, unpack_presence
from iar.errors import DamagedArchiveError


@settings(max_examples=50)
@given(st.integers(0, 2**32), st.integers(1, 3), st.integers(1, 100), st.floats(0, 1))
def test_a_mask_is_read_as_it_was_packed(seed, channels, samples, share):
    there = np.random.default_rng(seed).random((channels, samples)) < share
    np.testing.assert_array_equal(unpack_presence(pack_presence(there), there.shape), there)


def test_a_night_of_hours_is_a_short_text():
    there = np.ones((2, 8_640_000), dtype=bool)
    there[1, 360_000:720_000] = False
    assert len(pack_presence(there)) < 50_000
    assert pack_presence(there).isascii()


@pytest.mark.parametrize("text", ["", "no text of ours", pack_presence(np.ones(8, bool))])
def test_a_damaged_text_is_refused(text):
    with pytest.raises(DamagedArchiveError, match="sealed samples is damaged"):
        unpack_presence(text, (2, 100))
