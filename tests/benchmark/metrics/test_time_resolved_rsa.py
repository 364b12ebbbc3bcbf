"""Time-resolved RSA: of one time it is RSA; noise, undefined times, windows, latencies."""

from dataclasses import replace

import numpy as np
import pytest
from timed_study import PEAK_MS, timed_rdms

from brainrank.benchmark.activations.gram import narrow_layer
from brainrank.benchmark.metrics.rdms.comparators import Comparator
from brainrank.benchmark.metrics.rsa import RsaMetric
from brainrank.benchmark.metrics.time_resolved_rsa import TimeResolvedRsaMetric
from brainrank.benchmark.metrics.timed.layer_courses import LayerChoice
from brainrank.benchmark.types.errors import InvalidDataError

TIMES = np.arange(-50.0, 300.0, 50.0)
MANY = 304  # stimuli, whose draws RSA, too, makes by influences


@pytest.fixture(scope="module")
def many():
    return timed_rdms(1, MANY, 4, np.array([0.0, 100.0, 200.0]))


def test_each_time_by_itself_is_rsa(many):
    layers, timed = many
    course = TimeResolvedRsaMetric(layer_choice=LayerChoice.EACH, draws=100).score(layers, timed).course
    assert course is not None
    for time in range(len(timed.times_ms)):
        alone = RsaMetric(draws=100).score(layers, timed.at(time))
        assert course.values[time] == pytest.approx(alone.value, abs=1e-12)
        ends = [course.pointwise.low[time], course.pointwise.high[time]]
        assert ends == pytest.approx([alone.interval.low, alone.interval.high], abs=1e-9)
        assert course.ceiling_lower[time] == pytest.approx(alone.ceiling.lower, abs=1e-12)
        assert course.ceiling_upper[time] == pytest.approx(alone.ceiling.upper, abs=1e-12)
        assert [course.layers[each] for each in course.chosen[:, time]] == list(alone.layers)
        curve = [each.value for each in alone.layer_curve]
        assert course.layer_values[:, time].tolist() == pytest.approx(curve, abs=1e-12)


def test_a_window_of_one_time_is_rsa(many):
    layers, timed = many
    found = TimeResolvedRsaMetric(start_ms=100.0, stop_ms=100.0, draws=100).score(layers, timed)
    alone = RsaMetric(draws=100).score(layers, timed.at(1))
    assert found.value == pytest.approx(alone.value, abs=1e-12)
    assert (found.interval.low, found.interval.high) == pytest.approx((alone.interval.low, alone.interval.high))
    assert found.ceiling.interval is not None
    assert alone.ceiling.interval is not None
    assert found.ceiling.interval.low == pytest.approx(alone.ceiling.interval.low, abs=1e-9)
    assert [each.value for each in found.per_subject] == pytest.approx([each.value for each in alone.per_subject])


def test_the_score_is_the_mean_of_the_window():
    layers, timed = timed_rdms(2, 30, 5, TIMES)
    found = TimeResolvedRsaMetric(start_ms=100.0, stop_ms=200.0, draws=60).score(layers, timed)
    assert found.course is not None
    assert found.course.window_ms == (100, 200)
    inside = (TIMES >= 100) & (TIMES <= 200)
    assert found.value == pytest.approx(found.course.values[inside].mean())
    assert found.ceiling.lower == pytest.approx(found.course.ceiling_lower[inside].mean())
    assert found.interval.low <= found.value <= found.interval.high
    everything = TimeResolvedRsaMetric(layer_choice=LayerChoice.ALL, draws=60).score(layers, timed).course
    assert everything is not None
    assert (np.ptp(everything.chosen, axis=1) == 0).all()


