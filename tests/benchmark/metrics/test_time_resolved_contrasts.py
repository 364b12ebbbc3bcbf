"""Contrasts over time: distances against sums over features; noise; what is refused."""

from dataclasses import replace

import numpy as np
import pytest
from timed_study import bump, names

from brainrank.benchmark.activations.gram import layer_gram
from brainrank.benchmark.metrics.time_resolved_contrasts import TimeResolvedContrastsMetric
from brainrank.benchmark.metrics.timed.contrast_distances import contrast_distances
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.timed_assemblies import TimedContrasts

TIMES = np.arange(0.0, 300.0, 40.0)
LEVELS = np.array([(a, b, c) for a in range(4) for b in range(4) for c in range(3)])


def design() -> tuple[np.ndarray, np.ndarray]:
    """Each two levels of a against each two of b: which pairing, in the contexts of c."""
    pairs = [(one, other) for one in range(4) for other in range(one)]
    sides, contexts = [], []
    for first in pairs:
        for second in pairs:
            a, b = ((LEVELS[:, k] == pair[0]) * 1 - (LEVELS[:, k] == pair[1]) for k, pair in ((0, first), (1, second)))
            sides.append(a * b)
            contexts.append(LEVELS[:, 2])
    return np.array(sides), np.array(contexts)


def by_features(features: np.ndarray, sides: np.ndarray, contexts: np.ndarray) -> float:
    """The mean over ordered pairs of different contexts of the product of differences of means."""
    apart = [
        features[(sides == 1) & (contexts == c)].mean(axis=0) - features[(sides == -1) & (contexts == c)].mean(axis=0)
        for c in np.unique(contexts[sides != 0])
    ]
    products = [one @ other for i, one in enumerate(apart) for j, other in enumerate(apart) if i != j]
    return float(np.mean(products)) / features.shape[1]


def study(seed: int, *, signal: float = 1.0) -> tuple[list, TimedContrasts]:
    rng, (sides, contexts) = np.random.default_rng(seed), design()
    features = [rng.standard_normal((len(LEVELS), 30)) for _ in range(3)]
    layers = [layer_gram(f"layer-{number}", each) for number, each in enumerate(features)]
    meant = contrast_distances(layers[1], sides, contexts)
    meant = (meant - meant.mean()) / meant.std()
    noise = rng.standard_normal((6, len(TIMES), len(sides)))
    values = 0.5 + 0.02 * (signal * bump(TIMES)[:, None] * meant + noise)
    timed = TimedContrasts(
        "eeg", names("s", len(LEVELS)), names("p", 6), TIMES, names("c", len(sides)), sides, contexts, values
    )
    return layers, timed


def test_distances_are_those_of_the_features():
    sides, contexts = design()
    features = np.random.default_rng(2).standard_normal((len(LEVELS), 30))
    expected = [by_features(features, *each) for each in zip(sides, contexts, strict=True)]
    np.testing.assert_allclose(contrast_distances(layer_gram("x", features), sides, contexts), expected, atol=1e-7)


def test_sides_without_a_common_difference_are_0_apart_on_average():
    sides, contexts = design()
    found = [
        contrast_distances(
            layer_gram("x", np.random.default_rng(seed).standard_normal((len(LEVELS), 30))), sides, contexts
        )
        for seed in range(20)
    ]
    # Each contrast has a standard error of its own, and contrasts share images.
    assert abs(np.mean(found)) < 0.05


def test_the_layer_that_the_brain_follows_is_found():
    layers, timed = study(3)
    found = TimeResolvedContrastsMetric(start_ms=80.0, stop_ms=160.0, draws=100).score(layers, timed)
    assert set(found.layers) == {"layer-1"}
    assert found.value > 0.4
    assert found.course is not None
    assert found.course.peak.ms == pytest.approx(120, abs=20)
    assert found.ceiling.lower < found.ceiling.upper


def test_noise_is_not_above_chance():
    false = 0
    for seed in range(20):
        course = TimeResolvedContrastsMetric(draws=100).score(*study(seed, signal=0)).course
        assert course is not None
        false += bool((course.above_chance < 0.05).any())
    assert false <= 3


def test_what_is_no_contrast_is_refused():
    layers, timed = study(4)
    one_sided = timed.sides.copy()
    one_sided[3] = np.abs(one_sided[3])
    with pytest.raises(InvalidDataError, match=r"contrast c3 of eeg \(1 in all\) has one side only"):
        replace(timed, sides=one_sided)
    with pytest.raises(InvalidDataError, match="has 1 contexts"):
        TimeResolvedContrastsMetric().score(layers, replace(timed, contexts=np.zeros_like(timed.contexts)))
    few = replace(
        timed,
        contrasts=timed.contrasts[:6],
        sides=timed.sides[:6],
        contexts=timed.contexts[:6],
        values=timed.values[..., :6],
    )
    with pytest.raises(InvalidDataError, match="6 contrasts in eeg"):
        TimeResolvedContrastsMetric().score(layers, few)
