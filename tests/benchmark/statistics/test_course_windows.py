"""Means of courses over windows: those of the score and of a time alone, differences on shared draws."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats
from timed_study import timed_rdms

from brainrank.benchmark.metrics.time_resolved_rsa import TimeResolvedRsaMetric
from brainrank.benchmark.ranking.benchmark_weights import Column
from brainrank.benchmark.ranking.paired_models import paired_comparison
from brainrank.benchmark.statistics.course_windows import window_values
from brainrank.benchmark.statistics.courses import course_deviations
from brainrank.benchmark.types.course import Course
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.score import Score

TIMES = np.arange(-50.0, 250.0, 25.0)
SUPPORT = (-1.0, 1.0)
EARLY, LATE = (0.0, 75.0), (100.0, 200.0)


def scores(seed: int) -> tuple[Score, Score]:
    """Of the layer that the brain follows most closely, and of that with most noise."""
    layers, timed = timed_rdms(seed, 32, 8, TIMES, layers=4)
    metric = TimeResolvedRsaMetric(start_ms=100.0, stop_ms=200.0, draws=100)
    first, second = (metric.score([layers[each]], timed) for each in (0, 3))
    return first, second


def course_of(score: Score) -> Course:
    assert score.course is not None
    return score.course


def test_the_declared_window_is_the_score():
    score = scores(0)[0]
    (found,) = window_values(course_of(score), [LATE], support=SUPPORT)
    assert (found.window, found.value, found.interval) == ("100 to 200 ms", score.value, score.interval)
    assert found.p < 0.001


def test_a_window_of_one_time_is_that_time():
    course = course_of(scores(1)[0])
    for place, time in enumerate(TIMES):
        (found,) = window_values(course, [(time, time)], support=SUPPORT)
        assert found.value == course.values[place]
        ends = (course.pointwise.low[place], course.pointwise.high[place])
        assert (found.interval.low, found.interval.high) == pytest.approx(ends, rel=1e-5)


def test_a_difference_over_the_declared_window_is_that_of_the_boards():
    first, second = scores(2)
    (found,) = window_values(course_of(first), [LATE], support=SUPPORT, minus=course_of(second))
    assert first.draws is not None
    assert second.draws is not None
    paired = paired_comparison(
        np.array([[first.value], [second.value]]), [[first.draws], [second.draws]], [Column("b", "g", "s")]
    )
    assert (found.value, found.p) == pytest.approx((paired.difference, paired.p), rel=1e-4)


def test_late_less_early_is_on_the_same_draws():
    """Of stimuli alone the variance is that of the draws' weighted sum, which is made here by hand."""
    first, second = (course_of(each) for each in scores(3))
    early, late, apart = window_values(first, [EARLY, LATE], support=SUPPORT, minus=second)
    assert apart.window == "100 to 200 ms less 0 to 75 ms"
    assert apart.value == pytest.approx(late.value - early.value)
    assert apart.p < 0.01
    weights = ((TIMES >= 100) & (TIMES <= 200)) / 5 - ((TIMES >= 0) & (TIMES <= 75)) / 4
    one, other = first.deviations, second.deviations
    assert one is not None
    assert other is not None
    stimuli, subjects, both = ((one.parts - other.parts).astype(float) @ weights).var(axis=1, ddof=1)
    variance = max(stimuli + subjects - both, stimuli, subjects * 7 / 8)
    assert np.isfinite(variance)
    reach = abs(apart.value) / variance**0.5
    assert 2 * stats.t.sf(reach, 7) >= apart.p >= 2 * stats.norm.sf(reach)


def made(template: Course, rng: np.random.Generator) -> Callable[[float], Course]:
    """Courses of units that share their noise in part, as models on the same stimuli do."""
    shared, n_units, draws = rng.standard_normal((40, len(TIMES))), 40, 200
    counts = rng.multinomial(n_units, np.full(n_units, 1 / n_units), size=draws)

    def course(late: float) -> Course:
        units = shared + rng.standard_normal(shared.shape) + late * (TIMES >= 100)
        of = course_deviations(counts @ units / n_units, n_units=n_units, strata=1, stimulus_set="s")
        return replace(template, values=units.mean(axis=0), deviations=of)

    return course


def test_models_that_do_not_differ_are_told_apart_as_seldom_as_said():
    template, p = course_of(scores(4)[0]), []
    for seed in range(300):
        course = made(template, np.random.default_rng(seed))
        p.append(
            [each.p for each in window_values(course(0.0), [EARLY, LATE], support=(-50.0, 50.0), minus=course(0.0))]
        )
    assert np.mean(np.array(p) < 0.05, axis=0) == pytest.approx(0.05, abs=0.03)


def test_a_model_that_leads_late_is_told_late_and_not_early():
    course = made(course_of(scores(4)[0]), np.random.default_rng(0))
    early, late, apart = window_values(course(1.0), [EARLY, LATE], support=(-50.0, 50.0), minus=course(0.0))
    assert early.p > 0.05
    assert late.p < 0.001
    assert apart.p < 0.01
    assert apart.interval.low < 1 < apart.interval.high


def test_an_undefined_time_leaves_its_window_without_a_value():
    course = course_of(scores(5)[0])
    values = np.where(TIMES == 50, np.nan, course.values)
    early, late, apart = window_values(replace(course, values=values), [EARLY, LATE], support=SUPPORT)
    assert np.isnan([early.value, early.interval.low, early.p, apart.value]).all()
    assert early.reason == apart.reason == "the course is undefined at 50 ms"
    assert np.isfinite(late.value)


def test_what_cannot_be_had_says_why():
    course = course_of(scores(5)[0])
    with pytest.raises(InvalidDataError, match="no time lies between 300 and 400 ms"):
        window_values(course, [(300.0, 400.0)], support=SUPPORT)
    with pytest.raises(InvalidDataError, match="no window of time is given"):
        window_values(course, [], support=SUPPORT)
    with pytest.raises(InvalidDataError, match="has no deviations"):
        window_values(replace(course, deviations=None), [LATE], support=SUPPORT)
