"""The backbone with a projection to a space that images share with sentences."""

import torch
from torch import nn

from brainrank.models_zoo.training import backbone
from brainrank.models_zoo.training.captions import SHARED

LAYERS, VERSION = backbone.LAYERS, backbone.VERSION


class ImageTower(backbone.Backbone):
    """Images in 0..1 to vectors beside which sentences lie, (batch, 64); its layers are the backbone's."""

    def __init__(self) -> None:
        super().__init__()
        self.projection = nn.Linear(backbone.EMBEDDING, SHARED, bias=False)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return the projected embedding."""
        projected: torch.Tensor = self.projection(super().forward(images))
        return projected


create = ImageTower
