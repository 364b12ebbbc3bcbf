"""Encoding models against himalaya (ridge) and scikit-learn (PLS): same data, same penalties, same process."""

import warnings
from collections.abc import Callable

import numpy as np
from himalaya.kernel_ridge import KernelRidgeCV
from himalaya.ridge import RidgeCV
from sklearn.cross_decomposition import PLSRegression
from sklearn.model_selection import ShuffleSplit

from brainrank.benchmark.metrics.regression.folds import assign_folds, fold_splits
from brainrank.benchmark.metrics.regression.pls import pls
from brainrank.benchmark.metrics.regression.ridge import ridge
from brainrank.benchmark.metrics.regression.scores import target_scores
from brainrank.benchmark.metrics.regression.selection import Selection
from brainrank.benchmark.metrics.regression.spectrum import gram_matrix
from performance.report import Row, peak_mib, timed

PENALTIES = np.logspace(0, 8, 10)


def simulated(stimuli: int, features: int, targets: int, *, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Features with a falling spectrum, and targets whose signal is 2 to 80 % of their variance, in float32."""
    rng = np.random.default_rng(seed)
    latent = rng.standard_normal((stimuli, 200), dtype=np.float32) * (np.arange(1, 201, dtype=np.float32) ** -0.5)
    X = latent @ rng.standard_normal((200, features), dtype=np.float32)
    X += 0.5 * rng.standard_normal((stimuli, features), dtype=np.float32)
    signal = latent @ rng.standard_normal((200, targets), dtype=np.float32)
    share = np.linspace(0.02, 0.8, targets, dtype=np.float32)
    noise = rng.standard_normal((stimuli, targets), dtype=np.float32)
    return X, signal / signal.std(axis=0) * np.sqrt(share) + noise * np.sqrt(1 - share)


def median_r(predictions: np.ndarray, responses: np.ndarray, fold_of: np.ndarray) -> float:
    """Median over targets of the held-out r."""
    return float(np.nanmedian(target_scores(predictions, responses, fold_of=fold_of).r))


def many_features() -> Row:
    """One split, 800 / 200 stimuli, 5,000 features, 10,000 targets."""
    X, Y = simulated(1000, 5000, 10000, seed=0)
    fold_of = np.where(np.arange(1000) < 800, -1, 0)
    X0, Y0 = X[:800].mean(axis=0), Y[:800].mean(axis=0)

    def peer() -> np.ndarray:
        model = KernelRidgeCV(alphas=PENALTIES, cv=5).fit(X[:800] - X0, Y[:800] - Y0)
        return np.asarray(model.predict(X[800:] - X0) + Y0)

    ours_s, ours = timed(lambda: ridge(X, Y, fold_of=fold_of, penalties=PENALTIES, selection=Selection("gcv")))
    ours_peak = peak_mib()
    peer_s, theirs = timed(peer)
    full = np.full_like(Y, np.nan)
    full[800:] = theirs
    loo_s, loo = timed(lambda: ridge(X, Y, fold_of=fold_of, penalties=PENALTIES, selection=Selection("loo")), repeats=1)
    exact_s, exact = timed(
        lambda: ridge(
            X, Y, fold_of=fold_of, penalties=PENALTIES, selection=Selection("cv", inner=inner_folds(fold_of))
        ),
        repeats=1,
    )
    return Row(
        "ridge, gcv: 800/200 stimuli, 5,000 features, 10,000 targets, 10 penalties",
        "himalaya KernelRidgeCV, 5 folds, numpy",
        8,
        peer_s,
        ours_s,
        f"median r {median_r(ours.predictions, Y, fold_of):.4f}, peer {median_r(full, Y, fold_of):.4f}; "
        f"leave-one-out {median_r(loo.predictions, Y, fold_of):.4f} in {loo_s:.2f} s, "
        f"exact 5-fold cv {median_r(exact.predictions, Y, fold_of):.4f} in {exact_s:.2f} s",
        ours_peak,
    )


def inner_folds(fold_of: np.ndarray) -> np.ndarray:
    """Five consecutive inner folds of the training stimuli, as himalaya makes them."""
    inner = np.zeros((1, len(fold_of)), dtype=np.int64)
    train = np.flatnonzero(fold_of < 0)
    inner[0, train] = np.arange(len(train)) * 5 // len(train)
    return inner


def many_stimuli() -> Row:
    """Five outer folds, 5,000 stimuli, 1,000 features, 10,000 targets."""
    X, Y = simulated(5000, 1000, 10000, seed=1)
    fold_of = assign_folds(5000, folds=5, rng=np.random.default_rng(0))
    ours_s, ours = timed(lambda: ridge(X, Y, fold_of=fold_of, penalties=PENALTIES, selection=Selection("gcv")))
    ours_peak = peak_mib()
    train, test = fold_splits(fold_of)[0]

    def peer() -> np.ndarray:
        model = RidgeCV(alphas=PENALTIES, fit_intercept=True, cv=5).fit(X[train], Y[train])
        return np.asarray(model.predict(X[test]))

    one_s, theirs = timed(peer, repeats=1)
    first = np.where(fold_of == 0, 0, -1)
    full = np.full_like(Y, np.nan)
    full[test] = theirs
    return Row(
        "ridge, gcv: 5,000 stimuli, 1,000 features, 10,000 targets, 5 outer folds, 10 penalties",
        "himalaya RidgeCV, 5 inner folds, numpy; 1 of 5 outer folds timed, times 5",
        5,
        one_s * 5,
        ours_s,
        f"median r on the first fold {median_r(ours.predictions, Y, first):.4f}, peer {median_r(full, Y, first):.4f}",
        ours_peak,
    )


def brainscore_pls() -> Row:
    """Brain-Score's ten splits, 640 stimuli, 100,000 features, 50 targets."""
    X, Y = simulated(640, 100_000, 50, seed=2)
    splits = list(ShuffleSplit(n_splits=10, train_size=0.9, random_state=1).split(X))

    def ours() -> list[np.ndarray]:
        gram = gram_matrix(X)
        return [pls(gram, Y, train=train, test=test).predictions for train, test in splits]

    ours_s, found = timed(ours)
    ours_peak = peak_mib()
    train, test = splits[0]

    def peer() -> np.ndarray:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return np.asarray(PLSRegression(n_components=25, scale=False).fit(X[train], Y[train]).predict(X[test]))

    one_s, theirs = timed(peer, repeats=1)
    together = np.zeros(len(test), dtype=np.int64)
    r = target_scores(found[0], Y[test], fold_of=together).r - target_scores(theirs, Y[test], fold_of=together).r
    return Row(
        "PLS, 25 components: 640 stimuli, 100,000 features, 50 targets, 10 splits, Gram matrix included",
        "scikit-learn PLSRegression; 1 of 10 splits timed, times 10",
        20,
        one_s * 10,
        ours_s,
        f"largest difference of r {np.abs(r).max():.1e}",
        ours_peak,
    )


CASES: tuple[Callable[[], Row], ...] = (many_features, many_stimuli, brainscore_pls)


def rows() -> list[Row]:
    """Every case in turn; a row's peak memory is of the process until after our run of that case."""
    return [case() for case in CASES]


if __name__ == "__main__":
    for case in CASES:
        row = case()
        print(f"{row.work}: ours {row.ours_s:.2f} s, {row.peer} {row.peer_s:.2f} s, {row.ratio:.1f}x "
              f"(at least {row.at_least:g}); {row.accuracy}; peak {row.peak_mib:.0f} MiB", flush=True)  # fmt: skip
