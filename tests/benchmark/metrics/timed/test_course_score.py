"""Peaks of layers: those of the score where there is one layer, and steps that come later in simulated brains."""

import numpy as np
import pytest
from timed_study import names, timed_rdms, timed_responses

from brainrank.benchmark.activations.gram import narrow_layer
from brainrank.benchmark.metrics.rdms.rdm import rdm_from_features
from brainrank.benchmark.metrics.time_resolved_encoding import TimeResolvedEncodingMetric
from brainrank.benchmark.metrics.time_resolved_rsa import TimeResolvedRsaMetric
from brainrank.benchmark.types.activations import LayerGram
from brainrank.benchmark.types.course import Course, StepDelay
from brainrank.benchmark.types.dissimilarity import Dissimilarity
from brainrank.benchmark.types.timed_assemblies import TimedRdms

TIMES = np.arange(-40.0, 320.0, 20.0)
STIMULI, SUBJECTS = 24, 6


def course_of(layers: list[LayerGram], timed: TimedRdms) -> Course:
    found = TimeResolvedRsaMetric(draws=80).score(layers, timed).course
    assert found is not None
    return found


def delay(seed: int, peaks_ms: tuple[float, float, float], *, signal: float = 1.5) -> StepDelay:
    """Of three steps, each of which has features that the brain has at some time, and noise of its own.

    Where responses overlap, the likeness to each is highest where the others are least: these do not.
    """
    rng = np.random.default_rng(seed)
    latent = rng.standard_normal((3, STIMULI, 12))
    layers = [
        narrow_layer(f"V4.step{step}", (each + 0.3 * rng.standard_normal(each.shape)).astype(np.float32))
        for step, each in enumerate(latent if len(set(peaks_ms)) > 1 else latent[[0, 0, 0]], start=1)
    ]
    noise = rng.random((SUBJECTS, len(TIMES), STIMULI * (STIMULI - 1) // 2))
    meant = sum(
        np.exp(-(((TIMES - at) / 18) ** 2) / 2)[:, None] * rdm_from_features(each, Dissimilarity.CORRELATION)
        for at, each in zip(peaks_ms, latent, strict=True)
    )
    rdms = (signal * meant + noise).astype(np.float32)
    (found,) = course_of(layers, TimedRdms("eeg", names("s", STIMULI), names("p", SUBJECTS), TIMES, rdms)).step_delays
    return found


def test_the_peak_of_one_layer_is_that_of_the_score():
    layers, timed = timed_rdms(0, 24, 5, TIMES, layers=1)
    found = course_of(layers, timed)
    (peak,) = found.layer_peaks
    assert peak.ms == pytest.approx(found.peak.ms)
    assert (peak.interval.low, peak.interval.high) == pytest.approx((found.peak.interval.low, found.peak.interval.high))
    assert found.step_delays == ()


def test_later_steps_are_found_later():
    found = [delay(seed, (80.0, 140.0, 200.0)) for seed in range(8)]
    assert np.median([each.delay.ms for each in found]) == pytest.approx(60, abs=4)
    assert all(each.delay.interval.low > 0 and not each.delay.reason for each in found)
    assert np.mean([each.delay.interval.low <= 60 <= each.delay.interval.high for each in found]) > 0.75


def test_steps_that_come_together_are_seldom_told_apart():
    found = [delay(seed, (120.0, 120.0, 120.0)) for seed in range(15)]
    told = [not each.delay.interval.low <= 0 <= each.delay.interval.high for each in found]
    assert np.mean(told) <= 0.14


def test_a_layer_without_a_response_is_told_to_have_none():
    found = [delay(seed, (80.0, 140.0, 200.0), signal=0.0) for seed in range(5)]
    assert np.mean(["at no time above chance" in each.delay.reason for each in found]) > 0.8
    told = [not each.delay.interval.low <= 0 <= each.delay.interval.high for each in found]
    assert np.mean(told) <= 0.25


def test_encoding_has_peaks_of_layers_without_intervals():
    layers, timed = timed_responses(0, 30, 3, np.array([0.0, 60.0, 120.0, 180.0]))
    found = TimeResolvedEncodingMetric(draws=40).score(layers, timed).course
    assert found is not None
    highest = found.times_ms[np.argmax(found.layer_values, axis=1)]
    assert [abs(each.ms - at) <= 60 for each, at in zip(found.layer_peaks, highest, strict=True)] == [True] * 3
    assert {each.reason for each in found.layer_peaks} == {"encoding draws the layers chosen alone, not each layer"}
    assert all(np.isnan(each.interval.low) for each in found.layer_peaks)
