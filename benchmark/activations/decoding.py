"""Images of a stimulus set, decoded and preprocessed once each, batch by batch."""

from collections import deque
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import TypeVar

import torch
from threadpoolctl import threadpool_limits

from brainrank.benchmark.images import read_image
from brainrank.benchmark.preprocessing import image_transform, standard_transform
from brainrank.benchmark.statistics.processors import usable_processors
from brainrank.benchmark.types.model_spec import OwnTransform, Preprocessing
from brainrank.benchmark.types.stimuli import StimulusSet

Item, Prepared = TypeVar("Item"), TypeVar("Prepared")

PIECE = 4
"""How many images a thread prepares at a time: what is done to all of them at once takes Python's lock once."""
AHEAD = 2
"""How many batches are decoded while one passes the network."""


def decoding_threads(device: torch.device) -> int:
    """How many threads decode: none on the CPU, whose processors the network needs; else one a processor but one.

    Threads, not processes: a worker's process is a daemon of multiprocessing's and may have no children, and Pillow and
    torch let other threads run while they decode, resize and normalise.
    """
    return 0 if device.type == "cpu" else max(1, usable_processors() - 1)


def images_ahead(batch_size: int, *, threads: int) -> int:
    """How many images are decoded, or being decoded, before they are asked for."""
    return max((AHEAD + 1) * batch_size, 2 * threads * PIECE) if threads else 0


def batches(
    stimuli: StimulusSet, preprocessing: Preprocessing, *, batch_size: int, device: torch.device
) -> Generator[torch.Tensor]:
    """Yield (batch, channels, height, width) float32 tensors in the order of the stimuli, in pinned memory for a GPU.

    Threads read files and prepare images, a piece of a batch at a time; a transform of the user's own, which may bear
    no threads, is called by the one that asks for batches, on one image after the other. Raises InvalidDataError,
    naming the file, for an image that cannot be decoded.
    """
    paths = [stimulus.path for stimulus in stimuli.stimuli]
    cut = [_cut(batch, PIECE) for batch in _cut(paths, batch_size)]
    ahead = -(-images_ahead(batch_size, threads=decoding_threads(device)) // min(PIECE, batch_size))
    with closing(_prepared(stimuli, preprocessing, [each for batch in cut for each in batch], device, ahead)) as pieces:
        for batch in cut:
            yield _joined([next(pieces) for _ in batch], pinned=device.type == "cuda")


def first_image(stimuli: StimulusSet, preprocessing: Preprocessing) -> torch.Tensor:
    """Return the first image as a batch of one."""
    transform = image_transform(preprocessing, stimuli_degrees=stimuli.visual_degrees)
    return transform(read_image(stimuli.stimuli[0].path))[None]


def in_order(
    prepare: Callable[[Item], Prepared], items: Sequence[Item], *, threads: int, ahead: int
) -> Generator[Prepared]:
    """Yield what `prepare` makes of each item, in their order; by so many threads (0: by this alone), so many ahead.

    What `prepare` raises is raised in its place; nothing more is begun then, or once the generator is closed.
    """
    if threads == 0:
        yield from map(prepare, items)
        return
    pending = deque[Future[Prepared]]()
    pool = ThreadPoolExecutor(threads, thread_name_prefix="decoding", initializer=_compute_alone)
    try:
        for item in items:
            pending.append(pool.submit(prepare, item))
            if len(pending) == ahead:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


def _prepared(
    stimuli: StimulusSet,
    preprocessing: Preprocessing,
    pieces: Sequence[Sequence[Path]],
    device: torch.device,
    ahead: int,
) -> Generator[torch.Tensor]:
    """The images of each piece as the network takes them."""
    threads = decoding_threads(device)
    if isinstance(preprocessing, OwnTransform):
        paths = [path for piece in pieces for path in piece]
        # Of their whole size, and so few: a transform makes them small only once they are asked for.
        with closing(in_order(read_image, paths, threads=threads, ahead=2 * threads)) as images:
            for piece in pieces:
                yield torch.stack([preprocessing(next(images)) for _ in piece])
        return
    transform = standard_transform(preprocessing, stimuli_degrees=stimuli.visual_degrees)

    def prepare(piece: Sequence[Path]) -> torch.Tensor:
        return transform.numbers([transform.pixels(read_image(path)) for path in piece])

    yield from in_order(prepare, pieces, threads=threads, ahead=ahead)


def _compute_alone() -> None:
    """Have torch compute in this thread alone; each would else have a team of as many as there are processors."""
    torch.get_num_threads()  # a thread's number is set when it is first asked for
    threadpool_limits(limits=1, user_api="openmp")


def _cut(paths: Sequence[Path], size: int) -> list[Sequence[Path]]:
    return [paths[start : start + size] for start in range(0, len(paths), size)]


def _joined(pieces: Sequence[torch.Tensor], *, pinned: bool) -> torch.Tensor:
    if not pinned:
        return torch.cat(list(pieces))
    # Of torch's cache of pinned memory, which gives a piece away again only once the copies from it have ended.
    shape = (sum(map(len, pieces)), *pieces[0].shape[1:])
    return torch.cat(list(pieces), out=torch.empty(shape, dtype=pieces[0].dtype, pin_memory=True))
