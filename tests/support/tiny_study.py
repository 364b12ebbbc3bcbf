"""A study of twelve small images and three subjects, made from a seed: enough to score in milliseconds."""

import hashlib
import io
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from brainrank.benchmark.metrics.rsa import RsaMetric
from brainrank.benchmark.scoring.benchmarks import Benchmark
from brainrank.benchmark.scoring.catalogue import Catalogue
from brainrank.benchmark.types.assemblies import RdmAssembly
from brainrank.benchmark.types.dataset_card import DatasetCard
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.measure import Measure
from brainrank.benchmark.types.reporter import Reporter
from brainrank.benchmark.types.stimuli import Stimulus, StimulusSet
from brainrank.datasets.dataset import Dataset

IMAGES, SUBJECTS = 12, ("s1", "s2", "s3")
REGIONS = ("it", "v1")
PREPROCESSING = {"it": "means over 5 trials"}
NAMES = tuple(f"tiny2026.{region}.rsa" for region in REGIONS)


class Drawn(NamedTuple):
    """What is in the study, whichever folder it is in."""

    images: tuple[bytes, ...]
    rdms: NDArray[np.float64]


@cache
def _drawn() -> Drawn:
    rng, images = np.random.default_rng(0), []
    for _ in range(IMAGES):
        file = io.BytesIO()
        Image.fromarray(rng.integers(0, 256, (16, 16, 3), dtype=np.uint8)).save(file, "png")
        images.append(file.getvalue())
    shared = rng.random(IMAGES * (IMAGES - 1) // 2)
    return Drawn(tuple(images), shared + 0.3 * rng.random((len(SUBJECTS), shared.size)))


def tiny_catalogue(folder: Path) -> Catalogue:
    """The study's catalogue, its images in `folder`."""
    drawn = _drawn()
    stimuli = []
    for number, image in enumerate(drawn.images):
        path = folder / f"{number}.png"
        path.write_bytes(image)
        stimuli.append(Stimulus(f"image{number}", path, hashlib.sha256(image).hexdigest()))
    shown = StimulusSet("tiny2026", tuple(stimuli))
    rdms = drawn.rdms.copy()

    def images(_region: str, _locations: Locations, _reporter: Reporter) -> StimulusSet:
        return shown

    def measured(region: str, _locations: Locations, _reporter: Reporter) -> RdmAssembly:
        return RdmAssembly(region, shown.ids, SUBJECTS, rdms, squared=True)

    card = DatasetCard("tiny2026", "A tiny study", "nobody", "CC0", "open", ())
    benchmarks = {
        name: Benchmark(
            name=name,
            version=1,
            dataset="tiny2026",
            region=region,
            group="tiny",
            metric=RsaMetric(draws=60),
            title=f"Tiny {region}",
        )
        for name, region in zip(NAMES, REGIONS, strict=True)
    }
    study = Dataset(
        card,
        dict.fromkeys(REGIONS, Measure.RDMS),
        images,
        measured,
        squared=REGIONS,
        preprocessing=PREPROCESSING,
        subject_of={"v1": "monkey T"},  # what lists and pages say of one; its RDMs are of three all the same
    )
    return Catalogue({"tiny2026": study}, benchmarks)
