"""torchvision's classifiers: its own preprocessing pixel by pixel, and weights by the start of their sha256."""

import hashlib
import math
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file
from torchvision import models

from brainrank.benchmark.preprocessing import image_transform
from brainrank.benchmark.types.errors import BrainrankError, DataUnavailableError
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.reporter import Silent
from brainrank.models_zoo.catalogue import find_model
from brainrank.models_zoo.load import resolve
from brainrank.models_zoo.loaders.torchvision import _download, architecture

ALL = [f"{name}/{w.name}" for name in models.list_models(module=models) for w in models.get_model_weights(name)]


@pytest.mark.parametrize("name", ["resnet50/IMAGENET1K_V2", "alexnet/IMAGENET1K_V1", "swin_t/IMAGENET1K_V1"])
@pytest.mark.parametrize("shape", [(300, 200), (180, 410)])
def test_images_are_prepared_as_torchvision_does(name: str, shape: tuple[int, int]) -> None:
    bare, _, tag = name.partition("/")
    pixels = np.random.default_rng(0).integers(0, 256, (*shape, 3), dtype=np.uint8)
    image = Image.fromarray(pixels).resize((shape[1], shape[0]))
    theirs = models.get_model_weights(bare)[tag].transforms()(image)
    ours = image_transform(architecture(name).preprocessing)(image)
    assert torch.allclose(torch.as_tensor(ours), theirs, atol=1e-6)


def test_the_size_to_resize_to_is_exact_for_all_weights() -> None:
    for name in ALL:
        bare, _, tag = name.partition("/")
        preset, found = models.get_model_weights(bare)[tag].transforms(), architecture(name).preprocessing
        assert math.floor(found.size[0] / found.crop_fraction) == preset.resize_size[0], name


def test_ones_own_weights_give_the_networks_own_logits(tmp_path: Path) -> None:
    network = models.get_model("squeezenet1_1", weights=None).eval()
    path = tmp_path / "mine.safetensors"
    save_file(network.state_dict(), path)
    built = resolve(find_model(f"file:{path}#torchvision:squeezenet1_1"), Locations(tmp_path), Silent()).build().eval()
    images = torch.rand(2, 3, 64, 64)
    with torch.inference_mode():
        assert torch.equal(built(images), network(images))


def test_googlenets_weights_expect_its_input_to_be_undone() -> None:
    """Torchvision sets `transform_input` with the weights; without it the logits would be another network's."""
    assert architecture("googlenet/IMAGENET1K_V1").create().transform_input is True


def test_a_file_is_known_by_the_start_of_its_sha256(tmp_path: Path) -> None:
    content = b"weights"
    name = f"net-{hashlib.sha256(content).hexdigest()[:8]}.pth"
    locations = Locations(tmp_path)
    locations.downloads.mkdir()
    (locations.downloads / name).write_bytes(content)
    assert _download(f"http://127.0.0.1:1/{name}", locations, Silent()) == locations.downloads / name
    (locations.downloads / name).write_bytes(b"something else")
    with pytest.raises(DataUnavailableError, match=r"TORCH_HOME.*file:"):
        _download(f"http://127.0.0.1:1/{name}", locations, Silent())


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("torchvision:resnet5@random", "did you mean resnet50"),
        ("torchvision:resnet50/IMAGENET", "did you mean IMAGENET1K_V"),
        ("torchvision:resnet50", "names no weights; choose torchvision:resnet50/IMAGENET1K_V1"),
        ("torchvision:resnet50@latest", "Unknown torchvision revision"),
    ],
)
def test_unknown_names_suggest_near_ones(name: str, message: str) -> None:
    with pytest.raises(BrainrankError, match=message):
        find_model(name)
