"""Soft matching: against SciPy's linear programming, without signal, with it, and its ceiling."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment, linprog

from brainrank.benchmark.metrics.alignment.repeats import RepeatHalves
from brainrank.benchmark.metrics.held_out.matching import matched_correlation, matching, reliable_correlation
from brainrank.benchmark.metrics.soft_matching import SoftMatchingMetric
from brainrank.benchmark.types.activations import LayerFeatures
from brainrank.benchmark.types.assemblies import ResponseAssembly
from brainrank.benchmark.types.errors import InvalidDataError

METRIC = SoftMatchingMetric(draws=200)
TARGETS, UNITS, LATENTS = 12, 30, 5


def study(seed: int, n: int = 80, *, noise: float = 1.0, groups: bool = False) -> tuple[ResponseAssembly, np.ndarray]:
    """Responses with four repeats, and what they truly are."""
    rng, fixed = np.random.default_rng([seed, n]), np.random.default_rng(1)
    true = rng.standard_normal((n, LATENTS)) @ fixed.standard_normal((LATENTS, TARGETS))
    if groups:
        true = true[np.arange(n) // 4 * 4]
    true /= true.std(axis=0)
    responses = true[:, None] + noise * rng.standard_normal((n, 4, TARGETS))
    ids = tuple(map(str, range(n)))
    of = tuple(str(number // 4) for number in range(n)) if groups else None
    names = tuple(map(str, range(TARGETS)))
    return ResponseAssembly("v4", ids, names, responses.astype(np.float32), groups=of), true


def layer(name: str, values: np.ndarray) -> LayerFeatures:
    return LayerFeatures(name, values.astype(np.float32))


def correlations(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.corrcoef(x.T, y.T)[: x.shape[1], x.shape[1] :]


def test_the_plan_is_that_of_linear_programming() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((20, 7)), rng.standard_normal((20, 4))
    cost = (1 - correlations(x, y)).ravel()
    rows, columns = np.kron(np.eye(7), np.ones(4)), np.kron(np.ones(7), np.eye(4))
    shares = np.concatenate([np.full(7, 1 / 7), np.full(4, 1 / 4)])
    solved = linprog(cost, A_eq=np.vstack([rows, columns]), b_eq=shares)
    np.testing.assert_allclose(matching(x, y).ravel() @ cost, solved.fun, rtol=1e-9)


def test_as_many_units_as_targets_are_paired_one_by_one() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((20, 6)), rng.standard_normal((20, 6))
    paired = np.zeros((6, 6))
    paired[linear_sum_assignment(-correlations(x, y))] = 1 / 6
    np.testing.assert_allclose(matching(x, y), paired, atol=1e-12)


def test_the_score_is_the_correlation_of_what_was_matched_on_the_other_half() -> None:
    assembly, true = study(0)
    rng = np.random.default_rng(1)
    x = true[:, np.arange(UNITS) % TARGETS] + rng.standard_normal((80, UNITS))
    found = METRIC.score([layer("a", x)], assembly)
    halves = METRIC._ways(assembly)  # which stimuli are in which half is not what is tested
    y, expected = assembly.responses.mean(axis=1, dtype=np.float64), []
    x = x.astype(np.float32).astype(np.float64)
    for way in halves:
        train, test = way.train.stimuli, way.test.stimuli
        cost = -correlations(x[train], y[train]).ravel()
        rows, columns = np.kron(np.eye(UNITS), np.ones(TARGETS)), np.kron(np.ones(UNITS), np.eye(TARGETS))
        shares = np.concatenate([np.full(UNITS, 1 / UNITS), np.full(TARGETS, 1 / TARGETS)])
        plan = linprog(cost, A_eq=np.vstack([rows, columns]), b_eq=shares).x
        expected.append(plan @ correlations(x[test], y[test]).ravel())
    assert found.value == pytest.approx(np.mean(expected), abs=1e-6)
    assert found.interval.low < found.value < found.interval.high
    assert found.unit == "mean r"


@pytest.mark.parametrize(("n", "layers", "groups"), [(40, 1, False), (40, 8, False), (160, 8, True)])
def test_without_signal_it_is_zero_on_average(n: int, layers: int, groups: bool) -> None:
    values, above = [], 0
    for seed in range(40):
        assembly, _ = study(seed, n, groups=groups)
        rng = np.random.default_rng([seed, 7])
        noise = rng.standard_normal((layers, n, UNITS))
        if groups:
            noise = noise[:, np.arange(n) // 4 * 4] + 0.1 * noise
        found = METRIC.score([layer(str(number), each) for number, each in enumerate(noise)], assembly)
        values.append(found.value)
        above += found.interval.low > 0
    assert abs(np.mean(values)) < 3 * np.std(values) / np.sqrt(len(values))
    assert above <= 3


def test_true_responses_score_within_the_ceiling() -> None:
    found = []
    for seed in range(10):
        assembly, true = study(seed, 160, noise=1.5)
        score = METRIC.score([layer("true", true)], assembly)
        found.append((score.ceiling.lower, score.value, score.ceiling.upper))
    lower, value, upper = np.mean(found, axis=0)
    assert lower - 0.01 < value < upper + 0.01
    assert value == pytest.approx(1 / np.sqrt(1 + 1.5**2 / 4), abs=0.02)


def test_influences_are_what_drawing_a_stimulus_again_does() -> None:
    rng, small = np.random.default_rng(0), 1e-5
    x, y = rng.standard_normal((30, 5)), rng.standard_normal((30, 4))
    plan, units = matching(x, y), np.arange(30) // 2
    found = matched_correlation(plan, x, y, units)

    def weighted(weights: np.ndarray) -> float:
        joint = np.cov(x.T, y.T, aweights=weights, ddof=0)
        joint /= np.sqrt(np.outer(np.diag(joint), np.diag(joint)))
        return float((plan * joint[:5, 5:]).sum())

    assert found.value == pytest.approx(weighted(np.ones(30)))
    for unit in range(15):
        moved = weighted(1 + small * (units == unit))
        assert found.influence[unit] == pytest.approx((moved - found.value) / small, abs=1e-4)


def test_the_ceiling_of_unrelated_repeats_is_about_zero() -> None:
    found = []
    for seed in range(30):
        rng = np.random.default_rng(seed)
        one, other = rng.standard_normal((2, 40, TARGETS))
        found.append(reliable_correlation([RepeatHalves(one, other)], np.arange(40)).lower)
    assert abs(np.mean(found)) < 3 * np.std(found) / np.sqrt(30)


def test_what_cannot_be_scored_says_why() -> None:
    assembly, true = study(0)
    dead = METRIC.score([layer("dead", np.ones((80, 3))), layer("nan", np.full((80, 3), np.nan))], assembly)
    assert np.isnan(dead.value)
    assert "varies" in dead.reason
    alive = METRIC.score([layer("dead", np.ones((80, 3))), layer("true", true)], assembly)
    assert alive.layers == ("true", "true")
    few, _ = study(0, 39)
    with pytest.raises(InvalidDataError, match="needs at least 40"):
        METRIC.score([layer("true", true[:39])], few)
    with pytest.raises(InvalidDataError, match="soft-matching scores units"):
        METRIC.score(None, assembly)
    once = replace(assembly, responses=assembly.responses[:, :1])
    assert "one response" in METRIC.ceiling(once).reason
