"""A study of a few small images and some thousand targets, made from a seed: an encoding that is cut into parts."""

from pathlib import Path

import numpy as np
from PIL import Image

from brainrank.api.services.runs.shared_encoding import PartSize
from brainrank.api.services.submissions.life_cycle import WantedModel
from brainrank.benchmark.files.downloads import sha256_of
from brainrank.benchmark.metrics.encoding import EncodingMetric
from brainrank.benchmark.metrics.regression.ridge import TARGETS_PER_BLOCK
from brainrank.benchmark.scoring.benchmarks import Benchmark
from brainrank.benchmark.scoring.catalogue import Catalogue
from brainrank.benchmark.types.assemblies import ResponseAssembly
from brainrank.benchmark.types.dataset_card import DatasetCard
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.measure import Measure
from brainrank.benchmark.types.reporter import Reporter
from brainrank.benchmark.types.stimuli import Stimulus, StimulusSet
from brainrank.datasets.dataset import Dataset

NAME = "wide2026.v4.encoding"
MODEL = WantedModel("tiny", "timm:test_resnet@random", layers=("layer1", "layer4"))
IMAGES, TARGETS = 240, TARGETS_PER_BLOCK + 1
N_PARTS = 4
# The least that comes to the same bits; however little work it is.
SMALL = PartSize(TARGETS_PER_BLOCK, 0)


def wide_catalogue(folder: Path) -> Catalogue:
    """The study's catalogue, its images in `folder`."""
    rng = np.random.default_rng(0)
    stimuli, brightness = [], rng.random(IMAGES)
    for number in range(IMAGES):
        path = folder / f"wide-{number}.png"
        noise = rng.integers(0, 256, (32, 32, 3))
        Image.fromarray((noise * brightness[number]).astype(np.uint8)).save(path)
        stimuli.append(Stimulus(f"image{number}", path, sha256_of(path)))
    shown = StimulusSet("wide2026", tuple(stimuli))
    responses = brightness[:, None, None] + rng.standard_normal((IMAGES, 1, TARGETS))

    def images(_region: str, _locations: Locations, _reporter: Reporter) -> StimulusSet:
        return shown

    def measured(region: str, _locations: Locations, _reporter: Reporter) -> ResponseAssembly:
        return ResponseAssembly(region, shown.ids, tuple(map(str, range(TARGETS))), responses.astype(np.float32))

    card = DatasetCard("wide2026", "A wide study", "nobody", "CC0", "open", ())
    metric = EncodingMetric(folds=3, selection="gcv", draws=40)
    benchmark = Benchmark(NAME, 1, "wide2026", "v4", "tiny", metric, "Wide V4")
    return Catalogue({"wide2026": Dataset(card, {"v4": Measure.RESPONSES}, images, measured)}, {NAME: benchmark})
