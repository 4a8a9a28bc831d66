"""``make bench``: one line each: name, value, unit, the peer's value, their ratio (above 1: we are better).

Speeds are ratios in one run, because machines differ and are shared; each is the best of a few repetitions. Qualities
are held against the published detector on the same simulated nights.
"""

import os

from benchmarks import archive, fringes, inference, quality, scaling, spectra, speed, training

PARTS = (speed, spectra, scaling, archive, inference, training, quality, fringes)


def main() -> None:
    print(f"{'name':<44}{'value':>10} {'unit':<10}{'peer':>10} {'ratio':>7}  peer is")
    before = dict(os.environ)
    for part in PARTS:
        os.environ.update(before)
        for name in os.environ.keys() - before:  # a Dask cluster leaves threads for one core behind
            del os.environ[name]
        for line in part.lines():
            print(line, flush=True)


if __name__ == "__main__":
    main()
