"""No objective: the first weights, the control for what the network is before it learns."""

import torch

from brainrank.models_zoo.training.backbone import Backbone
from brainrank.models_zoo.training.objective import Batch, Objective


class Untrained(Objective):
    """The backbone alone, which takes no step."""

    learns = False

    def loss(self, batch: Batch) -> torch.Tensor:
        """Nothing to go down."""
        return torch.zeros(())


def create(backbone: Backbone, _categories: tuple[str, ...]) -> Untrained:
    """Build it."""
    return Untrained(backbone)
