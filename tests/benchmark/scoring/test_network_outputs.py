"""What a network puts out is stored: behaviour is rescored without a forward pass."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from noise_images import noise_stimuli
from torch import nn

from brainrank.benchmark.images import read_image
from brainrank.benchmark.preprocessing import image_transform
from brainrank.benchmark.scoring.evidence import Job, layer_grams, network_outputs
from brainrank.benchmark.types.activations import DEFAULT_EXTRACTION
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.model_spec import ModelSpec, Preprocessing
from brainrank.benchmark.types.reporter import Silent
from brainrank.models_zoo.network import Network
from brainrank.models_zoo.resolved import ResolvedModel

PREPROCESSING = Preprocessing(size=(8, 8))
NETWORK = Network("counted", {}, ())


class Counted(nn.Module):
    """Has a layer called `output`, too, and counts the images that pass."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.output, self.head, self.passed = nn.Conv2d(3, 4, 8), nn.Linear(4, 5), 0

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        self.passed += len(images)
        found: torch.Tensor = self.head(self.output(images).flatten(1))
        return found


def test_they_are_computed_once_and_are_no_layer_of_that_name(tmp_path: Path) -> None:
    network, stimuli = Counted().eval(), noise_stimuli(tmp_path, 30, (10, 12))
    spec = ModelSpec("counted", "family", "python:nowhere.py:make", layers=("output",))
    model = ResolvedModel(
        build=lambda: network, layers=("output",), preprocessing=PREPROCESSING, weights_digest="w", network=NETWORK
    )
    job = Job(spec, model, "n", Locations(tmp_path), "cpu", DEFAULT_EXTRACTION, Silent())
    first = network_outputs(job, stimuli)
    transform = image_transform(PREPROCESSING)
    images = torch.stack([transform(read_image(each.path)) for each in stimuli.stimuli])
    with torch.inference_mode():
        np.testing.assert_allclose(first.values, network(images).numpy(), rtol=1e-4, atol=1e-5)
    (layer,) = layer_grams(job, stimuli, ["output"]).layers
    assert (layer.layer, layer.n_features) == ("output", 4)
    passed = network.passed
    again = network_outputs(job, stimuli)
    assert network.passed == passed
    assert again.device == first.device == "cpu"
    np.testing.assert_array_equal(again.values, first.values)
    other = network_outputs(job._replace(network_digest="other"), stimuli)
    assert network.passed > passed
    np.testing.assert_array_equal(other.values, first.values)
    fewer = replace(stimuli, stimuli=stimuli.stimuli[:20])
    np.testing.assert_allclose(network_outputs(job, fewer).values, first.values[:20], rtol=1e-5, atol=1e-6)
