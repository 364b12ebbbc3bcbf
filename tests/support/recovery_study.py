"""A small study of a few subjects and models with made-up features, to simulate worlds of."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from brainrank.benchmark.metrics.rdms.rdm import rdm_from_features
from brainrank.benchmark.metrics.rsa import RsaMetric
from brainrank.benchmark.recovery.rdm_noise import drawn_common, drawn_noise, own_parts
from brainrank.benchmark.recovery.rsa_worlds import RsaWorlds, layer_rdms, rsa_worlds
from brainrank.benchmark.statistics.centred_gram import centred_gram_of_features
from brainrank.benchmark.types.activations import LayerGram
from brainrank.benchmark.types.assemblies import RdmAssembly
from brainrank.benchmark.types.dissimilarity import Dissimilarity
from brainrank.benchmark.types.trials import BehaviouralAssembly, Choices

Features = Mapping[str, Sequence[NDArray[np.float64]]]


def features_of(models: Mapping[str, int], stimuli: int, rng: np.random.Generator) -> Features:
    """Features of models, each with so many layers."""
    return {name: [rng.normal(size=(stimuli, 20)) for _ in range(layers)] for name, layers in models.items()}


def grams(features: Features) -> dict[str, list[LayerGram]]:
    """Their Gram matrices, under the models' names."""
    return {name: [centred_gram_of_features(each, width=64) for each in layers] for name, layers in features.items()}


def measured(true: NDArray[np.float64], *, subjects: int, noise: float, rng: np.random.Generator) -> RdmAssembly:
    """Subjects whose RDMs are those of features and noise."""
    rdm = rdm_from_features(true, Dissimilarity.CORRELATION)
    rdms = rdm / rdm.std() + noise * rng.normal(size=(subjects, rdm.size))
    names = tuple(f"subject{number}" for number in range(subjects))
    return RdmAssembly("it", tuple(f"image{number}" for number in range(len(true))), names, rdms)


def worlds_of(
    features: Features, assembly: RdmAssembly, *, worlds: int, rng: np.random.Generator, metric: RsaMetric | None = None
) -> RsaWorlds:
    """Worlds of the models with these features."""
    metric = metric or RsaMetric(draws=200)
    return rsa_worlds(metric, assembly, layer_rdms(grams(features), metric, assembly), worlds=worlds, rng=rng)


def worlds_with_noise(
    features: Features, assembly: RdmAssembly, share: float, *, worlds: int, rng: np.random.Generator
) -> RsaWorlds:
    """Worlds with this share of noise, which is not looked for: that takes most of the time of a small study."""
    metric = RsaMetric(draws=60)
    noise = drawn_noise(own_parts(assembly.rdms, metric.comparator), worlds=worlds, rng=rng)
    common = drawn_common(assembly.rdms, metric.comparator, worlds=worlds, rng=rng)
    layers = layer_rdms(grams(features), metric, assembly)
    made = RsaWorlds(metric, assembly, layers, noise, common, ceiling=float("nan"))
    vars(made)["noise_share"] = share
    return made


def answers(right: NDArray[np.bool_], category: NDArray[np.str_]) -> NDArray[np.str_]:
    """The category where somebody is right, else the other."""
    return np.where(right, category, np.where(category == "cat", "dog", "cat"))


def trials_of(right: NDArray[np.bool_], *, conditions: int) -> BehaviouralAssembly:
    """Trials of people (rows) who all see all stimuli, of two categories, in turn under each condition."""
    people, stimuli = right.shape
    category = np.resize(["cat", "cat", "dog", "dog"], stimuli)
    number = np.tile(np.arange(stimuli), people)
    return BehaviouralAssembly(
        observer=np.repeat([f"person{each}" for each in range(people)], stimuli),
        stimulus_id=np.array([f"image{each:03d}" for each in number]),
        condition=np.array([f"condition{each % conditions}" for each in number]),
        response=answers(right, np.tile(category, (people, 1))).ravel(),
        category=np.tile(category, people),
    )


def choices_of(right: NDArray[np.bool_]) -> Choices:
    """A model's choices for the same stimuli."""
    category = np.resize(["cat", "cat", "dog", "dog"], len(right))
    ids = tuple(f"image{each:03d}" for each in range(len(right)))
    return Choices(ids, tuple(answers(right, category).tolist()))
