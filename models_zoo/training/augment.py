"""The augmentation that every objective gets, as operations on whole batches."""

import torch
from torch.nn import functional

# Share of the image's area that a crop shows, and the ratio of its sides.
SMALLEST_AREA = 0.3
MOST_OBLONG = 4 / 3
BRIGHTNESS = CONTRAST = 0.4
MOST_SATURATED = 1.8
CHANNEL_GAIN = 0.1
# ITU-R BT.601
LUMINANCE = (0.299, 0.587, 0.114)


def cropped(images: torch.Tensor, *, generator: torch.Generator) -> torch.Tensor:
    """A random part of each image at the image's size, mirrored in half of the cases, by bilinear sampling."""
    n_images = len(images)
    area = _uniform(n_images, SMALLEST_AREA, 1, generator=generator)
    ratio = MOST_OBLONG ** _uniform(n_images, -1, 1, generator=generator)
    width, height = (area * ratio).sqrt().clamp(max=1), (area / ratio).sqrt().clamp(max=1)
    mirrored = torch.where(torch.rand(n_images, generator=generator) < 0.5, -1.0, 1.0)
    transforms = torch.zeros(n_images, 2, 3)
    transforms[:, 0, 0], transforms[:, 1, 1] = width * mirrored, height
    transforms[:, 0, 2] = (1 - width) * _uniform(n_images, -1, 1, generator=generator)
    transforms[:, 1, 2] = (1 - height) * _uniform(n_images, -1, 1, generator=generator)
    grid = functional.affine_grid(transforms, list(images.shape), align_corners=False)
    return functional.grid_sample(images, grid, padding_mode="border", align_corners=False)


def recoloured(images: torch.Tensor, *, generator: torch.Generator) -> torch.Tensor:
    """Random saturation (grey to vivid), colour of the light, contrast and brightness; in 0..1 as before."""
    n_images = len(images)
    grey = luminance(images)
    images = grey + (images - grey) * _uniform(n_images, 0, MOST_SATURATED, generator=generator)[:, None, None, None]
    images = images * torch.exp(CHANNEL_GAIN * torch.randn(n_images, 3, 1, 1, generator=generator))
    mean = images.mean(dim=(1, 2, 3), keepdim=True)
    contrast = _uniform(n_images, 1 - CONTRAST, 1 + CONTRAST, generator=generator)[:, None, None, None]
    brightness = _uniform(n_images, 1 - BRIGHTNESS, 1 + BRIGHTNESS, generator=generator)[:, None, None, None]
    return ((mean + (images - mean) * contrast) * brightness).clamp(0, 1)


def luminance(images: torch.Tensor) -> torch.Tensor:
    """The images' luminance, (batch, 1, height, width)."""
    return (images * images.new_tensor(LUMINANCE)[:, None, None]).sum(dim=1, keepdim=True)


def blurred(images: torch.Tensor, sigma: float) -> torch.Tensor:
    """The images through a Gaussian filter of `sigma` pixels; 0 leaves them as they are."""
    if sigma < 0.1:  # narrower than this the filter is one pixel
        return images
    side = images.shape[-1]
    reach = torch.arange(-round(4 * sigma) - 1, round(4 * sigma) + 2)
    weights = torch.exp(-(reach**2) / (2 * sigma**2))
    # What a pixel takes from each other of its line, as a matrix; the border goes on as it ends.
    sources = (torch.arange(side)[:, None] + reach).clamp(0, side - 1)
    lines = torch.zeros(side, side).scatter_add_(1, sources, (weights / weights.sum()).expand(side, -1))
    lines = lines.to(images)
    return lines @ images @ lines.T


def _uniform(n_numbers: int, low: float, high: float, *, generator: torch.Generator) -> torch.Tensor:
    return low + (high - low) * torch.rand(n_numbers, generator=generator)
