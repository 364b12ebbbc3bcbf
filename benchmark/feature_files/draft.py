"""A file of features under way: begun beside its place, gone on with after a kill, and there only when it is whole."""

import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from brainrank.benchmark.feature_files.content import Content, Stored, Target
from brainrank.benchmark.files.storage import writing_to, written_whole
from brainrank.benchmark.types.errors import InvalidDataError, UserError, first_line
from brainrank.benchmark.types.reporter import Reporter

FORMATS: Mapping[str, Callable[[], ModuleType]] = {
    ".npz": lambda: import_module("brainrank.benchmark.feature_files.npz"),
    ".zarr": lambda: import_module("brainrank.benchmark.feature_files.zarr"),
    ".h5": lambda: import_module("brainrank.benchmark.feature_files.hdf5"),
    ".nc": lambda: import_module("brainrank.benchmark.feature_files.netcdf"),
}
PROGRESS, NUMBERS = "progress.json", "features"
# A block of rows waits in memory until it is whole: zarr writes a block as one file.
BLOCK_BYTES, MOST_ROWS, ITEM = 64 * 2**20, 1024, 4
# What two sets of features have in common whose numbers are the same.
DECISIVE = ("network_digest", "preprocessing", "asked", "pooling", "precision", "device", "stimuli_digest")


class Format(NamedTuple):
    """How features lie in a file."""

    create: Callable[..., None]
    writing: Callable[[Path, Content], AbstractContextManager[Target]]
    finish: Callable[[Path, Content], Path]
    read: Callable[[Path], Stored]


def format_of(path: Path) -> Format:
    """The format that a file's name says. Raises UserError for another."""
    if path.suffix not in FORMATS:
        raise UserError(f"'{path.name}' is of no format that features are kept in; end it with {', '.join(FORMATS)}")
    module = FORMATS[path.suffix]()
    return Format(module.create, module.writing, module.finish, module.read)


def read_features(path: Path) -> Stored:
    """What a file of features holds. Raises InvalidDataError for one that is not there or is something else."""
    found = format_of(path)
    if not path.exists():
        raise InvalidDataError(f"There is no file {path}; give its path from {Path.cwd()} or in full")
    try:
        return found.read(path)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InvalidDataError(f"{path} is damaged, or no file of features ({first_line(error)})") from error


def is_there(path: Path, receipt: Mapping[str, Any]) -> bool:
    """Whether the file is there already. Raises UserError when there is one that was made of something else."""
    if not path.exists():
        return False
    _check_same(
        path, read_features(path).content.receipt, receipt, "it is not overwritten; give another name, or remove it"
    )
    return True


def _check_same(path: Path, known: Mapping[str, Any], receipt: Mapping[str, Any], remedy: str) -> None:
    wanted = json.loads(json.dumps(receipt))
    apart = [name for name in DECISIVE if known.get(name) != wanted.get(name)]
    if apart:
        told = "; ".join(
            f"{name.replace('_', ' ')} {_receipt_text(known, name)}, not {_receipt_text(wanted, name)}"
            for name in apart[:3]
        )
        raise UserError(f"{path} holds other features ({told}): {remedy}")


def _receipt_text(receipt: Mapping[str, Any], name: str) -> str:
    if name == "network_digest":
        return f"of {receipt.get('model', 'nobody knows what')} ({str(receipt.get(name, '-'))[:8]})"
    value = receipt.get(name, "-")
    return f"{value[:8]}" if name == "stimuli_digest" else str(value)


