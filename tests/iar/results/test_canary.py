"""The canary: well if what is found is what is known, and else in words what is not."""

import numpy as np
import pytest

from iar.results.canary import LEAST_FOUND, MOST_ERROR_HZ, compare

TRUTH_HZ = np.where(np.arange(864) < 400, 0.9, np.nan)


def test_a_night_that_comes_out_as_it_is_is_well():
    seen = compare("fringes", TRUTH_HZ + 0.004, TRUTH_HZ)
    assert seen.faults == []
    assert str(seen) == "fringes, a spacing in 100% of the slots, off by 0.004 Hz"


@pytest.mark.parametrize(
    ("verdict", "spacing_hz", "fault"),
    [
        ("no_fringes", TRUTH_HZ, "the verdict is no_fringes, not fringes"),
        ("fringes", np.where(np.arange(864) < 400 * LEAST_FOUND - 1, TRUTH_HZ, np.nan), "50% should"),
        ("fringes", TRUTH_HZ + 2 * MOST_ERROR_HZ, "off by 0.040 Hz in the median, at most 0.02 Hz is well"),
    ],
)
def test_what_is_not_well_is_said(verdict, spacing_hz, fault):
    (said,) = compare(verdict, spacing_hz, TRUTH_HZ).faults
    assert fault in said


def test_a_night_without_any_spacing_was_not_found():
    assert len(compare("no_fringes", np.full(864, np.nan), TRUTH_HZ).faults) == 2
