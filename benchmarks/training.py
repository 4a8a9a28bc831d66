"""How fast a network learns, and whether what it learns from comes fast enough."""

import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.line import Line, best_seconds, once_s
from iar.detection.planes import padded_size
from iar.detection.unet import PRESETS, KerasModel, UnetConfig, build_unet
from iar.learning.examples import Examples, simulate_examples
from iar.learning.sources import ExampleSources
from iar.learning.training.augmentation import augment
from iar.learning.training.batches import batches
from iar.learning.training.fitting import TrainConfig, train
from iar.school.examples import gather_examples, stored_examples

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
    yield _published_line()
    for slots, bins in ((256, 256), (SLOTS, 410)):
        yield _training_line(padded_size(slots, LIGHT.step), padded_size(bins, LIGHT.step))


def _published_line(nights: int = 12, side: int = 256) -> Line:
    """An epoch of the dissertation's network as we train it, and as most would: Keras' `fit` in float32."""
    examples = _noise(nights, side, side)
    published = PRESETS["x-unet"]
    picture, mask = examples.picture.astype(np.float32), examples.mask.astype(np.float32)[..., None]
    model = build_unet(published)
    model.compile(optimizer="adam", loss="binary_crossentropy")
    config = TrainConfig(epochs=3, precision="bfloat16", batch=2)
    ours_s = _epochs_s(examples, published, config)
    peer_s = [once_s(lambda: model.fit(picture, mask, batch_size=2, verbose=0)) for _ in range(3)][1:]
    return Line(
        f"training, X U-net {side} x {side}, a picture", 1e3 * min(ours_s) / nights, "ms", 1e3 * min(peer_s) / nights,
        "Keras' fit in float32, no augmentation", more_is_better=False, spread=max(ours_s) / min(ours_s) - 1,
    )  # fmt: skip


def _epochs_s(examples: Examples, unet: UnetConfig, config: TrainConfig) -> list[float]:
    """Seconds of each epoch but the first, which compiles."""
    ends: list[float] = []
    train(examples, unet=unet, config=config, report=lambda *_: ends.append(time.perf_counter()))
    return list(np.diff(ends))


def _noise(nights: int, slots: int, bins: int) -> Examples:
    """Pictures that take as long as any."""
    picture = np.random.default_rng(0).normal(0, 0.7, (nights, slots, bins, 3)).astype(np.float16)
    month = np.array([f"night {i}" for i in range(nights)])
    return Examples(picture, picture[..., 0] > 1.4, month, np.array(["noise"] * nights))


def _training_line(slots: int, bins: int) -> Line:
    """Ten epochs of our network, of which three are run and the last two count: the first one compiles."""
    examples = _noise(NIGHTS_OF_DISSERTATION, slots, bins)
    epochs_s = _epochs_s(examples, LIGHT, TrainConfig(epochs=3, precision="bfloat16"))
    name = f"10 epochs of {NIGHTS_OF_DISSERTATION} nights, {slots} x {bins}"
    peer = "X U-net on a V100, 256 x 256 (dissertation)"
    why = "2.8 times as many pixels as the peer's pictures have, on two cores and no GPU" if slots > 256 else ""
    return Line(
        name, 10 * min(epochs_s), "s", SECONDS_OF_DISSERTATION, peer, more_is_better=False,
        spread=max(epochs_s) / min(epochs_s) - 1, why=why,
    )  # fmt: skip


def pipeline_lines() -> Iterator[Line]:
    alone_s = once_s(lambda: simulate_examples(NIGHTS, seed=SOURCES.seed, step=LIGHT.step, slots=SLOTS))
    alone = 60 * NIGHTS / alone_s
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "examples"
        many = SOURCES.model_copy(update={"simulated": MANY})
        start = time.perf_counter()
        gather_examples(many, step=LIGHT.step, folder=folder, workers=CORES)  # the start of the workers included
        rate = 60 * MANY / (time.perf_counter() - start)
        yield Line(
            f"examples simulated, {CORES} processes", rate, "1/min", alone, "one process",
            why="the start of the processes is counted in; two cores of a shared machine give less than twice of one",
        )  # fmt: skip
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
    yield Line(
        "training step a picture, examples on disk", disk_ms, "ms", memory_ms, "in memory", more_is_better=False,
        why="as fast as from memory is the most that can be; the rest is chance",
    )  # fmt: skip
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
