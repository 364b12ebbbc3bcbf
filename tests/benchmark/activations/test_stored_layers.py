"""Layers that memory does not hold together: read one by one, to the same bits."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from noise_images import noise_stimuli
from torch import nn

from brainrank.benchmark.activations.obtain import Obtained, Source, obtain
from brainrank.benchmark.activations.reduction import Reduction
from brainrank.benchmark.activations.store import ActivationStore
from brainrank.benchmark.metrics.cka import CkaMetric
from brainrank.benchmark.metrics.encoding import EncodingMetric
from brainrank.benchmark.metrics.mutual_neighbours import MutualNeighboursMetric
from brainrank.benchmark.metrics.rsa import RsaMetric
from brainrank.benchmark.metrics.versa import VersaMetric
from brainrank.benchmark.types.activations import (
    Extraction,
    LayerGram,
    StoredLayers,
    keys_of,
    names_of,
    some_of,
)
from brainrank.benchmark.types.assemblies import ResponseAssembly
from brainrank.benchmark.types.metric import Metric
from brainrank.benchmark.types.model_spec import Preprocessing
from brainrank.benchmark.types.reporter import Silent
from brainrank.benchmark.types.stimuli import StimulusSet

N, TARGETS = 300, 8
TIGHT = Extraction(memory_bytes=6_000_000)  # ten squares are 7.2 MB
NAMES = [str(number) for number in range(10)]


def network() -> nn.Module:
    torch.manual_seed(0)
    widths = [3, 8, 8, 8, 8, 8, 8, 8, 2]
    steps = [nn.Conv2d(one, other, 1) for one, other in pairwise(widths)]
    return nn.Sequential(*steps, nn.ReLU(), nn.AvgPool2d(5)).eval()


def had(folder: Path, stimuli: StimulusSet, extraction: Extraction, layers: Sequence[str]) -> Obtained[LayerGram]:
    source = Source("tiny", "w", Preprocessing(size=(10, 10)), tuple(layers), "flatten", Reduction.NONE, network)
    return obtain(source, stimuli, LayerGram, home=folder, device="cpu", extraction=extraction, reporter=Silent())


@pytest.fixture(scope="module")
def stimuli(tmp_path_factory: pytest.TempPathFactory) -> StimulusSet:
    return noise_stimuli(tmp_path_factory.mktemp("images"), N, (10, 12))


@pytest.mark.parametrize(
    "metric",
    [
        EncodingMetric(draws=100),
        RsaMetric(draws=100),
        CkaMetric(draws=100),
        MutualNeighboursMetric(draws=100),
        VersaMetric(draws=100),
    ],
    ids=lambda metric: metric.name,
)
def test_scores_are_those_of_layers_in_memory(tmp_path: Path, stimuli: StimulusSet, metric: Metric) -> None:
    held, stored = (
        had(tmp_path / each, stimuli, extraction, NAMES).layers
        for each, extraction in (("memory", Extraction()), ("store", TIGHT))
    )
    assert not isinstance(held, StoredLayers)
    assert isinstance(stored, StoredLayers)
    assert names_of(stored) == names_of(held) == tuple(NAMES)
    assert keys_of(stored) == keys_of(held)
    assert names_of(some_of(stored, [2, 0])) == ("2", "0")
    assert stored[1:][0].layer == "1"
    for one, other in zip(held, stored, strict=True):
        np.testing.assert_array_equal(one.gram, other.gram)
        assert (one.layer, one.key, one.n_features) == (other.layer, other.key, other.n_features)
    assert stored[9].features is not None  # 8 features of 300 stimuli
    rng = np.random.default_rng(0)
    signal = np.linalg.svd(held[0].gram)[0][:, :6] @ rng.standard_normal((6, TARGETS))
    responses = signal[:, None] / signal.std() + rng.standard_normal((N, 3, TARGETS))
    assembly = ResponseAssembly("v4", stimuli.ids, tuple(map(str, range(TARGETS))), responses.astype(np.float32))
    first, second = metric.score(held, assembly), metric.score(stored, assembly)
    assert repr(first) == repr(second)  # in which every digit is, and NaN is NaN
    assert first.draws is not None
    assert second.draws is not None
    np.testing.assert_array_equal(first.draws.deviations, second.draws.deviations)
    assert np.isfinite(first.value)


def test_one_that_is_gone_is_computed_again(tmp_path: Path, stimuli: StimulusSet) -> None:
    layers = had(tmp_path, stimuli, TIGHT, NAMES).layers
    expected = layers[1].gram
    store = ActivationStore(tmp_path)
    key = keys_of(layers)[1]
    store.blobs.remove(f"{key[:2]}/{key}.npz")
    assert not store.has(key)
    np.testing.assert_array_equal(layers[1].gram, expected)
    assert store.has(key)
    again = had(tmp_path, replace(stimuli), TIGHT, NAMES).layers
    assert keys_of(again) == keys_of(layers)
