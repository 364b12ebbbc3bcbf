"""Learners in the study's own setting: people, its networks, and models that are taught as they were."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from brainrank.api.services.analysis.measured_region import evidence_on
from brainrank.api.services.runs.score_models import Machine
from brainrank.benchmark.files.storage import written_whole
from brainrank.benchmark.metrics.learning import LATENT_MEAN, LearningMetric
from brainrank.benchmark.metrics.learning_curves.consistency import estimated_consistency
from brainrank.benchmark.metrics.learning_curves.learned_trials import learned_trials
from brainrank.benchmark.metrics.learning_curves.measures import Estimate, estimated_measures
from brainrank.benchmark.metrics.learning_curves.phases import TEST, condition, taught_images
from brainrank.benchmark.types.activations import names_of
from brainrank.benchmark.types.errors import InvalidDataError, UnknownNameError, UserError
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.metric import layers_of, of_kind
from brainrank.benchmark.types.model_spec import ModelSpec
from brainrank.benchmark.types.reporter import Reporter
from brainrank.benchmark.types.score import NoiseCeiling, Score
from brainrank.benchmark.types.trials import BehaviouralAssembly
from brainrank.datasets import huber2024
from brainrank.datasets.dataset import LoadedRegion
from brainrank.models_zoo.catalogue import find_model
from brainrank.models_zoo.own_model import own_model_told

PEOPLE = "people"
RECORDED = "trials:"


@dataclass(frozen=True)
class Teaching:
    """How a model is taught: a readout on its last layer, or on `layer`; with `fine_tune` all of its weights."""

    layer: str = ""
    fine_tune: bool = False
    runs: int = 20
    rate: float = 1.0
    seed: int = 0
    draws: int = 1000

    @property
    def metric(self) -> LearningMetric:
        """What scores it. Raises InvalidDataError for a rate that is none."""
        return LearningMetric(runs=self.runs, rate=self.rate, seed=self.seed, draws=self.draws)


@dataclass(frozen=True, eq=False)
class Learner:
    """Who learnt, how, and what came of it; `score` is None for people, who are what others are scored by."""

    name: str
    how: str
    trials: BehaviouralAssembly
    score: Score | None
    measures: dict[str, Estimate]


class LearningAnalysis(NamedTuple):
    """Learners beside people and the study's networks, and what people tell of each other."""

    learners: tuple[Learner, ...]
    people: Learner
    networks: tuple[Learner, ...]
    ceiling: NoiseCeiling


def load_learning(locations: Locations, reporter: Reporter) -> LoadedRegion:
    """The images and people's trials. Raises DataUnavailableError as `Dataset.load`."""
    return huber2024.DATASET.load(huber2024.REGION, locations, reporter)


def analyse_learning(
    models: Sequence[ModelSpec | Path], teaching: Teaching, machine: Machine, reporter: Reporter
) -> LearningAnalysis:
    """Teach each model, or read the recorded trials of a file, and say how people and the study's networks learn.

    Raises InvalidDataError and UnknownNameError, with the way on, for models that cannot be taught so, and as `run`.
    """
    region, metric = load_learning(machine.locations, reporter), teaching.metric
    people = of_kind(region.assembly, BehaviouralAssembly, metric)
    learners = tuple(_learner(each, teaching, region, people, machine, reporter) for each in models)
    recorded = huber2024.networks(machine.locations, reporter)
    networks = tuple(
        made_learner(name, "fine-tuned by the study", each, people, teaching) for name, each in recorded.items()
    )
    own = made_learner(PEOPLE, "told after each answer", people, None, teaching)
    return LearningAnalysis(learners, own, networks, metric.ceiling(people))


def made_learner(
    name: str, how: str, trials: BehaviouralAssembly, people: BehaviouralAssembly | None, teaching: Teaching
) -> Learner:
    """What is read from a learner's trials; without `people` they are people's own."""
    rng = np.random.default_rng([teaching.seed, 3])
    measures = estimated_measures(trials, draws=teaching.draws, rng=rng)
    against = (None, trials) if people is None else (trials, people)
    measures |= estimated_consistency(*against, draws=teaching.draws, rng=rng)
    score = None if people is None else teaching.metric.score_trials(trials, people)
    return Learner(name, how, trials, score, measures)


