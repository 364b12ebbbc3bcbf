"""From an image file to a network's input, as its Preprocessing says."""

import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from PIL import Image, UnidentifiedImageError
from timm.data.transforms_factory import create_transform

from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.model_spec import Preprocessing

MID_GREY = (128, 128, 128)


def image_transform(
    preprocessing: Preprocessing, *, stimuli_degrees: float | None = None
) -> Callable[[Image.Image], torch.Tensor]:
    """Build timm's evaluation transform, so that a timm model sees images as it did when it was evaluated.

    Where both the width of the stimuli and of the model's field of view are known, the image is placed at its visual
    angle instead, and nothing of the field of view is cropped away.
    """
    placed = stimuli_degrees is not None and preprocessing.visual_degrees is not None
    transform: Callable[[Image.Image], torch.Tensor] = create_transform(
        input_size=(3, *preprocessing.size),
        interpolation=preprocessing.interpolation,
        crop_pct=1.0 if placed else preprocessing.crop_fraction,
        crop_mode="squash" if placed else preprocessing.crop_mode,
        mean=preprocessing.mean,
        std=preprocessing.std,
        is_training=False,
    )
    if stimuli_degrees is None or preprocessing.visual_degrees is None:
        return transform
    return _Placed(transform, preprocessing.visual_degrees / stimuli_degrees, preprocessing.size)


class _Placed:
    """A transform behind `at_visual_angle`; a class, since worker processes cannot be sent a closure."""

    def __init__(self, transform: Callable[[Image.Image], torch.Tensor], ratio: float, size: tuple[int, int]) -> None:
        self._transform, self._ratio, self._size = transform, ratio, size

    def __call__(self, image: Image.Image) -> torch.Tensor:
        return self._transform(at_visual_angle(image, self._ratio, size=self._size))


def at_visual_angle(image: Image.Image, ratio: float, *, size: tuple[int, int]) -> Image.Image:
    """Return the field of view as a picture: the image in its middle on mid-grey, or the middle of the image.

    The field of view is `ratio` times as wide as the image (degrees of the model over degrees of the stimuli) and has
    the shape of the network's input, `size` (height, width). As Brain-Score's screen does (`place_on_screen`), it is
    grey where the image does not reach and cuts what lies outside.
    """
    width = max(1, round(image.width * ratio))
    height = max(1, round(image.width * ratio * size[0] / size[1]))
    field = Image.new("RGB", (width, height), MID_GREY)
    field.paste(image, (round((width - image.width) / 2), round((height - image.height) / 2)))
    return field


def read_image(path: Path) -> Image.Image:
    """Decode an image as RGB. Raises InvalidDataError, naming the file, when it is no whole image."""
    try:
        with Image.open(path) as image:
            image.load()
            return as_rgb(image)
    except (UnidentifiedImageError, OSError, SyntaxError, struct.error, Image.DecompressionBombError) as error:
        raise InvalidDataError(
            f"{path} is not a readable image ({error}); replace it, or, if brainrank unpacked it, delete it and it is "
            "made anew"
        ) from error


def as_rgb(image: Image.Image) -> Image.Image:
    """Return the image in RGB: transparency over mid-grey, grey in all three channels, 16 bits as their upper eight."""
    if image.has_transparency_data:
        image = image.convert("RGBA")
        ground = Image.new("RGBA", image.size, (*MID_GREY, 255))
        return Image.alpha_composite(ground, image).convert("RGB")
    if image.mode.startswith("I;16"):
        # Pillow clips these at 255, which would turn nearly all of the image white.
        return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8)).convert("RGB")
    return image.convert("RGB")
