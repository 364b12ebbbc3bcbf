"""Images decoded and prepared a second, by threads and by processes: `python -m performance.decoding [SECONDS]`."""

import sys
import tempfile
import time
import warnings
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from PIL import Image
from torch.utils.data import DataLoader, Dataset

from brainrank.benchmark.activations.decoding import PIECE, in_order
from brainrank.benchmark.images import read_image
from brainrank.benchmark.preprocessing import StandardTransform, standard_transform
from brainrank.benchmark.statistics.processors import usable_processors
from brainrank.benchmark.types.model_spec import Preprocessing

SIDES, FILES, BATCH = (425, 500, 800), 64, 64
PREPROCESSING = Preprocessing(size=(224, 224))
SECONDS, TURNS = 1.0, 4


class Rate(NamedTuple):
    """Images a second of a size, by so many threads or processes (0: by the one that asks)."""

    side: int
    kind: str
    number: int
    images_per_s: float


class Prepared(Dataset[torch.Tensor]):
    """Image files, each decoded and prepared when it is asked for."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self.paths = paths

    @cached_property
    def transform(self) -> StandardTransform:
        """Made in the process that uses it."""
        return standard_transform(PREPROCESSING)

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, number: int) -> torch.Tensor:
        return self.transform(read_image(self.paths[number]))

    def prepare(self, piece: Sequence[Path]) -> torch.Tensor:
        """Read, decode and prepare several, as threads do."""
        return self.transform.numbers([self.transform.pixels(read_image(path)) for path in piece])


def photographs(folder: Path, side: int, number: int = FILES) -> list[Path]:
    """JPEG files about as large as photographs of that side are: smooth colours, edges and noise."""
    rng, made = np.random.default_rng(side), []
    for each in range(number):
        coarse = Image.fromarray(rng.integers(0, 256, (side // 16, side // 16, 3), dtype=np.uint8))
        smooth = np.asarray(coarse.resize((side, side), Image.Resampling.BICUBIC))
        noisy = np.clip(smooth + rng.normal(0, 12, smooth.shape), 0, 255).astype(np.uint8)
        made.append(folder / f"{side}-{each}.jpg")
        Image.fromarray(noisy).save(made[-1], quality=90)
    return made


def rates(
    folder: Path, *, sides: Sequence[int], numbers: Sequence[int], seconds: float, turns: int = 1
) -> Iterator[Rate]:
    """Rates of each size: alone, and by each number of threads and of processes; each is given about so long a turn.

    Of several turns the best: what else a machine does makes it slower, never faster.
    """
    for side in sides:
        paths, ways = photographs(folder, side), [("threads", each) for each in (0, *numbers)]
        ways += [("processes", each) for each in numbers]
        alone = _rate(paths, "threads", 0)
        times = {n: max(1, round(seconds * alone * min(max(n, 1), usable_processors()) / len(paths))) for _, n in ways}
        found = [[_rate(paths * times[number], kind, number) for kind, number in ways] for _ in range(turns)]
        for (kind, number), rate in zip(ways, map(max, zip(*found, strict=True)), strict=True):
            yield Rate(side, kind, number, rate)


def _rate(paths: Sequence[Path], kind: str, number: int) -> float:
    files = Prepared(paths)
    started = time.perf_counter()
    if kind == "threads":
        pieces = [paths[start : start + PIECE] for start in range(0, len(paths), PIECE)]
        found = sum(len(each) for each in in_order(files.prepare, pieces, threads=number, ahead=3 * BATCH // PIECE))
    else:
        with warnings.catch_warnings(action="ignore", category=UserWarning):  # more processes than processors
            found = sum(len(batch) for batch in DataLoader(files, batch_size=BATCH, num_workers=number))
    if found != len(paths):
        raise RuntimeError(f"{found} of {len(paths)} images came")
    return found / (time.perf_counter() - started)


def table(found: Sequence[Rate]) -> list[str]:
    """A line for each size, a column for each way."""
    ways = list(dict.fromkeys((each.kind, each.number) for each in found))
    by_place = {(each.side, each.kind, each.number): each.images_per_s for each in found}
    heads = [f"{number} {kind}" if number else "alone" for kind, number in ways]
    lines = [f"| JPEG of | {' | '.join(heads)} |", f"|---{'|---' * len(ways)}|"]
    for side in dict.fromkeys(each.side for each in found):
        figures = [f"{by_place[side, kind, number]:,.0f}" for kind, number in ways]
        lines.append(f"| {side} px | {' | '.join(figures)} |")
    return lines


def main() -> None:
    """Measure and print."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS
    with tempfile.TemporaryDirectory() as folder:
        found = list(rates(Path(folder), sides=SIDES, numbers=(1, 2, 4), seconds=seconds, turns=TURNS))
    print("\n".join(table(found)))


if __name__ == "__main__":
    main()
