"""What a metric scores a model by, and the evidence of a network: its layers' Gram matrices, and what it puts out."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple, cast

import numpy as np
from jaxtyping import Float
from numpy import ndarray
from numpy.typing import NDArray

from brainrank.benchmark.activations.obtain import Obtained, Source, obtain
from brainrank.benchmark.activations.reduction import Reduction, reduced
from brainrank.benchmark.types.activations import Extraction, Layer, LayerFeatures, LayerGram, names_of
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.metric import Content, EvidenceKind
from brainrank.benchmark.types.model_spec import ModelSpec
from brainrank.benchmark.types.receipt import RECORDED
from brainrank.benchmark.types.reporter import Reporter
from brainrank.benchmark.types.stimuli import StimulusSet
from brainrank.datasets.dataset import LoadedRegion
from brainrank.models_zoo.resolved import ResolvedModel


class Job(NamedTuple):
    """A model on a machine: what every way to evidence needs; `network_digest` is that of the model and its code."""

    spec: ModelSpec
    model: ResolvedModel
    network_digest: str
    locations: Locations
    device: str
    extraction: Extraction
    reporter: Reporter


class Evidence(NamedTuple):
    """What a metric scores, the layers it comes from, the device they were computed on, and the readout.

    `content` is None, and `readout` says why, for a model that cannot choose.
    """

    content: Content
    layers: tuple[str, ...]
    device: str
    readout: str = ""


REDUCTIONS: Mapping[EvidenceKind, Reduction] = {
    EvidenceKind.ACTIVATIONS: Reduction.NONE,
    EvidenceKind.PROJECTIONS: Reduction.PROJECTION,
    EvidenceKind.UNITS: Reduction.UNITS,
}
"""What is left of each layer's features. Of drawn units the features themselves are evidence, else Gram matrices."""


def gather(kind: EvidenceKind, job: Job, region: LoadedRegion) -> Evidence:
    """The model's layers, from its recorded features, from the store, or by a forward pass."""
    wanted, reduction = job.model.layers, REDUCTIONS[kind]
    if kind is EvidenceKind.UNITS:
        units = _obtained(job, region.stimuli, wanted, reduction, LayerFeatures)
        return Evidence(units.layers, names_of(units.layers), units.device)
    grams = _obtained(job, region.stimuli, wanted, reduction, LayerGram)
    return Evidence(grams.layers, names_of(grams.layers), grams.device)


def layer_grams(job: Job, stimuli: StimulusSet, layers: Sequence[str]) -> Obtained[LayerGram]:
    """The Gram matrices of these layers, and the device they were computed on."""
    return _obtained(job, stimuli, layers, Reduction.NONE, LayerGram)


def _obtained(
    job: Job, stimuli: StimulusSet, layers: Sequence[str], reduction: Reduction, kind: type[Layer]
) -> Obtained[Layer]:
    model = job.model
    if model.trials is not None:
        model.build()  # which refuses, and says what recorded choices are good for
    if model.features is not None:
        recorded = model.features(stimuli.ids)
        return Obtained([_of_recorded(name, recorded[name], reduction, kind) for name in layers], RECORDED)
    return _from_store(job, source_of(job, layers, reduction), stimuli, kind)


def source_of(job: Job, layers: Sequence[str], reduction: Reduction) -> Source:
    """What decides these layers' activations."""
    return Source(
        name=job.spec.name,
        network_digest=job.network_digest,
        preprocessing=job.model.preprocessing,
        layers=tuple(layers),
        pooling=job.spec.pooling,
        reduction=reduction,
        build=job.model.build,
    )


def _of_recorded(layer: str, recorded: NDArray[Any], reduction: Reduction, kind: type[Layer]) -> Layer:
    from brainrank.benchmark.activations.gram import narrow_layer

    n_stimuli, n_features = recorded.shape
    values = reduced(reduction, n_features, n_stimuli).of(_as_floats(recorded))
    made = narrow_layer(layer, values) if kind is LayerGram else LayerFeatures(layer, np.asarray(values, np.float32))
    return cast(Layer, made)


def _as_floats(recorded: NDArray[Any]) -> NDArray[np.floating]:
    """Numbers as they were recorded: float64 stays, and integers take the type that holds them."""
    holding = np.result_type(recorded.dtype, np.float32)
    return np.asarray(recorded, min(holding, np.dtype(np.float64), key=lambda each: each.itemsize))


class Outputs(NamedTuple):
    """What the network puts out for each stimulus, and the device it was computed on."""

    values: Float[ndarray, "stimuli width"]
    device: str


def network_outputs(job: Job, stimuli: StimulusSet) -> Outputs:
    """What the network puts out for the stimuli (logits, an embedding), from the store or by a forward pass."""
    from brainrank.benchmark.activations.extract import OUTPUT, WithOutput

    source = source_of(job, (OUTPUT,), Reduction.NONE)
    source = replace(source, pooling="flatten", build=lambda: WithOutput(job.model.build()))
    found = _from_store(job, source, stimuli, LayerFeatures)
    return Outputs(found.layers[0].values, found.device)


def _from_store(job: Job, source: Source, stimuli: StimulusSet, kind: type[Layer]) -> Obtained[Layer]:
    return obtain(
        source,
        stimuli,
        kind,
        home=job.locations.activations,
        device=job.device,
        extraction=job.extraction,
        reporter=job.reporter,
    )
