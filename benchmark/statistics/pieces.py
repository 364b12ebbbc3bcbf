"""Work in pieces whose shapes depend on the problem alone, each on one thread: the same bits, however many at once."""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

from brainrank.benchmark.statistics.arrays import current_device
from brainrank.benchmark.statistics.memory import free_memory
from brainrank.benchmark.statistics.processors import usable_processors

Result = TypeVar("Result")
MOST_OF_MEMORY = 0.5  # of what the machine has free: what pieces hold besides is not known to the byte


Tell = Callable[[int, int], None]
_tell: ContextVar[Tell] = ContextVar("_tell", default=lambda _done, _total: None)


@contextmanager
def telling(tell: Tell) -> Iterator[None]:
    """Have `tell` told how many pieces of how many are done, as long as the context lasts; what it raises ends them."""
    token = _tell.set(tell)
    try:
        yield
    finally:
        _tell.reset(token)


def in_pieces(pieces: Sequence[Callable[[], Result]], *, bytes_each: int) -> list[Result]:
    """The results of all pieces, in order; as many at once as there are processors, and memory for `bytes_each`.

    Where a device was told (`arrays.computing_on`), which is busy with one piece, they run one after the other.

    A piece that raises ends the work: what has not begun is not begun. BLAS is to have one thread, as it has while a
    metric scores (docs/decisions/one-thread-per-score.md).
    """
    tell, total = _tell.get(), len(pieces)
    at_once = min(total, processors(), max(1, int(free_memory() * MOST_OF_MEMORY) // max(bytes_each, 1)))
    if at_once <= 1 or current_device() is not None:
        return [_told(piece(), tell, done, total) for done, piece in enumerate(pieces, start=1)]
    with ThreadPoolExecutor(at_once, thread_name_prefix="piece") as pool:
        running = [pool.submit(piece) for piece in pieces]
        try:
            for done, each in enumerate(as_completed(running), start=1):
                _told(each.result(), tell, done, total)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return [each.result() for each in running]


def _told(result: Result, tell: Tell, done: int, total: int) -> Result:
    tell(done, total)
    return result


def processors() -> int:
    """How many processors compute: those this process may use, or OMP_NUM_THREADS where that is fewer."""
    asked = os.environ.get("OMP_NUM_THREADS", "")
    allowed = usable_processors()
    return min(allowed, int(asked)) if asked.isdecimal() and int(asked) else allowed
