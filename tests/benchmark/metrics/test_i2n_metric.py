"""I2n as a metric: people's answers against a model's probabilities."""

import numpy as np
import pytest

from brainrank.benchmark.metrics.behaviour.i2n import hit_rates_from_probabilities, i2n
from brainrank.benchmark.metrics.i2n import I2nMetric
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.trials import BehaviouralAssembly, Choices

METRIC = I2nMetric(draws=200)
CATEGORIES = ("bear", "cat", "dog", "elephant")
IMAGES = 60


def world(seed: int, *, signal: bool, observers: int = 12, noise: float = 1.0):
    """People and a model who find images like categories: by the same strengths, or by each its own."""
    rng = np.random.default_rng([5, seed])
    truth = np.arange(IMAGES) % len(CATEGORIES)
    strengths, own = (2.0 * np.eye(4)[truth] + rng.standard_normal((IMAGES, len(CATEGORIES))) for _ in range(2))
    ids = np.array([f"im{number:02d}" for number in range(IMAGES)])
    rows = [
        (f"p{who:02d}", ids[image], CATEGORIES[int(np.argmax(felt))], CATEGORIES[truth[image]])
        for who in range(observers)
        for image, felt in enumerate(strengths + noise * rng.gumbel(size=strengths.shape))
    ]
    observer, stimulus, response, category = map(np.array, zip(*rows, strict=True))
    people = BehaviouralAssembly(observer, stimulus, np.full(len(rows), "plain"), response, category)
    logits = (strengths if signal else own) / noise
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    answers = tuple(CATEGORIES[place] for place in probabilities.argmax(axis=1))
    return people, Choices(tuple(ids.tolist()), answers, CATEGORIES, probabilities), truth


def test_the_value_is_r_of_the_two_patterns():
    people, choices, truth = world(0, signal=True)
    counts = np.zeros((IMAGES, 4))
    for stimulus, response in zip(people.stimulus_id, people.response, strict=True):
        counts[int(stimulus[2:]), CATEGORIES.index(response)] += 1
    patterns = [i2n(hit_rates_from_probabilities(each, truth), truth) for each in (counts, choices.probabilities)]
    defined = np.isfinite(patterns).all(axis=0)
    expected = np.corrcoef(patterns[0][defined], patterns[1][defined])[0, 1]
    assert METRIC.score(choices, people).value == pytest.approx(expected, abs=1e-12)


def test_stimuli_and_names_in_another_order_score_the_same():
    people, choices, _ = world(1, signal=True)
    order = np.random.default_rng(0).permutation(IMAGES)
    turned = Choices(
        tuple(choices.stimulus_ids[place] for place in order),
        tuple(choices.categories[place] for place in order),
        CATEGORIES[::-1],
        choices.probabilities[order][:, ::-1],
    )
    assert METRIC.score(turned, people).value == pytest.approx(METRIC.score(choices, people).value, abs=1e-12)


def test_without_signal_r_is_none_and_intervals_hold_it():
    found = [METRIC.score(world(seed, signal=False)[1], world(seed, signal=False)[0]) for seed in range(100)]
    values = np.array([each.value for each in found])
    assert abs(values.mean()) < 3 * values.std() / np.sqrt(100)
    assert np.mean([each.interval.low <= 0 <= each.interval.high for each in found]) >= 0.9


def test_with_signal_intervals_hold_the_mean_and_the_ceiling_is_reached():
    found = []
    for seed in range(60):
        people, choices, _ = world(seed, signal=True)
        found.append(METRIC.score(choices, people))
    middle = np.mean([each.value for each in found])
    assert np.mean([each.interval.low <= middle <= each.interval.high for each in found]) >= 0.88
    ceiling = np.mean([each.ceiling.lower for each in found])
    # The model is what people are without their noise; clipping of d' keeps it a little below.
    assert 0.8 * ceiling < middle < ceiling + 0.05


def test_what_has_no_pattern_is_told():
    people, choices, _ = world(2, signal=True)
    assert "no readout" in METRIC.score(None, people).reason
    assert "without probabilities" in METRIC.score(choices._replace(names=(), probabilities=None), people).reason
    alone = people.select(people.observer == "p00")
    assert "one person" in METRIC.ceiling(alone).reason
    flat = choices._replace(probabilities=np.full((IMAGES, 4), 0.25))
    assert "same in every cell" in METRIC.score(flat, people).reason
    with pytest.raises(InvalidDataError, match="two categories or more"):
        METRIC.score(choices, people.select(people.category == "cat"))
    with pytest.raises(InvalidDataError, match="no probabilities for 59 of 60"):
        METRIC.score(choices._replace(stimulus_ids=("im00",) * IMAGES), people)
