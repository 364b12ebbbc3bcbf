"""From a decoded image to a network's input, as its Preprocessing says."""

from collections.abc import Callable

import torch
from PIL import Image
from timm.data.transforms_factory import create_transform

from brainrank.benchmark.images import MID_GREY
from brainrank.benchmark.types.model_spec import GREY, OwnTransform, Preprocessing


def image_transform(
    preprocessing: Preprocessing, *, stimuli_degrees: float | None = None
) -> Callable[[Image.Image], torch.Tensor]:
    """Build timm's evaluation transform, so that a timm model sees images as it did when it was evaluated.

    Where both the width of the stimuli and of the model's field of view are known, the image is placed at its visual
    angle instead, and nothing of the field of view is cropped away. Grey images are Pillow's `L` of the coloured ones.
    A transform of the user's own is called as it is.
    """
    if isinstance(preprocessing, OwnTransform):
        return preprocessing
    placed = stimuli_degrees is not None and preprocessing.visual_degrees is not None
    grey = preprocessing.channels == GREY
    transform: Callable[[Image.Image], torch.Tensor] = create_transform(
        input_size=(preprocessing.channels, *preprocessing.size),
        interpolation=preprocessing.interpolation,
        crop_pct=1.0 if placed else preprocessing.crop_fraction,
        crop_mode="squash" if placed else preprocessing.crop_mode,
        mean=preprocessing.mean[:1] if grey else preprocessing.mean,
        std=preprocessing.std[:1] if grey else preprocessing.std,
        is_training=False,
    )
    if grey:
        transform = _InGrey(transform)
    if stimuli_degrees is None or preprocessing.visual_degrees is None:
        return transform
    return _Placed(transform, preprocessing.visual_degrees / stimuli_degrees, preprocessing.size)


class _InGrey:
    """A transform behind the conversion to one channel; a class, since worker processes cannot be sent a closure."""

    def __init__(self, transform: Callable[[Image.Image], torch.Tensor]) -> None:
        self._transform = transform

    def __call__(self, image: Image.Image) -> torch.Tensor:
        return self._transform(image.convert("L"))


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
