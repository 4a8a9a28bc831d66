"""Our network beside the dissertation's X U-net on the ISBI electron-microscopy pictures (its chapter 5.1).

``python -m benchmarks.membrane --seconds 600`` trains X U-net as long as that, as published (batch 2, Adam at 1e-4, its
augmentation), then ours for a tenth of the time that was needed. Both see 24 pictures, 512 x 512 pixels reduced to
256 x 256, and are judged on the six others. An epoch is two passes over the 24. The pictures are no part of the
project: they lie in ``../shared/data`` or ``IAR_TEST_DATA``.
"""

import argparse
import os
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
from PIL import Image

from iar.detection.unet import PRESETS, UnetConfig
from iar.learning.examples import Examples
from iar.learning.retraining import PRESET_RECIPES
from iar.learning.training.fitting import TrainConfig, train

SIZE = 256
LEARNT, ALL = 24, 30
PASSES = 2
DISSERTATION_ACCURACY = 0.9235
"""Of X U-net after 5 epochs of 300 steps, on the pictures it learnt from."""
MOST_EPOCHS = 1000


class TimeUpError(Exception):
    """The time of a training is over."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=600.0, help="time for X U-net")
    seconds = parser.parse_args().seconds
    as_published = {"precision": "bfloat16", "epochs": MOST_EPOCHS}
    published = PRESET_RECIPES["x-unet"].training.model_copy(update=as_published)
    x_unet = PRESETS["x-unet"].model_copy(update={"planes": 1})
    light = PRESETS["light"].model_copy(update={"planes": 1, "memory": 0.8})  # a hundred steps: 0.99 is too slow
    ours = TrainConfig(epochs=11, batch=2, learning_rate=6e-3, loss="entropy", precision="bfloat16",
                       augmentation="x-unet")  # fmt: skip
    needed = judge("X U-net", x_unet, published, seconds)
    judge("light", light, ours, needed / 10)
    print(f"the dissertation's X U-net, on its own training pictures: accuracy {DISSERTATION_ACCURACY}")


def judge(name: str, unet: UnetConfig, config: TrainConfig, seconds: float) -> float:
    """Train until the time is up, print the scores on the pictures held out; returns the seconds that were needed."""
    examples = read_pictures()
    learnt = examples.take(np.tile(np.arange(LEARNT), PASSES))
    held = examples.take(np.arange(LEARNT, ALL))
    start = time.perf_counter()

    def watch(epoch: int, measured: dict[str, float]) -> None:
        needed = time.perf_counter() - start
        print(f"{name:>8} {needed:6.0f} s, {epoch * PASSES:4} passes: held out: accuracy "
              f"{measured['held_accuracy']:.4f}, IoU of the inside {measured['held_iou_fringe']:.4f}, "
              f"of the membrane {measured['held_iou_background']:.4f}", flush=True)  # fmt: skip
        if needed >= seconds:
            raise TimeUpError

    with suppress(TimeUpError):
        train(learnt, unet=unet, config=config, held=held, report=watch)
    return time.perf_counter() - start


def read_pictures() -> Examples:
    """All 30 pictures of one plane, about -1 to 1; the mask is the inside of a cell."""
    folder = Path(os.environ.get("IAR_TEST_DATA", "../shared/data")) / "isbi-membrane"
    picture = np.stack([_reduced(folder / "image" / f"{i}.png") for i in range(ALL)])
    mask = np.stack([_reduced(folder / "label" / f"{i}.png") for i in range(ALL)]) > 127
    group = np.array([f"picture {i}" for i in range(ALL)])
    return Examples((picture[..., None] / 127.5 - 1).astype(np.float16), mask, group, np.array(["membrane"] * ALL))


def _reduced(path: Path) -> np.ndarray:
    return np.asarray(Image.open(path).convert("L").resize((SIZE, SIZE), Image.Resampling.BOX), dtype=np.float32)


if __name__ == "__main__":
    main()
