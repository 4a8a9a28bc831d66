"""What a network takes on each runtime that is installed, beside Keras on TensorFlow: time, difference, memory.

Each is measured in a process of its own, which has imported nothing else: ``python -m benchmarks.inference RUNTIME
FOLDER SLOTS BINS`` prints seconds a picture, processor seconds of all threads, and MiB at the peak, and keeps the
probability. Weights are random, as are the statistics of the batch normalisation: time does not look at them, and
differences are no smaller for it. OpenVINO is what `iar.detection.runtime` uses; the others have to be converted to,
and say so where that cannot be done. ``python -m benchmarks.inference`` measures all of them, and
``python -m benchmarks.int8`` the shipped network in int8.
"""

import json
import os
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.line import Line, best_seconds
from iar.detection.backend import keras
from iar.detection.bundle import Card, load_bundle, save_bundle
from iar.detection.planes import padded_size
from iar.detection.runtime import as_network, openvino
from iar.detection.tiling import Network
from iar.detection.unet import PRESETS, KerasModel, UnetConfig, build_unet

CASES = {
    "dark window, light": ("light", 432, 410),
    "whole night, light": ("light", 864, 410),
    "256 x 256, x-unet": ("x-unet", 256, 256),
}
PEER = "keras"
RUNTIMES = {
    "keras": "keras", "openvino, float32": "openvino", "openvino, bfloat16": "openvino",
    "onnx runtime": "onnxruntime", "litert": "ai_edge_litert",
}  # fmt: skip
"""The package of each."""
CONVERTERS = {"onnx runtime": "tf2onnx"}
REPETITIONS = 10
SEED = 1


OURS = ("openvino, float32", "openvino, bfloat16")
"""What `iar.detection.runtime` uses."""


def lines(runtimes: Sequence[str] = OURS) -> Iterator[Line]:
    """Of every picture, by each of the runtimes."""
    with TemporaryDirectory() as folder:
        for case, (preset, slots, bins) in CASES.items():
            home, step = Path(folder) / preset, PRESETS[preset].step
            if not home.exists():
                _save(home, PRESETS[preset])
            yield from _case(case, home, padded_size(slots, step), padded_size(bins, step), runtimes)
    yield from gpu_lines()


def candidates() -> Iterator[Line]:
    """All runtimes that are installed."""
    for runtime, package in RUNTIMES.items():
        for needed in {package, CONVERTERS.get(runtime, package)}:
            if not find_spec(needed):
                print(f"inference by {runtime}: not measured, {needed} is not installed")
    yield from lines([runtime for runtime in RUNTIMES if runtime != PEER])


def _case(case: str, home: Path, slots: int, bins: int, runtimes: Sequence[str]) -> Iterator[Line]:
    peer_s, peer_processor_s, peer_mib = _measured(PEER, home, slots, bins)
    wanted = np.load(home / f"{PEER}.npy")
    for runtime in runtimes:
        package = RUNTIMES[runtime]
        if not find_spec(package) or not find_spec(CONVERTERS.get(runtime, package)):
            continue
        seconds, processor_s, mib = _measured(runtime, home, slots, bins)
        largest = float(np.abs(np.load(home / f"{runtime}.npy") - wanted).max())
        name, peer_is = f"{case}: {runtime}", "Keras on TensorFlow, predict_on_batch"
        yield Line(name, 1e3 * seconds, "ms", 1e3 * peer_s, peer_is, more_is_better=False)
        processor = 1e3 * processor_s, "ms", 1e3 * peer_processor_s
        yield Line(f"{name}, processor", *processor, peer_is, more_is_better=False)
        allowed, of = (0.02, "bfloat16") if runtime.endswith("bfloat16") else (0.001, "float32")
        yield Line(f"{name}, difference", largest, "1", allowed, f"what is allowed of {of}", more_is_better=False)
        yield Line(f"{name}, peak", mib, "MiB", peer_mib, peer_is, more_is_better=False)


def _save(home: Path, config: UnetConfig) -> None:
    """Two bundles of one network, ``float32`` and ``bfloat16``."""
    model = random_network(config)
    for precision in ("float32", "bfloat16"):
        card = Card(
            name="random", trained_on="nothing", unet=config, spline_pieces=3, threshold=0.5, precision=precision,
            training={}, fold_scores=(), evaluation={}, software={},
        )  # fmt: skip
        save_bundle(home / precision, model, card)


def random_network(config: UnetConfig) -> KerasModel:
    """A network with random weights, and statistics of the batch normalisation as a trained one could have."""
    keras().utils.set_random_seed(SEED)
    model, rng = build_unet(config), np.random.default_rng(SEED)
    for layer in model.layers:
        if isinstance(layer, keras().layers.BatchNormalization):
            low, high = [0.7, -0.4, -0.5, 0.5], [1.3, 0.4, 0.5, 2.0]  # scale, shift, mean, variance
            values = zip(layer.get_weights(), low, high, strict=True)
            layer.set_weights([rng.uniform(least, most, weight.shape) for weight, least, most in values])
    return model


def pictures(slots: int, bins: int, batch: int = 1) -> np.ndarray:
    """As loud as residuals are; float32, shape (batch, slot, frequency, 3)."""
    shape = (batch, slots, bins, 3)
    return np.random.default_rng(SEED).normal(0, 0.7, shape).clip(-2.5, 2.5).astype(np.float32)


