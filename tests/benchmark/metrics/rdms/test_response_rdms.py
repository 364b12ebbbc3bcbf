"""RDMs of responses: crossnobis and its noise are rsatoolbox's; what is undefined is refused."""

from dataclasses import replace

import numpy as np
import pytest
from cka import linear_cka
from rsatoolbox.data import Dataset
from rsatoolbox.data.noise import prec_from_unbalanced
from rsatoolbox.rdm import calc_rdm
from scipy.spatial.distance import pdist

from brainrank.benchmark.activations.gram import layer_gram
from brainrank.benchmark.metrics.rdms.comparators import Comparator
from brainrank.benchmark.metrics.rdms.response_rdms import noise_precision, rdm_of_responses
from brainrank.benchmark.metrics.rsa import RsaMetric
from brainrank.benchmark.types.assemblies import RdmAssembly, ResponseAssembly
from brainrank.benchmark.types.dissimilarity import Dissimilarity
from brainrank.benchmark.types.errors import InvalidDataError

STIMULI, REPEATS, TARGETS = 16, 4, 7
IDS = tuple(f"im{k}" for k in range(STIMULI))


def assembly(seed: int = 0) -> ResponseAssembly:
    rng = np.random.default_rng(seed)
    mixed = rng.standard_normal((TARGETS, TARGETS))
    noise = rng.standard_normal((STIMULI, REPEATS, TARGETS)) @ mixed
    signal = 2 * rng.standard_normal((STIMULI, 1, TARGETS))
    return ResponseAssembly("v4", IDS, tuple(f"t{k}" for k in range(TARGETS)), signal + noise)


def rows(found: ResponseAssembly) -> Dataset:
    """Trials as rsatoolbox has them."""
    return Dataset(
        found.responses.reshape(-1, TARGETS).copy(),
        obs_descriptors={
            "stimulus": np.repeat(np.arange(STIMULI, dtype=np.float64), REPEATS),
            "fold": np.tile(np.arange(REPEATS, dtype=np.float64), STIMULI),
        },
    )


def test_the_noise_is_that_of_rsatoolbox() -> None:
    expected = prec_from_unbalanced(rows(assembly()), "stimulus", method="shrinkage_diag")
    np.testing.assert_allclose(noise_precision(assembly()), expected, rtol=1e-9)


def test_crossnobis_is_that_of_rsatoolbox() -> None:
    trials = rows(assembly())
    noise = prec_from_unbalanced(trials, "stimulus", method="shrinkage_diag")
    oracle = calc_rdm(trials, method="crossnobis", descriptor="stimulus", cv_descriptor="fold", noise=noise)
    found = rdm_of_responses(assembly(), Dissimilarity.CROSSNOBIS)
    np.testing.assert_allclose(found.rdms, oracle.get_vectors(), rtol=1e-9)
    assert (found.subjects, found.stimulus_ids) == (("v4",), IDS)


def test_the_others_are_of_the_mean_over_the_repeats_that_there_are() -> None:
    responses = assembly().responses.copy()
    responses[3, 1:] = np.nan
    found = rdm_of_responses(replace(assembly(), responses=responses), Dissimilarity.CORRELATION)
    np.testing.assert_allclose(found.rdms[0], pdist(np.nanmean(responses, axis=1), "correlation"), atol=1e-12)


def test_the_metric_scores_responses_as_their_rdm() -> None:
    layers = [layer_gram(str(k), np.random.default_rng(k).standard_normal((STIMULI, 20))) for k in range(2)]
    for dissimilarity in Dissimilarity:
        metric = RsaMetric(dissimilarity=dissimilarity, draws=40)
        of_rdm = metric.score(layers, rdm_of_responses(assembly(), dissimilarity))
        of_responses = metric.score(layers, assembly())
        assert (of_responses.value, of_responses.interval) == (of_rdm.value, of_rdm.interval)
        assert "several subjects" in metric.ceiling(assembly()).reason


def test_cka_of_responses_is_linear_cka() -> None:
    """Squared distances by the whitened cosine, on each half of the stimuli, against the Gram matrices themselves."""
    x = np.random.default_rng(5).standard_normal((STIMULI, 20))
    metric = RsaMetric(dissimilarity=Dissimilarity.EUCLIDEAN, comparator=Comparator.COSINE_COV, draws=40)
    y = assembly().responses.mean(axis=1)
    halves = [
        half.stimuli
        for half in metric._halves(RdmAssembly("v4", IDS, ("v4",), np.zeros((1, STIMULI * (STIMULI - 1) // 2))))
    ]
    expected = [linear_cka(x[half] @ x[half].T, y[half] @ y[half].T) for half in halves]
    (point,) = metric.score([layer_gram("all", x)], assembly()).layer_curve
    assert point.value == pytest.approx(np.mean(expected), abs=1e-9)


def changed(change: str) -> ResponseAssembly:
    responses = assembly().responses.copy()
    if change == "missing":
        responses[2, 1, 0] = np.nan
    elif change == "one repeat":
        responses = responses[:, :1]
    else:
        responses[:, :, 4] = responses[:, :1, 4]
    return replace(assembly(), responses=responses)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("missing", "1 of 64 have missing values .each stimulus has 3 without"),
        ("one repeat", "needs 2 repeats"),
        ("silent", "t4 .1 in all. answered every repeat alike"),
    ],
)
def test_crossnobis_that_cannot_be_is_refused(change: str, message: str) -> None:
    with pytest.raises(InvalidDataError, match=message):
        rdm_of_responses(changed(change), Dissimilarity.CROSSNOBIS)


def test_a_stimulus_without_a_correlation_is_named() -> None:
    responses = assembly().responses.copy()
    responses[5] = 1.0
    with pytest.raises(InvalidDataError, match="for stimulus im5 .1 such stimuli."):
        rdm_of_responses(replace(assembly(), responses=responses), Dissimilarity.CORRELATION)
