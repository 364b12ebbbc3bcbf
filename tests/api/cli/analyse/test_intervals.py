"""Shape bias and rank correlations on random and extreme data: intervals hold their estimates and keep to ranges."""

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from interval_check import check

from brainrank.benchmark.metrics.behaviour.shape_bias import cue_decisions, resampled_shape_bias, shape_bias
from brainrank.benchmark.statistics.rank_correlation import rank_correlation
from brainrank.benchmark.statistics.resampling import stimulus_counts
from brainrank.benchmark.statistics.uncertainty import SHARE, interval_over_stimuli
from brainrank.benchmark.types.trials import BehaviouralAssembly

DRAWS = 60
BETWEEN, SHARES = (-1.0, 1.0), (0.0, 1.0)
seeds = st.integers(0, 2**31)
examples = settings(max_examples=25, deadline=None, derandomize=True, database=None)


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
