"""Image processors of transformers: what they make of an image by their own code is what our transform makes."""

from typing import Any

import numpy as np
import pytest
from PIL import Image

from brainrank.benchmark.preprocessing import image_transform
from brainrank.benchmark.types.errors import ModelLoadError
from brainrank.models_zoo.loaders.image_processor import preprocessing_of

transformers = pytest.importorskip("transformers")
SIDES = {"height": 48, "width": 48}
CASES: list[tuple[str, dict[str, Any]]] = [
    ("ViT", {"size": SIDES}),
    ("ViT", {"size": 48, "resample": 3, "image_mean": [0.1, 0.2, 0.3], "image_std": [0.2, 0.3, 0.4]}),
    ("ViT", {"size": {"height": 40, "width": 56}, "do_normalize": False}),
    ("DeiT", {"size": {"height": 64, "width": 64}, "crop_size": SIDES}),
    ("Beit", {"size": {"height": 64, "width": 64}, "do_center_crop": True, "crop_size": SIDES}),
    ("CLIP", {"size": {"shortest_edge": 48}, "crop_size": SIDES}),
    ("CLIP", {"size": 48, "crop_size": 48}),
    ("Siglip", {"size": SIDES}),
    ("Bit", {"size": {"shortest_edge": 56}, "crop_size": SIDES}),
    ("ConvNext", {"size": {"shortest_edge": 48}, "crop_pct": 0.75}),
    ("ConvNext", {"size": {"shortest_edge": 384}}),
    ("Levit", {"size": {"shortest_edge": 56}, "crop_size": {"height": 56, "width": 56}}),
    ("Pvt", {"size": SIDES}),
    ("MobileNetV2", {"size": {"shortest_edge": 64}, "crop_size": SIDES}),
    ("MobileViT", {"size": {"shortest_edge": 64}, "crop_size": SIDES}),
    ("MobileViT", {"size": {"shortest_edge": 64}, "crop_size": SIDES, "do_flip_channel_order": False}),
    ("Blip", {"size": SIDES}),
]


@pytest.mark.parametrize("shape", [(90, 90), (80, 100)])
@pytest.mark.parametrize(("name", "settings"), CASES)
def test_images_are_those_of_the_processor(name: str, settings: dict[str, Any], shape: tuple[int, int]) -> None:
    rng = np.random.default_rng(0)
    image = Image.fromarray(rng.integers(0, 256, (*shape, 3), dtype=np.uint8))
    content = {"image_processor_type": f"{name}ImageProcessor", **settings}
    theirs = getattr(transformers, f"{name}ImageProcessorPil").from_dict(dict(content))
    expected = np.asarray(theirs(image, return_tensors="np")["pixel_values"][0])
    found = image_transform(preprocessing_of(content, "vit", "owner/repo"))(image).numpy()
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_on_the_longer_side_a_crop_of_an_odd_margin_may_lie_a_pixel_aside() -> None:
    image = Image.fromarray(np.random.default_rng(0).integers(0, 256, (48, 59, 3), dtype=np.uint8))
    content = {"image_processor_type": "CLIPImageProcessor", "size": {"shortest_edge": 48}, "crop_size": SIDES}
    theirs = transformers.CLIPImageProcessorPil.from_dict(dict(content))
    expected = np.asarray(theirs(image, return_tensors="np")["pixel_values"][0])
    found = image_transform(preprocessing_of(content, "clip", "owner/repo"))(image).numpy()
    np.testing.assert_allclose(found[:, :, :-1], expected[:, :, 1:], atol=1e-5)


def test_dinov3s_processor_is_followed_but_for_rounding_to_whole_grey_levels() -> None:
    image = Image.fromarray(np.random.default_rng(0).integers(0, 256, (90, 80, 3), dtype=np.uint8))
    content = {"image_processor_type": "DINOv3ViTImageProcessorFast", "size": SIDES, "resample": 2}
    theirs = transformers.DINOv3ViTImageProcessor.from_dict(dict(content))
    expected = theirs(image, return_tensors="pt")["pixel_values"][0].numpy()
    preprocessing = preprocessing_of(content, "dinov3_vit", "owner/repo")
    difference = np.abs(image_transform(preprocessing)(image).numpy() - expected)
    assert difference.max() < 1.5 / 255 / min(preprocessing.std)


@pytest.mark.parametrize(
    ("content", "model_type"),
    [
        ({"feature_extractor_type": "CLIPFeatureExtractor", "size": 48, "crop_size": 48}, "clip"),
        ({"image_processor_type": "CLIPImageProcessorFast", "size": {"shortest_edge": 48}, "crop_size": SIDES}, "clip"),
        ({"size": {"shortest_edge": 48}, "crop_size": SIDES}, "clip"),
        ({"image_processor": {"image_processor_type": "CLIPImageProcessor", "size": 48, "crop_size": 48}}, "clip"),
    ],
)
def test_names_of_any_age_are_one_processor(content: dict[str, Any], model_type: str) -> None:
    found = preprocessing_of(content, model_type, "owner/repo")
    assert (found.size, found.crop_mode, found.crop_fraction, found.interpolation) == ((48, 48), "center", 1, "bicubic")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"image_processor_type": "EfficientNetImageProcessor"}, "EfficientNetImageProcessor is none of Beit, Bit"),
        ({"image_processor_type": "ViTImageProcessor", "do_resize": False}, "do_resize is False"),
        (
            {"image_processor_type": "CLIPImageProcessor", "size": {"shortest_edge": 55}, "crop_size": SIDES},
            "48 x 48 from 55 x 55 lies half a pixel",
        ),
        ({"image_processor_type": "ViTImageProcessor", "do_rescale": False}, "do_rescale is False"),
        ({"image_processor_type": "ViTImageProcessor", "rescale_factor": 1 / 127.5}, "not 1/255"),
        ({"image_processor_type": "BitImageProcessor", "do_center_crop": False}, "without a crop"),
        ({"image_processor_type": "CLIPImageProcessor", "size": {"shortest_edge": 40}, "crop_size": SIDES}, "padded"),
        (
            {"image_processor_type": "CLIPImageProcessor", "crop_size": {"height": 40, "width": 48}},
            "crop_size is 40 x 48",
        ),
        (
            {"image_processor_type": "DeiTImageProcessor", "size": {"height": 64, "width": 60}, "crop_size": SIDES},
            "has two fractions",
        ),
        (
            {"image_processor_type": "ViTImageProcessor", "size": {"shortest_edge": 40, "longest_edge": 48}},
            "size is {'",
        ),
    ],
)
def test_what_cannot_be_followed_exactly_is_refused(content: dict[str, Any], message: str) -> None:
    with pytest.raises(ModelLoadError, match=f"processor of 'owner/repo' cannot be followed exactly: .*{message}"):
        preprocessing_of(content, "vit", "owner/repo")
