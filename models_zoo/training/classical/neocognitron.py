"""A stack like the neocognitron: layers of S cells that come to prefer frequent patterns, and C cells that blur.

Fukushima (1980), Neocognitron, Biol. Cybern. 36. The winner-take-all learning of its S planes is done as clustering of
patterns of unit length, layer after layer (Coates, Lee & Ng 2011, An analysis of single-layer networks, AISTATS).
"""

from typing import NamedTuple

import torch
from torch import nn
from torch.nn import functional

from brainrank.models_zoo.training.augment import blurred, luminance
from brainrank.models_zoo.training.classical.patches import draw_patches, patches_of
from brainrank.models_zoo.training.training_images import TrainingImages

# The S cells' threshold: cosines with the preferred pattern below it give no response.
THRESHOLD = 0.4
IMAGES, PATCHES = 2000, 20_000
CENTRE, SURROUND = 1.0, 2.5  # of the retina's cells, in pixels
LAYERS = ("c1", "c2", "c3")
VERSION = 1


class Stage(NamedTuple):
    """Planes below and here, the side of the S cells' field, and by how much the C cells thin out."""

    inputs: int
    planes: int
    side: int
    thinning: int


STAGES = (Stage(2, 24, 7, 4), Stage(24, 64, 5, 2), Stage(64, 128, 5, 4))


class SAndC(nn.Module):
    """S cells: how far the cosine of pattern and preferred pattern is above threshold; C cells: their local mean."""

    def __init__(self, stage: Stage) -> None:
        super().__init__()
        self.stage = stage
        self.register_buffer("preferred", torch.zeros(stage.planes, stage.inputs, stage.side, stage.side))

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        """Return the C cells' maps."""
        framed = functional.pad(maps, [self.stage.side // 2] * 4)
        lengths = functional.avg_pool2d(framed.square().sum(dim=1, keepdim=True), self.stage.side, stride=1)
        lengths = (lengths * self.stage.side**2).sqrt()
        # A constant in the length stands for the inhibition that silences fields with nearly nothing in them.
        cosines = functional.conv2d(framed, self.get_buffer("preferred")) / (lengths + 0.1)
        cells = (cosines - THRESHOLD).relu() / (1 - THRESHOLD)
        return functional.avg_pool2d(cells, self.stage.thinning)

    def fit(self, maps: torch.Tensor, *, seed: int) -> None:
        """Find the preferred patterns among patches with something in them."""
        from sklearn.cluster import MiniBatchKMeans

        patches = patches_of(maps, self.stage.side, stride=max(1, self.stage.side // 2))
        patches = draw_patches(patches, 4 * PATCHES, generator=torch.Generator().manual_seed(seed))
        lengths = patches.norm(dim=1)
        strong = patches[lengths > lengths.median()][:PATCHES]
        unit = functional.normalize(strong, dim=1).numpy()
        clusters = MiniBatchKMeans(self.stage.planes, batch_size=2000, n_init=1, max_iter=20, random_state=seed)
        centres = torch.from_numpy(clusters.fit(unit).cluster_centers_)
        self.get_buffer("preferred").copy_(functional.normalize(centres, dim=1).view_as(self.get_buffer("preferred")))


class Neocognitron(nn.Module):
    """Cells with centre and surround, then three stages; layers `c1`, `c2`, `c3` are the C cells."""

    def __init__(self) -> None:
        super().__init__()
        self.c1, self.c2, self.c3 = (SAndC(stage) for stage in STAGES)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return the last C cells, (batch, 128 x 2 x 2)."""
        cells: torch.Tensor = self.c3(self.c2(self.c1(retina(images))))
        return cells.flatten(1)


def retina(images: torch.Tensor) -> torch.Tensor:
    """Cells for light and for dark centres, (batch, 2, height, width), in units of the image's own contrast."""
    grey = luminance(images).expand(-1, 3, -1, -1)
    difference = (blurred(grey, CENTRE) - blurred(grey, SURROUND))[:, :1]
    scaled = difference / (difference.std(dim=(1, 2, 3), keepdim=True) + 1e-3)
    return torch.cat([scaled.relu(), (-scaled).relu()], dim=1)


def fit(images: TrainingImages, *, seed: int) -> Neocognitron:
    """Learn stage after stage."""
    network = Neocognitron()
    maps = retina(images.sample(IMAGES, seed=seed).pixels.float() / 255)
    for stage in (network.c1, network.c2, network.c3):
        stage.fit(maps, seed=seed)
        maps = torch.cat([stage(some) for some in torch.split(maps, 250)])
    return network


create = Neocognitron
