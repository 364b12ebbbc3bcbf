"""Every interval holds its estimate, keeps to the statistic's range, is of the same quantity; or is absent.

Random and extreme data for every metric: few stimuli, groups, near-perfect observers, constant subjects and targets,
missing repeats, partial designs.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.spatial.distance import pdist
from score_check import DRAWS, check_score, examples, groups_of, seeds

from brainrank.benchmark.activations.gram import layer_gram
from brainrank.benchmark.metrics.encoding import EncodingMetric
from brainrank.benchmark.metrics.rdms.comparators import Comparator
from brainrank.benchmark.metrics.rdms.rdm import Dissimilarity
from brainrank.benchmark.metrics.rsa import RsaMetric
from brainrank.benchmark.types.activations import LayerGram
from brainrank.benchmark.types.assemblies import RdmAssembly, ResponseAssembly


def layers_of(x: np.ndarray, kinds: list[str], rng: np.random.Generator) -> list[LayerGram]:
    """Layers called by what they are: what the brains are made of, noise, the same for all stimuli, not finite."""
    made: dict[str, Callable[[], np.ndarray]] = {
        "true": lambda: x,
        "noise": lambda: rng.standard_normal(x.shape),
        "constant": lambda: np.ones_like(x),
        "broken": lambda: np.where(np.arange(len(x))[:, None] == 2, np.nan, x),
    }
    return [layer_gram(f"{kind} {place}", made[kind]()) for place, kind in enumerate(kinds)]


layer_kinds = st.lists(st.sampled_from(["true", "noise", "constant", "broken"]), min_size=1, max_size=3)


def rdms(
    rng: np.random.Generator, n: int, subjects: int, noise: float, groups: tuple[str, ...] | None = None
) -> tuple[np.ndarray, RdmAssembly]:
    x = rng.standard_normal((n, 15))
    found = [pdist(x + noise * rng.standard_normal(x.shape), "correlation") for _ in range(subjects)]
    names = tuple(f"s{place}" for place in range(subjects))
    return x, RdmAssembly("it", tuple(map(str, range(n))), names, np.stack(found), groups=groups)


@pytest.mark.parametrize("comparator", list(Comparator))
@examples
@given(
    seed=seeds,
    n=st.integers(8, 18),
    subjects=st.integers(1, 5),
    noise=st.sampled_from([0.0, 1e-4, 0.5, 3.0]),
    kinds=layer_kinds,
    dissimilarity=st.sampled_from(list(Dissimilarity)),
    group=st.sampled_from([1, 2]),
)
def test_rsa(comparator, seed, n, subjects, noise, kinds, dissimilarity, group):
    rng = np.random.default_rng(seed)
    if dissimilarity is not Dissimilarity.CORRELATION:  # which alone leaves it undefined; see the next test
        kinds = [kind.replace("constant", "noise") for kind in kinds]
    x, brain = rdms(rng, n * group, subjects, noise, groups_of(n * group, group))
    metric = RsaMetric(dissimilarity=dissimilarity, comparator=comparator, draws=DRAWS)
    layers = layers_of(x, kinds, rng)
    score = metric.score(layers, brain)
    check_score(score)
    assert [each.layer for each in score.layer_curve] == [each.layer for each in layers]
    assert sum(each.won for each in score.layer_curve) == pytest.approx(0 if score.reason else 1)
    alone = metric.score(layers[:1], brain)
    if not np.isnan(alone.value):
        assert alone.layer_curve[0].value == pytest.approx(alone.value, abs=1e-12)
        assert np.mean([each.value for each in alone.per_subject]) == pytest.approx(alone.value, abs=1e-12)


@pytest.mark.parametrize("kinds", [["constant"], ["true", "constant"]])
def test_rsa_of_a_layer_that_does_not_vary(kinds):
    rng = np.random.default_rng(0)
    x, brain = rdms(rng, 24, 4, 0.5)
    metric = RsaMetric(dissimilarity=Dissimilarity.EUCLIDEAN, comparator=Comparator.COSINE_COV, draws=DRAWS)
    score = metric.score(layers_of(x, kinds, rng), brain)
    check_score(score)
    assert np.isnan(score.value) == (kinds == ["constant"])


@pytest.mark.parametrize("comparator", [Comparator.COSINE, Comparator.RHO_A, Comparator.TAU_A])
def test_rsa_of_subjects_whose_rdm_is_constant_and_defined(comparator):
    x, brain = rdms(np.random.default_rng(0), 12, 4, 0.5)
    for constant in (1, 4):
        flat = np.where(np.arange(4)[:, None] < constant, 0.5, brain.rdms)
        score = RsaMetric(comparator=comparator, draws=DRAWS).score([layer_gram("a", x)], replace(brain, rdms=flat))
        check_score(score)


@pytest.mark.parametrize("comparator", [Comparator.CORR, Comparator.SPEARMAN, Comparator.CORR_COV])
def test_rsa_of_a_subject_whose_rdm_is_constant_and_undefined(comparator):
    x, brain = rdms(np.random.default_rng(0), 12, 4, 0.5)
    flat = np.where(np.arange(4)[:, None] == 1, 0.5, brain.rdms)
    score = RsaMetric(comparator=comparator, draws=DRAWS).score([layer_gram("a", x)], replace(brain, rdms=flat))
    check_score(score)


def test_rsa_of_one_pool_of_subjects_has_no_ceiling():
    x, brain = rdms(np.random.default_rng(0), 12, 1, 0.5)
    score = RsaMetric(draws=DRAWS).score([layer_gram("a", x)], replace(brain, pooled=True))
    check_score(score)
    assert np.isnan(score.ceiling.lower)


def slow_cka(first: np.ndarray, second: np.ndarray) -> float:
    """The cosine of the doubly centred squares, by loops over rows and columns."""
    n = int((1 + np.sqrt(1 + 8 * len(first))) / 2)
    centred = []
    for rdm in (first, second):
        square = np.zeros((n, n))
        place = 0
        for row in range(n):
            for column in range(row + 1, n):
                square[row, column] = square[column, row] = rdm[place]
                place += 1
        centred.append(square - square.mean(axis=0) - square.mean(axis=1)[:, None] + square.mean())
    return float(np.vdot(*centred) / np.sqrt(np.vdot(centred[0], centred[0]) * np.vdot(centred[1], centred[1])))


def test_a_cka_ceiling_its_interval_and_its_layer_curve_are_of_the_same_halves_of_92_stimuli():
    """92 images, four subjects; everything written out, the halves' stimuli alone being taken from the metric."""
    rng = np.random.default_rng(3)
    x = rng.standard_normal((92, 30))
    patterns = [x + 2 * rng.standard_normal(x.shape) for _ in range(4)]
    names = ("a", "b", "c", "d")
    brain = RdmAssembly("it", tuple(map(str, range(92))), names, np.stack([pdist(p, "sqeuclidean") for p in patterns]))
    metric = RsaMetric(dissimilarity=Dissimilarity.EUCLIDEAN, comparator=Comparator.COSINE_COV, draws=DRAWS)
    score = metric.score([layer_gram("a", x)], brain)
    lower, upper, own = [], [], []
    for half in (each.stimuli for each in metric._halves(brain)):
        parts = [pdist(p[half], "sqeuclidean") for p in patterns]
        scaled = [part / np.sqrt(np.mean(part**2)) for part in parts]
        pool = np.mean(scaled, axis=0)
        others = [np.mean(scaled[:k] + scaled[k + 1 :], axis=0) for k in range(4)]
        lower.append(np.mean([slow_cka(part, other) for part, other in zip(parts, others, strict=True)]))
        upper.append(np.mean([slow_cka(part, pool) for part in parts]))
        own.append(np.mean([slow_cka(pdist(x[half], "sqeuclidean"), part) for part in parts]))
    assert score.ceiling.lower == pytest.approx(np.mean(lower), abs=1e-9)
    assert score.ceiling.upper == pytest.approx(np.mean(upper), abs=1e-9)
    assert score.layer_curve[0].value == pytest.approx(np.mean(own), abs=1e-6)
    check_score(score)
    assert score.ceiling.interval is not None
    # Of all stimuli together the ceiling is another one: there the interval must not be.
    whole = [each / np.sqrt(np.mean(each**2)) for each in brain.rdms]
    of_all = np.mean([slow_cka(brain.rdms[k], np.mean(np.delete(whole, k, axis=0), axis=0)) for k in range(4)])
    middle = (score.ceiling.interval.low + score.ceiling.interval.high) / 2
    assert abs(middle - score.ceiling.lower) < abs(middle - of_all)


