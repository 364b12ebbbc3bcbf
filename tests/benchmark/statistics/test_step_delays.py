"""Delays of steps: slopes of peaks over steps, on the draws that all layers share."""

import numpy as np
import pytest

from brainrank.benchmark.statistics.courses import NOTHING_DRAWN, DrawnPeak, interval_of
from brainrank.benchmark.statistics.step_delays import step_delays
from brainrank.benchmark.types.course import Latency


def drawn(ms: float, of: np.ndarray, reason: str = "") -> DrawnPeak:
    return DrawnPeak(Latency(ms, interval_of(ms, of), reason), of)


def test_a_delay_is_the_slope_of_a_line_through_the_peaks():
    rng = np.random.default_rng(0)
    layers, at = ("a#1", "stem", "a#3", "a#2", "b.step1", "b.step2"), (100.0, 0.0, 170.0, 120.0, 90.0, 80.0)
    of = [each + rng.standard_normal(400) for each in at]
    a, b = step_delays(layers, [drawn(ms, each) for ms, each in zip(at, of, strict=True)])
    assert (a.area, a.steps, b.area, b.steps) == ("a", (1, 2, 3), "b", (1, 2))
    assert a.delay.ms == pytest.approx(np.polyfit([1, 2, 3], [100, 120, 170], 1)[0])
    slopes = np.polyfit([1, 2, 3], np.stack([of[0], of[3], of[2]]), 1)[0]
    np.testing.assert_allclose((a.delay.interval.low, a.delay.interval.high), np.quantile(slopes, [0.025, 0.975]))
    assert b.delay.ms == pytest.approx(-10)
    assert (a.delay.reason, b.delay.interval.high < 0) == ("", True)


def test_draws_that_layers_share_make_a_delay_surer_than_its_peaks():
    shared = 20 * np.random.default_rng(0).standard_normal(400)
    (found,) = step_delays(("V4.step1", "V4.step2"), [drawn(100.0, 100 + shared), drawn(110.0, 110 + shared)])
    assert (found.delay.interval.low, found.delay.interval.high) == pytest.approx((10, 10))


def test_what_is_doubtful_of_a_peak_is_of_the_delay():
    of = np.full(50, 100.0)
    (found,) = step_delays(("x#1", "x#2"), [drawn(100.0, of), drawn(120.0, of, "at no time above chance")])
    assert found.delay.reason == "x#2: at no time above chance"
    undrawn = DrawnPeak(Latency(120.0, NOTHING_DRAWN, "not drawn"), np.empty(0))
    (found,) = step_delays(("x#1", "x#2"), [drawn(100.0, of), undrawn])
    assert found.delay.ms == 20
    assert np.isnan(found.delay.interval.low)
    assert found.delay.reason == "x#2: not drawn"
    assert step_delays(("x#1", "y"), [undrawn, undrawn]) == ()
