"""A small study of learning, generated: people who get better over six epochs, and learners of features."""

import numpy as np

from brainrank.benchmark.activations.gram import narrow_layer
from brainrank.benchmark.metrics.learning import LearningMetric
from brainrank.benchmark.types.trials import BehaviouralAssembly

EPOCHS, PEOPLE, TAUGHT, TESTED = 6, 8, 12, 15
CATEGORIES = np.array(["p", "q", "v"])


def _shown() -> tuple[list[tuple[str, str]], np.ndarray]:
    """Conditions with images, and the category of each image by its number."""
    names = [f"image-{number:03}" for number in range(TAUGHT + EPOCHS * TESTED)]
    shown = [(f"training-{epoch}", name) for epoch in range(1, EPOCHS + 1) for name in names[:TAUGHT]]
    for epoch in range(1, EPOCHS + 1):
        start = TAUGHT + (epoch - 1) * TESTED
        shown += [(f"test-{epoch}", name) for name in names[start : start + TESTED]]
    return shown, CATEGORIES[np.arange(len(names)) % 3]


def _trials(rng: np.random.Generator, accuracy: np.ndarray, observers: list[str]) -> BehaviouralAssembly:
    """Trials in which observer o is right with the chance `accuracy` (observers x epochs), else wrong either way."""
    shown, categories = _shown()
    conditions, names = np.array(shown).T
    epoch = np.array([int(each.rpartition("-")[2]) - 1 for each in conditions])
    category = categories[[int(name.rpartition("-")[2]) for name in names]]
    right = rng.random((len(observers), len(shown))) < accuracy[:, epoch]
    other = (np.searchsorted(CATEGORIES, category) + rng.integers(1, 3, right.shape)) % 3
    response = np.where(right, category, CATEGORIES[other])
    return BehaviouralAssembly(
        observer=np.repeat(observers, len(shown)),
        stimulus_id=np.tile(names, len(observers)),
        condition=np.tile(conditions, len(observers)),
        response=response.ravel(),
        category=np.tile(category, len(observers)),
    )


def learning_people(rng: np.random.Generator, *, people: int = PEOPLE) -> BehaviouralAssembly:
    """People who begin between .4 and .6 and end between .6 and .9."""
    begin, end = rng.uniform(0.4, 0.6, people), rng.uniform(0.6, 0.9, people)
    accuracy = begin[:, None] + (end - begin)[:, None] * np.linspace(0, 1, EPOCHS)
    return _trials(rng, accuracy, [f"person-{number:02}" for number in range(people)])


def guessing_people(rng: np.random.Generator, people: BehaviouralAssembly, *, runs: int = 20) -> BehaviouralAssembly:
    """Learners that guess among three categories in every trial of what people saw."""
    assert set(people.conditions) == {each for each, _ in _shown()[0]}
    return _trials(rng, np.full((runs, EPOCHS), 1 / 3), [f"run-{number:02}" for number in range(runs)])


def learned_by(
    rng: np.random.Generator, people: BehaviouralAssembly, *, signal: float, metric: LearningMetric
) -> BehaviouralAssembly:
    """What readouts of generated features learn, in which categories lie `signal` apart in noise of 20 dimensions."""
    _, categories = _shown()
    features = rng.standard_normal((len(people.stimulus_ids), 20))
    features[:, :3] += signal * 2 * (categories[:, None] == CATEGORIES)
    return metric.learn(narrow_layer("features", features.astype(np.float32)), people)
