"""A brain as a model: its RDM keeps its order, and its score is the mean of what rsatoolbox compares."""

import numpy as np
import pytest
from rsatoolbox.rdm import RDMs, compare
from scipy.stats import rankdata

from brainrank.benchmark.metrics.rdms.rdm import rdm_from_gram
from brainrank.benchmark.metrics.rsa import RsaMetric
from brainrank.benchmark.recovery.brain_as_model import layer_of_rdms
from brainrank.benchmark.types.assemblies import RdmAssembly
from brainrank.benchmark.types.dissimilarity import Dissimilarity

N = 20
PAIRS = N * (N - 1) // 2


@pytest.mark.parametrize("kind", ["correlations", "any numbers", "beyond one"])
def test_the_distances_of_the_layer_have_the_order_of_the_mean_rdm(kind: str) -> None:
    rng = np.random.default_rng(0)
    if kind == "correlations":
        rdms = np.stack([(1 - np.corrcoef(rng.normal(size=(N, 30))))[np.triu_indices(N, 1)] for _ in range(3)])
    else:  # no features have exactly these distances
        rdms = rng.random((3, PAIRS)) * (40 if kind == "beyond one" else 1)
    found = rdm_from_gram(layer_of_rdms("brain", rdms), Dissimilarity.CORRELATION)
    np.testing.assert_array_equal(rankdata(found.round(9)), rankdata(rdms.mean(axis=0).round(9)))


def test_its_score_is_what_rsatoolbox_finds() -> None:
    rng, n = np.random.default_rng(1), 60
    signal = rng.random(n * (n - 1) // 2)
    brain, others = signal + 0.3 * rng.random((2, len(signal))), signal + 0.5 * rng.random((4, len(signal)))
    assembly = RdmAssembly("it", tuple(map(str, range(n))), tuple("abcd"), others)
    score = RsaMetric(draws=60).score([layer_of_rdms("brain", brain)], assembly)
    oracle = compare(RDMs(brain.mean(axis=0)[None]), RDMs(others), method="rho-a")
    # The metric's value is the mean of those on either half of the stimuli.
    assert score.value == pytest.approx(float(np.mean(oracle)), abs=0.02)
    assert score.interval.low < score.value < score.interval.high
