"""Colourisation: the colour of each place of a grey image.

Zhang, Isola & Efros (2016), Colorful image colorization, ECCV: colours are classes, the rare ones weighted up.
"""

import torch
from torch.nn import functional

from brainrank.models_zoo.training.augment import luminance
from brainrank.models_zoo.training.backbone import EMBEDDING, Backbone
from brainrank.models_zoo.training.decoder import Decoder
from brainrank.models_zoo.training.objective import Batch, Objective

DECODED_SIDE = 16
BINS = 6  # along red minus luminance and along blue minus luminance
WIDEST = 0.3  # half the range of these differences; natural images seldom leave it
UNIFORM = 0.5  # share of the uniform distribution in the weights, as in the paper


class Colourisation(Objective):
    """A decoder of the embedding whose outputs are colour classes."""

    def __init__(self, backbone: Backbone) -> None:
        super().__init__(backbone)
        self.decoder = Decoder(EMBEDDING, BINS**2, side=DECODED_SIDE)

    def loss(self, batch: Batch) -> torch.Tensor:
        """Weighted cross-entropy over all places. Colours are not altered at random: they are what is asked for."""
        images = batch.view(recolour=False)
        grey = luminance(images).expand(-1, 3, -1, -1)
        logits = self.decoder(self.backbone(grey))
        wanted = colour_classes(functional.adaptive_avg_pool2d(images, DECODED_SIDE))
        share = torch.bincount(wanted.flatten(), minlength=BINS**2) / wanted.numel()
        weights = 1 / ((1 - UNIFORM) * share + UNIFORM / BINS**2)
        return functional.cross_entropy(logits, wanted, weight=weights)


def colour_classes(images: torch.Tensor) -> torch.Tensor:
    """The class of each pixel's colour, (batch, height, width): its differences from luminance, binned."""
    differences = images[:, [0, 2]] - luminance(images)
    bins = ((differences / WIDEST + 1) / 2 * BINS).long().clamp(0, BINS - 1)
    return bins[:, 0] * BINS + bins[:, 1]


def create(backbone: Backbone, _categories: tuple[str, ...]) -> Colourisation:
    """Build the objective."""
    return Colourisation(backbone)
