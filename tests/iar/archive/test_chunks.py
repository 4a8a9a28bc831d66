"""How many chunks of a night hold anything: what a seal says, and what is held against it."""

import numpy as np
import pytest
import zarr
from hypothesis import given
from hypothesis import strategies as st

from iar.archive.layout import filled_chunks


@given(
    seed=st.integers(0, 10**6),
    empty=st.floats(0, 1),
    kind=st.sampled_from([("int32", -(2**31)), ("float32", np.nan), ("uint8", 0)]),
)
def test_it_is_the_number_of_files_that_zarr_writes(tmp_path_factory, seed, empty, kind):
    dtype, fill = kind
    rng = np.random.default_rng(seed)
    values = rng.integers(1, 100, (2, 12)).astype(dtype)
    values[rng.random(values.shape) < empty] = fill
    folder = tmp_path_factory.mktemp("chunks")
    array = zarr.create_array(folder / "a", shape=(2, 12), chunks=(1, 4), dtype=dtype, fill_value=fill)
    array[:] = values
    written = [path for path in (folder / "a" / "c").rglob("*") if path.is_file()]
    assert filled_chunks(values, (1, 4), fill) == len(written)


@pytest.mark.parametrize(("value", "chunks"), [(2, 1), (255, 0)])
def test_a_single_value_is_a_chunk(value, chunks):
    assert filled_chunks(np.asarray(value, np.uint8), (), 255) == chunks
