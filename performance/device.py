"""What a GPU does to a score and to its time, with and without a cell: `python -m performance.device`; needs a GPU.

Writes RESULTS-device.md. Nothing else depends on it: where there is no GPU it says so and ends.
"""

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from statistics import median

import numpy as np
import timm
import torch
from PIL import Image

from brainrank.benchmark.activations.extract import extract
from brainrank.benchmark.activations.forward_pass import ForwardPass
from brainrank.benchmark.activations.store import ActivationStore
from brainrank.benchmark.cell.cell import Cell
from brainrank.benchmark.cell.enclosure import missing
from brainrank.benchmark.cell.limits import Limits
from brainrank.benchmark.metrics.rsa import RsaMetric
from brainrank.benchmark.scoring.benchmarks import Benchmark
from brainrank.benchmark.scoring.catalogue import Catalogue
from brainrank.benchmark.scoring.run import Resolve, RunResult, run
from brainrank.benchmark.types.activations import GIB, Extraction
from brainrank.benchmark.types.assemblies import RdmAssembly
from brainrank.benchmark.types.dataset_card import DatasetCard
from brainrank.benchmark.types.errors import BrainrankError
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.measure import Measure
from brainrank.benchmark.types.model_spec import ModelSpec, Preprocessing
from brainrank.benchmark.types.reporter import Silent
from brainrank.benchmark.types.stimuli import Stimulus, StimulusSet
from brainrank.datasets.dataset import Dataset
from brainrank.models_zoo.load import resolve

RESULTS = Path(__file__).with_name("RESULTS-device.md")
IMAGES, SIDE, SUBJECTS = 96, 320, ("s1", "s2", "s3")
ROUNDS = 2
MODELS = ("test_resnet", "resnet18", "resnet50")
THROUGHPUT = ("resnet50", "vit_base_patch16_224")
MANY = 3_000
CPU_S, MEMORY, DISK = 3600, 32 * GIB, 16 * GIB


