"""What a cell costs: the first run of a model and the next, beside the same without one; writes RESULTS-cell.md.

`python -m performance.cell` scores small models on a made study, each in a cell whose fork server is up and in this
process, turn by turn, and says how soon a cell that will not stop is gone.
"""

import os
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import NamedTuple

from brainrank.benchmark.activations.store import ActivationStore
from brainrank.benchmark.cell.cell import Cell
from brainrank.benchmark.cell.enclosure import missing
from brainrank.benchmark.cell.limits import Limits
from brainrank.benchmark.files.downloads import cache_name, sha256_of
from brainrank.benchmark.scoring.run import Resolve, run
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.model_spec import ModelSpec
from brainrank.benchmark.types.remote_file import RemoteFile
from brainrank.benchmark.types.reporter import Silent
from brainrank.models_zoo.load import resolve
from brainrank.models_zoo.resolved import ResolvedModel
from tests.support import graphs
from tests.support.tiny_study import NAMES, tiny_catalogue

ROUNDS = 9
RESULTS = Path(__file__).parent / "RESULTS-cell.md"


class StopError(Exception):
    """The word to stop."""


class Taken(NamedTuple):
    """Seconds of a model's first run and of its next, in a cell and without one: the least of all rounds."""

    first: float
    first_without: float
    following: float
    following_without: float


def uploaded(locations: Locations, path: Path) -> ModelSpec:
    """A graph among the downloads, as an upload is."""
    file = RemoteFile("upload.onnx", sha256_of(path), ())
    locations.downloads.mkdir(parents=True, exist_ok=True)
    (locations.downloads / cache_name(file)).write_bytes(path.read_bytes())
    return ModelSpec(path.stem, "made", f"onnx:{file.sha256}.onnx", weights=file)


def seconds(task: Callable[[], object]) -> float:
    """Wall time."""
    started = time.perf_counter()
    task()
    return time.perf_counter() - started


def taken(spec: ModelSpec, cell: Cell, locations: Locations, folder: Path) -> Taken:
    """A model's runs. Activations are forgotten between them, so that each passes the images forward.

    Without a cell, too, the network of the first run is kept for the next.
    """
    catalogue = tiny_catalogue(folder)
    benchmark = catalogue.benchmark(NAMES[0])
    region = catalogue.load(benchmark, locations, Silent())
    store = ActivationStore(locations.activations)

    def once(how: Resolve) -> float:
        store.clear()
        return seconds(
            lambda: run(spec, benchmark, region, locations=locations, device="cpu", reporter=Silent(), resolve=how)
        )

    inside, found = partial(cell.model, region=region), list[tuple[float, float, float, float]]()
    once(resolve)
    for _ in range(ROUNDS):
        cell.leave()
        outside = kept()
        found.append((once(inside), once(outside), once(inside), once(outside)))
    return Taken(*map(min, zip(*found, strict=True)))


def kept() -> Resolve:
    """How a process without a cell resolves a model once, and builds it once."""

    @cache
    def found(spec: ModelSpec, locations: Locations) -> ResolvedModel:
        model = resolve(spec, locations, Silent())
        return replace(model, build=cache(model.build))

    return lambda spec, locations, _reporter: found(spec, locations)


def stopped(cell: Cell, locations: Locations, folder: Path) -> float:
    """Seconds from the word to stop until an endless loop's process and its folder are gone."""
    spec, asked = uploaded(locations, graphs.endless(folder / "endless.onnx")), list[float]()
    catalogue = tiny_catalogue(folder)
    benchmark = catalogue.benchmark(NAMES[0])
    region, begun = catalogue.load(benchmark, locations, Silent()), time.monotonic()

    def check() -> None:
        if time.monotonic() - begun > 3:
            asked.append(time.monotonic())
            raise StopError

    how = partial(cell.model, region=region, check=check)
    with suppress(StopError):
        run(spec, benchmark, region, locations=locations, device="cpu", reporter=Silent(), resolve=how)
    return time.monotonic() - asked[0]


def main() -> None:
    """Measure, and write the page."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        images = folder / "images"
        images.mkdir()
        locations = Locations(folder / "home")
        cell = Cell(locations, device="cpu", limits=Limits(2**32, 2**32, 3600))
        begun = time.perf_counter()
        cell.start()
        cell.wait_until_ready()
        start_s = time.perf_counter() - begun
        specs = [
            uploaded(locations, graphs.linear(folder / "linear.onnx")),
            ModelSpec("test_resnet", "made", "timm:test_resnet@random"),
            ModelSpec("resnet18", "made", "timm:resnet18@random"),
        ]
        lines = []
        for spec in specs:
            each = taken(spec, cell, locations, images)
            lines.append(
                f"| {spec.name} | {each.first:.3f} | {each.first_without:.3f} | {each.first - each.first_without:.3f} "
                f"| {each.following:.3f} | {each.following_without:.3f} "
                f"| {1000 * (each.following - each.following_without):.0f} |"
            )
        ends = [stopped(cell, locations, images) for _ in range(3)]
        cell.close()
    cores, load = len(os.sched_getaffinity(0)), os.getloadavg()[0]
    text = "\n".join(
        [
            "# What a cell costs",
            "",
            f"`python -m performance.cell` on {cores} cores, 12 images; the least of {ROUNDS} rounds, since the",
            f"machine was shared (load {load:.0f}). The fork server was up, which takes a worker {start_s:.0f} s once,",
            "while it waits for work.",
            "",
            "| model | first run, s | without a cell | cost, s | next run, s | without a cell | cost, ms |",
            "|---|---|---|---|---|---|---|",
            *lines,
            "",
            "The next run finds the network built, in its cell or in the process.",
            f"A loop of 2^62 turns was gone {max(ends):.2f} s after the word to stop, the slowest of three.",
            f"Of the cell's protections this machine lacks: {'; '.join(missing()) or 'none'}.",
            "",
        ]
    )
    RESULTS.write_text(text)
    print(text)


if __name__ == "__main__":
    main()
