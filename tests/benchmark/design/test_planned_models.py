"""The layer that stands for a model, and its RDM of a pool."""

from dataclasses import replace

import numpy as np
import pytest
from recovery_study import features_of, grams, measured

from brainrank.benchmark.design.planned_models import measured_layer, on_the_scale, pool_rdm
from brainrank.benchmark.metrics.rdms.comparators import Comparator
from brainrank.benchmark.metrics.rdms.rdm import rdm_from_gram
from brainrank.benchmark.metrics.rsa import RsaMetric
from brainrank.benchmark.recovery.rdm_noise import standard_scores
from brainrank.benchmark.statistics.centred_gram import centred_gram_of_features
from brainrank.benchmark.types.condensed import condensed_rdm, square_rdm
from brainrank.benchmark.types.errors import InvalidDataError

METRIC = RsaMetric(draws=60)


def test_the_layer_is_the_most_like_one_and_the_score_is_the_metrics() -> None:
    rng = np.random.default_rng(0)
    features = features_of({"a": 4}, 24, rng)
    assembly = measured(features["a"][2], subjects=4, noise=1.0, rng=rng)
    layers = [replace(each, layer=f"layer{number}") for number, each in enumerate(grams(features)["a"])]
    found = measured_layer("a", layers, METRIC, assembly)
    assert found.layer == "layer2"
    assert found.rdm == pytest.approx(rdm_from_gram(layers[2], METRIC.dissimilarity))
    assert found.score == pytest.approx(METRIC.score(layers, assembly).value)


def test_a_model_without_an_rdm_is_refused_and_images_without_a_dissimilarity_are_named() -> None:
    rng = np.random.default_rng(1)
    features = rng.normal(size=(12, 20))
    assembly = measured(features, subjects=3, noise=1.0, rng=rng)
    constant = np.ones((12, 20))
    with pytest.raises(InvalidDataError, match="pixels has no layer with an RDM of it"):
        measured_layer("pixels", [centred_gram_of_features(constant, width=64)], METRIC, assembly)
    features[[2, 5]] = 1.0
    with pytest.raises(InvalidDataError, match=r"no dissimilarity to 2 images of the pool \(image2, image5\)"):
        pool_rdm("pixels", centred_gram_of_features(features, width=64), METRIC, assembly.stimulus_ids)


@pytest.mark.parametrize("comparator", [Comparator.RHO_A, Comparator.CORR])
def test_the_benchmarks_own_images_have_standard_scores_and_more_alike_ones_less_of_a_signal(
    comparator: Comparator,
) -> None:
    rdm = np.random.default_rng(2).random(66)
    scaled = condensed_rdm(on_the_scale(square_rdm(rdm), rdm, comparator))
    assert scaled == pytest.approx(standard_scores(rdm[None], comparator)[0])
    alike = condensed_rdm(on_the_scale(square_rdm(0.45 + 0.1 * rdm), rdm, comparator))
    assert alike.std() < 0.2
    assert np.isfinite(alike).all()
