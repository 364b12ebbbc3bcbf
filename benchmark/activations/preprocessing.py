"""From an image file to a network's input, as its Preprocessing says."""

from collections.abc import Callable
from pathlib import Path

import torch
from PIL import Image, UnidentifiedImageError
from timm.data.transforms_factory import create_transform

from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.model_spec import Preprocessing


def image_transform(preprocessing: Preprocessing) -> Callable[[Image.Image], torch.Tensor]:
    """Build timm's evaluation transform, so that a timm model sees images as it did when it was evaluated."""
    transform: Callable[[Image.Image], torch.Tensor] = create_transform(
        input_size=(3, *preprocessing.size),
        interpolation=preprocessing.interpolation,
        crop_pct=preprocessing.crop_fraction,
        crop_mode=preprocessing.crop_mode,
        mean=preprocessing.mean,
        std=preprocessing.std,
        is_training=False,
    )
    return transform


def read_image(path: Path) -> Image.Image:
    """Decode an image as RGB. Raises InvalidDataError, naming the file, when it is no whole image."""
    try:
        with Image.open(path) as image:
            return image.convert("RGB")
    except (UnidentifiedImageError, OSError) as error:
        raise InvalidDataError(
            f"{path} is not a readable image ({error}); delete it so that it is made anew"
        ) from error
