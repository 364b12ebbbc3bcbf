import numpy as np
import pytest
from sklearn.metrics import pairwise_distances
from sklearn.neighbors import NearestNeighbors

from brainrank.benchmark.metrics.alignment.neighbours import mutual_neighbours, nearest_others


def features(seed: int, n: int = 30, p: int = 6) -> np.ndarray:
    return np.random.default_rng(seed).normal(0.5, 1, (n, p))


def mutual(x: np.ndarray, y: np.ndarray, units: np.ndarray, k: int):
    nearest = [nearest_others(pairwise_distances(each, metric="cosine"), units, k=k) for each in (x, y)]
    return mutual_neighbours(*nearest, units)


def test_overlap_equals_that_of_scikit_learns_neighbours():
    x, y = features(0), features(0) + features(1)
    shared = [
        set(NearestNeighbors(n_neighbors=5, metric="cosine").fit(each).kneighbors(return_distance=False)[row])
        for row in range(30)
        for each in (x, y)
    ]
    expected = np.mean([len(a & b) / 5 for a, b in zip(shared[::2], shared[1::2], strict=True)])
    assert mutual(x, y, np.arange(30), 5).value == pytest.approx(expected)


def test_neighbours_are_of_other_groups():
    units = np.repeat(np.arange(6), 3)
    centres = features(2, 6)
    x = np.repeat(centres, 3, axis=0) + 0.01 * features(3, 18)
    nearest = nearest_others(pairwise_distances(x), units, k=3)
    assert (nearest.sum(axis=1) == 3).all()
    assert (nearest * (units[:, None] == units) == 0).all()


def test_unrelated_representations_share_what_guessing_finds():
    units = np.repeat(np.arange(12), 4)
    rng = np.random.default_rng(1)
    values = []
    for _ in range(200):
        x, y = (
            np.repeat(rng.standard_normal((12, 6)), 4, axis=0) + 0.1 * rng.standard_normal((48, 6)) for _ in range(2)
        )
        values.append(mutual(x, y, units, 5).value)
    assert np.mean(values) == pytest.approx(5 / 44, abs=3 * np.std(values) / np.sqrt(200))


def test_the_influences_of_all_are_none_and_tell_the_spread():
    # Over new stimuli the share varies as the influences say, from twelve stimuli to sixty (docs/decisions/alignment).
    for n in (24, 60):
        found = []
        for seed in range(150):
            rng = np.random.default_rng([n, seed])
            latent = rng.standard_normal((n, 5))
            x, y = (latent @ np.random.default_rng(s).standard_normal((5, 20)) for s in (1, 2))
            found.append(mutual(x + rng.standard_normal((n, 20)), y + rng.standard_normal((n, 20)), np.arange(n), 4))
        assert max(abs(each.influence.sum()) for each in found) < 1e-9
        told = np.sqrt(np.mean([(each.influence**2).sum() for each in found]))
        assert told == pytest.approx(np.std([each.value for each in found]), rel=0.25)


def test_too_few_candidates_are_undefined():
    units = np.array([0, 0, 0, 1, 2])
    nearest = nearest_others(pairwise_distances(features(0, 5)), units, k=3)
    assert np.isnan(mutual_neighbours(nearest, nearest, units).value)