def study(folder: Path) -> tuple[StimulusSet, Catalogue]:
    """Photograph-sized images of noise with structure at several scales, as JPEG, and three subjects' RDMs."""
    rng = np.random.default_rng(0)
    stimuli = []
    for number in range(IMAGES):
        path = folder / f"{number}.jpg"
        coarse = rng.integers(0, 256, (SIDE // 16, SIDE // 16, 3), dtype=np.uint8).repeat(16, 0).repeat(16, 1)
        fine = rng.integers(0, 64, (SIDE, SIDE, 3), dtype=np.uint8)
        Image.fromarray(coarse // 2 + fine).save(path, quality=90)
        stimuli.append(Stimulus(f"image{number}", path, f"{number:064d}"))
    shown = StimulusSet("made", tuple(stimuli))
    shared = rng.random(IMAGES * (IMAGES - 1) // 2)
    assembly = RdmAssembly("it", shown.ids, SUBJECTS, shared + 0.3 * rng.random((len(SUBJECTS), shared.size)))
    card = DatasetCard("made", "A made study", "nobody", "CC0", "open", ())
    metric = RsaMetric(draws=60)
    benchmark = Benchmark(
        name="made.it.rsa", version=1, dataset="made", region="it", group="made", metric=metric, title="Made"
    )
    dataset = Dataset(card, {"it": Measure.RDMS}, lambda *_: shown, lambda *_: assembly)
    return shown, Catalogue({"made": dataset}, {benchmark.name: benchmark})


class Scene:
    """A study, a folder, and how a model is scored on them."""

    def __init__(self, folder: Path) -> None:
        images = folder / "images"
        images.mkdir()
        self.stimuli, self.catalogue = study(images)
        self.locations = Locations(folder / "home")
        self.benchmark = self.catalogue.benchmark("made.it.rsa")
        self.region = self.catalogue.load(self.benchmark, self.locations, Silent())

    def cell(self, **limits: float) -> Cell:
        """A cell on the GPU, its fork server up."""
        cell = Cell(self.locations, device="cuda", limits=Limits(MEMORY, DISK, CPU_S, **limits))
        cell.start()
        cell.wait_until_ready()
        return cell

    def inside(self, cell: Cell) -> Resolve:
        """How a model is resolved in that cell."""
        return partial(cell.model, region=self.region)

    def score(self, name: str, device: str, how: Resolve = resolve) -> RunResult:
        """Score a timm architecture with random weights, its images passed forward anew."""
        ActivationStore(self.locations.activations).clear()
        spec = ModelSpec(name, "made", f"timm:{name}@random")
        return run(
            spec, self.benchmark, self.region, locations=self.locations, device=device, reporter=Silent(), resolve=how
        )


def told(result: RunResult) -> str:
    """Everything of a score that must be the same to the last bit."""
    score = result.score
    return json.dumps([score.value.hex(), [[each.layer, float(each.value).hex()] for each in score.layer_curve]])


def same_scores(scene: Scene) -> list[str]:
    """A table: the score on the CPU, on the GPU, and in a cell on the GPU; and what a run takes."""
    lines = [
        "",
        "## The same score",
        "",
        f"RSA on {IMAGES} JPEG images of {SIDE} px; seconds are those of a run whose network is loaded, the least of",
        f"{ROUNDS}. 'Apart' is the largest difference of a layer's value from that of the CPU; 'to the bit' compares",
        "the runs in the cell with those without one, on the GPU.",
        "",
        "| network | CPU | GPU | apart | twice on the GPU | in a cell | CPU s | GPU s | first in a cell s | next s |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    cell = scene.cell()
    for name in MODELS:
        on_cpu = timed(lambda name=name: scene.score(name, "cpu"))
        scene.score(name, "cuda")
        outside = [timed(lambda name=name: scene.score(name, "cuda")) for _ in range(ROUNDS)]
        cell.leave()
        within = [timed(lambda name=name: scene.score(name, "cuda", scene.inside(cell))) for _ in range(ROUNDS + 1)]
        curves = [{each.layer: each.value for each in found.score.layer_curve} for found, _ in (on_cpu, outside[0])]
        apart = max(abs(curves[0][layer] - curves[1][layer]) for layer in curves[0])
        repeated = "to the bit" if len({told(found) for found, _ in outside}) == 1 else "differs"
        isolated = "to the bit" if {told(found) for found, _ in within} == {told(outside[0][0])} else "DIFFERS"
        lines.append(
            f"| {name} | {on_cpu[0].score.value:.5f} | {outside[0][0].score.value:.5f} | {apart:.1e} | {repeated} "
            f"| {isolated} | {on_cpu[1]:.2f} | {min(s for _, s in outside):.2f} | {within[0][1]:.2f} "
            f"| {min(s for _, s in within[1:]):.2f} |"
        )
        print(lines[-1], flush=True)
    cell.close()
    return lines


def timed(task: Callable[[], RunResult]) -> tuple[RunResult, float]:
    """What came out, and the wall time."""
    started = time.perf_counter()
    found = task()
    return found, time.perf_counter() - started


def memory_limit(scene: Scene) -> list[str]:
    """A network that wants more of the GPU than it may have fails by itself, and the next one is scored."""
    cell = scene.cell(gpu_fraction=0.004)
    lines = ["", "## Memory of the GPU", ""]
    try:
        found = scene.score("vit_large_patch16_384", "cuda", scene.inside(cell))
        lines.append(f"vit_large_patch16_384 with .4 % of the GPU's memory was scored: {found.score.value:.5f}.")
    except BrainrankError as error:
        lines.append(f"vit_large_patch16_384 with .4 % of the GPU's memory: {type(error).__name__}: {error}")
    cell.leave()
    found = scene.score("test_resnet", "cuda", scene.inside(cell))
    cell.close()
    lines.append(f"\nThe next model in that cell, test_resnet, was scored: {found.score.value:.5f}.")
    print("\n".join(lines), flush=True)
    return lines


def throughput(scene: Scene) -> list[str]:
    """Images a second from files to Gram matrices of all blocks, against the bare pass over a batch in memory."""
    lines = [
        "## Images a second",
        "",
        f"{MANY:,} images of {SIDE} px from JPEG files to Gram matrices of all blocks' means over space, batch 128,",
        "float32 and bf16; bare: the same network, hooks and all left out, on a batch that lies in the GPU's memory.",
        "",
        "| network | precision | bare | ours | ratio |",
        "|---|---|---|---|---|",
    ]
    repeated = tuple(
        Stimulus(f"image{number}", scene.stimuli.stimuli[number % IMAGES].path, f"{number:064d}")
        for number in range(MANY)
    )
    for name in THROUGHPUT:
        network = timm.create_model(name).eval().cuda().to(memory_format=torch.channels_last)
        layers = ("layer?.?",) if "resnet" in name else ("blocks.?", "blocks.??")
        for precision in ("float32", "bf16"):
            bare = 128 / bare_seconds(network, precision)
            started = time.perf_counter()
            for _ in extract(
                ForwardPass(
                    network,
                    StimulusSet("many", repeated),
                    layers=layers,
                    preprocessing=Preprocessing(size=(224, 224)),
                    pooling="mean",
                    device=torch.device("cuda"),
                ),
                reporter=Silent(),
                extraction=Extraction(memory_bytes=8 * GIB, precision=precision),
            ):
                pass
            ours = MANY / (time.perf_counter() - started)
            lines.append(f"| {name} | {precision} | {bare:,.0f} | {ours:,.0f} | {ours / bare:.2f} |")
            print(lines[-1], flush=True)
    return lines


def bare_seconds(network: torch.nn.Module, precision: str) -> float:
    """Median seconds of a forward pass on a batch of 128."""
    images = torch.randn(128, 3, 224, 224, device="cuda").to(memory_format=torch.channels_last)
    found = []
    with torch.inference_mode(), torch.autocast("cuda", torch.bfloat16, enabled=precision == "bf16"):
        for _ in range(12):
            torch.cuda.synchronize()
            started = time.perf_counter()
            network(images)
            torch.cuda.synchronize()
            found.append(time.perf_counter() - started)
    return median(found[2:])


def page(parts: Sequence[Sequence[str]]) -> str:
    """The page of results."""
    head = [
        "# On a GPU",
        "",
        f"`python -m performance.device` on one {torch.cuda.get_device_name()}, {len(os.sched_getaffinity(0))} cores, "
        f"torch {torch.__version__}. Of the cell's protections this machine lacks: {'; '.join(missing()) or 'none'}.",
        "",
    ]
    return "\n".join([*head, *(line for part in parts for line in part), ""])


def main() -> None:
    """Measure, and write the page into the folder named, or beside this file."""
    if not torch.cuda.is_available():
        sys.exit("torch finds no GPU here; nothing is measured")
    out = Path(sys.argv[1]) / RESULTS.name if len(sys.argv) > 1 else RESULTS
    parts = list[list[str]]()
    with tempfile.TemporaryDirectory() as name:
        scene = Scene(Path(name))
        for part in (throughput, memory_limit, same_scores):
            parts.append(part(scene))
            out.write_text(page(parts))  # a lent GPU may be gone before the last


if __name__ == "__main__":
    main()
