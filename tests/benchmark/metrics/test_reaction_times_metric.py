"""The reaction-time metric: planted, without signal, with few people and few images, and what it refuses."""

import numpy as np
import pytest

from brainrank.benchmark.metrics.reaction_times import ReactionTimesMetric
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.trials import NO_READOUT, BehaviouralAssembly, Choices

CATEGORIES = ("bear", "cat", "dog", "oven")
METRIC = ReactionTimesMetric(draws=200)


def study(rng: np.random.Generator, *, people: int, images: int, signal: float) -> tuple[BehaviouralAssembly, Choices]:
    """People slow on images that are hard, and a model that doubts hard ones as far as it has the signal."""
    hard = rng.standard_normal(images)
    truth = np.arange(images) % len(CATEGORIES)
    shown = [(p, k) for p in range(people) for k in range(images)]
    log = np.array([0.7 * hard[k] + rng.standard_normal() + 0.3 * p + truth[k] for p, k in shown])
    right = rng.random(len(shown)) < 0.8
    category = np.array([CATEGORIES[truth[k]] for _, k in shown])
    assembly = BehaviouralAssembly(
        observer=np.array([f"p{p}" for p, _ in shown]),
        stimulus_id=np.array([f"i{k:03d}" for _, k in shown]),
        condition=np.array(["young" if p % 2 else "old" for p, _ in shown]),
        response=np.where(right, category, "na"),
        category=category,
        reaction_time_s=np.exp(log),
    )
    doubts = signal * hard + np.sqrt(1 - signal**2) * rng.standard_normal(images) + truth
    best = 0.25 + 0.75 / (1 + np.exp(doubts))
    probabilities = np.repeat(((1 - best) / 3)[:, None], 4, axis=1)
    probabilities[np.arange(images), truth] = best
    ids = tuple(f"i{k:03d}" for k in range(images))
    return assembly, Choices(ids, tuple(CATEGORIES[k] for k in truth), CATEGORIES, probabilities)


def test_a_model_that_doubts_what_is_slow_reaches_the_ceiling() -> None:
    assembly, choices = study(np.random.default_rng(0), people=8, images=160, signal=1.0)
    score = METRIC.score(choices, assembly)
    assert score.value > 0.4
    assert score.interval.low < score.value < score.interval.high
    assert score.interval.low > 0
    assert score.ceiling.lower < score.ceiling.upper
    assert score.value > score.ceiling.lower - 0.05
    assert score.ceiling.interval is not None
    assert not score.ceiling.unreliable
    assert [each.name for each in score.details] == ["old", "young"]
    assert np.mean([each.value for each in score.per_subject]) == pytest.approx(score.value)
    assert choices.probabilities is not None
    best = 1.25 - choices.probabilities.max(axis=1, keepdims=True)
    turned = np.where(choices.probabilities == choices.probabilities.max(axis=1, keepdims=True), best, (1 - best) / 3)
    assert METRIC.score(choices._replace(probabilities=turned), assembly).value == pytest.approx(-score.value)


@pytest.mark.parametrize(("people", "images"), [(3, 40), (8, 40), (8, 160)])
def test_without_signal_there_is_no_bias_and_no_more_false_positives_than_told(people: int, images: int) -> None:
    """Categories differ in both, which tells nothing of the images."""
    values, held = [], []
    for seed in range(150):
        assembly, choices = study(np.random.default_rng([1, seed]), people=people, images=images, signal=0.0)
        score = METRIC.score(choices, assembly)
        values.append(score.value)
        held.append(score.interval.low <= 0 <= score.interval.high)
    assert abs(np.mean(values)) < 3 * np.std(values) / np.sqrt(len(values))
    assert np.mean(held) > 0.9


def test_the_ceiling_of_people_who_share_nothing_is_zero() -> None:
    rng = np.random.default_rng(3)
    ceilings = []
    for _ in range(60):
        assembly, _ = study(rng, people=6, images=60, signal=0.0)
        assert assembly.reaction_time_s is not None
        noise = BehaviouralAssembly(
            *(assembly.observer, assembly.stimulus_id, assembly.condition, assembly.response, assembly.category),
            np.exp(rng.standard_normal(len(assembly))),
        )
        ceilings.append(METRIC.ceiling(noise))
    lower = [each.lower for each in ceilings]
    assert abs(np.mean(lower)) < 3 * np.std(lower) / np.sqrt(len(lower))
    assert np.mean([each.unreliable for each in ceilings]) > 0.9


def test_what_it_refuses_and_what_has_no_value() -> None:
    assembly, choices = study(np.random.default_rng(4), people=3, images=40, signal=0.5)
    assert METRIC.score(None, assembly).reason == NO_READOUT
    assert "without probabilities" in METRIC.score(choices._replace(probabilities=None), assembly).reason
    sure = choices._replace(probabilities=np.full((40, 4), 0.25))
    assert "as sure of every image" in METRIC.score(sure, assembly).reason
    with pytest.raises(InvalidDataError, match="nobody has 41 right answers"):
        ReactionTimesMetric(minimum_trials=41).score(choices, assembly)
    one = assembly.select(assembly.observer == "p0")
    assert "fewer than two people" in METRIC.score(choices, one).ceiling.reason
    fewer = Choices(choices.stimulus_ids[:20], choices.categories[:20], choices.names, choices.probabilities[:20])  # type: ignore[index]
    with pytest.raises(InvalidDataError, match="no probabilities for 20 of 40 images"):
        METRIC.score(fewer, assembly)


def test_the_same_seed_gives_the_same_bits() -> None:
    assembly, choices = study(np.random.default_rng(5), people=4, images=60, signal=0.5)
    first, second = METRIC.score(choices, assembly), METRIC.score(choices, assembly)
    assert (first.value, first.interval) == (second.value, second.interval)
