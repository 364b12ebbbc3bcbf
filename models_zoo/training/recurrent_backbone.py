"""The network of the controlled zoo with recurrence: each block sees its own last state, four times over.

Lateral connections as of Spoerer, McClure & Kriegeskorte (2017), Frontiers in Psychology 8, 1551. Run once it is the
backbone, with the same first weights; more runs add normalisations alone, for each run its own (Kubilius et al. 2019).
"""

from contextlib import nullcontext
from copy import deepcopy

import torch
from torch import nn
from torch.nn import functional

from brainrank.models_zoo.training.backbone import CHANNELS, Backbone, ResidualBlock

STEPS = 4
# The runs of each block, by the names that they have as layers.
LAYERS = (
    "stem",
    *(f"blocks.{block}#{step}" for block in range(len(CHANNELS)) for step in range(1, STEPS + 1)),
    "embedding",
)
VERSION = 1  # raise it when the network computes something else than before


class RecurrentBlock(nn.Module):
    """A residual block whose second convolution takes, beside what comes from below, the block's state a step before.

    At step t, of what comes from below, x, and the block's last state, s:
    relu(norm2_t(convolution2(relu(norm1_t(convolution1(x))) + s)) + shortcut_t(x)), without s at the first step.
    """

    def __init__(self, block: ResidualBlock, *, steps: int) -> None:
        super().__init__()
        self.convolution1, self.convolution2 = block.convolution1, block.convolution2
        self.norms1, self.norms2 = _copies(block.norm1, steps), _copies(block.norm2, steps)
        self.narrow, self.norms_shortcut = block.shortcut, _copies(nn.Identity(), steps)
        if isinstance(block.shortcut, nn.Sequential):
            self.narrow, self.norms_shortcut = block.shortcut[0], _copies(block.shortcut[1], steps)

    def forward(self, features: torch.Tensor, last: torch.Tensor | None, step: int) -> torch.Tensor:
        """Return the block's state at a step, counted from 0."""
        hidden = functional.relu(self.norms1[step](self.convolution1(features)))
        if last is not None:
            hidden = hidden + last
        shortcut = self.norms_shortcut[step](self.narrow(features))
        return functional.relu(self.norms2[step](self.convolution2(hidden)) + shortcut)


class RecurrentBackbone(Backbone):
    """Images in 0..1, (batch, 3, 64, 64), to the embedding of the last step, (batch, 192).

    At each step all blocks run once, from the first to the last; the image stays.
    """

    def __init__(self, steps: int = STEPS) -> None:
        super().__init__()
        self.steps = steps
        plain = [block for block in self.blocks if isinstance(block, ResidualBlock)]
        self.blocks = nn.Sequential(*(RecurrentBlock(block, steps=steps) for block in plain))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return the embedding."""
        states: list[torch.Tensor | None] = [None] * len(self.blocks)
        with torch.autocast(images.device.type, dtype=torch.bfloat16) if self.bf16 else nullcontext():
            seen = features = self.stem((images - 0.5) / 0.25)
            for step in range(self.steps):
                features = seen
                for place, block in enumerate(self.blocks):
                    features = states[place] = block(features, states[place], step)
        embedding: torch.Tensor = self.embedding(features.float())
        return embedding


def _copies(module: nn.Module, count: int) -> nn.ModuleList:
    return nn.ModuleList(deepcopy(module) for _ in range(count))


create = RecurrentBackbone
