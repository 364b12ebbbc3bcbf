"""Images of a stimulus set, decoded and preprocessed once each, batch by batch."""

from collections import deque
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import TypeVar

import torch
from threadpoolctl import threadpool_limits

from brainrank.benchmark.activations.processors import processors
from brainrank.benchmark.images import read_image
from brainrank.benchmark.preprocessing import image_transform
from brainrank.benchmark.types.model_spec import OwnTransform, Preprocessing
from brainrank.benchmark.types.stimuli import StimulusSet

Prepared = TypeVar("Prepared")

AHEAD = 2
"""How many batches are decoded while one passes the network."""


def decoding_threads(device: torch.device) -> int:
    """How many threads decode: none on the CPU, whose processors the network needs; else one a processor but one.

    Threads, not processes: a worker's process is a daemon of multiprocessing's and may have no children, and Pillow and
    torch let other threads run while they decode, resize and normalise.
    """
    return 0 if device.type == "cpu" else max(1, processors() - 1)


def images_ahead(batch_size: int, *, threads: int) -> int:
    """How many images are decoded, or being decoded, before they are asked for."""
    return max((AHEAD + 1) * batch_size, 2 * threads) if threads else 0


def batches(
    stimuli: StimulusSet, preprocessing: Preprocessing, *, batch_size: int, device: torch.device
) -> Generator[torch.Tensor]:
    """Yield (batch, channels, height, width) float32 tensors in the order of the stimuli, in pinned memory for a GPU.

    Threads read files and prepare images; a transform of the user's own, which may bear no threads, is called by the
    one that asks for batches, on one image after the other. Raises InvalidDataError, naming the file, for an image that
    cannot be decoded.
    """
    threads = decoding_threads(device)
    ahead = images_ahead(batch_size, threads=threads)
    with closing(_images(stimuli, preprocessing, threads=threads, ahead=ahead)) as images:
        for start in range(0, len(stimuli), batch_size):
            found = [next(images) for _ in range(min(batch_size, len(stimuli) - start))]
            yield _stacked(found, pinned=device.type == "cuda")


def first_image(stimuli: StimulusSet, preprocessing: Preprocessing) -> torch.Tensor:
    """Return the first image as a batch of one."""
    transform = image_transform(preprocessing, stimuli_degrees=stimuli.visual_degrees)
    return transform(read_image(stimuli.stimuli[0].path))[None]


def _images(stimuli: StimulusSet, preprocessing: Preprocessing, *, threads: int, ahead: int) -> Generator[torch.Tensor]:
    transform = image_transform(preprocessing, stimuli_degrees=stimuli.visual_degrees)
    paths = [stimulus.path for stimulus in stimuli.stimuli]
    if isinstance(preprocessing, OwnTransform):
        with closing(in_order(read_image, paths, threads=threads, ahead=ahead)) as pictures:
            yield from map(transform, pictures)
    else:
        yield from in_order(lambda path: transform(read_image(path)), paths, threads=threads, ahead=ahead)


def in_order(
    prepare: Callable[[Path], Prepared], paths: Sequence[Path], *, threads: int, ahead: int
) -> Generator[Prepared]:
    """Yield what `prepare` makes of each path, in their order; by so many threads (0: by none but this), so many ahead.

    What `prepare` raises is raised in its place; nothing more is begun then, or once the generator is closed.
    """
    if threads == 0:
        yield from map(prepare, paths)
        return
    pending = deque[Future[Prepared]]()
    pool = ThreadPoolExecutor(threads, thread_name_prefix="decoding", initializer=_compute_alone)
    try:
        for path in paths:
            pending.append(pool.submit(prepare, path))
            if len(pending) == ahead:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


def _compute_alone() -> None:
    """Have torch compute in this thread alone; each would else have a team of as many as there are processors."""
    torch.get_num_threads()  # a thread's number is set when it is first asked for
    threadpool_limits(limits=1, user_api="openmp")


def _stacked(images: Sequence[torch.Tensor], *, pinned: bool) -> torch.Tensor:
    if not pinned:
        return torch.stack(list(images))
    # Of torch's cache of pinned memory, which gives a piece away again only once the copies from it have ended.
    batch = torch.empty((len(images), *images[0].shape), dtype=images[0].dtype, pin_memory=True)
    return torch.stack(list(images), out=batch)
