"""What a metric scores a model by: the layers' Gram matrices, or the model's choices through its readout."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float
from numpy import ndarray
from numpy.typing import NDArray

from brainrank.benchmark.activations.obtain import Source, obtain
from brainrank.benchmark.readouts.entry_level import entry_level_probabilities, imagenet_indices
from brainrank.benchmark.readouts.zero_shot import TEMPLATES, prompts, zero_shot_probabilities
from brainrank.benchmark.types.activations import Extraction, LayerGram
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.model_spec import ModelSpec
from brainrank.benchmark.types.receipt import RECORDED
from brainrank.benchmark.types.reporter import Reporter
from brainrank.benchmark.types.stimuli import StimulusSet
from brainrank.benchmark.types.trials import Choices, chosen
from brainrank.datasets.dataset import LoadedRegion, TrainingImages
from brainrank.datasets.readers.trials import read_trials
from brainrank.models_zoo.resolved import ResolvedModel, TextTower

LATENT_MEAN = "latent_mean"
IMAGENET_HEAD = "ImageNet head: the mean probability of each category's classes"
NO_READOUT = "none: the model has no head for these categories, and the study no images to fit one on"


class Job(NamedTuple):
    """A model on a machine: what every way to evidence needs."""

    spec: ModelSpec
    model: ResolvedModel
    locations: Locations
    device: str
    extraction: Extraction
    reporter: Reporter


class Evidence(NamedTuple):
    """What a metric scores, the layers it comes from, the kind of device they were computed on, and the readout.

    `content` is None, and `readout` says why, for a model that cannot choose.
    """

    content: Sequence[LayerGram] | Choices | None
    layers: tuple[str, ...]
    device: str
    readout: str = ""


def activations(job: Job, stimuli: StimulusSet) -> Evidence:
    """The model's layers, from its recorded features, from the store, or by a forward pass."""
    layers, device = _layers(job, stimuli, job.model.layers)
    return Evidence(layers, tuple(each.layer for each in layers), device)


def choices(job: Job, region: LoadedRegion, categories: Sequence[str]) -> Evidence:
    """The model's choice among the categories for each stimulus.

    Recorded choices stand as they are. Otherwise the first readout that the model has and the categories allow: its
    ImageNet head (entry-level categories only), sentences (language-supervised models), and a logistic readout fitted
    on the study's training images.
    """
    if job.model.trials is not None:
        return _recorded(job.model.trials)
    if job.model.imagenet_classes and set(categories) <= set(imagenet_indices()):
        return _by_imagenet_head(job, region.stimuli, categories)
    text = job.model.text()
    if text is not None:
        return _by_sentences(job, text, region.stimuli, categories)
    if region.training is not None and job.model.layers:
        return _by_fitted_readout(job, region.stimuli, region.training, categories)
    return Evidence(None, (), job.device, NO_READOUT)


def _recorded(path: Path) -> Evidence:
    recorded = read_trials([path])
    if len(recorded.observers) > 1:
        raise InvalidDataError(f"{path} holds trials of {', '.join(recorded.observers[:5])}; give those of one model")
    ids, answers = tuple(map(str, recorded.stimulus_id)), tuple(map(str, recorded.response))
    return Evidence(Choices(ids, answers), (), RECORDED, "recorded trials")


def _by_imagenet_head(job: Job, stimuli: StimulusSet, categories: Sequence[str]) -> Evidence:
    logits, device = _outputs(job, stimuli)
    places = [list(imagenet_indices()).index(category) for category in categories]
    probabilities = entry_level_probabilities(logits)[:, places]
    return Evidence(chosen(stimuli.ids, categories, probabilities), (), device, IMAGENET_HEAD)


def _by_sentences(job: Job, text: TextTower, stimuli: StimulusSet, categories: Sequence[str]) -> Evidence:
    images, device = _outputs(job, stimuli)
    job.reporter.message(f"Reading {len(TEMPLATES)} sentences for each of {len(categories)} categories")
    sentences = text.encode([sentence for each in prompts(categories) for sentence in each])
    probabilities = zero_shot_probabilities(
        images, sentences.reshape(len(categories), len(TEMPLATES), -1), scale=text.scale
    )
    readout = f"zero-shot: {len(TEMPLATES)} sentences for each category"
    return Evidence(chosen(stimuli.ids, categories, probabilities), (), device, readout)


def _by_fitted_readout(job: Job, stimuli: StimulusSet, training: TrainingImages, categories: Sequence[str]) -> Evidence:
    """One Gram matrix of training and judged images serves fit and judgement: L2-penalised fits need nothing else."""
    from brainrank.benchmark.readouts.fitted import cross_fitted  # scikit-learn: half a second, and seldom needed

    layer = LATENT_MEAN if LATENT_MEAN in job.model.layers else job.model.layers[-1]
    n_training = len(training.stimuli)
    union = StimulusSet(
        f"{training.stimuli.name}, {stimuli.name}",
        (*training.stimuli.stimuli, *stimuli.stimuli),
        visual_degrees=stimuli.visual_degrees,
    )
    (found,), device = _layers(job, union, (layer,))
    job.reporter.progress("fitting a readout", 0, 1)
    labels = np.array([list(categories).index(category) for category in training.categories])
    training_groups, judged_groups = (
        np.array([training.group_of.get(each, each) for each in ids]) for ids in (training.stimuli.ids, stimuli.ids)
    )
    fitted = cross_fitted(
        found.gram,
        labels,
        categories=tuple(categories),
        groups=training_groups,
        judged_groups=judged_groups,
    )
    job.reporter.progress("fitting a readout", 1, 1)
    readout = (
        f"logistic readout of {found.layer}, fitted on {n_training} images of {training.stimuli.name} "
        f"(right on {fitted.accuracy:.3f} of them when held out)"
    )
    return Evidence(chosen(stimuli.ids, categories, fitted.probabilities), (found.layer,), device, readout)


def _layers(job: Job, stimuli: StimulusSet, layers: Sequence[str]) -> tuple[Sequence[LayerGram], str]:
    model = job.model
    if model.trials is not None:
        model.build()  # which refuses, and says what recorded choices are good for
    if model.features is not None:
        from brainrank.benchmark.activations.gram import layer_gram

        recorded = model.features(stimuli.ids)
        return [layer_gram(name, _as_floats(recorded[name])) for name in layers], RECORDED
    source = Source(
        name=job.spec.name,
        weights_digest=model.weights_digest,
        preprocessing=model.preprocessing,
        layers=tuple(layers),
        pooling=job.spec.pooling,
        build=model.build,
    )
    return obtain(
        source,
        stimuli,
        home=job.locations.activations,
        device=job.device,
        extraction=job.extraction,
        reporter=job.reporter,
    )


def _as_floats(recorded: NDArray[Any]) -> NDArray[np.floating]:
    """Numbers as they were recorded: float64 stays, and integers take the type that holds them."""
    holding = np.result_type(recorded.dtype, np.float32)
    return np.asarray(recorded, min(holding, np.dtype(np.float64), key=lambda each: each.itemsize))


class _Outputs(NamedTuple):
    """What the network puts out for each stimulus, and the kind of device it was computed on."""

    values: Float[ndarray, "stimuli width"]
    device: str


def _outputs(job: Job, stimuli: StimulusSet) -> _Outputs:
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
    return _Outputs(found, device.type)
