"""``make bench``: one line each: name, value, unit, the peer's value, their ratio (above 1: we are better), spread.

Speeds are ratios in one run, because machines differ and are shared: ours and the peer's repetitions take turns, the
best of each counts, and the spread is how far ours lay apart. Qualities are held against the published detector on the
same simulated nights, or against what was asked for. A whole run is kept in ``benchmarks/results/`` as JSON, with the
machine's description, and drawn (`benchmarks.drawing`). ``--quick`` measures in three minutes what needs no long run;
``--part`` some parts alone; neither is kept, unless ``--again`` puts the parts in place of those of the newest run.
"""

import argparse
import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from functools import partial

from benchmarks import (
    archive,
    completeness,
    drawing,
    errors,
    formats,
    fringes,
    growth,
    harmonics,
    inference,
    pc1,
    quality,
    queries,
    reads,
    rehearsal,
    resonances,
    scaling,
    spectra,
    speed,
    training,
    unpacking,
    years,
)
from benchmarks.line import Line
from benchmarks.machine import keep, latest, result_file, stamp

Lines = Callable[[], Iterator[Line]]
PARTS: Mapping[str, Lines] = {
    "stations": speed.lines,
    "unpacking": unpacking.lines,
    "years": years.lines,
    "formats": formats.lines,
    "spectra": spectra.lines,
    "workers": scaling.lines,
    "archive": archive.lines,
    "queries": queries.lines,
    "reads": reads.lines,
    "growth": growth.lines,
    "prefect": rehearsal.lines,
    "inference": inference.lines,
    "training": training.lines,
    "pixels": quality.lines,
    "spacing": fringes.lines,
    "errors": errors.lines,
    "harmonics": harmonics.lines,
    "pc1": pc1.lines,
    "resonances": resonances.lines,
    "completeness": completeness.lines,
}
QUICK: Mapping[str, Lines] = {
    "stations": speed.quick_lines,
    "unpacking": unpacking.lines,
    "years": partial(years.lines, 4),
    "formats": formats.lines,
    "spectra": spectra.quick_lines,
    "archive": archive.quick_lines,
    "pixels": partial(quality.lines, 28),
    "spacing": partial(fringes.lines, 28, 0),
    "resonances": resonances.lines,
}
HEAD = f"{'name':<50}{'value':>10} {'unit':<10}{'peer':>10} {'ratio':>8} {'spread':>7}  peer is"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer nights, and nothing that takes minutes; not kept")
    parser.add_argument("--part", action="append", choices=PARTS, help="only this; may be repeated; not kept")
    parser.add_argument("--again", action="store_true", help="keep the parts, in place of those of the newest run")
    asked = parser.parse_args()
    chosen = {name: part for name, part in (QUICK if asked.quick else PARTS).items() if name in (asked.part or PARTS)}
    results, out = {**stamp(), "lines": {}}, result_file("bench")
    kept = chosen == PARTS or (asked.again and not asked.quick)
    if asked.again:
        out = latest("bench")
        results = json.loads(out.read_text(encoding="utf-8"))
    print(HEAD)
    before = dict(os.environ)
    for name, part in chosen.items():
        os.environ.update(before)
        for added in os.environ.keys() - before:  # a Dask cluster leaves threads for one core behind
            del os.environ[added]
        results["lines"][name] = [_shown(line) for line in part()]
        if asked.again:
            results.setdefault("again", {})[name] = stamp()["when"]
        if kept:  # after each part: an end that comes early loses one
            keep(results, out)
    if kept:
        print(f"kept in {out}, drawn in {drawing.draw(out)}")


def _shown(line: Line) -> dict[str, object]:
    print(line, flush=True)
    return {name: float(value) if name in {"value", "peer"} else value for name, value in asdict(line).items()}


if __name__ == "__main__":
    main()
