"""Ten seconds of two coils, and a table of them as pandas writes it."""

import numpy as np
import pandas as pd

NOON = np.datetime64("2014-01-10T12:00:00", "ns")
RATE_HZ = 64.0
BX = np.random.default_rng(1).normal(0, 0.3, 640).round(4)
BY = np.random.default_rng(2).normal(0, 0.3, 640).round(4)
TIMES = NOON + (np.arange(640) * (10**9 / RATE_HZ)).astype("timedelta64[ns]")
COUNTS = [np.rint(values / 1e-4).astype(np.int32) for values in (BX, BY)]
NAME = {"kind": "name", "pattern": "KEV_%Y%m%d_%H%M.*"}


def check_whole(found, start=NOON):
    coils, problems = found
    assert problems == {0: {}, 1: {}}
    for channel, counts in enumerate(COUNTS):
        ((begin, there),) = coils[channel]
        assert begin == start
        np.testing.assert_array_equal(there, counts)


def csv(**options) -> bytes:
    frame = pd.DataFrame({"time": TIMES, "Bx": BX, "By": BY, "T": 21})
    return frame.to_csv(index=False, **options).encode()
