"""Response entropy against SciPy and at its extremes."""

import numpy as np
import pytest
from scipy.stats import entropy

from brainrank.benchmark.metrics.behaviour.entropy import response_entropy


def test_equals_scipy() -> None:
    counts = np.random.default_rng(0).integers(0, 30, (6, 16)).astype(float)
    result = response_entropy(counts)
    np.testing.assert_allclose(result.bits, entropy(counts, base=2, axis=1))
    np.testing.assert_allclose(result.share_of_maximum, result.bits / 4)


def test_extremes() -> None:
    counts = np.zeros((3, 16))
    counts[0] = 7
    counts[1, 3] = 100
    bits, share, reasons = response_entropy(counts)
    assert bits[:2] == pytest.approx([4.0, 0.0])
    assert share[:2] == pytest.approx([1.0, 0.0])
    assert np.isnan(bits[2])
    assert reasons == {2: "the observer gave no answer"}
