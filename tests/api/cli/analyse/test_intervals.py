"""What `analyse` computes on random and extreme data: intervals hold their estimates and keep to their ranges."""

from unittest import mock

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from interval_check import ROUNDING, check
from scipy.spatial.distance import pdist

from brainrank.api.services.analysis.consistency import compare_observers
from brainrank.api.services.analysis.encoding import EncodingData, analyse_encoding
from brainrank.api.services.analysis.rsa import analyse_rsa
from brainrank.benchmark.metrics.behaviour.error_consistency import UndefinedKappa
from brainrank.benchmark.metrics.behaviour.shape_bias import cue_decisions, resampled_shape_bias, shape_bias
from brainrank.benchmark.metrics.rdms import drawn_similarity
from brainrank.benchmark.metrics.rdms.comparators import Comparator
from brainrank.benchmark.statistics.rank_correlation import rank_correlation
from brainrank.benchmark.statistics.resampling import stimulus_counts
from brainrank.benchmark.statistics.uncertainty import SHARE, interval_over_stimuli
from brainrank.benchmark.types.trials import BehaviouralAssembly
from brainrank.datasets.readers.rdms import SubjectRdms

DRAWS = 60
BETWEEN, SHARES = (-1.0, 1.0), (0.0, 1.0)
seeds = st.integers(0, 2**31)
examples = settings(max_examples=25, deadline=None, derandomize=True, database=None)


@examples
@given(
    seed=seeds,
    n=st.integers(3, 14),
    subjects=st.integers(1, 5),
    noise=st.sampled_from([0.0, 1e-4, 0.5, 3.0]),
    comparator=st.sampled_from(list(Comparator)),
    group=st.sampled_from([1, 2]),
)
def test_rsa(seed, n, subjects, noise, comparator, group):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((n, 9))
    found = [pdist(x + noise * rng.standard_normal(x.shape), "correlation") for _ in range(subjects)]
    brain = SubjectRdms(np.stack(found), tuple(map(str, range(n))), tuple(map(str, range(subjects))))
    units = np.arange(n) // group
    for most in (drawn_similarity.MOST_UNITS_COMPARED_ANEW, 0):  # draws compared anew, and by influence
        with mock.patch.object(drawn_similarity, "MOST_UNITS_COMPARED_ANEW", most):
            told = analyse_rsa(pdist(x, "correlation"), brain, units=units, comparator=comparator, draws=DRAWS, seed=0)
        check(float(told.similarity.mean()), told.interval, BETWEEN)
        assert np.isnan(told.ceiling.lower) == bool(told.ceiling.reason)
        if told.ceiling.interval is not None:
            check(told.ceiling.lower, told.ceiling.interval, BETWEEN)


@examples
@given(
    seed=seeds,
    n=st.integers(20, 40),
    targets=st.sampled_from([1, 4]),
    constant=st.integers(0, 4),
    noise=st.sampled_from([0.0, 0.5, 5.0]),
    flat=st.booleans(),
)
def test_encoding(seed, n, targets, constant, noise, flat):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((n, 6))
    y = x @ rng.standard_normal((6, targets)) + noise * rng.standard_normal((n, targets))
    y[:, :constant] = 2.0
    if flat:
        x[:] = 1.0
    told = analyse_encoding(EncodingData(x, y[:, None], np.arange(n)), folds=5, selection="loo", draws=DRAWS, seed=0)
    check(told.median.value, told.median.interval, BETWEEN)
    assert np.isnan(told.median.value) == np.isnan(told.scores.r).all()
    assert [np.isnan(r) for r in told.scores.r] == [bool(reason) for reason in told.scores.reasons]


