"""The RSA benchmark metric: the nested choice of a layer, its interval, and what is undefined."""

import weakref
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy.spatial.distance import pdist, squareform
from scipy.stats import rankdata
from stand_in_card import on_a_card

from brainrank.benchmark.activations.gram import layer_gram
from brainrank.benchmark.metrics.rdms import drawn_similarity, layers_on_halves
from brainrank.benchmark.metrics.rdms.comparators import Comparator
from brainrank.benchmark.metrics.rdms.rdm import rdm_from_gram
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
    halves = [half.stimuli for half in METRIC._halves(brain)]
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


@pytest.fixture
def by_influence(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if even these stimuli were many."""
    monkeypatch.setattr(drawn_similarity, "MOST_UNITS_COMPARED_ANEW", 0)


LAYERS = {"a": features(1) + features(7), "b": features(1) + 1.1 * features(8), "c": features(5)}


@pytest.mark.parametrize("comparator", list(Comparator))
@pytest.mark.parametrize("groups", [None, tuple(str(i // 2) for i in range(N))], ids=["alone", "in pairs"])
def test_many_stimuli_have_the_same_values_and_much_the_same_intervals(
    comparator: Comparator, groups: tuple[str, ...] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of 24 stimuli, where the two ways differ most."""
    metric, brain = replace(METRIC, comparator=comparator), replace(assembly(), groups=groups)
    layers = [layer(name, values) for name, values in LAYERS.items()]
    few = metric.score(layers, brain)
    monkeypatch.setattr(drawn_similarity, "MOST_UNITS_COMPARED_ANEW", 0)
    many = metric.score(layers, brain)
    assert many.value == pytest.approx(few.value, abs=1e-12)
    assert many.layers == few.layers
    for one, other in zip(many.layer_curve, few.layer_curve, strict=True):
        assert one.value == pytest.approx(other.value, abs=1e-12)
    assert sum(each.won for each in many.layer_curve) == pytest.approx(1)
    assert many.ceiling.lower == pytest.approx(few.ceiling.lower, abs=1e-12)
    assert many.ceiling.upper == pytest.approx(few.ceiling.upper, abs=1e-12)
    for found, expected in ((many.interval, few.interval), (many.ceiling.interval, few.ceiling.interval)):
        assert found is not None
        assert expected is not None
        assert found.high - found.low == pytest.approx(expected.high - expected.low, rel=0.35)


@pytest.mark.parametrize("comparator", [Comparator.RHO_A, Comparator.CORR])
def test_of_many_stimuli_a_score_on_a_device_is_that_of_numpy(comparator: Comparator, by_influence: None) -> None:
    """Torch on the CPU stands for a card, of which 1e-5 is promised."""
    metric, layers = replace(METRIC, comparator=comparator), [layer(name, values) for name, values in LAYERS.items()]
    plain = metric.score(layers, assembly())
    with on_a_card():
        found = metric.score(layers, assembly())
    assert found.layers == plain.layers
    values = [(each.value, each.ceiling.lower, each.ceiling.upper, each.interval.low) for each in (found, plain)]
    assert values[0] == pytest.approx(values[1], abs=1e-10)


def test_a_device_is_for_sums_over_pairs_of_many_stimuli(monkeypatch: pytest.MonkeyPatch) -> None:
    whitened = replace(METRIC, comparator=Comparator.CORR_COV)
    assert METRIC.device_bytes(assembly()) is None  # few: each draw is compared anew
    monkeypatch.setattr(drawn_similarity, "MOST_UNITS_COMPARED_ANEW", N - 1)
    assert METRIC.device_bytes(assembly()) == 32 * (4 + 12) * N**2 // 8
    assert METRIC.device_bytes(replace(assembly(), groups=tuple(str(i // 2) for i in range(N)))) is None
    assert [each.device_bytes(assembly()) for each in (whitened, replace(METRIC, comparator=Comparator.TAU_A))] == [
        None
    ] * 2


def test_of_many_stimuli_the_layer_is_chosen_anew_on_each_draw(by_influence: None) -> None:
    alike = [layer("a", features(1) + features(7)), layer("b", features(1) + features(8))]
    won = [each.won for each in METRIC.score(alike, assembly()).layer_curve]
    assert all(0.02 < each < 0.98 for each in won)


def test_of_many_stimuli_layers_that_do_not_vary_are_left_out(by_influence: None) -> None:
    partly = features(3)
    partly[4] = 1.0
    beside = [layer("constant", np.ones((N, 5))), layer("true", features(1)), layer("partly", partly)]
    score = METRIC.score(beside, assembly())
    assert score.layers == ("true", "true")
    assert [np.isnan(each.value) for each in score.layer_curve] == [True, False, True]
    assert "constant or not finite" in METRIC.score(beside[:1], assembly()).reason
    brain = replace(assembly(subjects=2), rdms=np.ones((2, N * (N - 1) // 2)))
    undefined = replace(METRIC, comparator=Comparator.CORR).score(beside, brain)
    assert "the RDM of s0, s1 does not vary" in undefined.reason


def test_of_many_stimuli_one_layer_is_in_memory_at_a_time(by_influence: None, monkeypatch: pytest.MonkeyPatch) -> None:
    living: list[weakref.ref[np.ndarray]] = []

    def watched(*given: Any) -> np.ndarray:
        assert sum(each() is not None for each in living) <= 1
        found = rdm_from_gram(*given)
        living.append(weakref.ref(found))
        return found

    monkeypatch.setattr(layers_on_halves, "rdm_from_gram", watched)
    METRIC.score([layer(str(number), features(number)) for number in range(6)], assembly())
    assert len(living) == 12
