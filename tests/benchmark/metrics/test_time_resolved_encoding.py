"""Time-resolved encoding: of one time it is encoding; windows, ceilings, undefined times."""

from dataclasses import replace

import numpy as np
import pytest
from timed_study import PEAK_MS, timed_responses

from brainrank.benchmark.metrics.encoding import EncodingMetric
from brainrank.benchmark.metrics.time_resolved_encoding import TimeResolvedEncodingMetric
from brainrank.benchmark.metrics.timed.layer_courses import LayerChoice
from brainrank.benchmark.types.errors import InvalidDataError

TIMES = np.array([0.0, 60.0, 120.0, 200.0])


@pytest.fixture(scope="module")
def study():
    return timed_responses(0, 60, 9, TIMES)


def test_each_time_by_itself_is_encoding(study):
    layers, timed = study
    course = TimeResolvedEncodingMetric(layer_choice=LayerChoice.EACH, draws=100).score(layers, timed).course
    assert course is not None
    for time in range(len(TIMES)):
        alone = EncodingMetric(draws=100).score(layers, timed.at(time))
        assert course.values[time] == pytest.approx(alone.value, abs=1e-9)
        ends = [course.pointwise.low[time], course.pointwise.high[time]]
        assert ends == pytest.approx([alone.interval.low, alone.interval.high], abs=1e-6)
        assert course.ceiling_lower[time] == pytest.approx(alone.ceiling.lower, abs=1e-12)
        assert [course.layers[each] for each in course.chosen[:, time]] == list(alone.layers)


def test_a_window_of_one_time_is_encoding(study):
    layers, timed = study
    found = TimeResolvedEncodingMetric(start_ms=120.0, stop_ms=120.0, draws=100).score(layers, timed)
    alone = EncodingMetric(draws=100).score(layers, timed.at(2))
    assert found.value == pytest.approx(alone.value, abs=1e-9)
    assert (found.interval.low, found.interval.high) == pytest.approx((alone.interval.low, alone.interval.high))
    assert found.ceiling.lower == pytest.approx(alone.ceiling.lower)
    assert found.per_target is not None
    assert alone.per_target is not None
    np.testing.assert_allclose(found.per_target.values, alone.per_target.values, atol=1e-9)


@pytest.mark.parametrize("choice", LayerChoice)
def test_the_score_is_the_mean_of_the_window(study, choice):
    layers, timed = study
    found = TimeResolvedEncodingMetric(start_ms=60.0, stop_ms=120.0, layer_choice=choice, draws=60).score(layers, timed)
    assert found.course is not None
    assert found.value == pytest.approx(found.course.values[1:3].mean())
    assert found.ceiling.lower == pytest.approx(found.course.ceiling_lower[1:3].mean())
    assert found.course.peak.ms == pytest.approx(PEAK_MS, abs=30)


def test_a_time_at_which_nothing_varies_has_no_score(study):
    layers, timed = study
    responses = timed.responses.copy()
    responses[..., 0] = 2.0
    found = TimeResolvedEncodingMetric(start_ms=60.0, draws=60).score(layers, replace(timed, responses=responses))
    assert found.course is not None
    assert np.isnan(found.course.values[0])
    assert np.isfinite(found.value)
    inside = TimeResolvedEncodingMetric(draws=60).score(layers, replace(timed, responses=responses))
    assert np.isnan(inside.value)
    assert "at 0 ms" in inside.reason


def test_averages_have_no_ceiling(study):
    layers, timed = study
    mean = replace(timed, responses=timed.responses.mean(axis=1, keepdims=True))
    found = TimeResolvedEncodingMetric(draws=60).score(layers, mean)
    assert np.isfinite(found.value)
    assert "one response" in found.ceiling.reason


def test_too_few_folds_are_refused():
    with pytest.raises(InvalidDataError, match="give at least 3"):
        TimeResolvedEncodingMetric(folds=2)
