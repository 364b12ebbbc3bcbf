"""A model's choices among a study's categories, through its readout: what metrics of behaviour score it by."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int, Shaped
from numpy import ndarray
from numpy.typing import NDArray

from brainrank.benchmark.readouts.entry_level import entry_level_probabilities, imagenet_indices
from brainrank.benchmark.readouts.zero_shot import TEMPLATES, prompts, zero_shot_probabilities
from brainrank.benchmark.scoring.evidence import Evidence, Job, layer_grams, network_outputs
from brainrank.benchmark.types.activations import LayerGram
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.metric import EvidenceKind
from brainrank.benchmark.types.receipt import RECORDED
from brainrank.benchmark.types.stimuli import StimulusSet
from brainrank.benchmark.types.trials import BehaviouralAssembly, Choices, LabelDistributions, most_probable
from brainrank.datasets.dataset import LoadedRegion, TrainingImages
from brainrank.datasets.readers.trials import read_trials
from brainrank.models_zoo.loaders.local import LocalFile, open_checked
from brainrank.models_zoo.resolved import TextTower

LATENT_MEAN = "latent_mean"
# Raise it when the same layer and labels would give another readout than before.
READOUT_VERSION = 1
IMAGENET_HEAD = "ImageNet head: the mean probability of each category's classes"
NO_READOUT = "none: the model has no head for these categories, and the study no images to fit one on"


def gather(_kind: EvidenceKind, job: Job, region: LoadedRegion) -> Evidence:
    """The model's choice among the categories of the region for each stimulus.

    Recorded choices stand as they are. Otherwise the first readout that the model has and the categories allow: its
    ImageNet head (entry-level categories only), sentences (language-supervised models), and a logistic readout fitted
    on the study's training images.
    """
    if not isinstance(region.assembly, BehaviouralAssembly | LabelDistributions):
        raise TypeError(f"{type(region.assembly).__name__} has no categories to choose among")
    categories = region.assembly.categories
    if job.model.trials is not None:
        return _recorded(LocalFile(job.model.trials, job.model.weights_digest))
    if job.model.imagenet_classes and set(categories) <= set(imagenet_indices()):
        return _by_imagenet_head(job, region.stimuli, categories)
    text = job.model.text()
    if text is not None:
        return _by_sentences(job, text, region.stimuli, categories)
    if region.training is not None and job.model.layers:
        return _by_fitted_readout(job, region.stimuli, region.training, categories)
    return Evidence(None, (), job.device, NO_READOUT)


def _recorded(file: LocalFile) -> Evidence:
    path = file.path
    with open_checked(file):
        recorded = read_trials([path])
    if len(recorded.observers) > 1:
        raise InvalidDataError(f"{path} holds trials of {', '.join(recorded.observers[:5])}; give those of one model")
    ids, answers = tuple(map(str, recorded.stimulus_id)), tuple(map(str, recorded.response))
    return Evidence(Choices(ids, answers), (), RECORDED, "recorded trials")


def _by_imagenet_head(job: Job, stimuli: StimulusSet, categories: Sequence[str]) -> Evidence:
    logits, device = network_outputs(job, stimuli)
    places = [list(imagenet_indices()).index(category) for category in categories]
    probabilities = entry_level_probabilities(logits)[:, places]
    return Evidence(most_probable(stimuli.ids, categories, probabilities), (), device, IMAGENET_HEAD)


def _by_sentences(job: Job, text: TextTower, stimuli: StimulusSet, categories: Sequence[str]) -> Evidence:
    images, device = network_outputs(job, stimuli)
    job.reporter.message(f"Reading {len(TEMPLATES)} sentences for each of {len(categories)} categories")
    sentences = text.encode([sentence for each in prompts(categories) for sentence in each])
    probabilities = zero_shot_probabilities(
        images, sentences.reshape(len(categories), len(TEMPLATES), -1), scale=text.scale
    )
    readout = f"zero-shot: {len(TEMPLATES)} sentences for each category"
    return Evidence(most_probable(stimuli.ids, categories, probabilities), (), device, readout)


def _by_fitted_readout(job: Job, stimuli: StimulusSet, training: TrainingImages, categories: Sequence[str]) -> Evidence:
    """One Gram matrix of training and judged images serves fit and judgement: L2-penalised fits need nothing else."""
    layer = LATENT_MEAN if LATENT_MEAN in job.model.layers else job.model.layers[-1]
    n_training = len(training.stimuli)
    union = StimulusSet(
        f"{training.stimuli.name}, {stimuli.name}",
        (*training.stimuli.stimuli, *stimuli.stimuli),
        visual_degrees=stimuli.visual_degrees,
    )
    obtained = layer_grams(job, union, (layer,))
    (found,) = obtained.layers
    job.reporter.progress("fitting a readout", 0, 1)
    labels = np.array([list(categories).index(category) for category in training.categories])
    training_groups, judged_groups = (
        np.array([training.group_of.get(each, each) for each in ids]) for ids in (training.stimuli.ids, stimuli.ids)
    )
    probabilities, accuracy = _fitted(found, labels, tuple(categories), training_groups, judged_groups)
    job.reporter.progress("fitting a readout", 1, 1)
    readout = (
        f"logistic readout of {found.layer}, fitted on {n_training} images of {training.stimuli.name} "
        f"(right on {accuracy:.3f} of them when held out)"
    )
    return Evidence(most_probable(stimuli.ids, categories, probabilities), (found.layer,), obtained.device, readout)


class _Fitted(NamedTuple):
    probabilities: Float[ndarray, "judged categories"]
    accuracy: float


def _fitted(
    layer: LayerGram,
    labels: Int[ndarray, " training"],
    categories: tuple[str, ...],
    groups: Shaped[ndarray, " training"],
    judged_groups: Shaped[ndarray, " judged"],
) -> _Fitted:
    """The readout fitted to a layer (`cross_fitted`), from the store where it is there."""

    def fit() -> Mapping[str, NDArray[np.floating]]:
        from brainrank.benchmark.readouts.fitted import cross_fitted  # scikit-learn: half a second, and seldom needed

        found = cross_fitted(layer.gram, labels, categories=categories, groups=groups, judged_groups=judged_groups)
        return {"probabilities": found.probabilities, "accuracy": np.asarray(found.accuracy)}

    if layer.derived is None:
        found = fit()
    else:
        content = [READOUT_VERSION, version("scikit-learn"), categories, labels, groups, judged_groups]
        told = json.dumps([each.tolist() if isinstance(each, np.ndarray) else each for each in content])
        found = layer.derived.obtain(f"readout-{hashlib.sha256(told.encode()).hexdigest()[:32]}", fit)
    return _Fitted(found["probabilities"], float(found["accuracy"]))
