"""Preprocessing of a notebook: told in our words where that gives the same bits, else called as it is, or refused."""

import re
from collections.abc import Callable

import numpy as np
import open_clip
import pytest
import timm
import torch
from PIL import Image
from torchvision import transforms
from torchvision.models import Inception_V3_Weights, ResNet50_Weights, ViT_B_16_Weights
from torchvision.transforms import v2

from brainrank.benchmark.preprocessing import image_transform
from brainrank.benchmark.types.errors import UserError
from brainrank.benchmark.types.model_spec import OwnTransform, Preprocessing
from brainrank.benchmark.types.reporter import Silent
from brainrank.models_zoo.loaders.given_preprocessing import given_preprocessing
from brainrank.models_zoo.loaders.timm import preprocessing_of
from brainrank.models_zoo.loaders.torchvision import architecture

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
NORMAL = transforms.Normalize(MEAN, STD)


def photograph(width: int, height: int) -> Image.Image:
    pixels = np.random.default_rng(width).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return Image.fromarray(pixels)


def given(preprocess: object) -> Preprocessing:
    return given_preprocessing(preprocess, Silent())


@pytest.mark.parametrize(
    ("transform", "expected"),
    [
        (
            transforms.Compose([transforms.Resize(256), transforms.CenterCrop(224), transforms.ToTensor(), NORMAL]),
            Preprocessing((224, 224), "bilinear", 0.875, "center", MEAN, STD),
        ),
        (
            transforms.Compose([transforms.Resize((64, 48)), transforms.ToTensor()]),
            Preprocessing((64, 48), "bilinear", 1.0, "squash"),
        ),
        (
            transforms.Compose([transforms.Resize(40), transforms.CenterCrop(32), transforms.ToTensor(), NORMAL]),
            Preprocessing((32, 32), "bilinear", 0.8, "center", MEAN, STD),
        ),
        (
            open_clip.image_transform(96, is_train=False),
            Preprocessing(
                (96, 96), "bicubic", 1.0, "center", open_clip.OPENAI_DATASET_MEAN, open_clip.OPENAI_DATASET_STD
            ),
        ),
        (
            timm.data.create_transform((3, 240, 200), crop_pct=0.9, crop_mode="squash", interpolation="bicubic"),
            Preprocessing((240, 200), "bicubic", 0.9, "squash", MEAN, STD),
        ),
    ],
)
def test_what_preprocessing_can_say_is_said_by_it(
    transform: Callable[[Image.Image], torch.Tensor], expected: Preprocessing
) -> None:
    found = given(transform)
    assert found == expected
    for size in ((130, 97), (500, 300), (31, 77)):
        image = photograph(*size)
        assert torch.equal(image_transform(found)(image), transform(image))


@pytest.mark.parametrize(
    "weights", [ResNet50_Weights.IMAGENET1K_V2, Inception_V3_Weights.DEFAULT, ViT_B_16_Weights.DEFAULT]
)
def test_weights_of_torchvision_say_how_images_are_prepared(weights: object) -> None:
    own = architecture(_name(weights)).preprocessing
    assert given(weights) == given(weights.transforms) == given(weights.transforms()) == own


def _name(weights: object) -> str:
    kind = type(weights).__name__.removesuffix("_Weights").lower()
    return f"{kind}/{weights.name}"


@pytest.mark.parametrize("name", ["vit_small_patch16_224", "resnet50", "convnext_tiny", "test_vit"])
def test_timms_own_transform_and_config_are_timms_preprocessing(name: str) -> None:
    network = timm.create_model(name)
    config = timm.data.resolve_model_data_config(network)
    expected = preprocessing_of(network.pretrained_cfg)
    assert given(config) == given(timm.data.create_transform(**config)) == expected


def test_another_transform_is_called_as_it_is_and_known_by_its_code_and_settings() -> None:
    def ours(gain: float) -> Callable[[Image.Image], torch.Tensor]:
        return lambda image: transforms.functional.to_tensor(image.resize((24, 16))) * gain

    found = given(ours(0.5))
    assert isinstance(found, OwnTransform)
    assert found.size == (16, 24)
    image = photograph(50, 40)
    assert torch.equal(image_transform(found)(image), ours(0.5)(image))
    assert found == given(ours(0.5)) != given(ours(0.25))
    assert " at 0x" not in found.described


