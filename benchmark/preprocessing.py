"""From a decoded image to a network's input, as its Preprocessing says."""

from collections.abc import Callable, Sequence

import torch
from PIL import Image
from timm.data.transforms_factory import create_transform
from torchvision.transforms.functional import normalize

from brainrank.benchmark.images import MID_GREY
from brainrank.benchmark.types.model_spec import BGR, GREY, OwnTransform, Preprocessing


def image_transform(
    preprocessing: Preprocessing, *, stimuli_degrees: float | None = None
) -> Callable[[Image.Image], torch.Tensor]:
    """A transform of the user's own as it is, else timm's (`standard_transform`)."""
    if isinstance(preprocessing, OwnTransform):
        return preprocessing
    return standard_transform(preprocessing, stimuli_degrees=stimuli_degrees)


def standard_transform(preprocessing: Preprocessing, *, stimuli_degrees: float | None = None) -> "StandardTransform":
    """Build timm's evaluation transform, so that a timm model sees images as it did when it was evaluated.

    Where both the width of the stimuli and of the model's field of view are known, the image is placed at its visual
    angle instead, and nothing of the field of view is cropped away. Grey images are Pillow's `L` of the coloured ones.
    """
    ratio = None
    if stimuli_degrees is not None and preprocessing.visual_degrees is not None:
        ratio = preprocessing.visual_degrees / stimuli_degrees
    resize: Callable[[Image.Image], torch.Tensor] = create_transform(
        input_size=(preprocessing.channels, *preprocessing.size),
        interpolation=preprocessing.interpolation,
        crop_pct=preprocessing.crop_fraction if ratio is None else 1.0,
        crop_mode=preprocessing.crop_mode if ratio is None else "squash",
        mean=preprocessing.mean[: preprocessing.channels],
        is_training=False,
        normalize=False,
    )
    return StandardTransform(preprocessing, ratio, resize)


class StandardTransform:
    """timm's evaluation transform in two steps, of which the second is for many images at once; the bits are the same.

    Python's lock, which threads that decode wait for one another by, is so taken less often.
    """

    def __init__(
        self, preprocessing: Preprocessing, ratio: float | None, resize: Callable[[Image.Image], torch.Tensor]
    ) -> None:
        self._preprocessing, self._ratio, self._resize = preprocessing, ratio, resize
        self._mean = torch.tensor(preprocessing.mean[: preprocessing.channels])
        self._std = torch.tensor(preprocessing.std[: preprocessing.channels])

    def __call__(self, image: Image.Image) -> torch.Tensor:
        """Both steps, for one image."""
        return self.numbers([self.pixels(image)])[0]

    def pixels(self, image: Image.Image) -> torch.Tensor:
        """The image as the network's input shows it: placed, in grey if need be, resized and cropped; 8 bits."""
        if self._ratio is not None:
            image = at_visual_angle(image, self._ratio, size=self._preprocessing.size)
        if self._preprocessing.channels == GREY:
            image = image.convert("L")
        return self._resize(image)

    def numbers(self, pixels: Sequence[torch.Tensor]) -> torch.Tensor:
        """The pixels of several images scaled to 0 to 1 and normalised: (images, channels, height, width)."""
        found = torch.stack(list(pixels)).to(torch.float32, memory_format=torch.contiguous_format).div_(255)
        normalize(found, self._mean, self._std, inplace=True)
        return found.flip(1) if self._preprocessing.channel_order == BGR else found


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
