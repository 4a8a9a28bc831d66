"""Real data of observatories, where they are at hand."""

import os
from pathlib import Path

import pytest

DATA = Path(os.environ.get("IAR_TEST_DATA") or Path(__file__).parents[2] / "shared" / "data")


def real_data(name: str) -> Path:
    """Folder of a station's real data; the test that asks for it is skipped where they are not."""
    if not (DATA / name).is_dir():
        pytest.skip(f"real data not found in {DATA / name}: set IAR_TEST_DATA")
    return DATA / name
