"""How fast a network learns, and whether what it learns from comes fast enough."""

import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.line import Line, best_seconds
from iar.detection.unet import PRESETS, KerasModel, build_unet, padded_size
from iar.learning.augmentation import augment
from iar.learning.examples import Examples, ExampleSources, simulate_examples
from iar.learning.pipeline import batches
from iar.learning.training import TrainConfig, train
from iar.stages.examples import gather_examples, stored_examples

LIGHT = PRESETS["light"]
SLOTS = 432
NIGHTS = 24
MANY = 240
"""Nights that are simulated by several processes: enough for their start, seconds, to count little."""
BATCH = 4
CORES = len(os.sched_getaffinity(0))
SOURCES = ExampleSources(simulated=NIGHTS, slots=SLOTS, seed=30_000_000)


NIGHTS_OF_DISSERTATION = 178
SECONDS_OF_DISSERTATION = 132
"""Of 10 epochs over as many pictures of 256 x 256 pixels with X U-net, on one V100."""


def lines() -> Iterator[Line]:
    yield from pipeline_lines()
    for slots, bins in ((256, 256), (SLOTS, 410)):
        yield _training_line(padded_size(slots, LIGHT.step), padded_size(bins, LIGHT.step))


def _training_line(slots: int, bins: int) -> Line:
    """Ten epochs of our network, of which three are run and the last two count: the first one compiles."""
    rng = np.random.default_rng(0)
    picture = rng.normal(0, 0.7, (NIGHTS_OF_DISSERTATION, slots, bins, 3)).astype(np.float16)
    month = np.array([f"night {i}" for i in range(len(picture))])
    examples = Examples(picture, picture[..., 0] > 1.4, month, np.array(["noise"] * len(picture)))
    ends: list[float] = []
    config = TrainConfig(epochs=3, precision="bfloat16")
    train(examples, unet=LIGHT, config=config, report=lambda *_: ends.append(time.perf_counter()))
    name = f"10 epochs of {NIGHTS_OF_DISSERTATION} nights, {slots} x {bins}"
    peer = "X U-net on a V100, 256 x 256 (dissertation)"
    return Line(name, 5 * (ends[2] - ends[0]), "s", SECONDS_OF_DISSERTATION, peer, more_is_better=False)


def pipeline_lines() -> Iterator[Line]:
    start = time.perf_counter()
    simulate_examples(NIGHTS, seed=SOURCES.seed, step=LIGHT.step, slots=SLOTS)
    alone = 60 * NIGHTS / (time.perf_counter() - start)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "examples"
        many = SOURCES.model_copy(update={"simulated": MANY})
        start = time.perf_counter()
        gather_examples(many, step=LIGHT.step, folder=folder, workers=CORES)  # the start of the workers included
        rate = 60 * MANY / (time.perf_counter() - start)
        yield Line(f"examples simulated, {CORES} processes", rate, "1/min", alone, "one process")
        yield from _step_lines(folder)


def _step_lines(folder: Path) -> Iterator[Line]:
    """Time of a training step, a picture, and what the augmentation takes of it."""
    mapped = stored_examples(folder).take(np.arange(NIGHTS))
    held = Examples(np.asarray(mapped.picture), np.asarray(mapped.mask), mapped.month, mapped.scenario)
    model = build_unet(LIGHT)
    model.compile(optimizer="adam", loss="binary_crossentropy")
    _epoch_s(model, held, 0)  # compiles
    seconds = {"memory": [], "disk": []}
    for epoch in range(3):
        seconds["memory"].append(_epoch_s(model, held, epoch))
        _forget(folder)
        on_disk = stored_examples(folder).take(np.arange(NIGHTS))
        seconds["disk"].append(_epoch_s(model, on_disk, epoch))
    memory_ms, disk_ms = (1e3 * min(seconds[place]) / NIGHTS for place in ("memory", "disk"))
    yield Line("training step a picture, examples on disk", disk_ms, "ms", memory_ms, "in memory", more_is_better=False)
    picture, mask = held.picture[:BATCH].astype(np.float32), held.mask[:BATCH].astype(np.float32)[..., None]
    rng = np.random.default_rng(0)
    took = best_seconds(lambda: [augment(picture, mask, rng, how="physics") for _ in range(8)])
    augmented_ms = 1e3 * took / (8 * BATCH)
    yield Line("augmentation a picture", augmented_ms, "ms", memory_ms, "training step", more_is_better=False)


def _epoch_s(model: KerasModel, examples: Examples, epoch: int) -> float:
    start = time.perf_counter()
    for picture, mask in batches(examples, batch=BATCH, how="physics", seed=1, epoch=epoch):
        model.train_on_batch(picture, mask)
    return time.perf_counter() - start


def _forget(folder: Path) -> None:
    """Have the system forget what it keeps of these files in memory, so that they are read from the disk."""
    for path in folder.iterdir():
        with path.open("rb") as file:
            os.fsync(file.fileno())
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
