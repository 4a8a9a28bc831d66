"""Batches of an epoch, prepared while the network works on the ones before.

A batch is decided by the seed, the epoch and its number alone, so a training that goes on after it was killed sees the
batches that it would have seen. TensorFlow's own pipeline prepares them where TensorFlow is the backend, threads
elsewhere; the batches are the same, bit for bit.
"""

import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from types import ModuleType

import numpy as np
import numpy.typing as npt

from iar.detection.backend import tensorflow
from iar.errors import InputError
from iar.learning.examples import Examples
from iar.learning.training.augmentation import Augmentation, augment, check_augmentation

AT_ONCE = min(os.cpu_count() or 1, 8)
"""Batches in the making: a GPU learns from a picture in less time than one core takes to augment it."""
AHEAD = 4
"""Batches begun before they are asked for: enough to bridge a slow read, little beside the network's own memory."""

Batch = tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]


def batches(examples: Examples, *, batch: int, how: Augmentation, seed: int, epoch: int) -> Iterator[Batch]:
    """Pictures and masks of one epoch, every example once: the same arguments give the same batches.

    Parameters
    ----------
    examples
        In memory, or as memory maps, of which only the batches at hand are read.
    batch
        Most examples of a batch. Their numbers differ by one at most, so that a network is compiled for two shapes
        only and no batch has a much louder voice than the others.
    seed, epoch
        Decide the order of the examples and what `augment` draws.

    Yields
    ------
    float32 arrays of shape (batch, slot, frequency, planes) and (batch, slot, frequency, 1).

    Raises
    ------
    InputError
        If there are no examples, no room in a batch, or no such augmentation; at once, before the first is asked for.
    """
    if len(examples) == 0:
        raise InputError("no examples to learn from")
    if batch < 1:
        raise InputError(f"batches of {batch} examples: at least 1 is needed")
    check_augmentation(how)
    order = np.random.default_rng([seed, epoch]).permutation(len(examples))
    parts = np.array_split(order, -(-len(examples) // batch))
    make = partial(_make, examples, parts, how, (seed, epoch))
    module = tensorflow()
    return _threaded(make, len(parts)) if module is None else _streamed(module, make, len(parts), examples)


def _make(
    examples: Examples, parts: list[npt.NDArray[np.intp]], how: Augmentation, drawn_from: tuple[int, int], number: int
) -> Batch:
    """Batch of that `number`, from a generator of its own: whichever is made first, they come out the same.

    The generator that drew the order is number 0: NumPy takes a missing number for 0.
    """
    index = np.sort(parts[number])  # the order within a batch says nothing, and a disk likes it so
    picture = examples.picture[index].astype(np.float32)
    mask = examples.mask[index].astype(np.float32)[..., None]
    return augment(picture, mask, np.random.default_rng([*drawn_from, number + 1]), how=how)


def _streamed(module: ModuleType, make: Callable[[int], Batch], count: int, examples: Examples) -> Iterator[Batch]:
    """Batches through `tf.data`."""

    def made(number: object) -> object:
        """One batch, as TensorFlow wants it described: what comes out of NumPy has no shape yet."""
        picture, mask = module.numpy_function(make, [number], (module.float32, module.float32), stateful=False)
        picture.set_shape((None, *examples.picture.shape[1:]))
        mask.set_shape((None, *examples.mask.shape[1:], 1))
        return picture, mask

    own = module.data.Options()
    own.threading.private_threadpool_size = AT_ONCE  # the network's operations have a single thread for all
    numbers = module.data.Dataset.range(count)
    stream = numbers.map(made, num_parallel_calls=AT_ONCE, deterministic=True).prefetch(AHEAD)
    yield from stream.with_options(own).as_numpy_iterator()


def _threaded(make: Callable[[int], Batch], count: int) -> Iterator[Batch]:
    """Batches through threads, where there is no TensorFlow."""
    begun: deque[Future[Batch]] = deque()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        try:
            for number in range(count):
                begun.append(pool.submit(make, number))
                if len(begun) > AHEAD:
                    yield begun.popleft().result()
            while begun:
                yield begun.popleft().result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)  # whoever stops in the middle waits for none of the rest