def _measured(runtime: str, home: Path, slots: int, bins: int) -> tuple[float, float, float]:
    """Seconds a picture, processor seconds, and MiB at the peak, of a fresh process."""
    command = [sys.executable, "-m", "benchmarks.inference", runtime, str(home), str(slots), str(bins)]
    if CONVERTERS.get(runtime) or runtime == "litert":  # here, so that converting is not in its memory
        _convert(runtime, home, slots, bins)
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603  # this module itself
    seconds, processor_s, mib = json.loads(done.stdout.splitlines()[-1])
    return seconds, processor_s, mib


def _convert(runtime: str, home: Path, slots: int, bins: int) -> None:
    """The network of `home` in another format, for pictures of one size: LiteRT cannot do with less."""
    model = load_bundle(home / "float32").model
    inputs = keras().Input((slots, bins, 3), batch_size=1)
    fixed = keras().models.clone_model(model, input_tensors=inputs)
    fixed.set_weights(model.get_weights())
    suffix, kind = {"onnx runtime": ("onnx", "onnx"), "litert": ("tflite", "litert")}[runtime]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fixed.export(str(home / f"network.{suffix}"), format=kind, verbose=False)


def _network(runtime: str, home: Path, shape: tuple[int, ...]) -> Network:
    if runtime == "onnx runtime":
        return _onnx(home / "network.onnx")
    if runtime == "litert":
        return _litert(home / "network.tflite", shape)
    if runtime == PEER:
        return as_network(keras().saving.load_model(home / "float32" / "model.keras", compile=False))
    return load_bundle(home / runtime.removeprefix("openvino, ")).network


def _onnx(path: Path) -> Network:
    from onnxruntime import InferenceSession  # noqa: PLC0415  # only in the process that measures it

    session = InferenceSession(path, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return lambda batch: session.run(None, {name: batch})[0][..., 0]


def _litert(path: Path, shape: tuple[int, ...]) -> Network:
    if find_spec("openvino"):
        openvino()  # LiteRT imports it, if it is there, and then it would call home
    from ai_edge_litert.interpreter import Interpreter  # noqa: PLC0415  # only in the process that measures it

    interpreter = Interpreter(str(path), num_threads=os.cpu_count())
    place = interpreter.get_input_details()[0]["index"]
    interpreter.resize_tensor_input(place, shape)
    interpreter.allocate_tensors()

    def run(batch: np.ndarray) -> np.ndarray:
        interpreter.set_tensor(place, batch)
        interpreter.invoke()
        return interpreter.get_tensor(interpreter.get_output_details()[0]["index"])[..., 0]

    return run


def gpu_lines(preset: str = "light", batch: int = 32) -> Iterator[Line]:
    """Pictures a second where Keras' backend has a GPU, and its share of what a large product of matrices reaches.

    Whichever backend it is; TensorFlow, JAX and PyTorch may compute products in TF32, here as there.
    """
    if not keras().distribution.list_devices("gpu"):
        return
    side, ops = 256, keras().ops
    model = random_network(PRESETS[preset])
    device, host = ops.convert_to_tensor(pictures(side, side, batch)), pictures(side, side, batch)

    def waited(work: Callable[[], object]) -> float:
        return best_seconds(lambda: ops.convert_to_numpy(ops.max(work())))  # the result is asked for: GPUs work ahead

    rate = batch / waited(lambda: model.predict_on_batch(device))
    singly = batch / best_seconds(lambda: as_network(model)(host))
    matrix = ops.ones((8192, 8192))
    peak = 2 * 8192**3 / waited(lambda: ops.matmul(matrix, matrix))
    yield Line(f"GPU, {preset} {side} x {side}, batch {batch}", rate, "images/s", singly, "one by one")
    share = rate * operations(model, side) / peak
    yield Line(f"GPU, {preset}, share of the peak", share, "1", 1.0, "a product of matrices, 8192 x 8192")


def operations(model: KerasModel, side: int) -> int:
    """Additions and multiplications of the convolutions over a square picture."""
    fixed = keras().models.clone_model(model, input_tensors=keras().Input((side, side, 3), batch_size=1))
    total = 0
    for layer in fixed.layers:
        if isinstance(layer, keras().layers.Conv2DTranspose):
            total += 2 * int(np.prod(layer.input.shape[1:3])) * int(np.prod(layer.kernel.shape))
        elif isinstance(layer, keras().layers.Conv2D):
            total += 2 * int(np.prod(layer.output.shape[1:3])) * int(np.prod(layer.kernel.shape))
    return total


def _measure(runtime: str, home: Path, slots: int, bins: int) -> None:
    batch = pictures(slots, bins)
    network = _network(runtime, home, batch.shape)
    np.save(home / f"{runtime}.npy", network(batch))
    seconds = best_seconds(lambda: network(batch), REPETITIONS)
    print(json.dumps([seconds, _processor_s(lambda: network(batch)), _peak_mib()]))


def _processor_s(work: Callable[[], object]) -> float:
    """Least processor time of a few runs, all threads together: what others do on the machine hardly changes it."""
    seconds = []
    for _ in range(REPETITIONS):
        start = time.process_time()
        work()
        seconds.append(time.process_time() - start)
    return min(seconds)


def _peak_mib() -> float:
    """Largest memory of this process; `getrusage` would tell its parent's, from before it began."""
    (line,) = (row for row in Path("/proc/self/status").read_text().splitlines() if row.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


if __name__ == "__main__":
    if sys.argv[1:]:
        _measure(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
    else:
        for line in candidates():
            print(line, flush=True)
