"""The intervals of boards and of pairs of models hold what they are of, under every convention."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brainrank.benchmark.metrics.encoding import EncodingMetric
from brainrank.benchmark.ranking.benchmark_weights import Column, shares
from brainrank.benchmark.ranking.board import rank_models
from brainrank.benchmark.ranking.draws import GivenDraws
from brainrank.benchmark.ranking.paired_models import paired_comparison
from brainrank.benchmark.scoring.conventions import converted_draws, converted_value
from brainrank.benchmark.statistics.uncertainty import (
    CORRELATION,
    SHARE,
    UNBOUNDED,
    Spread,
    deviations,
    interval_over_stimuli,
    spread,
    student_interval,
)
from brainrank.benchmark.types.convention import Convention
from brainrank.benchmark.types.score import Draws, Interval, NoiseCeiling

DRAWS = 60
COLUMNS = [Column("a", "brain", "one"), Column("b", "brain", "one"), Column("c", "behaviour", "two")]
CEILING = NoiseCeiling(0.7, 0.8, interval=Interval(0.5, 0.8))
examples = settings(max_examples=40, deadline=None, derandomize=True, database=None)


def drawn(rng: np.random.Generator, scale: float, *, stimuli: int, subjects: int, of: str) -> Draws:
    return deviations(
        scale * rng.standard_normal(DRAWS),
        n_stimuli=stimuli,
        stimulus_set=of,
        subjects=scale * rng.standard_normal(DRAWS),
        both=scale * rng.standard_normal(DRAWS),
        n_subjects=subjects,
        subject_set="people",
    )


@examples
@given(
    seed=st.integers(0, 2**31),
    models=st.integers(2, 6),
    scale=st.sampled_from([0.0, 0.01, 0.3]),
    stimuli=st.sampled_from([2, 12]),
    subjects=st.sampled_from([1, 3]),
    lacking=st.sampled_from([0.0, 0.3]),
    convention=st.sampled_from(list(Convention)),
)
def test_means_and_differences(seed, models, scale, stimuli, subjects, lacking, convention):
    rng = np.random.default_rng(seed)
    raw = rng.uniform(-1, 1, (models, len(COLUMNS)))
    raw[rng.random(raw.shape) < lacking] = np.nan
    named = {"metric": EncodingMetric(), "ceiling": CEILING, "convention": convention}
    values = np.vectorize(lambda value: converted_value(value, **named))(raw)
    cells = {
        (row, place): converted_draws(
            drawn(rng, scale, stimuli=stimuli, subjects=subjects, of=COLUMNS[place].study), raw[row, place], **named
        )
        for row, place in np.argwhere(np.isfinite(values)).tolist()
    }
    ranking = rank_models(values, COLUMNS, GivenDraws(cells))
    for row in range(models):
        of = Spread(float(ranking.spreads.variance[row]), float(ranking.spreads.freedom[row]))
        mean = float(ranking.means[row])
        interval = student_interval(mean, of)
        assert np.isnan(interval.low) == bool(np.isnan(mean) or np.isnan(of.variance))
        if np.isfinite(interval.low):
            assert interval.low <= mean <= interval.high
            assert (interval.low < interval.high) == (of.variance > 0)
        if np.isfinite(values[row]).all():
            assert mean == pytest.approx(float(shares(COLUMNS, np.ones(3, dtype=bool)) @ values[row]))
            assert np.isfinite(interval.low)
    own, other = (
        paired_comparison(values[[one, two]], [[cells.get((row, k)) for k in range(3)] for row in (one, two)], COLUMNS)
        for one, two in ((0, 1), (1, 0))
    )
    assert np.isnan(own.difference) == (not own.shared)
    assert np.isnan(own.interval.low) == np.isnan(own.p) == np.isnan(own.difference)
    if own.shared:
        assert own.interval.low <= own.difference <= own.interval.high
        assert own.difference == pytest.approx(-other.difference)
        assert own.interval.low == pytest.approx(-other.interval.high)
        assert 0 <= own.p <= 1
        assert own.p == pytest.approx(other.p)
        if scale:
            assert (own.p < 0.05) == (not own.interval.low <= 0 <= own.interval.high)


@examples
@given(
    seed=st.integers(0, 2**31),
    support=st.sampled_from([CORRELATION, SHARE, UNBOUNDED, (-np.inf, 1.0), (0.0, np.inf)]),
    place=st.one_of(st.sampled_from([0.0, 1.0]), st.floats(0.01, 0.99)),
    variance=st.sampled_from([0.0, 1e-30, 1e-6, 0.04, 1.0, np.nan]),
    freedom=st.sampled_from([1.0, 3.0, 500.0, np.inf]),
    level=st.sampled_from([0.5, 0.95]),
)
def test_students_interval_on_any_support(seed, support, place, variance, freedom, level):
    low, high = max(support[0], -5.0), min(support[1], 5.0)
    estimate = low + place * (high - low)
    interval = student_interval(estimate, Spread(variance, freedom), support=support, level=level)
    assert interval.level == level
    if np.isnan(variance):
        assert np.isnan([interval.low, interval.high]).all()
        return
    assert support[0] <= interval.low <= estimate <= interval.high <= support[1]
    narrower = student_interval(estimate, Spread(variance, freedom), support=support, level=level / 2)
    assert interval.low <= narrower.low <= narrower.high <= interval.high


@examples
@given(
    seed=st.integers(0, 2**31),
    n=st.integers(2, 40),
    undefined=st.sampled_from([0.0, 0.2, 0.5, 1.0]),
    support=st.sampled_from([CORRELATION, SHARE, UNBOUNDED]),
)
def test_an_interval_is_there_exactly_with_enough_defined_draws(seed, n, undefined, support):
    rng = np.random.default_rng(seed)
    resamples = rng.uniform(0, 1, 80)
    resamples[rng.random(80) < undefined] = np.nan
    interval = interval_over_stimuli(0.5, resamples, n_stimuli=n, support=support)
    assert np.isfinite(interval.low) == (np.isfinite(resamples).sum() >= 40)
    assert np.isnan(interval.low) or interval.low <= 0.5 <= interval.high
    of = spread([deviations(resamples, n_stimuli=n, stimulus_set="")])
    assert np.isnan(of.variance) == np.isnan(interval.low)
    if np.isfinite(of.variance):
        defined = resamples[np.isfinite(resamples)]
        assert of.variance == pytest.approx(n / (n - 1) * defined.var(ddof=1), rel=1e-5)
        assert of.freedom == pytest.approx(n - 1)


def test_one_stimulus_has_no_interval():
    interval = interval_over_stimuli(0.5, np.random.default_rng(0).uniform(size=80), n_stimuli=1)
    assert np.isnan([interval.low, interval.high]).all()
