"""A study planned for a lab: models by name, their images, and the noise of an existing benchmark."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from numpy import ndarray
from threadpoolctl import threadpool_limits

from brainrank.api.services.analysis.design_text import methods_paragraph
from brainrank.api.services.analysis.measured_region import evidence_on
from brainrank.api.services.boards.selection import select_here
from brainrank.api.services.runs.score_models import Machine
from brainrank.api.services.submissions.asked_model import with_layers
from brainrank.api.services.views.dataset_images import images_of_dataset
from brainrank.benchmark.design.design import Design, Plan, Pool, check_plan, check_pool, design
from brainrank.benchmark.design.natural import image_kinds
from brainrank.benchmark.design.planned_models import MeasuredLayer, measured_layer, pool_rdm
from brainrank.benchmark.metrics.rsa import RsaMetric
from brainrank.benchmark.recovery.rdm_noise import SIMULATED
from brainrank.benchmark.recovery.recovery import check_noise
from brainrank.benchmark.scoring.benchmarks import Benchmark
from brainrank.benchmark.scoring.catalogue import Catalogue
from brainrank.benchmark.types.activations import LayerGram
from brainrank.benchmark.types.assemblies import RdmAssembly
from brainrank.benchmark.types.errors import InvalidDataError, UserError
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.metric import EvidenceKind, layers_of, neural
from brainrank.benchmark.types.model_spec import ModelSpec
from brainrank.benchmark.types.reporter import Reporter
from brainrank.benchmark.types.stimuli import StimulusSet
from brainrank.datasets.dataset import LoadedRegion
from brainrank.datasets.memory.pictures import stimuli_from
from brainrank.models_zoo.catalogue import find_model


class Asked(NamedTuple):
    """The models to tell apart, and the layers that may stand for each; its own where there are none."""

    models: tuple[str, ...]
    layers: Mapping[str, Sequence[str]]


class NoiseSource(NamedTuple):
    """The benchmark that noise is taken from, and its region in memory."""

    benchmark: Benchmark
    metric: RsaMetric
    region: LoadedRegion
    assembly: RdmAssembly


def chosen_benchmark(name: str, catalogue: Catalogue, locations: Locations) -> Benchmark:
    """The benchmark of this name. Raises UserError for a group of several, and as `select_here`."""
    found = select_here([name], catalogue, locations).benchmarks
    if len(found) != 1:
        named = ", ".join(each.name for each in found[:5])
        raise UserError(f"--noise {name} are {len(found)} benchmarks ({named}, ...); give one of them")
    return found[0]


def pool_of(images: object, locations: Locations, reporter: Reporter) -> AbstractContextManager[StimulusSet]:
    """The images of a folder, or in another form, or of a study (`STUDY.REGION`) or package by name, in this context.

    Raises UserError for a path where there is nothing, as `images_of_dataset` for a name that is none, and as
    `stimuli_from`.
    """
    if isinstance(images, str) and not Path(images).expanduser().exists():
        if len(Path(images).parts) > 1:
            raise UserError(
                f"{images} does not exist; give a folder of images, or a study (STUDY.REGION) or package by name"
            )
        images = images_of_dataset(images, locations, reporter)
    return stimuli_from(images, name="pool", reporter=reporter)


def noise_source(benchmark: Benchmark, machine: Machine, reporter: Reporter) -> NoiseSource:
    """Load the benchmark that noise is taken from.

    Raises InvalidDataError for one that compares no RDMs of several subjects, or by a comparator that is not simulated.
    """
    metric = benchmark.metric
    if not isinstance(metric, RsaMetric):
        raise InvalidDataError(f"--noise {benchmark.name}: noise of RDMs is wanted, and {metric.name} compares none")
    if metric.comparator not in SIMULATED:
        raise InvalidDataError(
            f"--noise {benchmark.name}: RDMs compared by {metric.comparator} are not simulated; give a benchmark of "
            f"{', '.join(SIMULATED)}"
        )
    region = machine.catalogue.load(benchmark, machine.locations, reporter)
    check_noise(metric, region.assembly)
    return NoiseSource(benchmark, metric, region, metric.rdms(neural(region.assembly, metric)))


class PlannedStudy(NamedTuple):
    """A design, what its noise is taken from, its pool, and a paragraph for the methods that has all its numbers."""

    design: Design
    benchmark: Benchmark
    methods: str
    pool: StimulusSet


def plan_with_noise_of(
    benchmark: Benchmark, asked: Asked, stimuli: StimulusSet, plan: Plan, machine: Machine, reporter: Reporter
) -> PlannedStudy:
    """Plan a study of these images with the noise of a benchmark. Raises as `noise_source` and `plan_study`."""
    source = noise_source(benchmark, machine, reporter)
    found = plan_study(asked, stimuli, source, plan, machine, reporter)
    methods = methods_paragraph(found, benchmark, source.metric.dissimilarity, version("brainrank"))
    return PlannedStudy(found, benchmark, methods, stimuli)


class Material(NamedTuple):
    """What a study is planned from: a layer for each model, the measured RDMs, and the pool."""

    layers: Mapping[str, MeasuredLayer]
    assembly: RdmAssembly
    pool: Pool


def plan_study(
    asked: Asked, stimuli: StimulusSet, source: NoiseSource, plan: Plan, machine: Machine, reporter: Reporter
) -> Design:
    """Plan a study of these images; activations that are not in the store are computed.

    Raises InvalidDataError as `design`, and what `run` raises.
    """
    check_plan(plan, len(asked.models))
    check_pool(plan, len(stimuli))
    material = gathered(asked, stimuli, source, machine, reporter, chosen=plan.choose is not None)
    with threadpool_limits(limits=1):  # as scores are computed
        return design(material.layers, material.assembly, material.pool, plan, source.metric.comparator)


def gathered(
    asked: Asked,
    stimuli: StimulusSet,
    source: NoiseSource,
    machine: Machine,
    reporter: Reporter,
    *,
    chosen: bool,
) -> Material:
    """The layer that stands for each model and its RDM of the pool, and, where images are chosen, their statistics."""
    kinds = image_kinds(stimuli, reporter) if chosen else None
    layers, rdms = dict[str, MeasuredLayer](), list[Float[ndarray, "pool pool"]]()
    for done, name in enumerate(asked.models):
        reporter.progress("models", done, len(asked.models))
        spec = find_model(name)
        measured = _grams(with_layers(spec, asked.layers.get(name, ())), source.region, machine, reporter)
        found = measured_layer(spec.name, measured, source.metric, source.assembly)
        on_pool = LoadedRegion(stimuli, source.assembly, None)
        (layer,) = _grams(with_layers(spec, [found.layer]), on_pool, machine, reporter)
        layers[spec.name] = found
        rdms.append(pool_rdm(spec.name, layer, source.metric, stimuli.ids))
    return Material(layers, source.assembly, Pool(stimuli.ids, np.stack(rdms), kinds))


def _grams(spec: ModelSpec, region: LoadedRegion, machine: Machine, reporter: Reporter) -> Sequence[LayerGram]:
    return layers_of(evidence_on(spec, EvidenceKind.ACTIVATIONS, region, machine, reporter).content, RsaMetric())
