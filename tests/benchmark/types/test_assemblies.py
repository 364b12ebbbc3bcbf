import numpy as np
from scipy.spatial.distance import squareform

from brainrank.benchmark.types.assemblies import pairs_among


def test_pairs_among_some_stimuli_in_any_order() -> None:
    rng = np.random.default_rng(0)
    rdm = rng.random(12 * 11 // 2)
    for kept in (np.array([7, 2, 11, 0]), np.arange(12)[::-1], np.array([3])):
        square = squareform(rdm)[np.ix_(kept, kept)]
        np.testing.assert_array_equal(rdm[pairs_among(kept, 12)], squareform(square))
