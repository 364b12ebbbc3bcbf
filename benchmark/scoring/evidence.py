"""What a metric scores a model by, and the evidence of a network: its layers' Gram matrices, and what it puts out."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float
from numpy import ndarray
from numpy.typing import NDArray

from brainrank.benchmark.activations.obtain import Source, obtain
from brainrank.benchmark.types.activations import Extraction, LayerGram
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.metric import Content
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
    """What a metric scores, the layers it comes from, the kind of device they were computed on, and the readout.

    `content` is None, and `readout` says why, for a model that cannot choose.
    """

    content: Content
    layers: tuple[str, ...]
    device: str
    readout: str = ""


def gather(job: Job, region: LoadedRegion) -> Evidence:
    """The model's layers, from its recorded features, from the store, or by a forward pass."""
    layers, device = layer_grams(job, region.stimuli, job.model.layers)
    return Evidence(layers, tuple(each.layer for each in layers), device)


def layer_grams(job: Job, stimuli: StimulusSet, layers: Sequence[str]) -> tuple[Sequence[LayerGram], str]:
    """The Gram matrices of these layers, and the kind of device they were computed on."""
    model = job.model
    if model.trials is not None:
        model.build()  # which refuses, and says what recorded choices are good for
    if model.features is not None:
        from brainrank.benchmark.activations.gram import layer_gram

        recorded = model.features(stimuli.ids)
        return [layer_gram(name, _as_floats(recorded[name])) for name in layers], RECORDED
    return obtain(
        source_of(job, layers),
        stimuli,
        home=job.locations.activations,
        device=job.device,
        extraction=job.extraction,
        reporter=job.reporter,
    )


def source_of(job: Job, layers: Sequence[str]) -> Source:
    """What decides these layers' activations."""
    return Source(
        name=job.spec.name,
        network_digest=job.network_digest,
        preprocessing=job.model.preprocessing,
        layers=tuple(layers),
        pooling=job.spec.pooling,
        build=job.model.build,
    )


def _as_floats(recorded: NDArray[Any]) -> NDArray[np.floating]:
    """Numbers as they were recorded: float64 stays, and integers take the type that holds them."""
    holding = np.result_type(recorded.dtype, np.float32)
    return np.asarray(recorded, min(holding, np.dtype(np.float64), key=lambda each: each.itemsize))


class Outputs(NamedTuple):
    """What the network puts out for each stimulus, and the kind of device it was computed on."""

    values: Float[ndarray, "stimuli width"]
    device: str


def network_outputs(job: Job, stimuli: StimulusSet) -> Outputs:
    """Run the network on the stimuli."""
    from brainrank.benchmark.activations.extract import choose_device, outputs

    device = choose_device(job.device)
    job.reporter.message(f"Running {job.spec.name} on {len(stimuli)} images of {stimuli.name} on {device.type}")
    found = outputs(
        job.model.build(),
        stimuli,
        preprocessing=job.model.preprocessing,
        device=device,
        reporter=job.reporter,
        extraction=job.extraction,
        spill_folder=job.locations.activations / "spill",
    )
    return Outputs(found, device.type)