@examples
@given(
    seed=seeds,
    n=st.integers(4, 60),
    observers=st.integers(2, 6),
    accuracy=st.sampled_from([0.0, 0.5, 0.97, 1.0]),
    partial=st.booleans(),
    conditions=st.integers(1, 2),
    models=st.sampled_from([frozenset[str](), frozenset({"p0"}), frozenset({"p0", "p1"})]),
    convention=st.sampled_from(list(UndefinedKappa)),
)
def test_error_consistency(seed, n, observers, accuracy, partial, conditions, models, convention):
    rng = np.random.default_rng(seed)
    seen = rng.random((observers, n)) < (0.6 if partial else 1.0)
    seen[:, : 2 * conditions] = True
    who, what = np.nonzero(seen)
    right = (rng.random((observers, n)) < accuracy)[who, what]
    trials = BehaviouralAssembly(
        observer=np.array([f"p{place}" for place in who]),
        stimulus_id=np.array([f"i{place:03d}" for place in what]),
        condition=np.array([f"c{place % conditions}" for place in what]),
        response=np.where(right, "cat", "dog"),
        category=np.full(len(who), "cat"),
    )
    told = compare_observers(
        trials, models=models, convention=convention, minimum=2, by_condition=True, draws=DRAWS, seed=0
    )
    groups = [each.means for each in told.groups]
    groups += [each.means for condition in told.by_condition.values() for each in condition]
    for each in (*told.pairs, *groups):
        check(each.kappa, each.interval, BETWEEN)
        check(each.observed, each.observed_interval, SHARES)
        check(each.accuracy_difference, each.accuracy_difference_interval, SHARES)
    for each in told.pairs:
        assert each.reason or not np.isnan(each.kappa)
        if not np.isnan(each.kappa) and convention is UndefinedKappa.RAW:
            assert each.kappa_min - ROUNDING <= each.kappa <= each.kappa_max + ROUNDING
    for each in groups:
        assert each.counts.undefined + each.counts.too_few <= each.counts.kappas
        if each.counts.undefined == each.counts.kappas:
            assert each.unreliable
            assert np.isnan(each.kappa) or convention is UndefinedKappa.MODEL_VS_HUMAN


@examples
@given(seed=seeds, n=st.integers(1, 30), shape=st.sampled_from([0.0, 0.5, 1.0]), neither=st.sampled_from([0.0, 0.9]))
def test_shape_bias(seed, n, shape, neither):
    rng = np.random.default_rng(seed)
    answer = np.where(rng.random(2 * n) < shape, "cat", "dog")
    answer = np.where(rng.random(2 * n) < neither, "car", answer)
    trials = BehaviouralAssembly(
        observer=np.repeat(["a", "b"], n),
        stimulus_id=np.tile([f"cat{place}-dog1.png" for place in range(n)], 2),
        condition=np.full(2 * n, "cue-conflict"),
        response=answer,
        category=np.full(2 * n, "cat"),
    )
    decisions = cue_decisions(trials)
    bias = shape_bias(decisions)
    drawn = resampled_shape_bias(decisions, counts=stimulus_counts(n, draws=DRAWS, rng=rng))
    for place, value in enumerate(bias.per_observer.tolist()):
        assert np.isnan(value) == (place in bias.reasons)
        check(value, interval_over_stimuli(value, drawn[:, place], n_stimuli=n, support=SHARE), SHARES)


@examples
@given(
    seed=seeds,
    n=st.integers(1, 20),
    kind=st.sampled_from(["noise", "same", "opposite", "equal", "two values"]),
    missing=st.sampled_from([0.0, 0.3]),
)
def test_rank_correlation(seed, n, kind, missing):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal(n)
    values = {"noise": rng.standard_normal(n), "same": x, "opposite": -x, "equal": np.ones(n), "two values": x > 0}
    y = np.where(rng.random(n) < missing, np.nan, values[kind].astype(np.float64))
    assume(np.isfinite(y).any())
    told = rank_correlation(x, y, rng=rng)
    check(told.rho, told.interval, BETWEEN)
    assert told.n == np.isfinite(y).sum()
    assert np.isnan(told.rho) == bool(told.reason)
