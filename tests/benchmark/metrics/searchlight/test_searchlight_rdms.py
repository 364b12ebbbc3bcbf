"""RDMs of spheres against rsatoolbox's, and against crossnobis of one region."""

import numpy as np
import pytest
from rsatoolbox.util.searchlight import get_searchlight_RDMs

from brainrank.benchmark.metrics.rdms.noise_normalised_rdm import crossnobis_rdm
from brainrank.benchmark.metrics.searchlight.searchlight_rdms import SearchlightRdms
from brainrank.benchmark.types.assemblies import ResponseAssembly
from brainrank.benchmark.types.dissimilarity import Dissimilarity

STIMULI, REPEATS, TARGETS = 7, 4, 40
MEMBERS = [np.arange(10), np.array([3, 9, 20, 21, 39]), np.arange(15, 40)]


@pytest.fixture
def assembly() -> ResponseAssembly:
    rng = np.random.default_rng(0)
    responses = 100 + rng.standard_normal((STIMULI, REPEATS, TARGETS)) * np.linspace(0.5, 4, TARGETS)
    return ResponseAssembly("v1", tuple("abcdefg"), tuple(map(str, range(TARGETS))), responses)


@pytest.mark.parametrize(
    ("dissimilarity", "theirs"), [(Dissimilarity.CORRELATION, "correlation"), (Dissimilarity.EUCLIDEAN, "euclidean")]
)
def test_they_are_rsatoolboxs(assembly: ResponseAssembly, dissimilarity: Dissimilarity, theirs: str) -> None:
    mean = assembly.responses.mean(axis=1)
    found = SearchlightRdms.of(assembly, dissimilarity).of_searchlights(MEMBERS)
    expected = get_searchlight_RDMs(mean, np.arange(3), MEMBERS, np.arange(STIMULI), method=theirs, verbose=False)
    np.testing.assert_allclose(found, expected.dissimilarities, rtol=1e-8, atol=1e-10)


def test_crossnobis_is_that_of_one_region_with_noise_of_each_voxel_alone(assembly: ResponseAssembly) -> None:
    found = SearchlightRdms.of(assembly, Dissimilarity.CROSSNOBIS).of_searchlights(MEMBERS)
    residuals = assembly.responses - assembly.responses.mean(axis=1, keepdims=True)
    variance = (residuals**2).sum(axis=(0, 1)) / (STIMULI * (REPEATS - 1))
    for row, inside in zip(found, MEMBERS, strict=True):
        patterns = assembly.responses[:, :, inside].transpose(1, 0, 2)
        np.testing.assert_allclose(row, crossnobis_rdm(patterns, np.diag(1 / variance[inside])), rtol=1e-4, atol=1e-5)