class Draft:
    """The rows of a file that is under way: the first `done` stimuli are in it."""

    def __init__(self, folder: Path, content: Content, target: Target, *, done: int, block: int, batch: int) -> None:
        self.done, self._folder, self._content, self._target, self._block = done, folder, content, target, block
        rows = min(block + batch, len(content.ids))
        self._waiting = {layer: np.empty((rows, count), np.float32) for layer, count in content.features.items()}

    def write(self, layer: str, start: int, rows: NDArray[np.float32]) -> None:
        """Keep rows until their block is whole."""
        place = start - self.done
        self._waiting[layer][place : place + len(rows)] = rows

    def mark(self, count: int) -> None:
        """Write the block of every layer once it is whole, and then that it is there."""
        ready = count - self.done
        if ready < self._block and count < len(self._content.ids):
            return
        with writing_to(self._folder):
            for layer, array in self._target.arrays.items():
                array[self.done : count] = self._waiting[layer][:ready]
            self._target.flush()
        self.done = count
        _note(self._folder, self._content, done=count, block=self._block)


@contextmanager
def open_draft(path: Path, content: Content, *, batch: int, memory_bytes: int, reporter: Reporter) -> Iterator[Draft]:
    """Give the rows of a file their place; the file has its name once all of them are there.

    What an earlier attempt at the same features left is gone on with. `memory_bytes` holds two batches of all layers.
    Raises UserError for an attempt at others, StorageError when the disk does not hold them.
    """
    kind, folder = format_of(path), path.with_name(f"{path.name}.partial")
    left = _rows_left_by(folder, content)
    if left is None:
        left = {"done": 0, "block": _block(content, batch=batch, memory_bytes=memory_bytes)}
        with writing_to(path.parent):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            kind.create(folder / NUMBERS, content, block=left["block"])
        _note(folder, content, **left)
    elif left["done"]:
        reporter.message(f"Going on with {path.name}: {left['done']} of {len(content.ids)} images are there already")
    with kind.writing(folder / NUMBERS, content) as target:
        draft = Draft(folder, content, target, **left, batch=batch)
        yield draft
    if draft.done == len(content.ids):
        with writing_to(path.parent):
            kind.finish(folder / NUMBERS, content).replace(path)
            shutil.rmtree(folder)


def fitting_batch(
    features: Mapping[str, int], batch: int, *, memory_bytes: int, beside_bytes: Callable[[int], int]
) -> int:
    """The batch of which the memory holds two, with what is `beside` a batch of so many: the one given, halved.

    Raises UserError, with what it takes, when the memory holds no two images.
    """
    row = ITEM * sum(features.values())
    while 2 * batch * row + beside_bytes(batch) > memory_bytes:
        if batch == 1:
            raise UserError(
                f"A memory of {memory_bytes / 2**20:.0f} MiB holds no two images of {len(features)} layers of "
                f"{row // ITEM:,} features together; it takes {-(-(2 * row + beside_bytes(1)) // 2**20)} MiB or more, "
                "fewer layers, or pooling"
            )
        batch //= 2
    return batch


def _rows_left_by(folder: Path, content: Content) -> dict[str, int] | None:
    """How far an earlier attempt came; None without one, or where it had not begun to write numbers."""
    note = folder / PROGRESS
    if not note.is_file():
        return None
    known = json.loads(note.read_text())
    _check_same(folder, known["receipt"], content.receipt, "it was begun for these; remove it, or give another name")
    if known["features"] != dict(content.features):
        raise UserError(f"{folder} was begun for other layers; remove it, or give another name")
    return {"done": known["done"], "block": known["block"]}


def _note(folder: Path, content: Content, *, done: int, block: int) -> None:
    known = {"receipt": content.receipt, "features": content.features, "done": done, "block": block}
    with written_whole(folder / PROGRESS) as file:
        file.write(json.dumps(known).encode())


def _block(content: Content, *, batch: int, memory_bytes: int) -> int:
    """How many stimuli are written at once: whole batches, so many as 64 MiB and the memory hold, at most 1,024."""
    row = ITEM * sum(content.features.values())
    fitting = min(max(BLOCK_BYTES, batch * row), memory_bytes - batch * row) // row
    return max(batch, min(MOST_ROWS, fitting) // batch * batch)