def _learner(
    model: ModelSpec | Path,
    teaching: Teaching,
    region: LoadedRegion,
    people: BehaviouralAssembly,
    machine: Machine,
    reporter: Reporter,
) -> Learner:
    if isinstance(model, Path):
        return made_learner(model.stem, "recorded", huber2024.read_learner(model), people, teaching)
    if teaching.fine_tune:
        layer, trials = fine_tuned(model, teaching, region, machine, reporter)
        return made_learner(model.name, f"all weights, and a readout of {layer}", trials, people, teaching)
    layer, trials = taught_readout(model, teaching, region, machine, reporter)
    return made_learner(model.name, f"a readout of {layer}", trials, people, teaching)


class Taught(NamedTuple):
    """The layer whose readout was taught, and what the runs answered."""

    layer: str
    trials: BehaviouralAssembly


def taught_readout(
    spec: ModelSpec, teaching: Teaching, region: LoadedRegion, machine: Machine, reporter: Reporter
) -> Taught:
    """Teach readouts on a layer of a model that stays as it is. Raises as `analyse_learning`."""
    metric = teaching.metric
    evidence = evidence_on(spec, metric.evidence, region, machine, reporter)
    layers = layers_of(evidence.content, metric)
    names = names_of(layers)
    chosen = chosen_layer(spec, names, teaching.layer)
    people = of_kind(region.assembly, BehaviouralAssembly, metric)
    return Taught(chosen, metric.learn(layers[names.index(chosen)], people))


def chosen_layer(spec: ModelSpec, names: Sequence[str], asked: str) -> str:
    """The layer asked for, else the latent means or the last. Raises UnknownNameError, InvalidDataError for none."""
    if not names:
        raise InvalidDataError(f"{spec.name} has no layer to read out; give a model that has, or name one by --layer")
    if asked and asked not in names:
        raise UnknownNameError(f"layer of {spec.name}", asked, names)
    return asked or (LATENT_MEAN if LATENT_MEAN in names else names[-1])


def fine_tuned(
    spec: ModelSpec, teaching: Teaching, region: LoadedRegion, machine: Machine, reporter: Reporter
) -> Taught:
    """Teach all weights of a network, which is left as it was. Raises as `analyse_learning`."""
    from brainrank.benchmark.scoring.fine_tuning import check_weights, fine_tune

    people = of_kind(region.assembly, BehaviouralAssembly, teaching.metric)
    taught, ids = taught_images(people), np.asarray(people.stimulus_ids)
    tested = [
        np.searchsorted(ids, np.unique(people.stimulus_id[people.condition == condition(TEST, epoch + 1)]))
        for epoch in range(taught.epochs)
    ]
    with own_model_told(spec):
        model = machine.resolve(spec, machine.locations, reporter)
        check_weights(model)
        layer = chosen_layer(spec, model.layers, teaching.layer)
        answers = fine_tune(
            model,
            layer,
            region.stimuli,
            taught,
            tested=tested,
            categories=len(people.categories),
            runs=teaching.runs,
            seed=teaching.seed,
            reporter=reporter,
        )
    return Taught(layer, learned_trials(answers, taught, people))


def as_learners(names: Sequence[str], *, several: bool = True) -> list[ModelSpec | Path]:
    """The models of these names; the file of `trials:FILE`. Raises UserError for two where there may be one."""
    if len(names) > 1 and not several:
        raise UserError(f"{len(names)} models are asked for, and a file holds the answers of one; name one model")
    return [
        Path(name.removeprefix(RECORDED)).expanduser() if name.startswith(RECORDED) else find_model(name)
        for name in dict.fromkeys(names)
    ]


def write_trials(learner: Learner, path: Path) -> None:
    """Write every answer of a learner as `trials:FILE` is read. Raises StorageError where it cannot be written."""
    with written_whole(path) as file:
        file.write(huber2024.learner_table(learner.trials).to_csv(index=False).encode())
