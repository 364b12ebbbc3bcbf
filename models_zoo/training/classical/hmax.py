"""HMAX: Gabor filters, maxima over places and scales, and the resemblance to patches seen before.

Riesenhuber & Poggio (1999), Hierarchical models of object recognition in cortex, Nat. Neurosci. 2; imprinted patches as
in Serre, Oliva & Poggio (2007), A feedforward architecture accounts for rapid categorization, PNAS 104.
"""

import itertools
import math

import torch
from torch import nn
from torch.nn import functional

from brainrank.models_zoo.loaders.gabor import gabor_pair
from brainrank.models_zoo.training.augment import luminance
from brainrank.models_zoo.training.training_images import TrainingImages

ORIENTATIONS = 4
# Wavelengths in pixels of the two scales of each band, and the side of the band's pooling, half of which is its step.
BANDS = (((3.0, 3.8), 6), ((4.8, 6.0), 8), ((7.5, 9.5), 10))
PATCH_SIDES = (3, 5, 7)
PATCHES = 80  # of each side
# The tuning's width, in units of the distance expected for a patch of three pixels' side.
SHARPNESS = 2.0
LAYERS = ("s1", "c1", "s2", "c2")
VERSION = 1


class HMAX(nn.Module):
    """Layers `s1` and `c1`: simple and complex cells; `s2`: tuned to patches of c1; `c2`: their maxima everywhere."""

    def __init__(self) -> None:
        super().__init__()
        self.s1, self.c1, self.s2, self.c2 = (nn.Identity() for _ in range(4))
        for number, wavelength in enumerate(itertools.chain(*(wavelengths for wavelengths, _ in BANDS))):
            even = [gabor_pair(wavelength, math.pi * k / ORIENTATIONS)[0] for k in range(ORIENTATIONS)]
            self.register_buffer(f"gabor{number}", torch.stack(even)[:, None], persistent=False)
        for side in PATCH_SIDES:
            self.register_buffer(f"patches{side}", torch.zeros(PATCHES, ORIENTATIONS, side, side))

    def simple_cells(self, images: torch.Tensor) -> list[torch.Tensor]:
        """The size of each filter's response, divided by the contrast under it, for every scale."""
        grey, responses = luminance(images), []
        for number in range(2 * len(BANDS)):
            filters = self.get_buffer(f"gabor{number}")
            side = filters.shape[-1]
            framed = functional.pad(grey, [side // 2] * 4, mode="replicate")
            mean, square = means_under(framed, side), means_under(framed.square(), side)
            # The constant keeps fields with hardly any contrast near zero.
            contrast = ((square - mean.square()).clamp(min=0) + 0.01).sqrt() * side
            responses.append(functional.conv2d(framed, filters).abs() / contrast)
        return responses

    def complex_cells(self, simple: list[torch.Tensor]) -> list[torch.Tensor]:
        """The largest response of a band's two scales in each neighbourhood."""
        pairs = zip(simple[0::2], simple[1::2], BANDS, strict=True)
        return [functional.max_pool2d(torch.maximum(a, b), side, stride=side // 2) for a, b, (_, side) in pairs]

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return c2, (batch, 240)."""
        simple = self.simple_cells(images)
        self.s1(torch.cat([responses.flatten(1) for responses in simple], dim=1))
        bands = self.complex_cells(simple)
        self.c1(torch.cat([band.flatten(1) for band in bands], dim=1))
        tuned = [[tuning(band, self.get_buffer(f"patches{side}")).flatten(2) for band in bands] for side in PATCH_SIDES]
        self.s2(torch.cat([cells.flatten(1) for each in tuned for cells in each], dim=1))
        largest = torch.cat([torch.cat(each, dim=2).amax(dim=2) for each in tuned], dim=1)
        seen: torch.Tensor = self.c2(largest)
        return seen


def means_under(maps: torch.Tensor, side: int) -> torch.Tensor:
    """The mean under a square around each place, as products with a band of ones: pooling is slow for large squares."""
    band = maps.new_ones(maps.shape[-1] - side + 1, maps.shape[-1]).triu().tril(side - 1) / side
    return band @ maps @ band.T


def tuning(band: torch.Tensor, patches: torch.Tensor) -> torch.Tensor:
    """exp(-|x - p|^2 / (2 s^2)) for every place x and patch p, s growing with the patch's area."""
    area = patches.shape[-1] ** 2
    ones = torch.ones_like(patches[:1])
    squares = functional.conv2d(band.square(), ones) + patches.square().sum(dim=(1, 2, 3))[:, None, None]
    distances = (squares - 2 * functional.conv2d(band, patches)).clamp(min=0)
    return torch.exp(-SHARPNESS * distances * 9 / area)


def fit(images: TrainingImages, *, seed: int) -> HMAX:
    """Imprint patches: cut them from the complex cells' responses to random images, at random bands and places."""
    network = HMAX()
    generator = torch.Generator().manual_seed(seed)
    chosen = images.sample(PATCHES * len(PATCH_SIDES), seed=seed).pixels.float() / 255
    for number, side in enumerate(PATCH_SIDES):
        bands = network.complex_cells(network.simple_cells(chosen[number * PATCHES :][:PATCHES]))
        for patch in range(len(bands[0])):
            band = bands[int(torch.randint(len(bands), (1,), generator=generator))][patch]
            y, x = torch.randint(band.shape[-1] - side + 1, (2,), generator=generator).tolist()
            network.get_buffer(f"patches{side}")[patch] = band[:, y : y + side, x : x + side]
    return network


create = HMAX
