"""The encoding benchmark metric: the nested choice of a layer, its interval, ceiling, and what is undefined."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from sklearn.linear_model import RidgeCV

from brainrank.benchmark.activations.gram import layer_gram
from brainrank.benchmark.metrics.encoding.layers import LayerCorrelations
from brainrank.benchmark.metrics.encoding.metric import EncodingMetric
from brainrank.benchmark.metrics.encoding.ridge import TARGETS_PER_BLOCK
from brainrank.benchmark.types.activations import LayerGram
from brainrank.benchmark.types.assemblies import ResponseAssembly

N, TARGETS = 80, 12
METRIC = EncodingMetric(draws=200)
RNG = np.random.default_rng(3)
SIGNAL = RNG.standard_normal((N, 30))
WEIGHTS = RNG.standard_normal((30, TARGETS)) / np.sqrt(30)


def layer(name: str, features: np.ndarray) -> LayerGram:
    return layer_gram(name, features)


def assembly(repeats: int = 6, noise: float = 1.0) -> ResponseAssembly:
    rng = np.random.default_rng(8)
    responses = (SIGNAL @ WEIGHTS)[:, None] + noise * rng.standard_normal((N, repeats, TARGETS))
    return ResponseAssembly("v4", tuple(map(str, range(N))), tuple(f"neuron-{i}" for i in range(TARGETS)), responses)


def noise_features(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((N, 30))


def test_the_right_layer_wins_every_fold_and_its_predictions_are_reported() -> None:
    score = METRIC.score([layer("noise", noise_features(1)), layer("signal", SIGNAL)], assembly())
    assert score.layers == ("signal",) * 5
    alone = METRIC.score([layer("signal", SIGNAL)], assembly())
    assert score.value == alone.value
    assert score.layer_curve[1].value == pytest.approx(alone.value)
    assert score.interval.low < score.value < score.interval.high


def test_the_score_is_that_of_scikit_learns_ridge_on_the_same_folds() -> None:
    """scikit-learn chooses its penalty by leave-one-out, too; one target at a time, so that each has its own."""
    measured = assembly().responses.mean(axis=1)
    fold_of = METRIC._folds(N)
    penalties = np.logspace(-4, 4, 33) * np.trace((SIGNAL - SIGNAL.mean(0)) @ (SIGNAL - SIGNAL.mean(0)).T) / N
    predicted = np.empty_like(measured)
    for fold in range(5):
        train, test = fold_of != fold, fold_of == fold
        for target in range(TARGETS):
            model = RidgeCV(alphas=penalties).fit(SIGNAL[train], measured[train, target])
            predicted[test, target] = model.predict(SIGNAL[test])
    for values in (predicted, measured):
        for fold in range(5):
            values[fold_of == fold] -= values[fold_of == fold].mean(axis=0)
    r = [np.corrcoef(p, y)[0, 1] for p, y in zip(predicted.T, measured.T, strict=True)]
    assert METRIC.score([layer("signal", SIGNAL)], assembly()).value == pytest.approx(np.median(r), abs=1e-3)


def test_a_layer_is_not_chosen_by_the_stimuli_it_is_reported_on() -> None:
    """Many layers of noise: choosing the best on the reported stimuli would give a score well above zero."""
    layers = [layer(f"noise-{seed}", noise_features(seed)) for seed in range(100, 120)]
    assert abs(METRIC.score(layers, assembly()).value) < 0.15


def test_the_true_features_come_near_the_ceiling_and_noise_stays_at_zero() -> None:
    measured = assembly(noise=0.5)
    score = METRIC.score([layer("signal", SIGNAL)], measured)
    assert 0.7 < score.value < score.ceiling.upper < 1
    truth = SIGNAL @ WEIGHTS
    mean = measured.responses.mean(axis=1)
    r = [np.corrcoef(a, b)[0, 1] for a, b in zip(truth.T, mean.T, strict=True)]
    assert score.ceiling.upper == pytest.approx(np.median(r), abs=0.02)


def test_missing_repeats_are_left_out() -> None:
    whole = assembly()
    holes = whole.responses.copy()
    holes[::2, 4:] = np.nan
    score = METRIC.score([layer("signal", SIGNAL)], replace(whole, responses=holes))
    assert np.isfinite([score.value, score.ceiling.lower]).all()


def test_averages_have_no_ceiling_and_broken_layers_no_say() -> None:
    averaged = assembly(repeats=1)
    broken = layer("broken", np.full((N, 3), np.nan))
    score = METRIC.score([broken, layer("signal", SIGNAL)], averaged)
    assert np.isnan(score.ceiling.lower)
    assert "averaged over repeats" in score.ceiling.reason
    assert score.layers == ("signal",) * 5
    alone = METRIC.score([broken], averaged)
    assert np.isnan(alone.value)
    assert alone.reason == "no layer's activations are finite"


def test_a_constant_model_is_undefined_with_a_reason() -> None:
    score = METRIC.score([layer("constant", np.ones((N, 4)))], assembly())
    assert np.isnan(score.value)
    assert "vary" in score.reason


def test_the_same_score_to_the_last_bit() -> None:
    layers = [layer("signal", SIGNAL), layer("noise", noise_features(1))]
    assert METRIC.score(layers, assembly()) == METRIC.score(layers, assembly())


def test_with_penalties_chosen_by_folds_the_layer_is_chosen_too() -> None:
    metric = EncodingMetric(selection="cv", draws=200)
    score = metric.score([layer("noise", noise_features(1)), layer("signal", SIGNAL)], assembly())
    assert score.layers == ("signal",) * 5
    assert score.value == metric.score([layer("signal", SIGNAL)], assembly()).value


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("targets", [TARGETS_PER_BLOCK + 1, 2 * TARGETS_PER_BLOCK + 500])
def test_a_layer_examined_in_parts_comes_to_the_same_bits(targets: int, dtype: type) -> None:
    """One target alone in the last block is summed along another axis by NumPy than among others."""
    rng = np.random.default_rng(4)
    responses = rng.standard_normal((30, targets)).astype(dtype)
    responses[:, ::7] = 1
    features = layer("features", rng.standard_normal((30, 5)))
    whole = METRIC.correlations(features, responses)
    starts = range(0, targets, TARGETS_PER_BLOCK)
    parts = [METRIC.correlations(features, responses[:, start : start + TARGETS_PER_BLOCK]) for start in starts]
    assert np.isnan(whole.all_folds).sum() == len(range(0, targets, 7))
    assert np.concatenate([part.all_folds for part in parts]).tobytes() == whole.all_folds.tobytes()
    assert np.concatenate([part.without for part in parts], axis=1).tobytes() == whole.without.tobytes()


def test_layers_examined_elsewhere_come_to_the_same_score() -> None:
    layers = [layer("signal", SIGNAL), layer("noise", noise_features(1))]

    def elsewhere(these: Sequence[LayerGram], responses: np.ndarray) -> list[LayerCorrelations]:
        return [METRIC.correlations(each, responses) for each in reversed(these)][::-1]

    assert METRIC.score(layers, assembly(), examine=elsewhere) == METRIC.score(layers, assembly())
