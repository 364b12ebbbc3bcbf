"""Decoding RDMs: scikit-learn's discriminant and rsatoolbox's crossnobis say the same, and nothing comes of nothing."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from rsatoolbox.data import Dataset
from rsatoolbox.rdm import calc_rdm
from sklearn.base import BaseEstimator
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from brainrank.benchmark.epochs.decoding_rdm import decoding_rdm
from brainrank.benchmark.epochs.noise_covariance import noise_covariance, whitening
from brainrank.benchmark.epochs.pseudo_trials import fold_of_trials
from brainrank.benchmark.epochs.settings import Decoding, DecodingSettings, NoiseNormalisation
from brainrank.benchmark.types.errors import InvalidDataError

STIMULI, CHANNELS, TIMES = 5, 6, 3
NOTHING = np.arange(0)


def trials_of(seed: int, counts: np.ndarray | int, *, signal: float = 1.0, channels: int = CHANNELS):
    """Trials with noise that channels share, of stimuli whose patterns differ at the last time alone."""
    rng = np.random.default_rng(seed)
    stimulus_of = rng.permutation(np.repeat(np.arange(STIMULI), counts))
    noise = rng.standard_normal((len(stimulus_of), channels, TIMES))
    noise = np.einsum("nct,cd->ndt", noise, np.eye(channels) + 0.4 * rng.standard_normal((channels, channels)))
    evoked = np.zeros((STIMULI, channels, TIMES))
    evoked[..., -1] = signal * rng.standard_normal((STIMULI, channels))
    return noise + evoked[stimulus_of], stimulus_of


class _Told(BaseEstimator):
    """A covariance that is known, as scikit-learn asks for one."""

    def __init__(self, covariance=None):
        self.covariance = covariance

    def fit(self, X):
        self.covariance_ = self.covariance
        return self


@pytest.mark.parametrize("noise", [NoiseNormalisation.EPOCH, NoiseNormalisation.BASELINE, NoiseNormalisation.NONE])
def test_lda_is_scikit_learns(noise):
    trials, stimulus_of = trials_of(0, np.array([7, 8, 8, 9, 8]))
    baseline, folds = np.array([0, 1]), 4
    settings = DecodingSettings(
        Decoding.LDA, baseline_ms=(-10.0, 0.0), noise=noise, pseudo_trials=folds, permutations=2
    )
    found = decoding_rdm(trials, stimulus_of, settings, baseline=baseline, rng=np.random.default_rng(5))
    rng, right = np.random.default_rng(5), np.zeros(found.shape)
    for _ in range(2):
        fold_of = fold_of_trials(stimulus_of, folds, rng=rng)
        means = {
            (s, f): trials[(stimulus_of == s) & (fold_of == f)].mean(axis=0)
            for s in range(STIMULI)
            for f in range(folds)
        }
        for fold in range(folds):
            others = fold_of != fold
            covariance = np.eye(CHANNELS)
            if noise is not NoiseNormalisation.NONE:
                used = trials[others][..., baseline] if noise is NoiseNormalisation.BASELINE else trials[others]
                covariance = noise_covariance(used, stimulus_of[others])
            for time in range(TIMES):
                for place, pair in enumerate(combinations(range(STIMULI), 2)):
                    rest = [(s, means[s, f][:, time]) for s in pair for f in range(folds) if f != fold]
                    lda = LinearDiscriminantAnalysis(
                        solver="lsqr", covariance_estimator=_Told(covariance), priors=[0.5, 0.5]
                    )
                    lda.fit([pattern for _, pattern in rest], [s for s, _ in rest])
                    said = lda.predict([means[s, fold][:, time] for s in pair])
                    right[time, place] += np.mean(said == list(pair))
    np.testing.assert_allclose(found, right / (2 * folds), atol=1e-12)
    assert found[-1].mean() > 0.8


def test_crossnobis_is_rsatoolboxs():
    trials, stimulus_of = trials_of(1, 4)
    root = whitening(noise_covariance(trials, stimulus_of))
    white = np.einsum("nct,cd->ndt", trials, root)
    settings = DecodingSettings(Decoding.CROSSNOBIS, noise=NoiseNormalisation.NONE, pseudo_trials=4, permutations=1)
    found = decoding_rdm(white, stimulus_of, settings, baseline=NOTHING, rng=np.random.default_rng(3))
    fold_of = fold_of_trials(stimulus_of, 4, rng=np.random.default_rng(3)).astype(float)
    for time in range(TIMES):
        dataset = Dataset(trials[..., time], obs_descriptors={"stimulus": stimulus_of.astype(float), "fold": fold_of})
        wanted = calc_rdm(dataset, method="crossnobis", descriptor="stimulus", cv_descriptor="fold", noise=root @ root)
        order = [float(each) for each in wanted.pattern_descriptors["stimulus"]]
        assert order == sorted(order)
        np.testing.assert_allclose(found[time], wanted.get_vectors()[0], atol=1e-10)


def test_correlation_is_one_minus_r_without_noise():
    rng = np.random.default_rng(2)
    patterns = rng.standard_normal((STIMULI, CHANNELS, TIMES))
    settings = DecodingSettings(Decoding.CORRELATION, noise=NoiseNormalisation.NONE, pseudo_trials=2, permutations=1)
    stimulus_of = np.repeat(np.arange(STIMULI), 2)
    found = decoding_rdm(patterns[stimulus_of], stimulus_of, settings, baseline=NOTHING, rng=rng)
    for time in range(TIMES):
        upper = np.triu_indices(STIMULI, 1)
        np.testing.assert_allclose(found[time], (1 - np.corrcoef(patterns[..., time]))[upper], atol=1e-12)


def test_correlation_is_what_its_words_say():
    trials, stimulus_of = trials_of(4, 2)
    settings = DecodingSettings(Decoding.CORRELATION, noise=NoiseNormalisation.NONE, pseudo_trials=2, permutations=1)
    found = decoding_rdm(trials, stimulus_of, settings, baseline=NOTHING, rng=np.random.default_rng(3))
    fold_of = fold_of_trials(stimulus_of, 2, rng=np.random.default_rng(3))
    x, m = (np.stack([trials[(stimulus_of == s) & (fold_of == f)][0] for s in range(STIMULI)]) for f in (0, 1))
    for place, (i, j) in enumerate(combinations(range(STIMULI), 2)):

        def r(one, other, time=1):
            return np.corrcoef(x[one, :, time], m[other, :, time])[0, 1]

        assert found[1, place] == pytest.approx((r(i, i) + r(j, j) - r(i, j) - r(j, i)) / 2)


@pytest.mark.parametrize(
    ("decoding", "chance"), [(Decoding.LDA, 0.5), (Decoding.CORRELATION, 0.0), (Decoding.CROSSNOBIS, 0.0)]
)
@pytest.mark.parametrize("noise", list(NoiseNormalisation))
def test_nothing_comes_of_nothing(decoding, chance, noise):
    """Twelve channels and few trials: a covariance of all trials, those left out among them, would find a signal."""
    settings = DecodingSettings(decoding, (-10.0, 0.0), noise=noise, pseudo_trials=2, permutations=2)
    means = np.array(
        [
            decoding_rdm(
                *trials_of(seed, 12 if decoding is Decoding.CROSSNOBIS else 4, signal=0.0, channels=12),
                settings,
                baseline=np.array([0, 1]),
                rng=np.random.default_rng(seed),
            ).mean()
            for seed in range(80)
        ]
    )
    error = means.std(ddof=1) / np.sqrt(len(means))
    assert abs(means.mean() - chance) < 3 * error
    assert error < 0.03


@pytest.mark.parametrize("decoding", list(Decoding))
def test_signal_is_found_when_it_is_there(decoding):
    settings = DecodingSettings(decoding, pseudo_trials=3, permutations=2)
    found = decoding_rdm(*trials_of(8, 9), settings, baseline=NOTHING, rng=np.random.default_rng(0))
    assert found[-1].mean() > found[:-1].mean() + 0.2


@pytest.mark.parametrize("decoding", list(Decoding))
def test_the_unit_of_channels_does_not_matter_once_they_are_whitened(decoding):
    trials, stimulus_of = trials_of(9, 6)
    settings = DecodingSettings(decoding, pseudo_trials=3, permutations=1)
    one, other = (
        decoding_rdm(scale * trials, stimulus_of, settings, baseline=NOTHING, rng=np.random.default_rng(0))
        for scale in (1.0, 1e-6)
    )
    np.testing.assert_allclose(one, other, rtol=1e-7)


def test_blocks_of_times_and_single_precision_give_the_same(monkeypatch):
    trials, stimulus_of = trials_of(10, 6)
    settings = DecodingSettings(Decoding.LDA, pseudo_trials=3, permutations=2)
    whole = decoding_rdm(trials, stimulus_of, settings, baseline=NOTHING, rng=np.random.default_rng(0))
    monkeypatch.setattr("brainrank.benchmark.epochs.decoding_rdm.MOST_NUMBERS", 1)
    monkeypatch.setattr("brainrank.benchmark.epochs.noise_covariance.MOST_NUMBERS", 1)
    single = decoding_rdm(
        trials.astype(np.float32), stimulus_of, settings, baseline=NOTHING, rng=np.random.default_rng(0)
    )
    np.testing.assert_allclose(whole, single, atol=1e-6)


def test_a_correlation_of_patterns_without_variance_is_refused():
    trials, stimulus_of = trials_of(11, 6)
    trials[..., 0] = 1.0
    settings = DecodingSettings(Decoding.CORRELATION, noise=NoiseNormalisation.NONE, pseudo_trials=3, permutations=1)
    with pytest.raises(InvalidDataError, match="same in all channels and has no correlation; choose lda"):
        decoding_rdm(trials, stimulus_of, settings, baseline=NOTHING, rng=np.random.default_rng(0))


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"decimate": 0}, "decimate is 0; give 1 at least"),
        ({"pseudo_trials": 1}, "pseudo_trials is 1; give 2"),
        ({"permutations": 0}, "permutations is 0"),
        ({"sliding_mean_ms": 0.0}, "a sliding mean over 0 ms; give more than 0"),
        ({"baseline_ms": (0.0, -100.0)}, "the baseline is 0 to -100 ms; give its start before its stop"),
        ({"noise": NoiseNormalisation.BASELINE}, "noise is taken from the baseline, and none is told"),
    ],
)
def test_settings_that_say_nothing_are_refused(changed, told):
    with pytest.raises(InvalidDataError, match=told):
        replace(DecodingSettings(), **changed)


def test_more_distances_than_memory_holds_are_refused_before_anything_is_made(monkeypatch):
    trials, stimulus_of = trials_of(12, 6)
    monkeypatch.setattr("brainrank.benchmark.epochs.decoding_rdm.MOST_DISTANCES", 29)
    with pytest.raises(InvalidDataError, match="5 stimuli at 3 times have 30 dissimilarities, and at most 29 are made"):
        decoding_rdm(trials, stimulus_of, DecodingSettings(), baseline=NOTHING, rng=np.random.default_rng(0))
