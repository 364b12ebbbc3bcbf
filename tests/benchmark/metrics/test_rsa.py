"""The RSA benchmark metric: the nested choice of a layer, its interval, and what is undefined."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.distance import pdist, squareform
from scipy.stats import rankdata

from brainrank.benchmark.activations.gram import layer_gram
from brainrank.benchmark.metrics.rdms.comparators import Comparator
from brainrank.benchmark.metrics.rsa import RsaMetric
from brainrank.benchmark.types.activations import LayerGram
from brainrank.benchmark.types.assemblies import RdmAssembly

N = 24
METRIC = RsaMetric(draws=200)


def features(seed: int, n_features: int = 40) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((N, n_features))


def layer(name: str, values: np.ndarray) -> LayerGram:
    return layer_gram(name, values)


def assembly(subjects: int = 4, noise: float = 1.0, pooled: bool = False) -> RdmAssembly:
    rng = np.random.default_rng(99)
    signal = features(1)
    rdms = [pdist(signal + noise * rng.standard_normal(signal.shape), "correlation") for _ in range(subjects)]
    return RdmAssembly(
        "region", tuple(map(str, range(N))), tuple(f"s{i}" for i in range(subjects)), np.stack(rdms), pooled
    )


def rho_a(x: np.ndarray, y: np.ndarray) -> float:
    n = len(x)
    return float(12 * ((rankdata(x) - (n + 1) / 2) * (rankdata(y) - (n + 1) / 2)).sum() / (n**3 - n))


def test_the_layer_is_chosen_on_the_other_half_and_reported_on_this_one() -> None:
    """Against the definition, written out in loops."""
    layers = {"a": features(1) + features(7), "b": features(1) + 1.1 * features(8), "c": features(5)}
    brain = assembly()
    score = METRIC.score([layer(name, values) for name, values in layers.items()], brain)
    halves = METRIC._split(brain)
    assert sorted(np.concatenate(halves).tolist()) == list(range(N))
    table = np.array(
        [
            [
                np.mean(
                    [
                        rho_a(pdist(values[half], "correlation"), squareform(squareform(rdm)[np.ix_(half, half)]))
                        for rdm in brain.rdms
                    ]
                )
                for values in layers.values()
            ]
            for half in halves
        ]
    )
    chosen = table[::-1].argmax(axis=1)
    assert score.layers == tuple(list(layers)[index] for index in chosen)
    assert score.value == pytest.approx(np.mean([table[0, chosen[0]], table[1, chosen[1]]]), abs=1e-12)
    assert np.mean([each.value for each in score.per_subject]) == pytest.approx(score.value, abs=1e-12)
    assert score.layer_curve[2].value == pytest.approx(table[:, 2].mean(), abs=1e-12)


def test_the_true_model_scores_within_the_ceiling_and_noise_at_zero() -> None:
    brain = assembly(subjects=8)
    score = METRIC.score([layer("true", features(1))], brain)
    assert score.ceiling.lower < score.value < score.ceiling.upper
    assert score.interval.low < score.value < score.interval.high
    noise = METRIC.score([layer("noise", features(1234))], brain)
    assert noise.interval.low < 0 < noise.interval.high


def test_the_same_score_to_the_last_bit() -> None:
    layers = [layer("a", features(1)), layer("b", features(2))]
    first, second = METRIC.score(layers, assembly()), METRIC.score(layers, assembly())
    assert first == second
    assert first.draws is not None
    assert second.draws is not None
    np.testing.assert_array_equal(first.draws.deviations, second.draws.deviations)


def test_models_share_their_draws() -> None:
    first = METRIC.score([layer("a", features(1))], assembly())
    second = METRIC.score([layer("a", 3.0 * features(1))], assembly())
    assert first.draws is not None
    assert second.draws is not None
    np.testing.assert_allclose(first.draws.deviations, second.draws.deviations, atol=1e-6)


def test_a_constant_layer_is_left_out_and_a_model_of_nothing_else_is_undefined() -> None:
    constant = layer("constant", np.ones((N, 5)))
    beside = METRIC.score([constant, layer("true", features(1))], assembly())
    assert beside.layers == ("true", "true")
    assert np.isnan(beside.layer_curve[0].value)
    alone = METRIC.score([constant], assembly())
    assert np.isnan(alone.value)
    assert "constant or not finite" in alone.reason
    assert np.isnan(METRIC.score([layer("broken", np.full((N, 5), np.nan))], assembly()).value)


def test_one_subject_has_no_ceiling_and_an_interval_over_stimuli() -> None:
    score = METRIC.score([layer("true", features(1))], assembly(subjects=1, pooled=True))
    assert np.isnan(score.ceiling.lower)
    assert "one RDM for all subjects" in score.ceiling.reason
    assert score.interval.low < score.value < score.interval.high


@pytest.mark.parametrize("comparator", list(Comparator))
def test_every_comparator_scores(comparator: Comparator) -> None:
    metric = replace(METRIC, comparator=comparator, draws=50)
    score = metric.score([layer("true", features(1)), layer("noise", features(2))], assembly())
    assert score.layers == ("true", "true")
    assert score.unit == comparator
    assert score.interval.low < score.value < score.interval.high
