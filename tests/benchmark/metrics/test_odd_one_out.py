"""Odd one out: choices by loops over features, chance, ceiling, temperature, intervals."""

import numpy as np
import pytest

from brainrank.benchmark.activations.gram import layer_gram
from brainrank.benchmark.metrics.behaviour.odd_one_out import best_temperature, choice_probabilities, right_choices
from brainrank.benchmark.metrics.odd_one_out import OddOneOutMetric, influence_of_stimuli
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.triplets import TripletAssembly

METRIC = OddOneOutMetric(draws=200)
STIMULI = 30


def judged(latent: np.ndarray, rng: np.random.Generator, *, n: int = 300, repeats: int = 1, noise: float = 1.0):
    """Triplets of random stimuli, each judged by people who see similarities with Gumbel noise (a softmax)."""
    rows = []
    for _ in range(n):
        three = rng.choice(len(latent), 3, replace=False)
        pairs = [(0, 1, 2), (0, 2, 1), (1, 2, 0)]
        alike = np.array([latent[three[a]] @ latent[three[b]] for a, b, _ in pairs])
        for _ in range(repeats):
            chosen = pairs[int(np.argmax(alike + noise * rng.gumbel(size=3)))]
            rows.append(three[list(chosen)])
    return TripletAssembly("people", tuple(map(str, range(len(latent)))), np.array(rows))


def world(seed: int, *, signal: bool, **judging):
    rng = np.random.default_rng([11, seed])
    latent, other = rng.standard_normal((2, STIMULI, 6))
    return layer_gram("x", latent if signal else other), judged(latent, rng, **judging), latent


@pytest.mark.parametrize("similarity", ["cosine", "dot"])
def test_the_value_is_the_share_of_right_choices_by_the_features(similarity):
    rng = np.random.default_rng(0)
    features = rng.normal(1, 1, (STIMULI, 9))
    assembly = judged(features, rng)
    right = 0
    for a, b, odd in assembly.triplets:
        x, y, z = features[[a, b, odd]]
        if similarity == "cosine":
            x, y, z = (each / np.linalg.norm(each) for each in (x, y, z))
        right += x @ y > max(x @ z, y @ z)
    score = OddOneOutMetric(similarity=similarity, draws=200).score([layer_gram("x", features)], assembly)
    assert score.value == pytest.approx(right / len(assembly.triplets))
    assert score.interval.low < score.value < score.interval.high


def test_guessing_has_a_third_and_intervals_hold_it():
    found = [METRIC.score([layer], assembly) for layer, assembly, _ in (world(s, signal=False) for s in range(100))]
    values = np.array([each.value for each in found])
    assert values.mean() == pytest.approx(1 / 3, abs=3 * values.std() / 10)
    assert np.mean([each.interval.low <= 1 / 3 <= each.interval.high for each in found]) >= 0.9


def test_intervals_hold_the_mean_with_signal():
    found = [METRIC.score([layer], assembly) for layer, assembly, _ in (world(s, signal=True) for s in range(80))]
    middle = np.mean([each.value for each in found])
    assert middle > 0.6
    assert np.mean([each.interval.low <= middle <= each.interval.high for each in found]) >= 0.88


def test_equal_pairs_share_the_choice():
    assert right_choices(np.array([[1.0, 1, 1], [1, 1, 0], [0, 1, 0]])).tolist() == pytest.approx([1 / 3, 1 / 2, 0])


def test_the_true_model_lies_between_the_ceilings():
    told = []
    for seed in range(10):
        layer, assembly, _ = world(seed, signal=True, n=100, repeats=6, noise=2.0)
        score = OddOneOutMetric(similarity="dot", draws=100).score([layer], assembly)
        told.append((score.ceiling.lower, score.value, score.ceiling.upper))
    lower, value, upper = np.mean(told, axis=0)
    assert lower < value < upper
    once = TripletAssembly("people", tuple(map(str, range(30))), np.arange(30).reshape(10, 3))
    assert "more than once" in METRIC.ceiling(once).reason


def test_the_temperature_is_the_one_people_judged_by():
    rng = np.random.default_rng(0)
    pairs = rng.standard_normal((20000, 3))
    chosen = np.argmax(pairs + 0.5 * rng.gumbel(size=pairs.shape), axis=1)
    left_first = np.take_along_axis(pairs, (chosen[:, None] + np.arange(3)) % 3, axis=1)
    assert best_temperature(left_first) == pytest.approx(0.5, rel=0.15)
    expected = np.exp(left_first[:, 0] / 0.5) / np.exp(left_first / 0.5).sum(axis=1)
    np.testing.assert_allclose(choice_probabilities(left_first, 0.5), expected)


def test_the_layer_is_chosen_on_the_other_half():
    rng = np.random.default_rng(1)
    latent = rng.standard_normal((STIMULI, 6))
    noise = layer_gram("noise", rng.standard_normal((STIMULI, 6)))
    score = METRIC.score([noise, layer_gram("latent", latent)], judged(latent, rng))
    assert score.layers == ("latent", "latent")
    (probability,) = score.details
    assert 0.4 < probability.value < 1


def test_influences_are_those_of_judgements_with_a_stimulus():
    triplets = np.array([[0, 1, 2], [0, 3, 4], [1, 3, 5], [2, 4, 5]])
    values = np.array([1.0, 0, 1, 1])
    found = influence_of_stimuli(values, triplets, np.arange(6))
    about = (values - values.mean()) / 4
    plain = np.array([about[(triplets == stimulus).any(axis=1)].sum() for stimulus in range(6)])
    np.testing.assert_allclose(found / np.linalg.norm(found), plain / np.linalg.norm(plain))


def test_what_cannot_be_scored_is_told():
    layer, assembly, _ = world(0, signal=True)
    few = TripletAssembly("people", assembly.stimulus_ids, np.array([[0, 1, 2]] * 30))
    with pytest.raises(InvalidDataError, match="1 different triplets in people"):
        METRIC.score([layer], few)
    flat = METRIC.score([layer_gram("flat", np.zeros((STIMULI, 3)))], assembly)
    assert "constant" in flat.reason
    with pytest.raises(InvalidDataError, match="choose from cosine, dot"):
        OddOneOutMetric(similarity="l2")
    with pytest.raises(InvalidDataError, match="a stimulus twice"):
        TripletAssembly("people", assembly.stimulus_ids, np.array([[0, 0, 2]]))
