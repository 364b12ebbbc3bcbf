"""Brain-Score's PLS and ridge as metrics: oracle, layers, coverage, no signal."""

import numpy as np
import pytest
from sklearn.cross_decomposition import PLSRegression
from sklearn.linear_model import RidgeCV

from brainrank.benchmark.activations.gram import layer_gram
from brainrank.benchmark.metrics.brainscore_ridge import PENALTIES, BrainscoreRidgeMetric
from brainrank.benchmark.metrics.pls import PlsMetric
from brainrank.benchmark.types.assemblies import ResponseAssembly
from brainrank.benchmark.types.errors import InvalidDataError

METRICS = (PlsMetric(components=8, draws=200), BrainscoreRidgeMetric(draws=200))
PEERS = {"pls": lambda: PLSRegression(8, scale=False), "brainscore-ridge": lambda: RidgeCV(alphas=PENALTIES)}


def of_responses(responses: np.ndarray) -> ResponseAssembly:
    n, q = responses.shape
    return ResponseAssembly("v4", tuple(map(str, range(n))), tuple(map(str, range(q))), responses[:, None])


def world(seed: int, *, signal: bool, n: int = 60):
    rng = np.random.default_rng([3, seed])
    maps = np.random.default_rng(0).standard_normal((2, 10, 30))
    latent, other = rng.standard_normal((2, n, 10))
    features = latent @ maps[0] + rng.standard_normal((n, 30))
    responses = (latent if signal else other) @ maps[1, :, :20] / 3 + rng.standard_normal((n, 20))
    return features, responses * np.linspace(0.5, 3, 20) + 5


@pytest.mark.parametrize("metric", METRICS, ids=lambda each: each.name)
def test_r_of_each_target_is_that_of_scikit_learns_predictions(metric):
    features, responses = world(0, signal=True)
    assembly = of_responses(responses)
    fold_of = metric.stimulus_folds(assembly).fold_of
    r = np.zeros(20)
    for fold in range(5):
        test = fold_of == fold
        predicted = PEERS[metric.name]().fit(features[~test], responses[~test]).predict(features[test])
        r += [
            np.corrcoef(a, b)[0, 1] * test.sum() / 60
            for a, b in zip(np.asarray(predicted).T, responses[test].T, strict=True)
        ]
    score = metric.score([layer_gram("x", features)], assembly)
    assert score.per_target is not None
    np.testing.assert_allclose(score.per_target.values, r, atol=1e-6)
    assert score.value == pytest.approx(np.median(r), abs=1e-6)


@pytest.mark.parametrize("metric", METRICS, ids=lambda each: each.name)
def test_the_layer_that_drives_the_responses_is_chosen(metric):
    features, responses = world(1, signal=True)
    noise = np.random.default_rng(0).standard_normal(features.shape)
    score = metric.score([layer_gram("noise", noise), layer_gram("latent", features)], of_responses(responses))
    assert set(score.layers) == {"latent"}
    assert [each.layer for each in score.layer_curve] == ["noise", "latent"]
    assert metric.shared is None


@pytest.mark.parametrize("metric", METRICS, ids=lambda each: each.name)
@pytest.mark.parametrize("signal", [True, False])
def test_intervals_hold_the_mean_over_worlds(metric, signal):
    found = []
    for seed in range(60):
        features, responses = world(seed, signal=signal)
        found.append(metric.score([layer_gram("x", features)], of_responses(responses)))
    values = np.array([each.value for each in found])
    assert np.mean([each.interval.low <= values.mean() <= each.interval.high for each in found]) >= 0.88
    if not signal:
        assert abs(values.mean()) < 3 * values.std() / np.sqrt(60)


def test_components_need_as_many_stimuli_to_train_on():
    assert PlsMetric().fewest_units == 43
    assert PlsMetric(components=3).fewest_units == 12
    features, responses = world(0, signal=True, n=40)
    with pytest.raises(InvalidDataError, match="pls needs at least 43: 5 folds of 8"):
        PlsMetric().score([layer_gram("x", features)], of_responses(responses))
