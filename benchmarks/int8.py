"""The shipped network in int8, where NNCF is installed: time and quality beside float32 on the same nights.

A measurement only: NNCF would be a second dependency. Weights and values become bytes after a look at simulated nights
that are neither learnt from nor judged on (post-training quantisation). ``python -m benchmarks.int8``.
"""

import sys
from collections.abc import Iterator
from importlib.util import find_spec

import numpy as np

from benchmarks.line import Line, best_seconds
from iar.detection.bundle import SHIPPED, load_bundle
from iar.detection.runtime import OpenVino, openvino
from iar.detection.tiling import Network
from iar.learning.examples import simulate_examples
from iar.learning.judgement.evaluation import EVALUATION_SEED
from iar.night import SLOTS
from iar.school.evaluate import Subject, bundle_subject, evaluate

NIGHTS = 63
LOOKED_AT = 28
"""Pictures that the ranges of the values are taken from."""
REPETITIONS = 10


def lines() -> Iterator[Line]:
    """Time of a night, F1, false nights and error of the spacing; nothing where NNCF is not installed."""
    if not find_spec("nncf"):
        print("int8: not measured, nncf is not installed")
        return
    graph, weights = ((SHIPPED / name).read_bytes() for name in ("network.xml", "network.bin"))
    subject = bundle_subject(load_bundle())
    night = simulate_examples(1, seed=EVALUATION_SEED - 2, step=subject.step).picture.astype(np.float32)
    peer = OpenVino(graph, weights)
    int8 = _quantised(graph, weights, subject.step)
    for name, network in {"int8": int8, "bfloat16": OpenVino(graph, weights, "bfloat16")}.items():
        ours_s, theirs_s = (best_seconds(lambda run=run: run(night), REPETITIONS) for run in (network, peer))
        yield Line(f"whole night, {name}", 1e3 * ours_s, "ms", 1e3 * theirs_s, "float32", more_is_better=False)
    ours, theirs = (_judged(subject, network) for network in (int8, peer))
    for key, unit, more in (("f1", "1", True), ("false_nights", "1", False), ("spacing_error_median_hz", "Hz", False)):
        yield Line(f"{NIGHTS} nights, int8: {key}", ours[key], unit, theirs[key], "float32", more_is_better=more)


def _quantised(graph: bytes, weights: bytes, step: int) -> Network:
    """The network with weights and values in int8."""
    sys.modules["openvino_telemetry"] = None  # by which NNCF would tell its maker
    core = openvino().Core()
    import nncf  # noqa: PLC0415  # only where it is installed

    model = core.read_model(graph, openvino().Tensor(np.frombuffer(weights, np.uint8)))
    pictures = simulate_examples(LOOKED_AT, seed=EVALUATION_SEED - 1, step=step, slots=SLOTS // 2).picture
    dataset = nncf.Dataset([picture[None].astype(np.float32) for picture in pictures])
    quantised = nncf.quantize(model, dataset, preset=nncf.QuantizationPreset.MIXED, subset_size=LOOKED_AT)
    compiled = {}

    def run(batch: np.ndarray) -> np.ndarray:
        shape = batch.shape[1:]
        if shape not in compiled:
            fixed = quantised.clone()
            fixed.reshape([1, *shape])
            compiled[shape] = core.compile_model(fixed, "CPU", {"PERFORMANCE_HINT": "LATENCY"}).create_infer_request()
        return np.stack([compiled[shape].infer([picture[None]])[0][0, ..., 0] for picture in batch])

    return run


def _judged(subject: Subject, network: Network) -> dict[str, float]:
    alone = Subject(subject.name, network, step=subject.step, pieces=subject.pieces, threshold=subject.threshold)
    return evaluate(alone, nights=NIGHTS).numbers["network"]


if __name__ == "__main__":
    for line in lines():
        print(line, flush=True)
