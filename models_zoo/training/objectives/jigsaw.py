"""Jigsaw: the order in which nine shuffled tiles of the image lie.

Noroozi & Favaro (2016), Unsupervised learning of visual representations by solving jigsaw puzzles, ECCV; the tiles
lie in one image as in Carlucci et al. (2019), Domain generalization by solving jigsaw puzzles, CVPR.
"""

import itertools

import torch
from torch import nn
from torch.nn import functional

from brainrank.models_zoo.training.backbone import EMBEDDING, SIDE, Backbone
from brainrank.models_zoo.training.objective import Batch, Objective

ACROSS = 3
CELL = SIDE // ACROSS
# A tile is smaller than its cell and lies anywhere in it, so that edges which run on do not give the order away.
TILE = CELL - 4
ORDERS = 32
EVERY = 23  # permutation is a candidate; all 9! would take seconds to search


def unlike_orders() -> torch.Tensor:
    """Permutations of the nine tiles, each chosen to differ in most places from those before it."""
    some = itertools.islice(itertools.permutations(range(ACROSS**2)), 0, None, EVERY)
    every = torch.tensor(list(some), dtype=torch.uint8)
    nearest, chosen = torch.full((len(every),), ACROSS**2), [0]
    while len(chosen) < ORDERS:
        nearest = torch.minimum(nearest, (every != every[chosen[-1]]).sum(dim=1))
        chosen.append(int(nearest.argmax()))
    return every[chosen].long()


class Jigsaw(Objective):
    """A readout of which of 32 permutations it is."""

    def __init__(self, backbone: Backbone) -> None:
        super().__init__(backbone)
        self.readout = nn.Linear(EMBEDDING, ORDERS)
        self.register_buffer("orders", unlike_orders())

    def loss(self, batch: Batch) -> torch.Tensor:
        """Cross-entropy with the permutation's number."""
        images = batch.view()
        number = torch.randint(ORDERS, (len(images),), generator=batch.generator)
        shuffled = self.shuffled(images, number, generator=batch.generator)
        return functional.cross_entropy(self.readout(self.backbone(shuffled)), number)

    def shuffled(self, images: torch.Tensor, number: torch.Tensor, *, generator: torch.Generator) -> torch.Tensor:
        """The images with tile `orders[number][k]` in cell k, on grey."""
        room = CELL - TILE + 1
        offsets = torch.randint(room, (ACROSS**2, 2), generator=generator).tolist()
        tiles = torch.stack(
            [
                images[:, :, row * CELL + y : row * CELL + y + TILE, column * CELL + x : column * CELL + x + TILE]
                for (row, column), (y, x) in zip(itertools.product(range(ACROSS), repeat=2), offsets, strict=True)
            ],
            dim=1,
        )
        chosen = tiles[torch.arange(len(images))[:, None], self.get_buffer("orders")[number]]
        canvas = torch.full_like(images, 0.5)
        for cell, (row, column) in enumerate(itertools.product(range(ACROSS), repeat=2)):
            y, x = row * CELL + room // 2, column * CELL + room // 2
            canvas[:, :, y : y + TILE, x : x + TILE] = chosen[:, cell]
        return canvas


def create(backbone: Backbone, _categories: tuple[str, ...]) -> Jigsaw:
    """Build the objective."""
    return Jigsaw(backbone)
