"""The encoding benchmark metric: the nested choice of a layer, its interval, ceiling, and what is undefined."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from sklearn.linear_model import RidgeCV

from brainrank.benchmark.activations.gram import layer_gram
from brainrank.benchmark.metrics.encoding import EncodingMetric
from brainrank.benchmark.metrics.regression.ridge import TARGETS_PER_BLOCK
from brainrank.benchmark.types.activations import LayerGram
from brainrank.benchmark.types.assemblies import ResponseAssembly
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.layer_correlations import LayerCorrelations, StimulusFolds

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
    fold_of = METRIC.stimulus_folds(assembly()).fold_of
    penalties = np.logspace(-4, 4, 33) * np.trace((SIGNAL - SIGNAL.mean(0)) @ (SIGNAL - SIGNAL.mean(0)).T) / N
    predicted = np.empty_like(measured)
    for fold in range(5):
        train, test = fold_of != fold, fold_of == fold
        for target in range(TARGETS):
            model = RidgeCV(alphas=penalties).fit(SIGNAL[train], measured[train, target])
            predicted[test, target] = model.predict(SIGNAL[test])
    r = [
        np.mean([np.corrcoef(p[fold_of == fold], y[fold_of == fold])[0, 1] for fold in range(5)])
        for p, y in zip(predicted.T, measured.T, strict=True)
    ]
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
    features, folds = layer("features", rng.standard_normal((30, 5))), StimulusFolds(np.arange(30) % 5, np.arange(30))
    (whole,) = METRIC.correlations([features], responses, folds)
    starts = range(0, targets, TARGETS_PER_BLOCK)
    parts = [
        METRIC.correlations([features], responses[:, start : start + TARGETS_PER_BLOCK], folds)[0] for start in starts
    ]
    assert np.isnan(whole.all_folds).sum() == len(range(0, targets, 7))
    assert np.concatenate([part.all_folds for part in parts]).tobytes() == whole.all_folds.tobytes()
    assert np.concatenate([part.without for part in parts], axis=1).tobytes() == whole.without.tobytes()


def test_layers_examined_elsewhere_come_to_the_same_score() -> None:
    layers = [layer("signal", SIGNAL), layer("noise", noise_features(1))]

    def elsewhere(these: Sequence[LayerGram], responses: np.ndarray, folds: StimulusFolds) -> list[LayerCorrelations]:
        return METRIC.correlations(these[::-1], responses, folds)[::-1]

    assert METRIC.score_examined(layers, assembly(), elsewhere) == METRIC.score(layers, assembly())


def of_noise(stimuli: int, rng: np.random.Generator, groups: tuple[str, ...] | None = None) -> ResponseAssembly:
    ids, targets = (tuple(map(str, range(each))) for each in (stimuli, 40))
    return ResponseAssembly("noise", ids, targets, rng.standard_normal((stimuli, 1, 40)), groups)


@pytest.mark.parametrize(("stimuli", "layers"), [(14, 1), (24, 1), (60, 1), (60, 8)])
def test_on_noise_the_score_is_zero_on_average(stimuli: int, layers: int) -> None:
    """Pooled about fold means r was -.16 with 24 stimuli, -.10 with 60."""
    rng = np.random.default_rng(5)
    scores = [
        METRIC.score(
            [layer(str(each), rng.standard_normal((stimuli, 200))) for each in range(layers)], of_noise(stimuli, rng)
        )
        for _ in range(24)
    ]
    values = np.array([each.value for each in scores])
    assert abs(values.mean()) < 0.01 + 2 * values.std() / np.sqrt(len(values))
    assert np.mean([each.interval.low <= 0 <= each.interval.high for each in scores]) > 0.8


def test_a_fold_holds_six_stimuli_or_there_are_fewer_folds_and_too_few_are_refused() -> None:
    rng = np.random.default_rng(6)
    folds = {
        stimuli: int(METRIC.stimulus_folds(of_noise(stimuli, rng)).fold_of.max()) + 1
        for stimuli in (12, 20, 24, 29, 30, 100)
    }
    assert folds == {12: 3, 20: 3, 24: 4, 29: 4, 30: 5, 100: 5}
    with pytest.raises(InvalidDataError, match=r"11 stimuli in noise; encoding needs at least 12: 3 folds of 4"):
        METRIC.stimulus_folds(of_noise(11, rng))
    with pytest.raises(InvalidDataError, match=r"10 groups of stimuli in noise; encoding needs at least 12"):
        METRIC.stimulus_folds(of_noise(20, rng, tuple(str(each // 2) for each in range(20))))


def test_groups_stay_in_one_fold_so_that_copies_teach_nothing() -> None:
    rng = np.random.default_rng(7)
    object_of = np.repeat(np.arange(30), 3)
    features = rng.standard_normal((30, 100))[object_of] + 0.02 * rng.standard_normal((90, 100))
    responses = rng.standard_normal((30, 1, 20))[object_of]
    ids, targets = (tuple(map(str, range(each))) for each in (90, 20))
    told = ResponseAssembly("copies", ids, targets, responses, tuple(map(str, object_of)))
    fold_of = METRIC.stimulus_folds(told).fold_of
    assert all(len(set(fold_of[object_of == each])) == 1 for each in range(30))
    assert METRIC.score([layer("noise", features)], replace(told, groups=None)).value > 0.9
    found = METRIC.score([layer("noise", features)], told)
    assert found.interval.low < 0 < found.interval.high


@pytest.mark.parametrize("scale", [1e-6, 1e6])
@pytest.mark.parametrize("offset", [0.0, 1e3, 1e6])
def test_units_and_offsets_of_responses_change_nothing(offset: float, scale: float) -> None:
    measured = assembly()
    plain = METRIC.score([layer("signal", SIGNAL)], measured)
    moved = METRIC.score([layer("signal", SIGNAL)], replace(measured, responses=(measured.responses + offset) * scale))
    assert moved.value == pytest.approx(plain.value, abs=1e-6)
    assert moved.interval.low == pytest.approx(plain.interval.low, abs=1e-6)
