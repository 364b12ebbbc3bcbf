"""CLIP-style learning: an image is nearer to its own caption than to those of other images.

Radford et al. (2021), Learning transferable visual models from natural language supervision, ICML. The captions are
composed from category and template; images of one category share them, and can be told apart only across categories.
"""

import math

import torch
from torch import nn
from torch.nn import functional

from brainrank.models_zoo.training.backbone import EMBEDDING, Backbone
from brainrank.models_zoo.training.captions import SHARED, TextTower, captions_of, vocabulary_of
from brainrank.models_zoo.training.objective import Batch, Objective

LARGEST_SCALE = math.log(100)


class CLIP(Objective):
    """A projection of the embedding, and a tower of text."""

    kept = ("projection", "text")

    def __init__(self, backbone: Backbone, categories: tuple[str, ...]) -> None:
        super().__init__(backbone)
        self.captions = [captions_of(category) for category in categories]
        self.text = TextTower(vocabulary_of(caption for each in self.captions for caption in each))
        self.projection = nn.Linear(EMBEDDING, SHARED, bias=False)

    def loss(self, batch: Batch) -> torch.Tensor:
        """Cross-entropy over the batch, from images to captions and from captions to images."""
        chance = torch.rand(len(batch.labels), generator=batch.generator).tolist()
        captions = [self._caption(label, share) for label, share in zip(batch.labels.tolist(), chance, strict=True)]
        images = functional.normalize(self.projection(self.backbone(batch.view())), dim=1)
        sentences = functional.normalize(self.text(captions), dim=1)
        logits = self.text.scale.clamp(max=LARGEST_SCALE).exp() * images @ sentences.T
        own = torch.arange(len(logits))
        return (functional.cross_entropy(logits, own) + functional.cross_entropy(logits.T, own)) / 2

    def _caption(self, label: int, share: float) -> str:
        captions = self.captions[label]
        return captions[int(share * len(captions))]


create = CLIP
