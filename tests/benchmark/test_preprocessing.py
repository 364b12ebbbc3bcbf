"""Visual angle: how much of the field of view an image takes."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image
from timm.data.transforms_factory import create_transform

from brainrank.benchmark.preprocessing import image_transform, standard_transform
from brainrank.benchmark.types.errors import UserError
from brainrank.benchmark.types.model_spec import Preprocessing


def placed(stimuli_degrees: float | None, model_degrees: float | None) -> torch.Tensor:
    white = Image.new("RGB", (80, 80), (255, 255, 255))
    preprocessing = Preprocessing(size=(40, 40), interpolation="nearest", visual_degrees=model_degrees)
    return image_transform(preprocessing, stimuli_degrees=stimuli_degrees)(white)


def test_grey_images_are_pillows_and_are_known_by_it() -> None:
    image = Image.fromarray(np.random.default_rng(0).integers(0, 256, (40, 50, 3), dtype=np.uint8))
    colour = Preprocessing(size=(40, 50), mean=(0.485, 0.456, 0.406), std=(0.2, 0.2, 0.2))
    grey = colour.of_channels(1)
    luma = np.asarray(image.convert("L"), dtype=np.float64) / 255
    red, green, blue = np.moveaxis(np.asarray(image, dtype=np.float64) / 255, -1, 0)
    assert np.abs(luma - (0.299 * red + 0.587 * green + 0.114 * blue)).max() < 1 / 255  # ITU-R 601, in whole levels
    mean = 0.299 * 0.485 + 0.587 * 0.456 + 0.114 * 0.406
    found = image_transform(grey)(image)
    assert found.shape == (1, 40, 50)
    np.testing.assert_allclose(found[0].numpy(), (luma - mean) / 0.2, atol=1e-5)
    assert grey.content["channels"] == 1
    assert (colour.of_channels(3), grey.of_channels(1)) == (colour, grey)
    assert "channels" not in colour.content  # so that digests of coloured images are what they were
    placed = image_transform(Preprocessing(size=(20, 20), visual_degrees=8.0).in_grey, stimuli_degrees=4.0)(image)
    assert placed.shape == (1, 20, 20)


def test_a_network_that_takes_bgr_is_fed_it_normalised_by_its_own_channels() -> None:
    """As Caffe's networks: 0 to 255, the mean of blue, green and red taken away."""
    image = Image.fromarray(np.random.default_rng(0).integers(0, 256, (40, 50, 3), dtype=np.uint8))
    mean = (123 / 255, 117 / 255, 104 / 255)
    caffe = Preprocessing(size=(40, 50), mean=mean, std=(1 / 255,) * 3, channel_order="BGR")
    expected = np.asarray(image, dtype=np.float64)[:, :, ::-1] - (104, 117, 123)
    np.testing.assert_allclose(image_transform(caffe)(image).numpy(), expected.transpose(2, 0, 1), atol=1e-3)
    assert caffe.content["channel_order"] == "BGR"
    assert "channel_order" not in replace(caffe, channel_order="RGB").content  # so that digests are what they were
    with pytest.raises(UserError, match="channel_order is BGR, and the network takes one channel"):
        caffe.of_channels(1)


@pytest.mark.parametrize("crop_mode", ["center", "squash", "border"])
@pytest.mark.parametrize("interpolation", ["bicubic", "bilinear", "nearest"])
@pytest.mark.parametrize("channels", [3, 1])
def test_one_image_and_many_come_to_the_bits_of_timms_transform(
    crop_mode: str, interpolation: str, channels: int
) -> None:
    rng, mean, std = np.random.default_rng(0), (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
    shapes = ((61, 83, 3), (40, 40, 3), (97, 33, 3), (224, 300, 3))
    images = [Image.fromarray(rng.integers(0, 256, shape, dtype=np.uint8)) for shape in shapes]
    preprocessing = Preprocessing(
        size=(37, 45), mean=mean, std=std, crop_mode=crop_mode, interpolation=interpolation
    ).of_channels(channels)
    theirs = create_transform(
        input_size=(channels, 37, 45),
        interpolation=interpolation,
        crop_pct=preprocessing.crop_fraction,
        crop_mode=crop_mode,
        mean=preprocessing.mean[:channels],
        std=preprocessing.std[:channels],
    )
    expected = [theirs(image.convert("L") if channels == 1 else image) for image in images]
    transform = standard_transform(preprocessing)
    together = transform.numbers([transform.pixels(image) for image in images])
    assert together.is_contiguous()
    for number, image in enumerate(images):
        assert torch.equal(together[number], expected[number])
        assert torch.equal(transform(image), expected[number])


def test_an_image_takes_its_share_of_the_field_of_view() -> None:
    half = placed(4.0, 8.0)
    assert half[:, 10:30, 10:30].min() == 1
    half[:, 10:30, 10:30] = 128 / 255
    assert torch.allclose(half, torch.full_like(half, 128 / 255))


def test_a_field_of_view_smaller_than_the_image_sees_its_middle_and_unknown_widths_fill_the_input() -> None:
    for degrees in ((8.0, 4.0), (8.0, 8.0), (8.0, None), (None, 8.0), (None, None)):
        assert placed(*degrees).min() == 1


def test_the_middle_is_what_is_seen() -> None:
    pixels = np.zeros((80, 80, 3), np.uint8)
    pixels[20:60, 20:60] = 255
    transform = image_transform(Preprocessing(size=(40, 40), visual_degrees=4.0), stimuli_degrees=8.0)
    assert transform(Image.fromarray(pixels)).min() == 1
