"""Simulated studies in which the truth is known: models that are equally good, models of noise, and stimuli in groups.

Models are exchangeable: what one of them sees, another could have seen, so that every difference that is told is a
false one. Subjects, targets and observers weigh features each in their own way: by gamma weights of a `shape`, .5 in
the strong world, where a few features are most of a subject, 8 in the mild one.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import pdist

from brainrank.benchmark.activations.gram import layer_gram
from brainrank.benchmark.types.activations import LayerGram
from brainrank.benchmark.types.assemblies import RdmAssembly, ResponseAssembly
from brainrank.benchmark.types.trials import BehaviouralAssembly, Choices

STRONG, MILD = 0.5, 8.0
LATENT, FEATURES = 48, 200
HALF = LATENT // 2
CATEGORIES = np.array(["boat", "car", "cat", "dog"])
Reals = NDArray[np.float64]


class Study(NamedTuple):
    """What each model is scored by (layers, or choices), and what it is scored against."""

    models: Sequence[Any]
    assembly: Any


def rsa(
    rng: np.random.Generator, *, stimuli: int, subjects: int, shape: float, models: int = 2, seen: int = HALF
) -> Study:
    """Subjects weigh 48 latent features; models see 24 of them, one half or the other, every second only `seen`."""
    latent = rng.standard_normal((stimuli, LATENT))
    return Study(_halves(rng, latent, models, seen, rng), _brains(rng, latent, subjects, shape))


def encoding(
    rng: np.random.Generator,
    *,
    stimuli: int,
    targets: int,
    shape: float,
    models: int = 2,
    seen: int = HALF,
    same: int | None = None,
) -> Study:
    """Targets weigh both halves of the latent features alike, so that they tell no half from the other.

    `same` seeds their weights and the models' mixtures, so that all studies have the same targets and models: what
    depends on how targets are alike, as their RDM does, has an expected score of these only.
    """
    latent = rng.standard_normal((stimuli, LATENT))
    weighing, mixing = (rng, rng) if same is None else map(np.random.default_rng, ([same, 0], [same, 1]))
    halves = _halves(rng, latent, models, seen, mixing)
    size = (LATENT // 2, targets)
    weights = weighing.gamma(shape, 1 / shape, size) * weighing.choice([-1, 1], size)
    both = np.repeat(weights, 2, axis=0) / np.sqrt(2 * (weights**2).sum(axis=0))
    responses = latent @ both + rng.standard_normal((stimuli, targets))
    return Study(halves, _responses(responses))


def errors(
    rng: np.random.Generator, *, stimuli: int, people: int, shape: float, models: int = 2, seen: int = 4
) -> Study:
    """What makes images hard has eight features, which people weigh each in their own way and models see half of.

    Every second model sees `seen` of its half only.
    """
    hard = rng.standard_normal((stimuli, 8))
    spread = 1.0 if shape == STRONG else 0.3
    humans = [
        hard @ (0.6 + spread * rng.standard_normal(8)) / 2 + 1 + 0.3 * rng.standard_normal() for _ in range(people)
    ]
    machines = [_half(hard, number, seen).sum(axis=1) / 2 + 0.3 for number in range(models)]
    return _answered(rng, humans, machines)


def noise_rsa(rng: np.random.Generator, *, stimuli: int, subjects: int, layers: int = 1) -> Study:
    """A model of noise against subjects who agree."""
    brains = _brains(rng, rng.standard_normal((stimuli, LATENT)), subjects, MILD)
    return Study([_noise_layers(rng, stimuli, layers)], brains)


def noise_encoding(
    rng: np.random.Generator, *, stimuli: int, targets: int, features: int = 500, layers: int = 1
) -> Study:
    """A model of noise against responses of noise."""
    responses = rng.standard_normal((stimuli, targets))
    return Study([_noise_layers(rng, stimuli, layers, features)], _responses(responses))


def noise_errors(rng: np.random.Generator, *, stimuli: int, people: int) -> Study:
    """A model and people whose errors have nothing in common."""
    return _answered(rng, [np.ones(stimuli) for _ in range(people)], [np.full(stimuli, 0.3)])


def triplets(rng: np.random.Generator, *, objects: int, targets: int, grouped: bool) -> Study:
    """Three near-identical images of each object; the responses are noise, the same to all three of them."""
    of_object = np.repeat(np.arange(objects), 3)
    features = rng.standard_normal((objects, FEATURES))[of_object]
    features = features + 0.05 * rng.standard_normal(features.shape)
    responses = rng.standard_normal((objects, targets))[of_object]
    responses = responses + 0.3 * rng.standard_normal(responses.shape)
    groups = tuple(map(str, of_object)) if grouped else None
    return Study([[layer_gram("noise", features)]], _responses(responses, groups))


def _halves(
    rng: np.random.Generator, latent: Reals, models: int, seen: int, mixing: np.random.Generator
) -> list[list[LayerGram]]:
    """The models see one half of the features or the other, in turn, each in its own mixture and with its own noise."""
    return [[_layer(rng, _half(latent, number, seen), mixing)] for number in range(models)]


def _half(latent: Reals, number: int, seen: int) -> Reals:
    """The half that a model sees of the features, of which every second model has the first `seen` only."""
    half = latent[:, number % 2 :: 2]
    return half[:, :seen] if number % 2 else half


def _layer(rng: np.random.Generator, seen: Reals, mixing: np.random.Generator) -> LayerGram:
    mixed = seen @ mixing.standard_normal((seen.shape[1], FEATURES))
    return layer_gram("layer", mixed + 0.3 * rng.standard_normal(mixed.shape))


def _noise_layers(rng: np.random.Generator, stimuli: int, layers: int, features: int = FEATURES) -> list[LayerGram]:
    return [layer_gram(str(number), rng.standard_normal((stimuli, features))) for number in range(layers)]


def _brains(rng: np.random.Generator, latent: Reals, subjects: int, shape: float) -> RdmAssembly:
    rdms = []
    for _ in range(subjects):
        weights = rng.gamma(shape, 1 / shape, LATENT)
        measured = (latent * weights) @ rng.standard_normal((LATENT, 80)) / np.sqrt(LATENT)
        rdms.append(pdist(measured + 0.7 * rng.standard_normal(measured.shape), "correlation"))
    names = tuple(f"{rng.integers(2**40)}" for _ in range(subjects))
    return RdmAssembly("simulated", tuple(map(str, range(len(latent)))), names, np.stack(rdms))


def _responses(responses: Reals, groups: tuple[str, ...] | None = None) -> ResponseAssembly:
    ids, targets = (tuple(map(str, range(size))) for size in responses.shape)
    return ResponseAssembly("simulated", ids, targets, responses[:, None], groups)


def _answered(rng: np.random.Generator, people: Sequence[Reals], models: Sequence[Reals]) -> Study:
    """Who is right is drawn with the logistic chance of each value; a wrong answer is the next category."""
    stimuli = len(people[0])
    place = rng.integers(len(CATEGORIES), size=stimuli)
    right = [value + rng.logistic(size=stimuli) > 0 for value in (*people, *models)]
    answers = [CATEGORIES[np.where(each, place, (place + 1) % len(CATEGORIES))] for each in right]
    ids = tuple(f"image {number}" for number in range(stimuli))
    who = [f"{rng.integers(2**40)}" for _ in people]
    assembly = BehaviouralAssembly(
        np.repeat(who, stimuli),
        np.tile(ids, len(people)),
        np.full(stimuli * len(people), "all"),
        np.concatenate(answers[: len(people)]),
        np.tile(CATEGORIES[place], len(people)),
    )
    return Study([Choices(ids, tuple(each.tolist())) for each in answers[len(people) :]], assembly)
