"""How long decoding RDMs over time take, and the same of scikit-learn and rsatoolbox; writes RESULTS-epochs.md.

`python -m performance.epochs` needs about two minutes. The peers loop over pairs, times, folds and permutations; a few
of these are timed and multiplied. They are given whitened pseudo-trials, whose making is not in their time.
"""

import time
from pathlib import Path

import numpy as np
from rsatoolbox.data import Dataset
from rsatoolbox.rdm import calc_rdm
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from brainrank.benchmark.epochs.decoding_rdm import decoding_rdm
from brainrank.benchmark.epochs.noise_covariance import noise_covariance
from brainrank.benchmark.epochs.settings import Decoding, DecodingSettings, NoiseNormalisation
from performance.report import seconds_on_one_thread

RESULTS = Path(__file__).parent / "RESULTS-epochs.md"
STIMULI, TRIALS, CHANNELS, TIMES = 92, 24, 64, 60
FOLDS, PERMUTATIONS = 5, 20
PAIRS = STIMULI * (STIMULI - 1) // 2
SOME_PAIRS, SOME_RDMS = 200, 5
RNG = np.random.default_rng(0)


def main() -> None:
    """Time each, and write the table."""
    trials = RNG.standard_normal((STIMULI * TRIALS, CHANNELS, TIMES)).astype(np.float32)
    stimulus_of = np.repeat(np.arange(STIMULI), TRIALS)
    rows = [*ours(trials, stimulus_of), *peers()]
    text = [
        "# Decoding RDMs over time",
        "",
        f"`python -m performance.epochs`, {time.strftime('%Y-%m-%d')}, one processor: one subject, {STIMULI} stimuli x "
        f"{TRIALS} trials x {CHANNELS} channels x {TIMES} times, {FOLDS} pseudo-trials, {PERMUTATIONS} permutations.",
        "",
        "| what | seconds |",
        "|---|---|",
        *(f"| {what} | {seconds:,.1f} |" for what, seconds in rows),
    ]
    RESULTS.write_text("\n".join(text) + "\n")
    print("\n".join(text))


def ours(trials: np.ndarray, stimulus_of: np.ndarray) -> list[tuple[str, float]]:
    """Each decoding whitened, and without, and the covariance by itself."""

    def made(decoding: Decoding, noise: NoiseNormalisation) -> float:
        settings = DecodingSettings(decoding, noise=noise, pseudo_trials=FOLDS, permutations=PERMUTATIONS)
        return seconds_on_one_thread(
            lambda: decoding_rdm(trials, stimulus_of, settings, baseline=np.arange(0), rng=np.random.default_rng(0))
        )

    whitened = [(f"{each}, whitened", made(each, NoiseNormalisation.EPOCH)) for each in Decoding]
    plain = [(f"{each}, not whitened", made(each, NoiseNormalisation.NONE)) for each in Decoding]
    covariance = seconds_on_one_thread(lambda: noise_covariance(trials, stimulus_of))
    return [*whitened, *plain, ("the covariance of all trials, once", covariance)]


def peers() -> list[tuple[str, float]]:
    """The same numbers of pairs, times, folds and permutations, from some of them."""
    means = RNG.standard_normal((STIMULI, FOLDS, CHANNELS))
    labels = np.repeat([0, 1], FOLDS - 1)

    def pairs() -> None:
        for pair in range(SOME_PAIRS):
            both = means[[pair % STIMULI, (pair + 1 + pair // STIMULI) % STIMULI]]
            lda = LinearDiscriminantAnalysis(solver="lsqr", shrinkage=1.0)
            lda.fit(both[:, 1:].reshape(-1, CHANNELS), labels).predict(both[:, 0])

    descriptors = {
        "stimulus": np.repeat(np.arange(STIMULI, dtype=float), FOLDS),
        "fold": np.tile(np.arange(FOLDS, dtype=float), STIMULI),
    }
    dataset = Dataset(means.reshape(-1, CHANNELS), obs_descriptors=descriptors)

    def rdms() -> None:
        for _ in range(SOME_RDMS):
            calc_rdm(dataset, method="crossnobis", descriptor="stimulus", cv_descriptor="fold")

    pairs()  # imports
    lda = seconds_on_one_thread(pairs) / SOME_PAIRS * PAIRS * TIMES * FOLDS * PERMUTATIONS
    crossnobis = seconds_on_one_thread(rdms) / SOME_RDMS * TIMES * PERMUTATIONS
    return [
        (f"scikit-learn's discriminant, pair by pair (from {SOME_PAIRS} fits)", lda),
        (f"rsatoolbox's crossnobis, time by time (from {SOME_RDMS} RDMs)", crossnobis),
    ]


if __name__ == "__main__":
    main()