def test_steps_that_look_alike_are_not_taken_for_ours() -> None:
    grey = transforms.Compose([transforms.Grayscale(3), transforms.Resize((32, 32)), transforms.ToTensor()])
    on_tensors = v2.Compose(
        [v2.ToImage(), v2.Resize(40), v2.CenterCrop(32), v2.ToDtype(torch.float32, scale=True), v2.Normalize(MEAN, STD)]
    )
    for transform in (grey, on_tensors):
        found = given(transform)
        assert isinstance(found, OwnTransform)
        assert torch.equal(image_transform(found)(photograph(90, 70)), transform(photograph(90, 70)))


def test_none_is_imagenets_and_told() -> None:
    said: list[str] = []

    class Told(Silent):
        def message(self, text: str) -> None:
            said.append(text)

    assert given_preprocessing(None, Told()) == Preprocessing((224, 224), "bicubic", 0.875, "center", MEAN, STD)
    assert len(said) == 1
    assert "ImageNet's is used (224 x 224, bicubic" in said[0]
    assert given({"size": 64, "crop_fraction": 1}) == Preprocessing((64, 64), "bicubic", 1.0, "center", MEAN, STD)
    assert given(Preprocessing((5, 5))) == Preprocessing((5, 5))


class Noisy:
    """Draws from a generator of its own, so that the global ones stand still."""

    def __init__(self) -> None:
        self.rng = np.random.default_rng(0)

    def __call__(self, image: Image.Image) -> torch.Tensor:
        return transforms.functional.to_tensor(image.resize((8, 8))) + float(self.rng.random())


@pytest.mark.parametrize(
    ("transform", "message"),
    [
        (timm.data.create_transform((3, 32, 32), is_training=True), "preprocess is random"),
        (
            transforms.Compose([transforms.Resize((8, 8)), transforms.RandomHorizontalFlip(), transforms.ToTensor()]),
            "preprocess is random .* give the transform of evaluation",
        ),
        (Noisy(), "preprocess is random"),
        (transforms.Compose([transforms.Resize(8), transforms.ToTensor()]), "networks take one size: add a CenterCrop"),
        (transforms.Resize((8, 8)), "gives Image, not a tensor; end it with ToTensor"),
        (transforms.Compose([transforms.Resize((8, 8)), transforms.PILToTensor()]), "gives torch.uint8"),
        (lambda image: transforms.functional.to_tensor(image.resize((8, 8)))[None], r"shape \(1, 3, 8, 8\)"),
        (lambda image: np.asarray(image), "gives ndarray, not a tensor"),
        (lambda image: 1 / 0, r"failed on a PIL image of 347 x 260 pixels \(ZeroDivisionError: division by zero\)"),
        (transforms.ToTensor, "preprocess is ToTensor; give a transform from a PIL image"),
        ("imagenet", "preprocess is str"),
        ((1, 2), "preprocess is tuple"),
        ({"sizes": 3}, "no field 'sizes', only size"),
        ({"size": 0}, "each side is 1 to"),
        ({"size": "32"}, "size '32': each side is 1 to 2048, a whole number"),
        ({"size": (32.5, 32)}, "a whole number"),
        ({"size": True}, "a whole number"),
        ({"input_size": 7}, "a dict. is not understood"),
    ],
)
def test_what_cannot_be_used_is_refused_with_the_way_out(transform: object, message: str) -> None:
    with pytest.raises(UserError, match=message):
        given(transform)


def test_generators_of_the_user_are_as_they_were_found() -> None:
    before = torch.get_rng_state()
    given(transforms.Compose([transforms.Resize((8, 8)), transforms.ToTensor()]))
    assert torch.equal(before, torch.get_rng_state())
    assert re.fullmatch("[0-9a-f]{64}", given(lambda image: torch.zeros(3, 4, 4)).sha256)