def measured(
    rng: np.random.Generator, n: int, repeats: int, targets: int, noise: float
) -> tuple[np.ndarray, np.ndarray]:
    x = rng.standard_normal((n, 8))
    true = x @ rng.standard_normal((8, targets))
    return x, true[:, None] + noise * rng.standard_normal((n, repeats, targets))


def responses_of(values: np.ndarray, groups: tuple[str, ...] | None = None) -> ResponseAssembly:
    n, _, targets = values.shape
    return ResponseAssembly("v4", tuple(map(str, range(n))), tuple(map(str, range(targets))), values, groups)


@pytest.mark.parametrize("selection", ["loo", "gcv", "likelihood", "cv"])
@examples
@given(
    seed=seeds,
    n=st.integers(16, 40),
    repeats=st.sampled_from([1, 2, 3, 5]),
    targets=st.sampled_from([1, 2, 5]),
    noise=st.sampled_from([0.0, 0.3, 2.0]),
    missing=st.sampled_from([0.0, 0.15]),
    constant=st.integers(0, 5),
    kinds=layer_kinds,
    group=st.sampled_from([1, 1, 2]),
)
def test_encoding(selection, seed, n, repeats, targets, noise, missing, constant, kinds, group):
    rng = np.random.default_rng(seed)
    x, values = measured(rng, n * group, repeats, targets, noise)
    values[:, 1:][rng.random(values[:, 1:].shape) < missing] = np.nan
    values[:, :, :constant] = 3.0
    brain, metric = responses_of(values, groups_of(n * group, group)), EncodingMetric(selection=selection, draws=DRAWS)
    layers = layers_of(x, kinds, rng)
    assume(repeats == 1 or (np.isfinite(values).sum(axis=1) > 1).all(axis=1).any())  # see the next test but one
    score = metric.score(layers, brain)
    check_score(score)
    if score.per_target is not None:
        r = score.per_target.values
        assert np.median(r[np.isfinite(r)]) == pytest.approx(score.value)
    alone = metric.score(layers[:1], brain)
    if not np.isnan(alone.value):
        assert alone.layer_curve[0].value == alone.value


@pytest.mark.parametrize("noise", [0.1, 1.0])
def test_encoding_ceiling_of_repeats_that_contradict_each_other(noise):
    rng = np.random.default_rng(0)
    x, values = measured(rng, 30, 2, 5, 1.0)
    values[:, 1] = -values[:, 0] + noise * rng.standard_normal(values[:, 0].shape)
    check_score(EncodingMetric(draws=DRAWS).score([layer_gram("a", x)], responses_of(values)))


def test_encoding_ceiling_where_no_stimulus_is_repeated_for_all_targets():
    rng = np.random.default_rng(0)
    x, values = measured(rng, 30, 2, 5, 1.0)
    values[np.arange(30), 1, np.arange(30) % 5] = np.nan
    check_score(EncodingMetric(draws=DRAWS).score([layer_gram("a", x)], responses_of(values)))
