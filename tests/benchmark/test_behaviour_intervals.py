"""Intervals of error consistency and label distributions on random and extreme data."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from interval_check import ROUNDING
from score_check import DRAWS, check_score, examples, groups_of, seeds

from brainrank.benchmark.metrics.behaviour.error_consistency import UndefinedKappa as Kappa
from brainrank.benchmark.metrics.error_consistency import ErrorConsistencyMetric
from brainrank.benchmark.metrics.label_distribution import LabelDistributionMetric
from brainrank.benchmark.types.trials import BehaviouralAssembly, Choices, LabelDistributions


def trials(rng: np.random.Generator, right: np.ndarray, seen: np.ndarray, conditions: int) -> BehaviouralAssembly:
    """Observers x stimuli tables as trials; stimuli take turns among the conditions."""
    who, what = np.nonzero(seen)
    return BehaviouralAssembly(
        observer=np.array([f"p{place}" for place in who]),
        stimulus_id=np.array([f"i{place:03d}" for place in what]),
        condition=np.array([f"c{place % conditions}" for place in what]),
        response=np.where(right[who, what], "cat", "dog"),
        category=np.full(len(who), "cat"),
    )


@pytest.mark.parametrize("convention", list(Kappa))
@examples
@given(
    seed=seeds,
    n=st.integers(2, 60),
    people=st.integers(1, 6),
    accuracy=st.sampled_from([0.0, 0.5, 0.8, 0.97, 1.0]),
    own=st.sampled_from([0.0, 0.7, 1.0]),
    partial=st.booleans(),
    conditions=st.integers(1, 2),
    minimum=st.sampled_from([2, 20]),
    group=st.sampled_from([1, 3]),
)
def test_error_consistency(convention, seed, n, people, accuracy, own, partial, conditions, minimum, group):
    rng = np.random.default_rng(seed)
    seen = rng.random((people, n)) < (0.6 if partial else 1.0)
    seen[:, :2] = True  # so that everybody has trials under each condition
    humans = trials(rng, rng.random((people, n)) < accuracy, seen, conditions)
    ids = humans.stimulus_ids
    if group > 1:
        humans = replace(humans, group_of={name: str(place // group) for place, name in enumerate(ids)})
    answers = np.where(rng.random(len(ids)) < own, "cat", "dog")
    metric = ErrorConsistencyMetric(convention=convention, minimum_shared=minimum, draws=DRAWS)
    score = metric.score(Choices(ids, tuple(map(str, answers))), humans)
    check_score(score)
    assert (score.ceiling.raw_interval is None) == (convention is Kappa.RAW or bool(np.isnan(score.ceiling.lower)))
    if score.ceiling.raw_interval is not None and people > 1 and accuracy == 1.0:
        assert score.ceiling.unreliable
        assert "undefined" in score.ceiling.reason
    for each in score.details:
        low = -1.0 if each.name in ("kappa_min", "kappa_max", "confusion correlation") else 0.0
        for number in (each.value, each.reference):
            assert np.isnan(number) or low - ROUNDING <= number <= 1 + ROUNDING


@examples
@given(
    seed=seeds,
    n=st.integers(1, 30),
    answers=st.sampled_from([2, 3, 20]),
    sure=st.sampled_from([0.02, 1.0, 50.0]),
    model=st.sampled_from([0.02, 1.0, 50.0]),
    group=st.sampled_from([1, 3]),
)
def test_label_distributions(seed, n, answers, sure, model, group):
    rng = np.random.default_rng(seed)
    ids, names = tuple(f"i{place}" for place in range(n)), ("a", "b", "c")
    shares = rng.dirichlet(np.full(3, sure), size=n)
    people = LabelDistributions(
        ids, names, np.stack([rng.multinomial(answers, each) for each in shares]), groups_of(n, group)
    )
    guesses = rng.dirichlet(np.full(3, model), size=n)
    choices = Choices(ids, tuple(names[place] for place in guesses.argmax(axis=1)), names, guesses)
    score = LabelDistributionMetric(splits=3, draws=DRAWS).score(choices, people)
    check_score(score, (-np.inf, 1.0))
