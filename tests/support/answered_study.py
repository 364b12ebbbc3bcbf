"""A study of what three people called sixteen small images, and a model's answers to them."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image
from sqlalchemy.orm import Session

from brainrank.api.repositories import runs
from brainrank.benchmark.files.downloads import sha256_of
from brainrank.benchmark.metrics.error_consistency import ErrorConsistencyMetric
from brainrank.benchmark.scoring.benchmarks import Benchmark
from brainrank.benchmark.scoring.catalogue import Catalogue
from brainrank.benchmark.scoring.run import RunResult, Seconds
from brainrank.benchmark.types.dataset_card import DatasetCard
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.measure import Measure
from brainrank.benchmark.types.model_spec import ModelSpec
from brainrank.benchmark.types.receipt import Receipt
from brainrank.benchmark.types.reporter import Reporter, Silent
from brainrank.benchmark.types.stimuli import Stimulus, StimulusSet
from brainrank.benchmark.types.trials import BehaviouralAssembly, Choices
from brainrank.datasets.dataset import Dataset

NAME = "answers2026.pets.error-consistency"
PEOPLE, IMAGES = ("ann", "ben", "cyd"), 16
IDS = tuple(f"pet{number}" for number in range(IMAGES))
SHOWN = ("cat", "dog") * (IMAGES // 2)


def answered_catalogue(folder: Path, *, by_hand: bool = False, group_of: Mapping[str, str] | None = None) -> Catalogue:
    """The study's catalogue, its images in `folder`; one gets its files oneself if it is `by_hand`.

    `group_of` are the conditions of people, by their names, where these are in groups.
    """
    stimuli = []
    for number, (name, category) in enumerate(zip(IDS, SHOWN, strict=True)):
        path = folder / f"{name}.png"
        Image.new("RGB", (300, 200), (10 * number, 0, 0)).save(path)
        stimuli.append(Stimulus(name, path, sha256_of(path), (("category", category),)))
    rows = [
        (who, IDS[n], (group_of or {}).get(who, "all"), "dog" if (n + 1) % (3 + place) == 0 else SHOWN[n], SHOWN[n])
        for place, who in enumerate(PEOPLE)
        for n in range(IMAGES)
    ]
    trials = BehaviouralAssembly(*(np.array(column) for column in zip(*rows, strict=True)))

    def images(_region: str, _locations: Locations, _reporter: Reporter) -> StimulusSet:
        return StimulusSet("answers2026", tuple(stimuli))

    def measured(_region: str, _locations: Locations, _reporter: Reporter) -> BehaviouralAssembly:
        return trials

    card = DatasetCard("answers2026", "Pets", "nobody", "their own terms", "by asking <them>: docs/datasets/nsd.md", ())
    study = Dataset(card, {"pets": Measure.TRIALS}, images, measured, by_hand=("pets",) if by_hand else ())
    benchmark = Benchmark(
        name=NAME,
        version=1,
        dataset="answers2026",
        region="pets",
        group="behaviour",
        metric=ErrorConsistencyMetric(draws=60),
        title="What three people called pets",
    )
    return Catalogue({"answers2026": study}, {NAME: benchmark})


def store_answers(
    session: Session, catalogue: Catalogue, model: str, *, keep: bool = True, chooses: bool = True
) -> int:
    """Record the score of a model that is wrong on every fifth image; `keep` its choices, too. Return its run.

    One that does not choose has no score, and a reason.
    """
    answers = tuple("cat" if n % 5 == 0 else SHOWN[n] for n in range(IMAGES))
    choices = Choices(IDS, answers) if chooses else None
    benchmark = catalogue.benchmark(NAME)
    assembly = catalogue.datasets["answers2026"].assembly("pets", Locations(Path()), Silent())
    score = benchmark.metric.score(choices, assembly)
    receipt = Receipt(
        model, "classical:pixels", True, "", "", "", {}, (), "a readout", "flatten", "float32", "cpu", "", NAME, 1, {},
        0, "1", {},
    )  # fmt: skip
    spec = ModelSpec(model, "classical", "classical:pixels")
    result = RunResult(replace(score, choices=choices if keep else None), receipt, Seconds(1.0, 2.0))
    return runs.add_succeeded(session, spec, result).run_id
