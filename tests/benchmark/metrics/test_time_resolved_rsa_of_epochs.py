"""From epochs to a latency: what begins at 90 ms and is strongest at 130 ms is found there, and nothing of noise."""

import numpy as np
import pytest
from timed_study import known, names

from brainrank.benchmark.epochs.decoding_rdm import decoding_rdm
from brainrank.benchmark.epochs.settings import Decoding, DecodingSettings
from brainrank.benchmark.metrics.time_resolved_rsa import TimeResolvedRsaMetric
from brainrank.benchmark.types.timed_assemblies import TimedRdms

TIMES = np.arange(-50.0, 251.0, 10.0)  # 100 Hz
BEGINS_MS, PEAK_MS, SUBJECTS, STIMULI, TRIALS, CHANNELS = 90.0, 130.0, 8, 40, 12, 16


def course_of(decoding: Decoding, signal: float):
    latent, layers = known(0, STIMULI, 2)
    shape = np.exp(-(((TIMES - PEAK_MS) / 30) ** 2) / 2) * (TIMES >= BEGINS_MS)
    stimulus_of = np.repeat(np.arange(STIMULI), TRIALS)
    rdms = []
    for subject in range(SUBJECTS):
        rng = np.random.default_rng([1, subject])
        patterns = latent @ rng.standard_normal((latent.shape[1], CHANNELS)) / 4
        noise = rng.standard_normal((len(stimulus_of), CHANNELS, len(TIMES)))
        trials = noise + signal * patterns[stimulus_of][:, :, None] * shape
        settings = DecodingSettings(decoding, (-50.0, 0.0), pseudo_trials=4, permutations=2)
        rdms.append(decoding_rdm(trials, stimulus_of, settings, baseline=np.arange(6), rng=rng))
    timed = TimedRdms("eeg", names("s", STIMULI), names("p", SUBJECTS), TIMES, np.stack(rdms))
    return TimeResolvedRsaMetric(draws=200).score(layers, timed).course


@pytest.mark.parametrize("decoding", list(Decoding))
def test_onset_and_peak_are_found_within_5_ms(decoding):
    found = course_of(decoding, 0.35)
    assert found.onset.ms == pytest.approx(BEGINS_MS, abs=5)
    assert found.peak.ms == pytest.approx(PEAK_MS, abs=5)


def test_noise_has_no_onset():
    found = course_of(Decoding.LDA, 0.0)
    assert np.isnan(found.onset.ms)
    assert found.above_chance.min() > 0.05
