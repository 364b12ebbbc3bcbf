"""Centred kernel alignment by its definitions, for tests: no code is shared with the metrics.

Linear: <HKH, HLH> / (|HKH| |HLH|), H = I - 1/n (Kornblith, Norouzi, Lee & Hinton 2019). Debiased: the same with the
unbiased HSIC of Song, Smola, Gretton, Bedo & Borgwardt (2012), equation 5, of every stimulus by itself.
"""

import numpy as np


def linear_cka(k: np.ndarray, m: np.ndarray) -> float:
    """Of two Gram matrices, centred or not."""
    centring = np.eye(len(k)) - 1 / len(k)
    k, m = (centring @ each @ centring for each in (k, m))
    return float(np.trace(k @ m) / np.sqrt(np.trace(k @ k) * np.trace(m @ m)))


def debiased_cka(k: np.ndarray, m: np.ndarray) -> float:
    """Of two Gram matrices of four stimuli or more."""
    return song_hsic(k, m) / np.sqrt(song_hsic(k, k) * song_hsic(m, m))


def song_hsic(k: np.ndarray, m: np.ndarray) -> float:
    """[tr KM + 1'K1 1'M1 / ((n-1)(n-2)) - 2 1'KM1 / (n-2)] / (n (n-3)), diagonals set to 0."""
    n = len(k)
    k, m = (each - np.diag(np.diag(each)) for each in (k, m))
    total = np.trace(k @ m) + k.sum() * m.sum() / ((n - 1) * (n - 2)) - 2 * (k @ m).sum() / (n - 2)
    return float(total / (n * (n - 3)))
