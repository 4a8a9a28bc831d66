"""What a network runs on: OpenVINO, or Keras itself.

OpenVINO needs no TensorFlow and a fifth of its memory. A bundle's card says in which precision it was judged, and it
runs in that: bfloat16 is three times as fast as float32 where the processor has it, and as good; processors that lack
it compute in float32, so workers of one archive should be alike, or the card say float32. Neither the number of threads
nor the batch changes a bit of the result; `benchmarks.inference` has the numbers, and those of the other runtimes.
"""

import os
import sys
from functools import cache, lru_cache
from importlib.util import find_spec
from threading import Lock
from types import ModuleType
from typing import Any, Literal, TypeAlias, get_args

import numpy as np
import numpy.typing as npt

from iar.detection.backend import Precision
from iar.detection.tiling import Network
from iar.detection.unet import KerasModel
from iar.errors import InputError

Runtime: TypeAlias = Literal["openvino", "keras"]

HINT = {"float32": "f32", "bfloat16": "bf16"}
SHAPES = 4
"""Shapes of pictures that a network is kept ready for."""


def runtime() -> Runtime:
    """What networks run on in this process.

    OpenVINO where it is installed, unless the environment's ``KERAS_BACKEND`` is JAX or PyTorch, or its ``IAR_RUNTIME``
    is ``keras``: for a GPU, which nobody is given unasked, because its bytes are not those of the other workers.

    Raises
    ------
    InputError
        If ``IAR_RUNTIME`` is neither ``keras`` nor ``openvino``.
    """
    asked = os.environ.get("IAR_RUNTIME", "openvino")
    if asked not in get_args(Runtime):
        raise InputError(f"IAR_RUNTIME is {asked!r}, not one of {', '.join(get_args(Runtime))}")
    other_backend = os.environ.get("KERAS_BACKEND") in ("jax", "torch")
    return "keras" if asked == "keras" or other_backend or not find_spec("openvino") else "openvino"


@cache
def openvino() -> ModuleType:
    """OpenVINO, loaded on first use, without the package by which it would tell its maker of every import."""
    telemetry = sys.modules.get("openvino_telemetry")
    sys.modules["openvino_telemetry"] = None  # type: ignore[assignment]  # not installed, as far as OpenVINO sees
    try:
        import openvino as module
        import openvino.tools.ovc  # what converts networks looks for it, too
    finally:
        del sys.modules["openvino_telemetry"]
        if telemetry is not None:
            sys.modules["openvino_telemetry"] = telemetry
    return module  # type: ignore[no-any-return]


class OpenVino:
    """Network in OpenVINO's own format, on this machine's processor; threads take turns.

    Parameters
    ----------
    graph, weights
        Content of its two files, ``.xml`` and ``.bin``.
    precision
        What it computes in.

    Raises
    ------
    RuntimeError
        If they cannot be read.
    """

    def __init__(self, graph: bytes, weights: bytes, precision: Precision = "float32") -> None:
        self._core = openvino().Core()
        self._weights = np.frombuffer(weights, dtype=np.uint8)  # kept: the network reads them where they lie
        self._network = self._core.read_model(graph, openvino().Tensor(self._weights))
        self._options = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": HINT[precision]}
        if threads := os.environ.get("OMP_NUM_THREADS"):  # by which Dask holds a worker to its core
            self._options["INFERENCE_NUM_THREADS"] = threads
        self._ready_for = lru_cache(SHAPES)(self._ready)
        self._lock = Lock()

    def __call__(self, pictures: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Probability, shape (batch, slot, frequency), of pictures, shape (batch, slot, frequency, planes)."""
        probability = np.empty(pictures.shape[:3], dtype=np.float32)
        with self._lock:
            request = self._ready_for(pictures.shape[1:])
            for i, picture in enumerate(pictures):  # one by one: one shape to be ready for, whatever the batch
                probability[i] = request.infer([np.ascontiguousarray(picture[None])], share_inputs=True)[0][0, ..., 0]
        return probability

    def output_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """Shape of what it makes of pictures of that shape; a RuntimeError if it cannot take them."""
        network = self._network.clone()
        network.reshape(list(shape))
        return tuple(network.output(0).shape)

    def _ready(self, shape: tuple[int, ...]) -> Any:
        """Network made ready for pictures of one shape."""
        network = self._network.clone()
        network.reshape([1, *shape])
        return self._core.compile_model(network, "CPU", self._options).create_infer_request()


def as_network(model: KerasModel) -> Network:
    """A Keras model as a function of arrays; one picture at a time, so a batch needs no more memory than one."""
    lock = Lock()

    def run(pictures: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Probability of each picture, one after the other."""
        with lock:
            return np.stack([np.asarray(model.predict_on_batch(picture[None]))[0, ..., 0] for picture in pictures])

    return run
