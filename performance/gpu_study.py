"""A made study for `performance.gpu`: images, RDMs and responses that depend on them; how models are scored on it."""

from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

from brainrank.benchmark.activations.store import ActivationStore
from brainrank.benchmark.cell.cell import Cell
from brainrank.benchmark.cell.limits import Limits
from brainrank.benchmark.metrics.encoding import EncodingMetric
from brainrank.benchmark.metrics.rsa import RsaMetric
from brainrank.benchmark.scoring.benchmarks import Benchmark
from brainrank.benchmark.scoring.catalogue import Catalogue
from brainrank.benchmark.scoring.run import Resolve, RunResult, run
from brainrank.benchmark.types.activations import GIB, Extraction
from brainrank.benchmark.types.assemblies import NeuralAssembly, RdmAssembly, ResponseAssembly
from brainrank.benchmark.types.dataset_card import DatasetCard
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.measure import Measure
from brainrank.benchmark.types.model_spec import ModelSpec
from brainrank.benchmark.types.reporter import Silent
from brainrank.benchmark.types.stimuli import Stimulus, StimulusSet
from brainrank.datasets.dataset import Dataset
from brainrank.models_zoo.load import resolve

SIDE, SUBJECTS, TARGETS = 320, ("s1", "s2", "s3"), 40
RSA, ENCODING = "made.it.rsa", "made.v4.encoding"
CPU_S, MEMORY, DISK = 3600, 32 * GIB, 16 * GIB


def catalogue(folder: Path, n_images: int) -> Catalogue:
    """JPEG images of coarse colours and noise; what is measured of them are their colours, with noise."""
    rng, stimuli, colours = np.random.default_rng(0), [], []
    for number in range(n_images):
        path, bright = folder / f"{number}.jpg", rng.random(3)
        coarse = (rng.integers(0, 256, (SIDE // 16, SIDE // 16, 3)) * bright).repeat(16, 0).repeat(16, 1)
        fine = rng.integers(0, 64, (SIDE, SIDE, 3))
        Image.fromarray((0.75 * coarse + fine).astype(np.uint8)).save(path, quality=90)
        stimuli.append(Stimulus(f"image{number}", path, f"{number:064d}"))
        colours.append(bright)
    images = StimulusSet("made", tuple(stimuli))
    responses = np.array(colours) @ rng.standard_normal((3, TARGETS)) + rng.standard_normal((n_images, TARGETS))
    apart = np.linalg.norm(np.array(colours)[:, None] - np.array(colours), axis=2)[np.triu_indices(n_images, 1)]
    rdms = apart + 0.5 * rng.random((len(SUBJECTS), len(apart)))
    measured: dict[str, NeuralAssembly] = {
        "it": RdmAssembly("it", images.ids, SUBJECTS, rdms),
        "v4": ResponseAssembly("v4", images.ids, tuple(map(str, range(TARGETS))), responses[:, None]),
    }
    card = DatasetCard("made", "A made study", "nobody", "CC0", "open", ())
    measures = {"it": Measure.RDMS, "v4": Measure.RESPONSES}
    study = Dataset(card, measures, lambda *_: images, lambda region, *_: measured[region])
    metrics = {RSA: RsaMetric(draws=60), ENCODING: EncodingMetric(draws=40)}
    benchmarks = {
        name: Benchmark(
            name=name, version=1, dataset="made", region=name.split(".")[1], group="made", metric=metric, title=name
        )
        for name, metric in metrics.items()
    }
    return Catalogue({"made": study}, benchmarks)


class Study:
    """The study in a folder, and how a model is scored on it, in a cell or without."""

    def __init__(self, folder: Path, n_images: int) -> None:
        images = folder / "images"
        images.mkdir()
        self.catalogue, self.locations = catalogue(images, n_images), Locations(folder / "home")
        self.regions = {
            name: self.catalogue.load(self.catalogue.benchmark(name), self.locations, Silent())
            for name in (RSA, ENCODING)
        }
        self.stimuli = self.regions[RSA].stimuli

    def cell(self, device: str, **limits: float) -> Cell:
        """A cell on a device, its fork server up."""
        cell = Cell(self.locations, device=device, limits=Limits(MEMORY, DISK, CPU_S, **limits))
        cell.start()
        cell.wait_until_ready()
        return cell

    def inside(self, cell: Cell, benchmark: str) -> Resolve:
        """How a model is resolved in that cell."""
        return partial(cell.model, region=self.regions[benchmark])

    def score(
        self, name: str, benchmark: str, device: str, how: Resolve = resolve, *, precision: str = "float32"
    ) -> RunResult:
        """Score a timm architecture with random weights, its images passed forward anew."""
        ActivationStore(self.locations.activations).clear()
        return run(
            ModelSpec(name, "made", f"timm:{name}@random"),
            self.catalogue.benchmark(benchmark),
            self.regions[benchmark],
            locations=self.locations,
            device=device,
            reporter=Silent(),
            extraction=Extraction(precision=precision),
            resolve=how,
        )