def test_the_band_of_the_course_is_wider_than_that_of_a_time_and_holds_it():
    layers, timed = timed_rdms(3, 40, 6, TIMES)
    course = TimeResolvedRsaMetric(draws=200).score(layers, timed).course
    assert course is not None
    assert (course.simultaneous.low <= course.pointwise.low).all()
    assert (course.simultaneous.high >= course.pointwise.high).all()
    assert (course.pointwise.low <= course.values).all()
    assert (course.values <= course.pointwise.high).all()


def test_a_known_latency_is_recovered():
    times = np.arange(-100.0, 300.0, 10.0)
    found = [TimeResolvedRsaMetric(draws=60).score(*timed_rdms(seed, 48, 8, times)).course for seed in range(4)]
    peaks = [each.peak.ms for each in found if each is not None]
    assert np.median(peaks) == pytest.approx(PEAK_MS, abs=5)
    held = [each.peak.interval.low <= PEAK_MS <= each.peak.interval.high for each in found if each is not None]
    assert sum(held) >= 3
    assert all(each is not None and 0 <= each.onset.ms < PEAK_MS for each in found)


def test_noise_is_not_above_chance():
    times = np.arange(-100.0, 300.0, 10.0)
    false = 0
    for seed in range(20):
        course = TimeResolvedRsaMetric(draws=100).score(*timed_rdms(seed, 24, 8, times, signal=0)).course
        assert course is not None
        false += bool((course.above_chance < 0.05).any())
    assert false <= 3


def test_a_time_at_which_a_subject_does_not_vary_has_no_score():
    layers, timed = timed_rdms(4, 30, 5, TIMES)
    rdms = timed.rdms.copy()
    rdms[2, 0], rdms[3, 1, 5] = 1.0, np.nan
    found = TimeResolvedRsaMetric(start_ms=50.0, draws=60).score(layers, replace(timed, rdms=rdms))
    assert found.course is not None
    assert np.isfinite(found.value)
    assert np.isnan(found.course.values[:1]).all()
    assert np.isfinite(found.course.values[2:]).all()
    outside = TimeResolvedRsaMetric(start_ms=-50.0, draws=60).score(layers, replace(timed, rdms=rdms))
    assert np.isnan(outside.value)
    assert "p2 at -50 ms" in outside.reason
    assert "p2 at -50 ms" in outside.ceiling.reason


def test_layers_that_do_not_vary_are_left_out():
    layers, timed = timed_rdms(5, 30, 5, TIMES)
    flat = narrow_layer("flat", np.ones((30, 4), np.float32))
    found = TimeResolvedRsaMetric(draws=60).score([flat, *layers], timed)
    assert found.course is not None
    assert "flat" not in found.course.layers
    nothing = TimeResolvedRsaMetric(draws=60).score([flat], timed)
    assert np.isnan(nothing.value)
    assert "every layer is undefined" in nothing.reason


def test_one_subject_has_a_course_without_a_ceiling():
    layers, timed = timed_rdms(6, 30, 1, TIMES)
    found = TimeResolvedRsaMetric(draws=60).score(layers, timed)
    assert np.isfinite(found.value)
    assert "at least 2 subjects" in found.ceiling.reason


@pytest.mark.parametrize("comparator", [Comparator.SPEARMAN, Comparator.CORR, Comparator.RHO_A])
def test_any_comparator_that_is_0_by_chance(comparator):
    layers, timed = timed_rdms(7, 24, 4, TIMES)
    assert TimeResolvedRsaMetric(comparator=comparator, draws=60).score(layers, timed).unit == comparator


def test_windows_without_a_time_are_refused():
    layers, timed = timed_rdms(8, 24, 4, TIMES)
    with pytest.raises(InvalidDataError, match="no time lies between 400 and 500 ms; the times are -50 to 250 ms"):
        TimeResolvedRsaMetric(start_ms=400.0, stop_ms=500.0).score(layers, timed)
    with pytest.raises(InvalidDataError, match="a window from 200 to 100 ms has no time"):
        TimeResolvedRsaMetric(start_ms=200.0, stop_ms=100.0)
