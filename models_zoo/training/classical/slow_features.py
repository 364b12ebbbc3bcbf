"""Slow feature analysis: what changes least while a window moves over an image.

Wiskott & Sejnowski (2002), Slow feature analysis, Neural Computation 14; a hierarchy of it as in Franzius, Sprekeler &
Wiskott (2007), Slowness and sparseness lead to place, head-direction, and spatial-view cells, PLoS Comput. Biol. 3.
"""

from typing import NamedTuple

import numpy as np
import scipy
import torch
from torch import nn
from torch.nn import functional

from brainrank.models_zoo.training.augment import luminance
from brainrank.models_zoo.training.classical.patches import patches_of
from brainrank.models_zoo.training.training_images import TrainingImages

SIDE = 32
REDUCED = 24
EXPANDED = REDUCED + REDUCED * (REDUCED + 1) // 2
LARGEST = 4.0  # outputs are cut here, since squares of rare values would rule the next node
IMAGES = 6000
# How far the window moves between two moments, in image widths, and how much it grows or shrinks.
WINDOW, MOVE, ZOOM = 0.75, 0.06, 0.04
LAYERS = ("slow1", "slow2", "slow3")
VERSION = 1


class Field(NamedTuple):
    """The side of a node's receptive field on the maps below, the steps between fields, and channels in and out."""

    side: int
    stride: int
    inputs: int
    outputs: int


FIELDS = (Field(8, 4, 1, 24), Field(3, 2, 24, 32), Field(3, 1, 32, 64))


class SlowNode(nn.Module):
    """Linear reduction, all products of two, and the slowest combinations of these; the same node at every place."""

    def __init__(self, field: Field) -> None:
        super().__init__()
        self.field = field
        n_inputs = field.inputs * field.side**2
        self.register_buffer("mean", torch.zeros(n_inputs))
        self.register_buffer("reduction", torch.zeros(n_inputs, REDUCED))
        self.register_buffer("expanded_mean", torch.zeros(EXPANDED))
        self.register_buffer("slowest", torch.zeros(EXPANDED, field.outputs))

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        """Return maps of slow features."""
        reduced = (self._patches(maps) - self.get_buffer("mean")) @ self.get_buffer("reduction")
        slow = (with_products(reduced) - self.get_buffer("expanded_mean")) @ self.get_buffer("slowest")
        across = (maps.shape[-1] - self.field.side) // self.field.stride + 1
        return slow.clamp(-LARGEST, LARGEST).transpose(1, 2).reshape(len(maps), -1, across, across)

    def _patches(self, maps: torch.Tensor) -> torch.Tensor:
        return patches_of(maps, self.field.side, stride=self.field.stride)

    def fit(self, before: torch.Tensor, after: torch.Tensor) -> None:
        """Learn from maps of two moments."""
        first, second = (self._patches(maps).flatten(0, 1) for maps in (before, after))
        mean, reduction = slowest_directions(first, second, n_outputs=REDUCED)
        first, second = (with_products((patches - mean) @ reduction) for patches in (first, second))
        expanded_mean, slowest = slowest_directions(first, second, n_outputs=self.field.outputs)
        for name, found in zip(self._buffers, (mean, reduction, expanded_mean, slowest), strict=True):
            self.get_buffer(name).copy_(found)


class SlowFeatures(nn.Module):
    """Three layers of slow nodes over the luminance at 32 x 32; the last sees the whole image."""

    def __init__(self) -> None:
        super().__init__()
        self.slow1, self.slow2, self.slow3 = (SlowNode(field) for field in FIELDS)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return the slowest features of the image, (batch, 64)."""
        slow: torch.Tensor = self.slow3(self.slow2(self.slow1(small_luminance(images))))
        return slow.flatten(1)


def small_luminance(images: torch.Tensor) -> torch.Tensor:
    """The luminance at 32 x 32."""
    return functional.interpolate(luminance(images), size=(SIDE, SIDE), mode="area")


def with_products(features: torch.Tensor) -> torch.Tensor:
    """The features and all products of two of them, squares included."""
    rows, columns = torch.triu_indices(features.shape[-1], features.shape[-1])
    return torch.cat([features, features[..., rows] * features[..., columns]], dim=-1)


class Directions(NamedTuple):
    """The mean, and the map (features, outputs) to outputs of unit variance, the slowest first."""

    mean: torch.Tensor
    transform: torch.Tensor


def slowest_directions(before: torch.Tensor, after: torch.Tensor, *, n_outputs: int) -> Directions:
    """Solve A w = s B w for the smallest s, A the covariance of the change and B that of the features.

    A hundred-thousandth of the mean variance is added to B, lest directions without variance count as slow.
    """
    mean = (before.mean(dim=0) + after.mean(dim=0)) / 2
    both = (torch.cat([before, after]) - mean).double().numpy()
    change = (after - before).double().numpy()
    spread = both.T @ both / len(both)
    spread += 1e-5 * np.trace(spread) / len(spread) * np.eye(len(spread))
    _, vectors = scipy.linalg.eigh(change.T @ change / len(change), spread, subset_by_index=(0, n_outputs - 1))
    signs = np.sign(vectors[np.abs(vectors).argmax(axis=0), np.arange(n_outputs)])
    return Directions(mean, torch.from_numpy(vectors * signs).float())


def two_moments(images: torch.Tensor, *, generator: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """Each image through a window at a random place, and a moment later, the window having moved a little."""
    n_images = len(images)
    place = (2 * torch.rand(n_images, 2, generator=generator) - 1) * (1 - WINDOW)
    move = 2 * MOVE * torch.randn(n_images, 2, generator=generator)
    zoom = torch.exp(ZOOM * torch.randn(n_images, generator=generator))
    first = through_window(images, place, torch.full((n_images,), WINDOW))
    return first, through_window(images, place + move, WINDOW * zoom)


def through_window(images: torch.Tensor, place: torch.Tensor, width: torch.Tensor) -> torch.Tensor:
    """What is seen through windows with their middle at `place` (-1 to 1) and a share `width` of the image wide."""
    transforms = torch.zeros(len(images), 2, 3)
    transforms[:, 0, 0] = transforms[:, 1, 1] = width
    transforms[:, :, 2] = place
    grid = functional.affine_grid(transforms, list(images.shape), align_corners=False)
    return functional.grid_sample(images, grid, padding_mode="reflection", align_corners=False)


def fit(images: TrainingImages, *, seed: int) -> SlowFeatures:
    """Learn layer after layer from pairs of moments."""
    pixels = images.sample(IMAGES, seed=seed).pixels.float() / 255
    moments = two_moments(pixels, generator=torch.Generator().manual_seed(seed))
    before, after = (small_luminance(moment) for moment in moments)
    network = SlowFeatures()
    for node in (network.slow1, network.slow2, network.slow3):
        node.fit(before, after)
        before, after = node(before), node(after)
    return network


create = SlowFeatures
