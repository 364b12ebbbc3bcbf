"""Real ImageNet weights on real images: how alike each stage is to human IT, as recorded from the mirror's weights."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from brainrank.benchmark.activations.extract import extract
from brainrank.benchmark.activations.forward_pass import ForwardPass
from brainrank.benchmark.metrics.rdms.comparators import Comparator, compare
from brainrank.benchmark.metrics.rdms.rdm import rdm_from_gram
from brainrank.benchmark.types.assemblies import RdmAssembly
from brainrank.benchmark.types.dissimilarity import Dissimilarity
from brainrank.benchmark.types.errors import DataUnavailableError, ModelLoadError
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.model_spec import ModelSpec
from brainrank.benchmark.types.reporter import Silent
from brainrank.datasets import kriegeskorte2008
from brainrank.models_zoo.catalogue import MODELS, find_model
from brainrank.models_zoo.load import resolve

STAGES = tuple(f"blocks.{stage}" for stage in range(7))
HUMAN_IT = [0.131, 0.207, 0.175, 0.196, 0.273, 0.367, 0.231]


def similarity_to_human_it(spec: ModelSpec, locations: Locations) -> list[float]:
    study = kriegeskorte2008.DATASET.load("human-it", locations, Silent())
    assert isinstance(study.assembly, RdmAssembly)
    try:
        model = resolve(spec, locations, Silent())
    except DataUnavailableError as error:
        pytest.skip(f"needs the package index once, for the weights: {error}")
    layers = extract(
        ForwardPass(
            model.build(),
            study.stimuli,
            layers=model.layers,
            preprocessing=model.preprocessing,
            pooling="mean",
            device=torch.device("cpu"),
        ),
        reporter=Silent(),
    )
    rdms = np.stack([rdm_from_gram(each, Dissimilarity.CORRELATION) for each in layers])
    human = study.assembly.rdms.mean(axis=0)[None]
    return [float(value) for value in compare(rdms, human, Comparator.SPEARMAN)[:, 0]]


def test_lite0_gives_the_seven_reference_values(locations: Locations) -> None:
    stages = replace(MODELS["efficientnet-lite0"], layers=STAGES)
    assert similarity_to_human_it(stages, locations) == pytest.approx(HUMAN_IT, abs=0.005)


def test_random_weights_stay_below_a_tenth(locations: Locations) -> None:
    assert max(similarity_to_human_it(MODELS["efficientnet-lite0-random"], locations)) < 0.10


def test_weights_of_another_network_are_refused(locations: Locations) -> None:
    other = replace(MODELS["efficientnet-lite0"], weights=MODELS["efficientnet-lite1"].weights)
    try:
        model = resolve(other, locations, Silent())
    except DataUnavailableError as error:
        pytest.skip(f"needs the package index once, for the weights: {error}")
    with pytest.raises(ModelLoadError, match=r"does not fit tf_efficientnet_lite0: it holds \d+ tensors"):
        model.build()


@pytest.mark.parametrize("name", ["efficientnet-lite0", "efficientnet-lite1", "efficientnet-lite2"])
def test_the_entry_is_pinned(name: str) -> None:
    spec = find_model(name)
    assert spec.weights is not None
    assert spec.weights.sha256.startswith(spec.weights.name.split("-")[-1].removesuffix(".pth"))
